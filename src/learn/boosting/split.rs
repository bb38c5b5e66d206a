//! The best split of a leaf from its histogram.
//!
//! A leaf with sums `G`, `H` of derivatives has output `w = −T(G) / (H + λ)`, `T(G) = sign(G) · max(0, |G| − α)`, kept
//! within the leaf's bounds, and score `−(2 T(G) w + (H + λ) w²)`; a split gains the children's scores minus the
//! parent's. Everything here is in units of one tree's packed sums.
//!
//! Source: Ke et al. (2017), LightGBM, NeurIPS 30; its documentation for bounds and categories.
use super::{
    super::kernels::{
        bins::{Bins, Kind},
        histogram::unpack,
    },
    levels,
};

/// Bounds of a leaf's output.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bounds {
    /// Smallest.
    pub low: f64,
    /// Largest.
    pub high: f64,
}

impl Bounds {
    /// No bounds.
    pub const NONE: Self = Self {
        low: f64::NEG_INFINITY,
        high: f64::INFINITY,
    };

    /// The nearest value within them.
    pub fn clamp(self, v: f64) -> f64 {
        v.max(self.low).min(self.high)
    }

    /// Bounds of the two children of a split that must rise (`direction > 0`) or fall along its column.
    pub fn divided(self, direction: i8, middle: f64) -> [Self; 2] {
        let below = Self {
            high: self.high.min(middle),
            ..self
        };
        let above = Self {
            low: self.low.max(middle),
            ..self
        };
        match direction {
            0 => [self, self],
            d if d > 0 => [below, above],
            _ => [above, below],
        }
    }
}

/// How categories are split; LightGBM's names.
#[derive(Debug, Clone, Copy)]
pub struct Categories {
    /// Added to `H` where levels are put in order.
    pub smooth: f64,
    /// Added to `λ` where several levels go to one side.
    pub l2: f64,
    /// Most levels on the side that is listed.
    pub max_threshold: usize,
    /// With fewer levels than this, one is split from all others.
    pub max_to_onehot: usize,
    /// Fewest rows between two candidates.
    pub min_per_group: f64,
    /// Fewest rows of a level that is put in order.
    pub min_per_level: f64,
}

/// Penalties and limits.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// `α`.
    pub l1: f64,
    /// `λ`.
    pub l2: f64,
    /// Smallest gain.
    pub min_gain: f64,
    /// Smallest sum of second derivatives.
    pub min_hessian: f64,
    /// Fewest rows; taken as proportional to second derivatives.
    pub min_rows: f64,
    /// How categories are split.
    pub categories: Categories,
}

impl Limits {
    /// The output of a leaf with `extra` added to `λ`.
    pub fn output(&self, g: f64, h: f64, extra: f64, bounds: Bounds) -> f64 {
        let (g, h) = (soft(g, self.l1), h + self.l2 + extra);
        if h > 0.0 {
            bounds.clamp(-g / h)
        } else {
            bounds.clamp(0.0)
        }
    }

    /// The score of a leaf with `extra` added to `λ`.
    pub fn score(&self, g: f64, h: f64, extra: f64, bounds: Bounds) -> f64 {
        let out = self.output(g, h, extra, bounds);
        -(2.0 * soft(g, self.l1) * out + (h + self.l2 + extra) * out * out)
    }
}

fn soft(g: f64, l1: f64) -> f64 {
    (g.abs() - l1).max(0.0).copysign(g)
}

/// Which codes of a column go left.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cut {
    /// Bins up to this one; bin 0 apart where it is for missing values.
    Numbers {
        /// Last bin that goes left.
        last: u8,
        /// Whether missing values go left.
        missing_left: bool,
    },
    /// A set of bins, a bit each.
    Levels([u64; 4]),
}

impl Cut {
    /// Whether `code` goes left in a column whose values start at bin `shift`.
    #[inline(always)]
    pub fn goes_left(&self, code: u8, shift: u8) -> bool {
        match self {
            Self::Numbers { last, missing_left } => {
                if code < shift {
                    *missing_left
                } else {
                    code <= *last
                }
            }
            Self::Levels(set) => set[usize::from(code >> 6)] >> (code & 63) & 1 == 1,
        }
    }
}

/// A split.
#[derive(Debug, Clone, Copy)]
pub struct Split {
    /// What it gains.
    pub gain: f64,
    /// The column looked at.
    pub column: u32,
    /// Which codes go left.
    pub cut: Cut,
    /// Packed sum of the rows that go left.
    pub left: i64,
    /// Added to `λ` for the outputs of both children.
    pub extra: f64,
}

/// A leaf to be split.
#[derive(Debug, Clone, Copy)]
pub struct Whole {
    /// Packed sum of its rows.
    pub sum: i64,
    /// Its rows.
    pub n_rows: f64,
    /// Bounds of its output.
    pub bounds: Bounds,
}

/// What a scan found.
#[derive(Debug, Clone, Copy)]
pub struct Found<C> {
    /// Score of both children.
    pub score: f64,
    /// Where it cuts.
    pub at: C,
    /// Packed sum of the left child.
    pub left: i64,
}

