//! A feed-forward network in single precision: forward pass, gradient by backpropagation, Adam.
//!
//! Layer by layer `Aₗ = g(Aₗ₋₁ Wₗ + bₗ)`. The last layer's activation fits its loss, so that the derivative of the loss
//! by its input is `output − target`. Rows of weights are padded to whole vectors with zeros, which stay zeros: no
//! product reads a padding place as an input.
//!
//! Source: Rumelhart, Hinton & Williams (1986), Learning representations by back-propagating errors,
//! doi:10.1038/323533a0; Kingma & Ba (2015), Adam, arXiv:1412.6980, section 2.
use super::{
    exp::{exp_f32, sigmoid_f32},
    matmul::{LANES, Left, padded, product, transpose},
};

/// Activation of hidden layers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activation {
    /// `max(0, z)`.
    Relu,
    /// Hyperbolic tangent.
    Tanh,
    /// `1 / (1 + e^−z)`.
    Logistic,
}

/// What the last layer gives, with its loss.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Output {
    /// One probability; cross-entropy.
    Logistic,
    /// A probability per class; cross-entropy.
    Softmax,
    /// A number; half the squared error.
    Identity,
}

/// The shape of a network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape {
    /// Inputs, hidden layers, outputs; at least two numbers, none of them 0.
    pub sizes: Vec<usize>,
    /// Of hidden layers.
    pub activation: Activation,
    /// Of the last layer.
    pub output: Output,
}

/// Where a layer's numbers lie among all.
#[derive(Debug, Clone, Copy)]
struct Layer {
    n_in: usize,
    n_out: usize,
    /// Row length.
    wide: usize,
    weights: usize,
    biases: usize,
}

impl Layer {
    fn end(self) -> usize {
        self.biases + self.wide
    }
}

/// A network with its weights.
#[derive(Debug, Clone)]
pub struct Network {
    shape: Shape,
    layers: Vec<Layer>,
    /// All weights and biases.
    values: Vec<f32>,
}

/// Room for a batch: reserved once for the largest.
#[derive(Debug)]
pub struct Batch {
    /// Inputs, row-major.
    pub x: Vec<f32>,
    /// Targets: 0 or 1, class codes, or numbers.
    pub y: Vec<f32>,
    /// Weights per row; empty when all are 1.
    pub weight: Vec<f32>,
    activations: Vec<Vec<f32>>,
    deltas: Vec<Vec<f32>>,
    turned: Vec<f32>,
    gradient: Vec<f32>,
    /// Weight of the rows that the gradient is summed over.
    total: f64,
}

impl Network {
    /// A network whose weights are all 0.
    pub fn new(shape: Shape) -> Self {
        let mut layers = Vec::with_capacity(shape.sizes.len());
        let mut at = 0;
        for pair in shape.sizes.windows(2) {
            let wide = padded(pair[1]);
            let layer = Layer {
                n_in: pair[0],
                n_out: pair[1],
                wide,
                weights: at,
                biases: at + pair[0] * wide,
            };
            at = layer.end();
            layers.push(layer);
        }
        Self {
            shape,
            layers,
            values: vec![0.0; at],
        }
    }

    /// Its shape.
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// Numbers a network of these sizes has, without padding; none when that overflows.
    pub fn count(sizes: &[usize]) -> Option<usize> {
        sizes.windows(2).try_fold(0usize, |sum, pair| {
            let weights = pair[0].checked_mul(pair[1])?;
            sum.checked_add(weights)?.checked_add(pair[1])
        })
    }

    /// Every weight and bias, layer by layer: weights `(n_in, n_out)` row-major, then biases.
    pub fn flat(&self) -> Vec<f32> {
        let mut out = Vec::new();
        for l in &self.layers {
            for row in self.values[l.weights..l.end()].chunks_exact(l.wide) {
                out.extend_from_slice(&row[..l.n_out]);
            }
        }
        out
    }

