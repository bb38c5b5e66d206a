//! Factorisation of what people have, without ratings, by alternating least squares.
//!
//! Minimises `Σ c_ui (p_ui − x_u · y_i)² + reg (Σ ‖x_u‖² + Σ ‖y_i‖²)` over **all** pairs: `p = 1` and `c = 1 + alpha · value` where
//! the user has the item, `p = 0` and `c = 1` where not. What all items have in common is summed once per turn, so
//! a turn costs as much as there are interactions. A negative value is a dislike: `p = 0` with `c = 1 + alpha · |value|`.
//!
//! Each user's equations are solved by a few steps of conjugate gradients from where the last turn left them.
//!
//! Source: Hu, Koren & Volinsky (2008), Collaborative filtering for implicit feedback datasets, doi:10.1109/ICDM.2008.22;
//! Takács, Pilászy & Tikk (2011), Applications of the conjugate gradient method, doi:10.1145/2043932.2043987.
use super::{
    factors::{Factors, Kind, check_factors, check_room, check_within},
    interactions::{Interactions, Sparse},
    start::Start,
    vectors::{Group, Matrix, System, add, dot, gram, scale_add},
};
use crate::base::{Error, Result, Run, Stage};
use crate::learn::kernels::lanes::F32x4;

/// Stream of the seed.
const STREAM: u64 = 0x696d;

/// See [`chance`].
const SHARE: f64 = 0.8;

/// How a user's equations are solved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Solver {
    /// So many steps of conjugate gradients, 1 to 100.
    Gradients(usize),
    /// Exactly, by Cholesky factors: several times as slow.
    Cholesky,
}

/// Settings.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Options {
    /// Numbers of a vector, 1 to 512.
    pub n_factors: usize,
    /// Turns, 1 to 1000.
    pub n_epochs: usize,
    /// Penalty, 1e-9 to 1e6; [`chance`] where none is given.
    pub reg: Option<f64>,
    /// Weight of the values, 0 to 1e6.
    pub alpha: f64,
    /// Deviation of the numbers that factors start from, 0 to 10.
    pub deviation: f64,
    /// Solver.
    pub solver: Solver,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            n_factors: 64,
            n_epochs: 15,
            reg: None,
            alpha: 1.0,
            deviation: 0.1,
            solver: Solver::Gradients(3),
        }
    }
}

impl Options {
    fn check(&self) -> Result<()> {
        check_factors(self.n_factors)?;
        check_within("n_epochs", self.n_epochs as f64, 1.0, 1000.0)?;
        check_within("reg", self.reg.unwrap_or(1.0), 1e-9, 1e6)?;
        check_within("alpha", self.alpha, 0.0, 1e6)?;
        check_within("deviation", self.deviation, 0.0, 10.0)?;
        match self.solver {
            Solver::Gradients(n) => check_within("solver", n as f64, 1.0, 100.0),
            Solver::Cholesky => Ok(()),
        }
    }
}

/// The penalty below which chance alone makes factors: what a matrix with as many interactions at random has as
/// singular values, `√n_u + √n_i` with the mean numbers per user and per item, times the mean confidence, of which four
/// fifths proved best. Penalising both sides' squares takes `reg` off every singular value.
pub fn chance(data: &Interactions, alpha: f64) -> f64 {
    let n = data.len() as f64;
    let with_any = |of: &Sparse| {
        let has = (0..of.n_rows()).filter(|r| !of.row(*r).0.is_empty());
        has.count().max(1) as f64
    };
    let sizes = (n / with_any(data.by_user())).sqrt() + (n / with_any(data.by_item())).sqrt();
    let values = (0..data.n_users()).flat_map(|u| data.by_user().row(u).1);
    let confidence = 1.0 + alpha * values.map(|v| f64::from(v.abs())).sum::<f64>() / n;
    (SHARE * sizes * confidence).clamp(1e-9, 1e6)
}