/// The best split over `columns`, if one gains enough. `monotone` has a direction per column, or is empty.
pub fn best(
    bins: &Bins,
    sums: &[i64],
    columns: &[u32],
    whole: Whole,
    limits: &Limits,
    monotone: &[i8],
) -> Option<Split> {
    let (g, h) = unpack(whole.sum);
    if h <= 0.0 {
        return None;
    }
    let parent = limits.score(g, h, 0.0, whole.bounds);
    let mut top = parent + limits.min_gain + 1e-9 * parent.abs();
    let plain = limits.l1 == 0.0 && monotone.is_empty();
    let n_per_h = whole.n_rows / h;
    // Half a row less, so that rounding does not cost one.
    let least = limits
        .min_hessian
        .max((limits.min_rows - 0.5) / n_per_h)
        .max(1.0);
    let mut best: Option<Split> = None;
    let offsets = bins.offsets();
    for &column in columns {
        let j = column as usize;
        let sums = &sums[offsets[j] as usize..offsets[j + 1] as usize];
        if let Kind::Levels(_) = bins.kind(j) {
            if let Some((found, extra)) = levels::best(sums, whole, least, n_per_h, limits, top) {
                top = found.score;
                best = Some(Split {
                    gain: found.score - parent,
                    column,
                    cut: Cut::Levels(found.at),
                    left: found.left,
                    extra,
                });
            }
            continue;
        }
        let shift = usize::from(bins.shift(j));
        let missing = if shift == 1 { sums[0] } else { 0 };
        let values = &sums[shift..];
        let direction = monotone.get(j).copied().unwrap_or(0);
        let scan = |values: &[i64], start: i64, top: f64| {
            if plain {
                plain_scan(values, start, (g, h), limits.l2, least, top)
            } else {
                bounded_scan(
                    values,
                    start,
                    (g, h),
                    limits,
                    least,
                    top,
                    whole.bounds,
                    direction,
                )
            }
        };
        // Right of the last bin lies nothing but what is missing.
        let without_last = &values[..values.len() - 1];
        let right = scan(if missing == 0 { without_last } else { values }, 0, top);
        if let Some(found) = right {
            top = found.score;
            // Where nothing is missing, it will go with the larger side.
            let missing_left = missing == 0 && 2.0 * unpack(found.left).1 >= h;
            best = Some(split(found, parent, column, shift, missing_left));
        }
        if missing != 0
            && let Some(found) = scan(without_last, missing, top)
        {
            top = found.score;
            best = Some(split(found, parent, column, shift, true));
        }
    }
    best
}

fn split(found: Found<usize>, parent: f64, column: u32, shift: usize, missing_left: bool) -> Split {
    Split {
        gain: found.score - parent,
        column,
        cut: Cut::Numbers {
            last: (found.at + shift) as u8,
            missing_left,
        },
        left: found.left,
        extra: 0.0,
    }
}

/// The best cut after one of the bins `values`, with `start` left of them all; without `α` and bounds.
#[inline(never)]
fn plain_scan(
    values: &[i64],
    start: i64,
    (g, h): (f64, f64),
    l2: f64,
    least: f64,
    mut top: f64,
) -> Option<Found<usize>> {
    let mut left = start;
    let mut found = None;
    for (at, &sum) in values.iter().enumerate() {
        if sum == 0 {
            continue;
        }
        left += sum;
        let (gl, hl) = unpack(left);
        if hl < least {
            continue;
        }
        let hr = h - hl;
        if hr < least {
            break;
        }
        let gr = g - gl;
        let (a, b) = (hl + l2, hr + l2);
        // Compared without dividing; few candidates pass.
        if gl * gl * b + gr * gr * a > top * (a * b) {
            let score = gl * gl / a + gr * gr / b;
            if score > top {
                top = score;
                found = Some(Found { score, at, left });
            }
        }
    }
    found
}