    /// Sets every weight and bias, in the order of [`Network::flat`]; `false` when their number is another.
    pub fn set_flat(&mut self, flat: &[f32]) -> bool {
        if Self::count(&self.shape.sizes) != Some(flat.len()) {
            return false;
        }
        let mut rest = flat;
        for l in &self.layers {
            for row in self.values[l.weights..l.end()].chunks_exact_mut(l.wide) {
                let (mine, after) = rest.split_at(l.n_out);
                row[..l.n_out].copy_from_slice(mine);
                rest = after;
            }
        }
        true
    }

    /// Uniform weights and biases between ± `√(6 / (n_in + n_out))` (`√2` for logistic units), from numbers between
    /// 0 and 1.
    ///
    /// Source: Glorot & Bengio (2010), Understanding the difficulty of training deep feedforward neural networks.
    pub fn draw(&mut self, mut uniform: impl FnMut() -> f64) {
        let factor = if self.shape.activation == Activation::Logistic {
            2.0
        } else {
            6.0
        };
        for l in &self.layers {
            let bound = (factor / (l.n_in + l.n_out) as f64).sqrt();
            for row in self.values[l.weights..l.end()].chunks_exact_mut(l.wide) {
                for v in &mut row[..l.n_out] {
                    *v = ((2.0 * uniform() - 1.0) * bound) as f32;
                }
            }
        }
    }

    /// Sets the biases of the last layer and all its weights to 0.
    pub fn set_last_bias(&mut self, biases: &[f32]) {
        if let Some(l) = self.layers.last() {
            self.values[l.weights..l.end()].fill(0.0);
            for (v, b) in self.values[l.biases..l.end()].iter_mut().zip(biases) {
                *v = *b;
            }
        }
    }

    /// Room for up to `rows` rows.
    pub fn batch(&self, rows: usize) -> Batch {
        let wide = |l: &Layer| vec![0f32; rows * l.wide];
        let turned = self.layers.iter().map(|l| l.n_out * padded(l.n_in)).max();
        Batch {
            x: Vec::with_capacity(rows * self.shape.sizes[0]),
            y: Vec::with_capacity(rows),
            weight: Vec::with_capacity(rows),
            activations: self.layers.iter().map(wide).collect(),
            deltas: self.layers.iter().map(wide).collect(),
            turned: vec![0.0; turned.unwrap_or(0)],
            gradient: vec![0.0; self.values.len()],
            total: 0.0,
        }
    }

