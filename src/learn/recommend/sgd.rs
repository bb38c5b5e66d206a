//! Matrix factorisation of ratings by stochastic gradient descent: with biases, and SVD++.
//!
//! Minimises `Σ (r − r̂)² + reg (‖p_u‖² + ‖q_i‖²) + reg_bias (b_u² + b_i²)` over the ratings, `r̂ = μ + b_u + b_i + q_i · p_u`,
//! a rating at a time. SVD++ puts `p_u + Σ y_j / √n` over the `n` items that the user has rated in place of `p_u`: what
//! someone rates at all says something about them.
//!
//! A rating of SVD++ moves all `y_j` of its user by the same affine map, `y ← k y + d`, so their sum and the map are
//! carried along while the user's ratings pass and the `y_j` are moved once at the end: the result is that of moving them
//! at every rating, at the cost of plain factorisation.
//!
//! Source: Koren, Bell & Volinsky (2009), Matrix factorization techniques, doi:10.1109/MC.2009.263; Koren (2008),
//! Factorization meets the neighborhood, doi:10.1145/1401890.1401944.
use super::{
    factors::{Factors, Kind, check_factors, check_room, check_within, unit_of},
    interactions::Interactions,
    start::check_start,
    vectors::{Group, Matrix, add, dot},
};
use crate::base::{Error, Result, Run, Stage, Trace, random};
use crate::learn::kernels::lanes::F32x4;
use rand_chacha::ChaCha8Rng;

pub use super::start::Start;

/// Stream of the seed.
const STREAM: u64 = 0x7267;
/// Ratings between two looks at whether the person cancelled.
const PIECE: usize = 1 << 16;
/// Times a fit that runs away is started again with smaller steps.
const MOST_STARTS: u32 = 6;

/// Settings.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Options {
    /// Numbers of a vector, 1 to 512.
    pub n_factors: usize,
    /// Times all ratings pass, 1 to 10,000.
    pub n_epochs: usize,
    /// Step of factors, 1e-6 to 1.
    pub learn_rate: f64,
    /// Step of biases, 0 to 1.
    pub learn_rate_bias: f64,
    /// Penalty of factors, 0 to 100.
    pub reg: f64,
    /// Penalty of biases, 0 to 100.
    pub reg_bias: f64,
    /// What steps are multiplied by after each epoch, 0.1 to 1.
    pub decay: f64,
    /// Deviation of the numbers that factors start from, 0 to 10.
    pub deviation: f64,
    /// Whether ratings pass in random order; otherwise by user and item.
    pub is_shuffled: bool,
    /// Whether ratings are measured in their standard deviation; otherwise as they are.
    pub is_standardised: bool,
    /// SVD++.
    pub is_implied: bool,
}

impl Options {
    /// Biased factorisation.
    pub const BIASED: Self = Self {
        n_factors: 20,
        n_epochs: 60,
        learn_rate: 0.01,
        learn_rate_bias: 0.01,
        reg: 0.08,
        reg_bias: 0.02,
        decay: 0.97,
        deviation: 0.1,
        is_shuffled: true,
        is_standardised: true,
        is_implied: false,
    };

    /// SVD++.
    pub const SVD_PLUS_PLUS: Self = Self {
        is_implied: true,
        ..Self::BIASED
    };

    fn check(&self) -> Result<()> {
        check_factors(self.n_factors)?;
        check_within("n_epochs", self.n_epochs as f64, 1.0, 10_000.0)?;
        check_within("learn_rate", self.learn_rate, 1e-6, 1.0)?;
        check_within("learn_rate_bias", self.learn_rate_bias, 0.0, 1.0)?;
        check_within("reg", self.reg, 0.0, 100.0)?;
        check_within("reg_bias", self.reg_bias, 0.0, 100.0)?;
        check_within("decay", self.decay, 0.1, 1.0)?;
        check_within("deviation", self.deviation, 0.0, 10.0)
    }
}

/// Fits.
///
/// A fit that runs away is started again with a quarter of the steps, six times at most.
///
/// # Errors
/// [`Error::Param`]; [`Error::Memory`] for more than a billion bytes of factors; [`Error::Cancelled`];
/// [`Error::NotConverged`] when it ran away every time.
pub fn fit(data: &Interactions, options: &Options, run: &mut Run<'_>) -> Result<Factors> {
    options.check()?;
    check_room(data, options.n_factors)?;
    let mut now = *options;
    for _ in 0..MOST_STARTS {
        let mut rng = run.rng(STREAM);
        let mut start = Start::normal(data, now.n_factors, now.deviation, &mut rng);
        if now.is_implied {
            start.implied = Matrix::normal(data.n_items(), now.n_factors, now.deviation, &mut rng);
        }
        if let Some(found) = Fit::new(data, &now, start).run(&mut rng, run)? {
            return Ok(found);
        }
        now.learn_rate = (now.learn_rate / 4.0).max(1e-6);
        now.learn_rate_bias /= 4.0;
    }
    Err(Error::NotConverged {
        algorithm: "sgd".into(),
        iterations: options.n_epochs,
    })
}

