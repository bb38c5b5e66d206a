//! A fitted network.
use super::super::{
    Classifier, Insight, Regressor, Save,
    kernels::{
        exp::sigmoid_f64,
        input::check_width,
        network::{Activation, Network, Output, Shape, softmax},
    },
};
use super::{ID, MAX_LAYERS, VERSION};
use crate::base::{Error, Part, Result};
use ndarray::{Array2, ArrayView2, Axis};
use serde::{Deserialize, Serialize};

/// Rows that go through the network together.
const BLOCK: usize = 64;
/// Inputs keep within this.
const FAR: f64 = 1e6;

/// What is saved.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct State {
    /// Empty for a regression.
    pub classes: Vec<String>,
    /// Inputs, hidden layers, outputs.
    pub sizes: Vec<u32>,
    /// Name of the activation of hidden layers.
    pub activation: String,
    /// Layer by layer: weights `(n_in, n_out)` row-major, then biases.
    pub weights: Vec<f32>,
    /// Taken off each column.
    pub shift: Vec<f64>,
    /// Factor of each column after the shift.
    pub scale: Vec<f64>,
    /// A regression's output is multiplied by the second and raised by the first.
    pub target: (f64, f64),
    pub train_loss: Vec<f64>,
    pub validation_loss: Vec<f64>,
    /// Epoch whose weights these are, from 1; 0 without any.
    pub best: u64,
}

/// Name of an activation, scikit-learn's.
pub(super) fn name(activation: Activation) -> &'static str {
    match activation {
        Activation::Relu => "relu",
        Activation::Tanh => "tanh",
        Activation::Logistic => "logistic",
    }
}

/// The activation of that name.
pub(super) fn activation(name: &str) -> Option<Activation> {
    match name {
        "relu" => Some(Activation::Relu),
        "tanh" => Some(Activation::Tanh),
        "logistic" => Some(Activation::Logistic),
        _ => None,
    }
}

/// What the network gives for that many classes, 0 for a number, and how many outputs it has.
pub(super) fn output(n_classes: usize) -> (Output, usize) {
    match n_classes {
        0 => (Output::Identity, 1),
        2 => (Output::Logistic, 1),
        k => (Output::Softmax, k),
    }
}

/// Brings a cell to the network's scale; what is not a number counts as the shift.
pub(super) fn place(v: f32, shift: f64, scale: f64) -> f32 {
    if v.is_nan() {
        return 0.0;
    }
    ((f64::from(v) - shift) * scale).clamp(-FAR, FAR) as f32
}

/// A fitted network.
#[derive(Debug, Clone)]
pub struct FittedMlp {
    state: State,
    network: Network,
}

impl FittedMlp {
    pub(super) fn from_state(state: State) -> Result<Self> {
        let bad = || Error::invalid_artifact("mlp: inconsistent state");
        let k = state.classes.len();
        let (output, n_outputs) = output(k);
        let sizes: Vec<usize> = state.sizes.iter().map(|s| *s as usize).collect();
        let d = state.shift.len();
        let finite = |v: &[f64]| v.iter().all(|v| v.is_finite());
        let fits = k != 1
            && (2..=MAX_LAYERS + 2).contains(&sizes.len())
            && sizes.iter().all(|s| *s > 0)
            && sizes.first() == Some(&d)
            && sizes.last() == Some(&n_outputs)
            // A bias per unit, so sizes are bounded by what was read before anything is reserved.
            && Network::count(&sizes) == Some(state.weights.len())
            && state.scale.len() == d
            && finite(&state.shift)
            && finite(&state.scale)
            && finite(&[state.target.0, state.target.1])
            && state.weights.iter().all(|w| w.is_finite());
        let activation = activation(&state.activation).ok_or_else(bad)?;
        if !fits {
            return Err(bad());
        }
        let mut network = Network::new(Shape {
            sizes,
            activation,
            output,
        });
        if !network.set_flat(&state.weights) {
            return Err(bad());
        }
        Ok(Self { state, network })
    }