    /// Outputs for the inputs of `batch`, `n_rows × n_out` with rows of [`padded`] length. Those of
    /// [`Output::Logistic`] and [`Output::Softmax`] are left as they are before the activation.
    pub fn forward<'b>(&self, batch: &'b mut Batch) -> &'b mut [f32] {
        let rows = batch.x.len() / self.shape.sizes[0];
        for (k, l) in self.layers.iter().enumerate() {
            let (before, rest) = batch.activations.split_at_mut(k);
            let (input, stride) = match (k.checked_sub(1), before.last()) {
                (Some(p), Some(a)) => (a.as_slice(), self.layers[p].wide),
                _ => (batch.x.as_slice(), l.n_in),
            };
            let out = &mut rest[0][..rows * l.wide];
            for row in out.chunks_exact_mut(l.wide) {
                row.copy_from_slice(&self.values[l.biases..l.end()]);
            }
            let left = Left {
                data: input,
                row: stride,
                step: 1,
            };
            product(left, &self.values[l.weights..l.biases], l.wide, out, true);
            if k + 1 < self.layers.len() {
                activate(out, self.shape.activation);
            }
        }
        let wide = self.layers.last().map_or(0, |l| l.wide);
        match batch.activations.last_mut() {
            Some(out) => &mut out[..rows * wide],
            None => &mut [],
        }
    }

    /// Mean loss of `batch`, weighted, without penalty.
    pub fn loss(&self, batch: &mut Batch) -> f64 {
        self.deltas(batch) / total_weight(batch)
    }

    /// Sum of the losses of the rows; leaves `weight · (output − target)` for the backward pass.
    fn deltas(&self, batch: &mut Batch) -> f64 {
        self.forward(batch);
        let Some(l) = self.layers.last().copied() else {
            return 0.0;
        };
        let rows = batch.y.len();
        let last = self.layers.len() - 1;
        let z = &batch.activations[last][..rows * l.wide];
        let delta = &mut batch.deltas[last][..rows * l.wide];
        match self.shape.output {
            Output::Logistic => logistic_loss(z, &batch.y, &batch.weight, delta, l.wide),
            Output::Softmax => softmax_loss(z, &batch.y, &batch.weight, delta, l.wide, l.n_out),
            Output::Identity => squared_loss(z, &batch.y, &batch.weight, delta, l.wide),
        }
    }

    /// Loss of `batch` with the penalty `½ alpha Σ w² / Σ weight`; fills the gradient, which [`Adam::step`] uses.
    pub fn backward(&self, batch: &mut Batch, alpha: f32) -> f64 {
        batch.begin();
        let sum = self.accumulate(batch);
        self.finish(batch, alpha, sum)
    }

    /// Adds the rows of `batch` to its gradient, so that a large batch can be taken in pieces, between
    /// [`Batch::begin`] and [`Network::finish`]; the sum of their losses.
    pub fn accumulate(&self, batch: &mut Batch) -> f64 {
        let sum = self.deltas(batch);
        let rows = batch.y.len();
        batch.total += total_weight(batch);
        for (k, l) in self.layers.iter().enumerate().rev() {
            let (before, here) = batch.deltas.split_at_mut(k);
            let delta = &here[0][..rows * l.wide];
            let (input, stride) = match k.checked_sub(1) {
                Some(p) => (batch.activations[p].as_slice(), self.layers[p].wide),
                None => (batch.x.as_slice(), l.n_in),
            };
            let left = Left {
                data: input,
                row: 1,
                step: stride,
            };
            let gradient = &mut batch.gradient[l.weights..l.biases];
            product(left, delta, l.wide, gradient, true);
            let biases = &mut batch.gradient[l.biases..l.end()];
            for row in delta.chunks_exact(l.wide) {
                for (g, d) in biases.iter_mut().zip(row) {
                    *g += d;
                }
            }
            if let (Some(p), Some(out)) = (k.checked_sub(1), before.last_mut()) {
                let wide = self.layers[p].wide;
                let turned = &mut batch.turned[..l.n_out * wide];
                turned.fill(0.0);
                let weights = &self.values[l.weights..l.biases];
                transpose(weights, l.wide, l.n_out, turned, wide);
                let out = &mut out[..rows * wide];
                let left = Left {
                    data: delta,
                    row: l.wide,
                    step: 1,
                };
                product(left, turned, wide, out, false);
                derive(out, &batch.activations[p], self.shape.activation);
            }
        }
        sum
    }

    /// Turns the sums over a batch into means and adds the penalty; the loss, `sum` being that of all its rows.
    pub fn finish(&self, batch: &mut Batch, alpha: f32, sum: f64) -> f64 {
        let scale = (1.0 / batch.total) as f32;
        let mut squares = 0.0;
        for l in &self.layers {
            let weights = &self.values[l.weights..l.biases];
            let gradient = &mut batch.gradient[l.weights..l.biases];
            squares += penalise(gradient, weights, alpha, scale);
            for g in &mut batch.gradient[l.biases..l.end()] {
                *g *= scale;
            }
        }
        (sum + 0.5 * f64::from(alpha) * squares) / batch.total
    }
}

fn total_weight(batch: &Batch) -> f64 {
    if batch.weight.is_empty() {
        batch.y.len() as f64
    } else {
        batch.weight.iter().map(|w| f64::from(*w)).sum()
    }
}

impl Batch {
    /// Starts a batch anew.
    pub fn begin(&mut self) {
        self.gradient.fill(0.0);
        self.total = 0.0;
    }

    /// The gradient, in the order of [`Network::flat`].
    pub fn flat_gradient(&self, network: &Network) -> Vec<f32> {
        let mut twin = network.clone();
        twin.values.copy_from_slice(&self.gradient);
        twin.flat()
    }
}