/// Fits from where it is told.
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
    if options.is_implied {
        check_start(&start.implied, data.n_items(), options.n_factors)?;
    }
    let mut rng = run.rng(STREAM);
    let found = Fit::new(data, options, start).run(&mut rng, run)?;
    found.ok_or(Error::NotConverged {
        algorithm: "sgd".into(),
        iterations: options.n_epochs,
    })
}

/// A fit under way, ratings in units.
struct Fit<'a> {
    data: &'a Interactions,
    options: &'a Options,
    mean: f64,
    unit: f64,
    user_bias: Vec<f32>,
    item_bias: Vec<f32>,
    at: Start,
}

/// Steps of an epoch: by error, and what is left after the penalty.
#[derive(Clone, Copy)]
struct Steps {
    rate: f32,
    keep: f32,
    rate_bias: f32,
    keep_bias: f32,
}

/// One rating's step: `p` and `q` move by each other.
#[inline(always)]
fn step(p: &mut [Group], q: &mut [Group], by: f32, keep: f32) {
    let (by, keep) = (F32x4::splat(by), F32x4::splat(keep));
    for (p, q) in p.iter_mut().zip(q) {
        let (x, y) = (F32x4::load(p), F32x4::load(q));
        (x * keep + y * by).store(p);
        (y * keep + x * by).store(q);
    }
}

impl<'a> Fit<'a> {
    fn new(data: &'a Interactions, options: &'a Options, at: Start) -> Self {
        let summary = data.summary();
        Self {
            data,
            options,
            mean: summary.mean,
            unit: unit_of(&summary, options.is_standardised),
            user_bias: vec![0.0; data.n_users()],
            item_bias: vec![0.0; data.n_items()],
            at,
        }
    }

    fn steps(&self, epoch: usize) -> Steps {
        let o = self.options;
        let less = o.decay.powi(epoch as i32);
        Steps {
            rate: (o.learn_rate * less) as f32,
            keep: (1.0 - o.learn_rate * less * o.reg) as f32,
            rate_bias: (o.learn_rate_bias * less) as f32,
            keep_bias: (1.0 - o.learn_rate_bias * less * o.reg_bias) as f32,
        }
    }

    /// None when it ran away.
    fn run(mut self, rng: &mut ChaCha8Rng, run: &mut Run<'_>) -> Result<Option<Factors>> {
        let n_epochs = self.options.n_epochs as u64;
        let mut pairs = if self.options.is_implied {
            Vec::new()
        } else {
            self.pairs()
        };
        let mut users: Vec<u32> = (0..self.data.n_users() as u32)
            .filter(|u| !self.data.by_user().row(*u as usize).0.is_empty())
            .collect();
        for epoch in 0..n_epochs {
            run.step(Stage::Fitting, epoch, n_epochs)?;
            let steps = self.steps(epoch as usize);
            let mut squares = 0.0;
            if self.options.is_implied {
                if self.options.is_shuffled {
                    random::shuffle(rng, &mut users);
                }
                squares = self.implied_epoch(&users, steps, rng, run)?;
            } else {
                if self.options.is_shuffled {
                    random::shuffle(rng, &mut pairs);
                }
                for piece in pairs.chunks(PIECE) {
                    run.check()?;
                    squares += self.plain(piece, steps);
                }
            }
            let loss = squares / self.data.len() as f64;
            // In units of the deviation the mean alone has 1.
            if loss.is_nan() || loss >= 1e6 {
                return Ok(None);
            }
            run.trace(Trace {
                learner: "sgd".into(),
                step: epoch + 1,
                total: n_epochs,
                train_loss: loss.sqrt() * self.unit,
                validation_loss: None,
            });
        }
        run.step(Stage::Fitting, n_epochs, n_epochs)?;
        Ok(self.finish())
    }

    fn pairs(&self) -> Vec<(u32, u32, f32)> {
        let mut out = Vec::with_capacity(self.data.len());
        for user in 0..self.data.n_users() {
            let (items, values) = self.data.by_user().row(user);
            let all = items.iter().zip(values);
            out.extend(all.map(|(i, v)| (user as u32, *i, self.in_units(*v))));
        }
        out
    }

    fn in_units(&self, v: f32) -> f32 {
        ((f64::from(v) - self.mean) / self.unit) as f32
    }

    #[inline(never)]
    fn plain(&mut self, pairs: &[(u32, u32, f32)], steps: Steps) -> f64 {
        let mut squares = 0.0;
        for (user, item, rating) in pairs {
            let (u, i) = (*user as usize, *item as usize);
            let p = self.at.users.row_mut(u);
            let q = self.at.items.row_mut(i);
            let (b_u, b_i) = (&mut self.user_bias[u], &mut self.item_bias[i]);
            let error = rating - *b_u - *b_i - dot(p, q);
            squares += f64::from(error * error);
            *b_u = *b_u * steps.keep_bias + steps.rate_bias * error;
            *b_i = *b_i * steps.keep_bias + steps.rate_bias * error;
            step(p, q, steps.rate * error, steps.keep);
        }
        squares
    }

