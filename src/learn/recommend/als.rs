//! Matrix factorisation of ratings by alternating least squares: the problem of [`super::sgd`], each user's bias and vector
//! solved for exactly while the items are held fast, then the items' alike.
//!
//! Penalties count per rating: `Σ (r − r̂)² + reg (n_u ‖p_u‖² + n_i ‖q_i‖²) + reg_bias (n_u b_u² + n_i b_i²)`.
//!
//! Source: Zhou, Wilkinson, Schreiber & Pan (2008), Large-scale parallel collaborative filtering for the Netflix prize,
//! doi:10.1007/978-3-540-68880-8_32.
use super::{
    factors::{Factors, Kind, check_factors, check_room, check_within, unit_of},
    interactions::{Interactions, Sparse},
    start::Start,
    vectors::{Matrix, System},
};
use crate::base::{Error, Result, Run, Stage};

/// Stream of the seed.
const STREAM: u64 = 0x616c;

/// Settings.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Options {
    /// Numbers of a vector, 1 to 512.
    pub n_factors: usize,
    /// Turns, 1 to 1000.
    pub n_epochs: usize,
    /// Penalty of factors per rating, 1e-9 to 100.
    pub reg: f64,
    /// Penalty of biases per rating, 1e-9 to 100.
    pub reg_bias: f64,
    /// Deviation of the numbers that factors start from, 0 to 10.
    pub deviation: f64,
    /// Whether ratings are measured in their standard deviation; otherwise as they are.
    pub is_standardised: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            n_factors: 20,
            n_epochs: 15,
            reg: 0.15,
            reg_bias: 0.02,
            deviation: 0.1,
            is_standardised: true,
        }
    }
}

impl Options {
    fn check(&self) -> Result<()> {
        check_factors(self.n_factors)?;
        check_within("n_epochs", self.n_epochs as f64, 1.0, 1000.0)?;
        check_within("reg", self.reg, 1e-9, 100.0)?;
        check_within("reg_bias", self.reg_bias, 1e-9, 100.0)?;
        check_within("deviation", self.deviation, 0.0, 10.0)
    }
}

/// Fits.
///
/// # Errors
/// [`Error::Param`]; [`Error::Memory`] for more than a billion bytes of factors; [`Error::Cancelled`];
/// [`Error::NotConverged`] when numbers got out of hand.
pub fn fit(data: &Interactions, options: &Options, run: &mut Run<'_>) -> Result<Factors> {
    options.check()?;
    check_room(data, options.n_factors)?;
    let mut rng = run.rng(STREAM);
    let start = Start::normal(data, options.n_factors, options.deviation, &mut rng);
    fit_from(data, options, start, run)
}

/// Fits from where it is told; the users are solved for first, so theirs do not matter.
///
/// # Errors
/// As [`fit`]; [`Error::Shape`] when `start` has other rows or columns than data and settings.
pub fn fit_from(
    data: &Interactions,
    options: &Options,
    start: Start,
    run: &mut Run<'_>,
) -> Result<Factors> {
    options.check()?;
    check_room(data, options.n_factors)?;
    start.check(data, options.n_factors)?;
    let Start {
        mut users,
        mut items,
        ..
    } = start;
    let summary = data.summary();
    let unit = unit_of(&summary, options.is_standardised);
    let mut half = Half {
        mean: summary.mean,
        unit,
        reg: options.reg as f32,
        reg_bias: options.reg_bias as f32,
        system: System::new(options.n_factors + 1),
    };
    let mut user_bias = vec![0.0; data.n_users()];
    let mut item_bias = vec![0.0; data.n_items()];
    let n_epochs = options.n_epochs as u64;
    for epoch in 0..n_epochs {
        run.step(Stage::Fitting, epoch, n_epochs)?;
        half.turn(
            data.by_user(),
            (&items, &item_bias),
            &mut users,
            &mut user_bias,
            run,
        )?;
        half.turn(
            data.by_item(),
            (&users, &user_bias),
            &mut items,
            &mut item_bias,
            run,
        )?;
    }
    run.step(Stage::Fitting, n_epochs, n_epochs)?;
    let all = user_bias.iter().chain(&item_bias);
    let is_finite = all.into_iter().all(|b: &f32| b.is_finite());
    if !(is_finite && users.is_finite() && items.is_finite()) {
        return Err(Error::NotConverged {
            algorithm: "als".into(),
            iterations: options.n_epochs,
        });
    }
    Ok(Factors {
        kind: Kind::Ratings {
            reg: half.reg,
            reg_bias: half.reg_bias,
        },
        mean: summary.mean,
        unit,
        low: summary.low,
        high: summary.high,
        user_bias,
        item_bias,
        users,
        items,
        implied: None,
        common: Matrix::default(),
    })
}

struct Half {
    mean: f64,
    unit: f64,
    reg: f32,
    reg_bias: f32,
    system: System,
}

impl Half {
    /// Solves for every row of one side.
    fn turn(
        &mut self,
        rows: &Sparse,
        (others, biases): (&Matrix, &[f32]),
        out: &mut Matrix,
        out_bias: &mut [f32],
        run: &Run<'_>,
    ) -> Result<()> {
        let n = others.n_columns();
        // `[q, 1]` of every other.
        let mut extended = Matrix::zeros(others.n_rows(), n + 1);
        for i in 0..others.n_rows() {
            let to = extended.row_mut(i).as_flattened_mut();
            to[..n].copy_from_slice(&others.row(i).as_flattened()[..n]);
            to[n] = 1.0;
        }
        for (row, bias) in out_bias.iter_mut().enumerate() {
            if row % 256 == 0 {
                run.check()?;
            }
            let (columns, values) = rows.row(row);
            if columns.is_empty() {
                out.row_mut(row).fill([0.0; 4]);
                *bias = 0.0;
                continue;
            }
            self.system.reset(None);
            for (c, v) in columns.iter().zip(values) {
                let rest = ((f64::from(*v) - self.mean) / self.unit) as f32 - biases[*c as usize];
                self.system.observe(extended.row(*c as usize), 1.0, rest);
            }
            let many = columns.len() as f32;
            for k in 0..n {
                self.system.add_to_diagonal(k, self.reg * many);
            }
            self.system.add_to_diagonal(n, self.reg_bias * many);
            self.system.factor();
            let solved = self.system.solve().as_flattened();
            out.row_mut(row).as_flattened_mut()[..n].copy_from_slice(&solved[..n]);
            *bias = solved[n];
        }
        Ok(())
    }
}