/// `g = (g + alpha · w) · scale`; the sum of `w²`.
fn penalise(gradient: &mut [f32], weights: &[f32], alpha: f32, scale: f32) -> f64 {
    let mut squares = [0f32; LANES];
    let (gradient, _) = gradient.as_chunks_mut::<LANES>();
    let (weights, _) = weights.as_chunks::<LANES>();
    for (g, w) in gradient.iter_mut().zip(weights) {
        for l in 0..LANES {
            g[l] = (g[l] + alpha * w[l]) * scale;
            squares[l] += w[l] * w[l];
        }
    }
    squares.iter().map(|s| f64::from(*s)).sum()
}

fn activate(z: &mut [f32], activation: Activation) {
    match activation {
        // Not a number stays one, so that divergence is seen.
        Activation::Relu => z
            .iter_mut()
            .for_each(|z| *z = if *z < 0.0 { 0.0 } else { *z }),
        Activation::Logistic => z.iter_mut().for_each(|z| *z = sigmoid_f32(*z)),
        Activation::Tanh => z.iter_mut().for_each(|z| {
            let e = exp_f32(-2.0 * z.abs());
            *z = ((1.0 - e) / (1.0 + e)).copysign(*z);
        }),
    }
}

/// `d *= g'`, in terms of the activation `a`.
fn derive(d: &mut [f32], a: &[f32], activation: Activation) {
    let pairs = d.iter_mut().zip(a);
    match activation {
        Activation::Relu => pairs.for_each(|(d, a)| *d = if *a > 0.0 { *d } else { 0.0 }),
        Activation::Logistic => pairs.for_each(|(d, a)| *d *= a * (1.0 - a)),
        Activation::Tanh => pairs.for_each(|(d, a)| *d *= 1.0 - a * a),
    }
}

fn weight_of(weight: &[f32], i: usize) -> f32 {
    weight.get(i).copied().unwrap_or(1.0)
}

fn logistic_loss(z: &[f32], y: &[f32], weight: &[f32], delta: &mut [f32], wide: usize) -> f64 {
    let mut sum = 0.0;
    // ln(1 + e^−|z|) of several rows by one logarithm of their product, where they weigh the same.
    let mut product = 1f64;
    let rows = z.chunks_exact(wide).zip(delta.chunks_exact_mut(wide));
    for (i, ((z, d), y)) in rows.zip(y).enumerate() {
        let z = z[0];
        let e = exp_f32(-z.abs());
        let p = if z < 0.0 { e } else { 1.0 } / (1.0 + e);
        let w = weight_of(weight, i);
        d.fill(0.0);
        d[0] = w * (p - y);
        // Not `max`, which would drop what is not a number.
        let above = if z < 0.0 { 0.0 } else { z };
        let linear = f64::from(above) - f64::from(*y) * f64::from(z);
        if weight.is_empty() {
            sum += linear;
            product *= 1.0 + f64::from(e);
            if i % 64 == 63 {
                sum += product.ln();
                product = 1.0;
            }
        } else {
            sum += f64::from(w) * (linear + f64::from(e).ln_1p());
        }
    }
    sum + product.ln()
}

fn softmax_loss(
    z: &[f32],
    y: &[f32],
    weight: &[f32],
    delta: &mut [f32],
    wide: usize,
    n_classes: usize,
) -> f64 {
    let mut sum = 0.0;
    let rows = z.chunks_exact(wide).zip(delta.chunks_exact_mut(wide));
    for (i, ((z, d), y)) in rows.zip(y).enumerate() {
        let w = weight_of(weight, i);
        d.copy_from_slice(z);
        let log_sum = softmax(&mut d[..n_classes]);
        let code = *y as usize;
        sum += f64::from(w) * (log_sum - f64::from(z[code.min(n_classes - 1)]));
        for (c, d) in d[..n_classes].iter_mut().enumerate() {
            *d = w * (*d - if c == code { 1.0 } else { 0.0 });
        }
        d[n_classes..].fill(0.0);
    }
    sum
}

/// Turns `z` into probabilities that sum to 1; `ln Σ e^z`.
pub fn softmax(z: &mut [f32]) -> f64 {
    let largest = z.iter().fold(f32::NEG_INFINITY, |m, v| m.max(*v));
    let mut sum = 0f32;
    for v in z.iter_mut() {
        *v = exp_f32(*v - largest);
        sum += *v;
    }
    z.iter_mut().for_each(|v| *v /= sum);
    f64::from(largest) + f64::from(sum).ln()
}