/// The same with `α`, bounds, and a direction in which outputs must not turn.
#[inline(never)]
#[allow(clippy::too_many_arguments)]
fn bounded_scan(
    values: &[i64],
    start: i64,
    (g, h): (f64, f64),
    limits: &Limits,
    least: f64,
    mut top: f64,
    bounds: Bounds,
    direction: i8,
) -> Option<Found<usize>> {
    let mut left = start;
    let mut found = None;
    for (at, &sum) in values.iter().enumerate() {
        if sum == 0 {
            continue;
        }
        left += sum;
        let (gl, hl) = unpack(left);
        if hl < least {
            continue;
        }
        let (gr, hr) = (g - gl, h - hl);
        if hr < least {
            break;
        }
        if direction != 0 {
            let rise = limits.output(gr, hr, 0.0, bounds) - limits.output(gl, hl, 0.0, bounds);
            if rise * f64::from(direction) < 0.0 {
                continue;
            }
        }
        let score = limits.score(gl, hl, 0.0, bounds) + limits.score(gr, hr, 0.0, bounds);
        if score > top {
            top = score;
            found = Some(Found { score, at, left });
        }
    }
    found
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::base::{Quiet, Run};
    use crate::learn::kernels::histogram::{accumulate, pack};

    pub const LIMITS: Limits = Limits {
        l1: 0.0,
        l2: 1.5,
        min_gain: 0.0,
        min_hessian: 0.0,
        min_rows: 1.0,
        categories: Categories {
            smooth: 0.0,
            l2: 0.0,
            max_threshold: 32,
            max_to_onehot: 4,
            min_per_group: 0.0,
            min_per_level: 0.0,
        },
    };

    /// Gain of every way to cut, by definition, over raw values.
    fn by_hand(x: &[f32], rows: &[i64], limits: &Limits) -> f64 {
        let score = |side: &dyn Fn(f32) -> bool| {
            let sum: i64 = (0..x.len()).filter(|i| side(x[*i])).map(|i| rows[i]).sum();
            let (g, h) = unpack(sum);
            if h == 0.0 {
                return f64::NAN;
            }
            let g = (g.abs() - limits.l1).max(0.0);
            g * g / (h + limits.l2)
        };
        let all = score(&|_| true);
        let mut best = 0.0f64;
        for &limit in x.iter().filter(|v| !v.is_nan()) {
            for missing in [false, true] {
                let left = |v: f32| if v.is_nan() { missing } else { v <= limit };
                let gain = score(&left) + score(&|v| !left(v)) - all;
                best = best.max(gain);
            }
        }
        best
    }

    #[test]
    fn the_best_cut_is_that_of_a_plain_search_missing_or_not() {
        let mut s = 7u32;
        let mut next = move || {
            s = s.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            s >> 8
        };
        let mut sides = [0, 0];
        for case in 0..60 {
            let n = 40;
            let x: Vec<f32> = (0..n)
                .map(|_| {
                    let v = (next() % 12) as f32;
                    let gone = case % 3 != 0 && next() % 4 == 0;
                    if gone { f32::NAN } else { v }
                })
                .collect();
            let packed: Vec<i64> = (0..n)
                .map(|_| pack((next() % 2001) as i32 - 1000, next() % 50 + 1))
                .collect();
            let mut quiet = Quiet;
            let bins = Bins::new(&x, 1, 255, &Run::new(&mut quiet, 0)).unwrap();
            let rows: Vec<u32> = (0..n as u32).collect();
            let mut sums = vec![0; bins.histogram_len()];
            accumulate(&bins, &rows, &packed, &mut sums);
            for l1 in [0.0, 300.0] {
                let limits = Limits {
                    l1,
                    min_rows: 0.0,
                    ..LIMITS
                };
                let whole = Whole {
                    sum: packed.iter().sum(),
                    n_rows: n as f64,
                    bounds: Bounds::NONE,
                };
                let want = by_hand(&x, &packed, &limits);
                let Some(got) = best(&bins, &sums, &[0], whole, &limits, &[]) else {
                    assert!(want < 1e-6, "{want}");
                    continue;
                };
                assert!((got.gain - want).abs() < 1e-6 * want, "{} {want}", got.gain);
                let left: i64 = (0..n)
                    .filter(|i| got.cut.goes_left(bins.column(0)[*i], bins.shift(0)))
                    .map(|i| packed[i])
                    .sum();
                assert_eq!(left, got.left);
                if let Cut::Numbers { missing_left, .. } = got.cut
                    && bins.shift(0) == 1
                {
                    sides[usize::from(missing_left)] += 1;
                }
            }
        }
        assert!(sides[0] > 5 && sides[1] > 5, "{sides:?}");
    }

    #[test]
    fn a_direction_forbids_cuts_that_turn() {
        // Outputs −G/H: 1 for low values, −1 for high ones.
        let x: Vec<f32> = (0..20).map(|i| i as f32).collect();
        let packed: Vec<i64> = (0..20)
            .map(|i| pack(if i < 10 { -100 } else { 100 }, 100))
            .collect();
        let mut quiet = Quiet;
        let bins = Bins::new(&x, 1, 255, &Run::new(&mut quiet, 0)).unwrap();
        let rows: Vec<u32> = (0..20).collect();
        let mut sums = vec![0; bins.histogram_len()];
        accumulate(&bins, &rows, &packed, &mut sums);
        let whole = Whole {
            sum: 0,
            n_rows: 20.0,
            bounds: Bounds::NONE,
        };
        let whole = Whole {
            sum: packed.iter().sum(),
            ..whole
        };
        let with = |direction| best(&bins, &sums, &[0], whole, &LIMITS, &[direction]);
        assert!(with(1).is_none());
        assert!((with(-1).unwrap().gain - with(0).unwrap().gain).abs() < 1e-9);
        // Bounds take from the gain.
        let bounded = Whole {
            bounds: Bounds {
                low: -0.2,
                high: 0.2,
            },
            ..whole
        };
        let less = best(&bins, &sums, &[0], bounded, &LIMITS, &[0]).unwrap();
        assert!(less.gain < 0.5 * with(0).unwrap().gain && less.gain > 0.0);
    }
}