/// Fits.
///
/// # Errors
/// [`Error::Param`]; [`Error::Memory`] for more than a billion bytes of factors; [`Error::Cancelled`];
/// [`Error::NotConverged`] when numbers got out of hand, as with absurd values.
pub fn fit(data: &Interactions, options: &Options, run: &mut Run<'_>) -> Result<Factors> {
    options.check()?;
    check_room(data, options.n_factors)?;
    let mut rng = run.rng(STREAM);
    let start = Start::normal(data, options.n_factors, options.deviation, &mut rng);
    fit_from(data, options, start, run)
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
    let Start {
        mut users,
        mut items,
        ..
    } = start;
    let mut half = Half::new(
        options,
        options.reg.unwrap_or_else(|| chance(data, options.alpha)),
    );
    let n_epochs = options.n_epochs as u64;
    for epoch in 0..n_epochs {
        run.step(Stage::Fitting, epoch, n_epochs)?;
        half.turn(data.by_user(), &items, &mut users, run)?;
        half.turn(data.by_item(), &users, &mut items, run)?;
    }
    run.step(Stage::Fitting, n_epochs, n_epochs)?;
    if !(users.is_finite() && items.is_finite()) {
        return Err(Error::NotConverged {
            algorithm: "implicit".into(),
            iterations: options.n_epochs,
        });
    }
    Ok(Factors {
        kind: Kind::Confidence {
            alpha: options.alpha as f32,
            reg: half.reg,
        },
        mean: 0.0,
        unit: 1.0,
        low: 0.0,
        high: 1.0,
        user_bias: vec![0.0; data.n_users()],
        item_bias: vec![0.0; data.n_items()],
        users,
        items,
        implied: None,
        common: Matrix::default(),
    }
    .ready())
}

struct Half {
    alpha: f32,
    reg: f32,
    solver: Solver,
    system: System,
    residual: Vec<Group>,
    direction: Vec<Group>,
    product: Vec<Group>,
}

impl Half {
    fn new(options: &Options, reg: f64) -> Self {
        let room = || vec![[0.0; 4]; options.n_factors.div_ceil(4)];
        let is_exact = options.solver == Solver::Cholesky;
        Self {
            alpha: options.alpha as f32,
            reg: reg as f32,
            solver: options.solver,
            system: System::new(if is_exact { options.n_factors } else { 1 }),
            residual: room(),
            direction: room(),
            product: room(),
        }
    }

    /// Solves for every row of one side.
    fn turn(
        &mut self,
        rows: &Sparse,
        others: &Matrix,
        out: &mut Matrix,
        run: &Run<'_>,
    ) -> Result<()> {
        let mut common = gram(others);
        for k in 0..others.n_columns() {
            common.row_mut(k).as_flattened_mut()[k] += self.reg;
        }
        let mut since = 0;
        for row in 0..rows.n_rows() {
            let (columns, values) = rows.row(row);
            since += columns.len() + 8;
            if since > 1 << 14 {
                since = 0;
                run.check()?;
            }
            let to = out.row_mut(row);
            if columns.is_empty() {
                to.fill([0.0; 4]);
                continue;
            }
            match self.solver {
                Solver::Gradients(n) => self.gradients(n, &common, others, (columns, values), to),
                Solver::Cholesky => self.exact(&common, others, (columns, values), to),
            }
        }
        Ok(())
    }

    fn exact(
        &mut self,
        common: &Matrix,
        others: &Matrix,
        (columns, values): (&[u32], &[f32]),
        out: &mut [Group],
    ) {
        self.system.reset(Some(common));
        for (c, v) in columns.iter().zip(values) {
            let extra = self.alpha * v.abs();
            let right = if *v > 0.0 { 1.0 + extra } else { 0.0 };
            self.system.observe(others.row(*c as usize), extra, right);
        }
        self.system.factor();
        out.copy_from_slice(self.system.solve());
    }