fn squared_loss(z: &[f32], y: &[f32], weight: &[f32], delta: &mut [f32], wide: usize) -> f64 {
    let mut sum = 0.0;
    let rows = z.chunks_exact(wide).zip(delta.chunks_exact_mut(wide));
    for (i, ((z, d), y)) in rows.zip(y).enumerate() {
        let w = weight_of(weight, i);
        let error = z[0] - y;
        d.fill(0.0);
        d[0] = w * error;
        sum += 0.5 * f64::from(w) * f64::from(error) * f64::from(error);
    }
    sum
}

/// Adam's rule with its two moments.
#[derive(Debug, Clone)]
pub struct Adam {
    first: Vec<f32>,
    second: Vec<f32>,
    learning_rate: f64,
    beta: [f64; 2],
    epsilon: f32,
    power: [f64; 2],
}

impl Adam {
    /// For `network`, nothing learned yet.
    pub fn new(network: &Network, learning_rate: f64, beta: [f64; 2], epsilon: f64) -> Self {
        Self {
            first: vec![0.0; network.values.len()],
            second: vec![0.0; network.values.len()],
            learning_rate,
            beta,
            epsilon: epsilon as f32,
            power: [1.0; 2],
        }
    }

    /// One step along the gradient of `batch`.
    pub fn step(&mut self, network: &mut Network, batch: &Batch) {
        self.power = [self.power[0] * self.beta[0], self.power[1] * self.beta[1]];
        let rate = self.learning_rate * (1.0 - self.power[1]).sqrt() / (1.0 - self.power[0]);
        adapt(
            &mut network.values,
            &batch.gradient,
            &mut self.first,
            &mut self.second,
            self.beta.map(|b| b as f32),
            self.beta.map(|b| (1.0 - b) as f32),
            (rate as f32, self.epsilon),
        );
    }
}

