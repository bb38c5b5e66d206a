//! Bayesian personalised ranking: what people have should score above what they have not.
//!
//! Maximises `Σ ln σ(s_ui − s_uj) − reg / 2 (…)` over users `u`, items `i` they have and items `j` they have not,
//! `s_ui = b_i + q_i · p_u`, by steps along triples drawn at random: `(u, i)` evenly from the interactions, `j` evenly
//! from the items the user has not.
//!
//! Source: Rendle, Freudenthaler, Gantner & Schmidt-Thieme (2009), BPR, arXiv:1205.2618.
use super::{
    factors::{Factors, Kind, check_factors, check_room, check_within},
    interactions::Interactions,
    start::Start,
    vectors::{Group, Matrix, dot},
};
use crate::base::{Error, Result, Run, Stage, random};
use crate::learn::kernels::lanes::F32x4;

/// Stream of the seed.
const STREAM: u64 = 0x6270;
/// Draws of an item the user has not, before the pair is passed over.
const TRIES: usize = 8;

/// Settings.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Options {
    /// Numbers of a vector, 1 to 512.
    pub n_factors: usize,
    /// Times as many triples as there are interactions, 1 to 10,000.
    pub n_epochs: usize,
    /// Step, 1e-6 to 1.
    pub learn_rate: f64,
    /// Penalty of factors, 0 to 100.
    pub reg: f64,
    /// Penalty of biases of items, 0 to 100.
    pub reg_bias: f64,
    /// Deviation of the numbers that factors start from, 0 to 10.
    pub deviation: f64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            n_factors: 32,
            n_epochs: 40,
            learn_rate: 0.02,
            reg: 0.03,
            reg_bias: 0.01,
            deviation: 0.1,
        }
    }
}

impl Options {
    fn check(&self) -> Result<()> {
        check_factors(self.n_factors)?;
        check_within("n_epochs", self.n_epochs as f64, 1.0, 10_000.0)?;
        check_within("learn_rate", self.learn_rate, 1e-6, 1.0)?;
        check_within("reg", self.reg, 0.0, 100.0)?;
        check_within("reg_bias", self.reg_bias, 0.0, 100.0)?;
        check_within("deviation", self.deviation, 0.0, 10.0)
    }
}

/// A user, an item they have, one they have not.
pub type Triple = (u32, u32, u32);

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
    let mut fit = Fit::new(data, options, start)?;
    let owner: Vec<u32> = (0..data.n_users())
        .flat_map(|u| std::iter::repeat_n(u as u32, data.by_user().row(u).0.len()))
        .collect();
    let n = u32::try_from(owner.len()).unwrap_or(u32::MAX);
    let n_items = data.n_items() as u32;
    let all = data.by_user().columns();
    let n_epochs = options.n_epochs as u64;
    for epoch in 0..n_epochs {
        run.step(Stage::Fitting, epoch, n_epochs)?;
        for drawn in 0..n {
            if drawn % (1 << 16) == 0 {
                run.check()?;
            }
            let at = random::below(&mut rng, n) as usize;
            let (user, item) = (owner[at], all[at]);
            let owned = data.by_user().row(user as usize).0;
            let mut other = || random::below(&mut rng, n_items);
            let other = (0..TRIES)
                .map(|_| other())
                .find(|j| owned.binary_search(j).is_err());
            if let Some(other) = other {
                fit.step((user, item, other));
            }
        }
    }
    run.step(Stage::Fitting, n_epochs, n_epochs)?;
    fit.finish()
}

/// Fits along `triples`, from where it is told.
///
/// # Errors
/// As [`fit`]; [`Error::Shape`] when `start` or a triple does not go with the data.
pub fn fit_along(
    data: &Interactions,
    options: &Options,
    start: Start,
    triples: &[Triple],
    run: &mut Run<'_>,
) -> Result<Factors> {
    options.check()?;
    check_room(data, options.n_factors)?;
    let mut fit = Fit::new(data, options, start)?;
    for piece in triples.chunks(1 << 16) {
        run.check()?;
        for (u, i, j) in piece {
            if *u as usize >= data.n_users() || (*i).max(*j) as usize >= data.n_items() {
                return Err(shape(
                    data.n_items(),
                    ((*i).max(*j) as usize).saturating_add(1),
                ));
            }
            fit.step((*u, *i, *j));
        }
    }
    fit.finish()
}

fn shape(expected: usize, found: usize) -> Error {
    Error::Shape {
        what: "start".into(),
        expected,
        found,
    }
}

struct Fit<'a> {
    data: &'a Interactions,
    options: &'a Options,
    at: Start,
    item_bias: Vec<f32>,
    /// The vector of the item that the user has.
    item: Vec<Group>,
}

impl<'a> Fit<'a> {
    fn new(data: &'a Interactions, options: &'a Options, at: Start) -> Result<Self> {
        at.check(data, options.n_factors)?;
        Ok(Self {
            item: vec![[0.0; 4]; at.items.width()],
            at,
            data,
            options,
            item_bias: vec![0.0; data.n_items()],
        })
    }

    #[inline(always)]
    fn step(&mut self, (u, i, j): Triple) {
        let (u, i, j) = (u as usize, i as usize, j as usize);
        self.item.copy_from_slice(self.at.items.row(i));
        let p = self.at.users.row_mut(u);
        let other = self.at.items.row_mut(j);
        let ahead = self.item_bias[i] - self.item_bias[j] + dot(p, &self.item) - dot(p, other);
        let push = 1.0 / (1.0 + ahead.exp());
        let rate = self.options.learn_rate as f32;
        let keep = F32x4::splat(1.0 - rate * self.options.reg as f32);
        let by = F32x4::splat(rate * push);
        for ((p, q), r) in p.iter_mut().zip(&mut self.item).zip(other) {
            let (x, y, z) = (F32x4::load(p), F32x4::load(q), F32x4::load(r));
            (x * keep + (y - z) * by).store(p);
            (y * keep + x * by).store(q);
            (z * keep - x * by).store(r);
        }
        self.at.items.row_mut(i).copy_from_slice(&self.item);
        let keep = 1.0 - rate * self.options.reg_bias as f32;
        self.item_bias[i] = self.item_bias[i] * keep + rate * push;
        self.item_bias[j] = self.item_bias[j] * keep - rate * push;
    }

    fn finish(mut self) -> Result<Factors> {
        for user in 0..self.data.n_users() {
            if self.data.by_user().row(user).0.is_empty() {
                self.at.users.row_mut(user).fill([0.0; 4]);
            }
        }
        let biases = self.item_bias.iter().all(|b| b.is_finite());
        if !(biases && self.at.users.is_finite() && self.at.items.is_finite()) {
            return Err(Error::NotConverged {
                algorithm: "bpr".into(),
                iterations: self.options.n_epochs,
            });
        }
        Ok(Factors {
            kind: Kind::Ranking {
                rate: self.options.learn_rate as f32,
                reg: self.options.reg as f32,
            },
            mean: 0.0,
            unit: 1.0,
            low: 0.0,
            high: 1.0,
            user_bias: vec![0.0; self.data.n_users()],
            item_bias: self.item_bias,
            users: self.at.users,
            items: self.at.items,
            implied: None,
            common: Matrix::default(),
        })
    }
}