    fn implied_epoch(
        &mut self,
        users: &[u32],
        steps: Steps,
        rng: &mut ChaCha8Rng,
        run: &Run<'_>,
    ) -> Result<f64> {
        let width = self.at.items.width();
        let mut room = [(); 2].map(|()| vec![[0.0; 4]; width]);
        let (mut order, mut squares, mut since) = (Vec::new(), 0.0, 0);
        for user in users {
            let n = self.data.by_user().row(*user as usize).0.len();
            order.clear();
            order.extend(0..n as u32);
            if self.options.is_shuffled {
                random::shuffle(rng, &mut order);
            }
            squares += self.of_user(*user as usize, &order, steps, &mut room);
            since += n;
            if since > PIECE {
                since = 0;
                run.check()?;
            }
        }
        Ok(squares)
    }

    #[inline(never)]
    fn of_user(
        &mut self,
        user: usize,
        order: &[u32],
        steps: Steps,
        [sum, moved]: &mut [Vec<Group>; 2],
    ) -> f64 {
        let (items, values) = self.data.by_user().row(user);
        let share = 1.0 / (items.len() as f32).sqrt();
        sum.fill([0.0; 4]);
        moved.fill([0.0; 4]);
        for item in items {
            add(sum, share, self.at.implied.row(*item as usize));
        }
        let p = self.at.users.row_mut(user);
        let mut b_u = self.user_bias[user];
        let (mut squares, mut kept) = (0.0, 1.0f32);
        for at in order {
            let i = items[*at as usize] as usize;
            let rating = ((f64::from(values[*at as usize]) - self.mean) / self.unit) as f32;
            let q = self.at.items.row_mut(i);
            let b_i = &mut self.item_bias[i];
            let error = rating - b_u - *b_i - dot(p, q) - dot(sum, q);
            squares += f64::from(error * error);
            b_u = b_u * steps.keep_bias + steps.rate_bias * error;
            *b_i = *b_i * steps.keep_bias + steps.rate_bias * error;
            let by = F32x4::splat(steps.rate * error);
            let by_share = F32x4::splat(steps.rate * error * share);
            let keep = F32x4::splat(steps.keep);
            let vectors = p
                .iter_mut()
                .zip(q)
                .zip(sum.iter_mut().zip(moved.iter_mut()));
            for ((p, q), (s, m)) in vectors {
                let (x, y) = (F32x4::load(p), F32x4::load(q));
                let (z, d) = (F32x4::load(s), F32x4::load(m));
                (x * keep + y * by).store(p);
                (y * keep + (x + z) * by).store(q);
                (z * keep + y * by).store(s);
                (d * keep + y * by_share).store(m);
            }
            kept *= steps.keep;
        }
        self.user_bias[user] = b_u;
        let keep = F32x4::splat(kept);
        for item in items {
            let y = self.at.implied.row_mut(*item as usize);
            for (y, m) in y.iter_mut().zip(moved.iter()) {
                (F32x4::load(y) * keep + F32x4::load(m)).store(y);
            }
        }
        squares
    }

    /// None when some number is not finite.
    fn finish(mut self) -> Option<Factors> {
        for user in 0..self.data.n_users() {
            let items = self.data.by_user().row(user).0;
            let p = self.at.users.row_mut(user);
            if items.is_empty() {
                p.fill([0.0; 4]);
            } else if self.options.is_implied {
                let share = 1.0 / (items.len() as f32).sqrt();
                for item in items {
                    add(p, share, self.at.implied.row(*item as usize));
                }
            }
        }
        for item in 0..self.data.n_items() {
            if self.data.by_item().row(item).0.is_empty() {
                self.at.items.row_mut(item).fill([0.0; 4]);
                if self.options.is_implied {
                    self.at.implied.row_mut(item).fill([0.0; 4]);
                }
            }
        }
        let summary = self.data.summary();
        let out = Factors {
            kind: Kind::Ratings {
                reg: self.options.reg as f32,
                reg_bias: self.options.reg_bias as f32,
            },
            mean: self.mean,
            unit: self.unit,
            low: summary.low,
            high: summary.high,
            user_bias: self.user_bias,
            item_bias: self.item_bias,
            users: self.at.users,
            items: self.at.items,
            implied: self.options.is_implied.then_some(self.at.implied),
            common: Matrix::default(),
        };
        let all = out.user_bias.iter().chain(&out.item_bias);
        let is_finite = all.into_iter().all(|b| b.is_finite());
        (is_finite && out.users.is_finite() && out.items.is_finite()).then_some(out)
    }
}