#[inline(never)]
fn adapt(
    values: &mut [f32],
    gradient: &[f32],
    first: &mut [f32],
    second: &mut [f32],
    keep: [f32; 2],
    take: [f32; 2],
    (rate, epsilon): (f32, f32),
) {
    let (values, _) = values.as_chunks_mut::<LANES>();
    let (gradient, _) = gradient.as_chunks::<LANES>();
    let (first, _) = first.as_chunks_mut::<LANES>();
    let (second, _) = second.as_chunks_mut::<LANES>();
    let moments = first.iter_mut().zip(second.iter_mut());
    for ((v, g), (m, s)) in values.iter_mut().zip(gradient).zip(moments) {
        for l in 0..LANES {
            m[l] = keep[0] * m[l] + take[0] * g[l];
            s[l] = keep[1] * s[l] + take[1] * g[l] * g[l];
            v[l] -= rate * m[l] / (s[l].sqrt() + epsilon);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(seed: u32) -> impl FnMut() -> f64 {
        let mut s = seed;
        move || {
            s = s.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            f64::from(s >> 8) / f64::from(1 << 24)
        }
    }

    fn case(activation: Activation, output: Output, hidden: &[usize]) -> (Network, Batch) {
        let n_outputs = if output == Output::Softmax { 3 } else { 1 };
        let mut sizes = vec![5];
        sizes.extend(hidden);
        sizes.push(n_outputs);
        let mut network = Network::new(Shape {
            sizes,
            activation,
            output,
        });
        let mut u = noise(4);
        network.draw(&mut u);
        let mut batch = network.batch(9);
        for i in 0..9 {
            batch.x.extend((0..5).map(|_| (2.0 * u() - 1.0) as f32));
            batch.y.push(match output {
                Output::Logistic => (i % 2) as f32,
                Output::Softmax => (i % 3) as f32,
                Output::Identity => u() as f32,
            });
        }
        (network, batch)
    }

    #[test]
    fn the_gradient_is_that_of_finite_differences() {
        for activation in [Activation::Relu, Activation::Tanh, Activation::Logistic] {
            for output in [Output::Logistic, Output::Softmax, Output::Identity] {
                for (hidden, weighted) in [(&[][..], false), (&[7], true), (&[6, 3], false)] {
                    let (network, mut batch) = case(activation, output, hidden);
                    if weighted {
                        batch.weight = (0..9).map(|i| 0.5 + i as f32 / 4.0).collect();
                    }
                    network.backward(&mut batch, 0.3);
                    let gradient = batch.flat_gradient(&network);
                    let flat = network.flat();
                    let here = network.backward(&mut batch, 0.3);
                    for k in 0..flat.len() {
                        let mut slope = |by: f32| {
                            let mut moved = flat.clone();
                            moved[k] += by;
                            let by = f64::from(moved[k]) - f64::from(flat[k]);
                            let mut twin = network.clone();
                            assert!(twin.set_flat(&moved));
                            (twin.backward(&mut batch, 0.3) - here) / by
                        };
                        let (right, left) = (slope(1e-3), slope(-1e-3));
                        let off = f64::from(gradient[k]) - 0.5 * (right + left);
                        // At the kink of a unit the two sides differ.
                        let what = format!("{activation:?} {output:?} {hidden:?} {k}: {off}");
                        assert!(off.abs() < 1e-3 + (right - left).abs(), "{what}");
                        let smooth = activation != Activation::Relu;
                        assert!(!smooth || (right - left).abs() < 1e-2, "{what}");
                    }
                }
            }
        }
    }

    #[test]
    fn weights_are_set_as_they_were_taken() {
        let (network, _) = case(Activation::Relu, Output::Softmax, &[7, 2]);
        let flat = network.flat();
        assert_eq!(Some(flat.len()), Network::count(&[5, 7, 2, 3]));
        let mut twin = Network::new(network.shape().clone());
        assert!(twin.set_flat(&flat) && !twin.set_flat(&flat[1..]));
        assert_eq!(twin.flat(), flat);
        assert_eq!(Network::count(&[usize::MAX, 2]), None);
    }

    #[test]
    fn weight_two_is_the_row_twice() {
        let (network, mut batch) = case(Activation::Tanh, Output::Logistic, &[4]);
        let mut twice = network.batch(10);
        twice.x = [&batch.x[..], &batch.x[..5]].concat();
        twice.y = [&batch.y[..], &batch.y[..1]].concat();
        batch.weight = vec![1.0; 9];
        batch.weight[0] = 2.0;
        let (a, b) = (
            network.backward(&mut batch, 0.1),
            network.backward(&mut twice, 0.1),
        );
        assert!((a - b).abs() < 1e-6);
        let (a, b) = (batch.flat_gradient(&network), twice.flat_gradient(&network));
        assert!(a.iter().zip(&b).all(|(a, b)| (a - b).abs() < 1e-6));
    }

    #[test]
    fn pieces_add_up_to_the_batch() {
        let (network, mut batch) = case(Activation::Relu, Output::Softmax, &[6, 3]);
        let whole = network.backward(&mut batch, 0.1);
        let mut pieces = network.batch(5);
        pieces.begin();
        let mut sum = 0.0;
        for rows in [0..5, 5..9] {
            pieces.x = batch.x[rows.start * 5..rows.end * 5].to_vec();
            pieces.y = batch.y[rows].to_vec();
            sum += network.accumulate(&mut pieces);
        }
        assert!((network.finish(&mut pieces, 0.1, sum) - whole).abs() < 1e-6);
        let (a, b) = (
            batch.flat_gradient(&network),
            pieces.flat_gradient(&network),
        );
        assert!(a.iter().zip(&b).all(|(a, b)| (a - b).abs() < 1e-6));
    }

    #[test]
    fn losses_of_extremes_are_finite() {
        for output in [Output::Logistic, Output::Softmax, Output::Identity] {
            let (mut network, mut batch) = case(Activation::Relu, output, &[4]);
            let far: Vec<f32> = network.flat().iter().map(|w| w * 1e6).collect();
            network.set_flat(&far);
            assert!(network.backward(&mut batch, 0.0).is_finite());
            batch.x[3] = f32::NAN;
            assert!(
                network.loss(&mut batch).is_nan(),
                "{output:?}: divergence is seen"
            );
        }
    }
}