    #[inline(never)]
    fn gradients(
        &mut self,
        n_steps: usize,
        common: &Matrix,
        others: &Matrix,
        (columns, values): (&[u32], &[f32]),
        x: &mut [Group],
    ) {
        let (r, p, product) = (&mut self.residual, &mut self.direction, &mut self.product);
        let alpha = self.alpha;
        let extra = |v: f32| alpha * v.abs();
        let right = |v: f32| if v > 0.0 { 1.0 + extra(v) } else { 0.0 };
        times(common, x, r);
        for v in r.as_flattened_mut() {
            *v = -*v;
        }
        each(others, columns, values, x, r, |v, product| {
            right(v) - extra(v) * product
        });
        p.copy_from_slice(r);
        let mut before = dot(r, r);
        for _ in 0..n_steps {
            if before.is_nan() || before <= 1e-20 {
                break;
            }
            times(common, p, product);
            each(others, columns, values, p, product, |v, product| {
                extra(v) * product
            });
            let step = before / dot(p, product);
            if !step.is_finite() {
                break;
            }
            add(x, step, p);
            add(r, -step, product);
            let now = dot(r, r);
            scale_add(p, now / before, r);
            before = now;
        }
    }
}

/// `out = a · x`, `a` symmetric: a sum of its rows, four at a time.
#[inline(always)]
fn times(a: &Matrix, x: &[Group], out: &mut [Group]) {
    out.fill([0.0; 4]);
    let width = a.width().max(1);
    let mut fours = a.groups().chunks_exact(4 * width);
    for (rows, x) in (&mut fours).zip(x) {
        combine(quarters(rows, width), *x, out);
    }
    // Rows beyond the last four; their factors are the last ones of `x`.
    let rest = fours.remainder().chunks_exact(width);
    for (row, x) in rest.zip(x.last().into_iter().flatten()) {
        add(out, *x, row);
    }
}

#[inline(always)]
fn quarters(rows: &[Group], width: usize) -> [&[Group]; 4] {
    let (a, rest) = rows.split_at(width);
    let (b, rest) = rest.split_at(width);
    let (c, d) = rest.split_at(width);
    [a, b, c, d]
}

/// `out += Σ by_k · row_k`.
#[inline(always)]
fn combine([a, b, c, d]: [&[Group]; 4], by: [f32; 4], out: &mut [Group]) {
    let [p, q, r, s] = by.map(F32x4::splat);
    let rows = a.iter().zip(b).zip(c.iter().zip(d));
    for (out, ((a, b), (c, d))) in out.iter_mut().zip(rows) {
        let ab = p * F32x4::load(a) + q * F32x4::load(b);
        let cd = r * F32x4::load(c) + s * F32x4::load(d);
        (F32x4::load(out) + (ab + cd)).store(out);
    }
}

/// `out += Σ f(v, y · x) y` over the rows `y` of `others` at `columns`, four at a time.
#[inline(always)]
fn each(
    others: &Matrix,
    columns: &[u32],
    values: &[f32],
    x: &[Group],
    out: &mut [Group],
    f: impl Fn(f32, f32) -> f32,
) {
    let (columns4, columns1) = columns.as_chunks::<4>();
    let (values4, values1) = values.as_chunks::<4>();
    for (columns, values) in columns4.iter().zip(values4) {
        let rows = columns.map(|c| others.row(c as usize));
        let mut sums = [F32x4::splat(0.0); 4];
        let [a, b, c, d] = rows;
        let groups = a.iter().zip(b).zip(c.iter().zip(d));
        for (x, ((a, b), (c, d))) in x.iter().zip(groups) {
            let x = F32x4::load(x);
            sums[0] = sums[0] + F32x4::load(a) * x;
            sums[1] = sums[1] + F32x4::load(b) * x;
            sums[2] = sums[2] + F32x4::load(c) * x;
            sums[3] = sums[3] + F32x4::load(d) * x;
        }
        let by = [0, 1, 2, 3].map(|k| f(values[k], sums[k].sum()));
        combine(rows, by, out);
    }
    for (c, v) in columns1.iter().zip(values1) {
        let y = others.row(*c as usize);
        add(out, f(*v, dot(y, x)), y);
    }
}