    /// Takes up a saved part.
    ///
    /// # Errors
    /// [`Error::Artifact`].
    pub fn load(part: &Part) -> Result<Self> {
        Self::from_state(part.decode(VERSION)?)
    }

    pub(super) fn is_regression(&self) -> bool {
        self.state.classes.is_empty()
    }

    /// Weights and biases, layer by layer: weights `(n_in, n_out)` row-major, then biases.
    pub fn weights(&self) -> &[f32] {
        &self.state.weights
    }

    /// Epochs spent.
    pub fn n_iter(&self) -> u64 {
        self.state.train_loss.len() as u64
    }

    /// Mean training loss of each epoch.
    pub fn loss_curve(&self) -> &[f64] {
        &self.state.train_loss
    }

    /// Calls `put` with each row's number and outputs, before the last activation.
    fn outputs(
        &self,
        x: ArrayView2<'_, f32>,
        mut put: impl FnMut(usize, &mut [f32]),
    ) -> Result<()> {
        check_width(x, self.state.shift.len())?;
        let mut batch = self.network.batch(BLOCK);
        let n_outputs = self.network.shape().sizes.last().copied().unwrap_or(1);
        for (b, rows) in x.axis_chunks_iter(Axis(0), BLOCK).enumerate() {
            batch.x.clear();
            for row in rows.rows() {
                let cells = row
                    .iter()
                    .zip(self.state.shift.iter().zip(&self.state.scale));
                batch
                    .x
                    .extend(cells.map(|(v, (shift, scale))| place(*v, *shift, *scale)));
            }
            let n = rows.nrows();
            let out = self.network.forward(&mut batch);
            let wide = out.len() / n.max(1);
            for (i, row) in out.chunks_exact_mut(wide.max(1)).enumerate() {
                let row = &mut row[..n_outputs];
                for v in row.iter_mut() {
                    *v = if v.is_nan() {
                        0.0
                    } else {
                        v.clamp(f32::MIN, f32::MAX)
                    };
                }
                put(b * BLOCK + i, row);
            }
        }
        Ok(())
    }
}

impl Save for FittedMlp {
    fn save(&self) -> Result<Part> {
        Part::encode(ID, VERSION, &self.state)
    }

    /// The learning curve.
    fn insights(&self) -> Vec<Insight> {
        vec![Insight::LossCurve {
            train: self.state.train_loss.clone(),
            validation: self.state.validation_loss.clone(),
            best: self.state.best,
        }]
    }
}

impl Classifier for FittedMlp {
    fn classes(&self) -> &[String] {
        &self.state.classes
    }

    fn n_features(&self) -> usize {
        self.state.shift.len()
    }

    fn predict_proba(&self, x: ArrayView2<'_, f32>) -> Result<Array2<f64>> {
        let k = self.state.classes.len();
        let mut out = Array2::zeros((x.nrows(), k));
        self.outputs(x, |i, z| {
            let mut row = out.row_mut(i);
            if k == 2 {
                let p = sigmoid_f64(f64::from(z[0]));
                row[0] = 1.0 - p;
                row[1] = p;
                return;
            }
            softmax(z);
            let sum: f64 = z.iter().map(|p| f64::from(*p)).sum();
            for (out, p) in row.iter_mut().zip(z.iter()) {
                *out = f64::from(*p) / sum;
            }
        })?;
        Ok(out)
    }
}

impl Regressor for FittedMlp {
    fn n_features(&self) -> usize {
        self.state.shift.len()
    }

    fn predict(&self, x: ArrayView2<'_, f32>) -> Result<Vec<f64>> {
        let mut out = vec![0.0; x.nrows()];
        let (mean, unit) = self.state.target;
        self.outputs(x, |i, z| out[i] = f64::from(z[0]) * unit + mean)?;
        Ok(out)
    }
}
