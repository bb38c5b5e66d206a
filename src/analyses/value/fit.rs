//! Models of how long customers stay, behind one question: what hazard a customer has met by a time.
use super::{Asked, columns::Matrix, spells::Watched};
use crate::{
    base::{Error, Params, Result, Run, Train},
    learn::{
        self, Classifier, Dataset, Target,
        survival::{Aft, Baseline, Cox, CoxOptions, KaplanMeier, Law, PersonPeriods, Ties},
    },
};
use ndarray::{Array2, ArrayView2};

/// Most periods that time is cut into.
const MOST_PERIODS: f64 = 120.0;

/// A fitted model.
pub(super) enum Fitted {
    /// Hazards so far by group, and the mean hazard of the group.
    Curves(Vec<Baseline>, Vec<f64>),
    /// With the mean hazard of each stratum, of a row at the means.
    Cox(Box<Cox>, Vec<f64>),
    Aft(Aft),
    Discrete(Periods),
}

/// A classifier of periods.
pub(super) struct Periods {
    model: Box<dyn Classifier>,
    width: f64,
    /// Periods that were learned from.
    n_periods: u32,
}

/// Fits the model that was asked for.
///
/// # Errors
/// Those of the models.
pub(super) fn fit(asked: &Asked, data: &Watched, x: &Matrix, run: &mut Run<'_>) -> Result<Fitted> {
    let (spells, d) = (data.spells(), x.d());
    let n_groups = data.groups.len();
    match asked.model.as_str() {
        "cox" => {
            let options = CoxOptions {
                ties: if asked.is_breslow {
                    Ties::Breslow
                } else {
                    Ties::Efron
                },
                ridge: asked.ridge,
                ..CoxOptions::default()
            };
            let strata = (n_groups > 1).then_some(data.group.as_slice());
            let model = Cox::fit(&x.x, d, &spells, strata, options, run)?;
            let relative = model.relative_hazard(&x.x)?;
            let rates = rates(data, Some(&relative));
            Ok(Fitted::Cox(Box::new(model), rates))
        }
        "weibull" => Ok(Fitted::Aft(Aft::fit(Law::Weibull, &x.x, d, &spells, run)?)),
        "log_normal" => Ok(Fitted::Aft(Aft::fit(
            Law::LogNormal,
            &x.x,
            d,
            &spells,
            run,
        )?)),
        "discrete" => Ok(Fitted::Discrete(Periods::fit(data, x, run)?)),
        _ => {
            spells.check()?;
            let curves = KaplanMeier::by_group(&spells, &data.group, n_groups, 0.95)?;
            let baseline = |(g, curve): (usize, KaplanMeier)| {
                let mut out = Baseline {
                    stratum: g as u32,
                    time: Vec::new(),
                    hazard: Vec::new(),
                };
                let mut sum = 0.0;
                for p in curve
                    .points
                    .iter()
                    .filter(|p| p.events > 0 && p.at_risk > 0)
                {
                    sum += p.events as f64 / p.at_risk as f64;
                    out.time.push(p.time);
                    out.hazard.push(sum);
                }
                out
            };
            let all = curves.into_iter().enumerate().map(baseline).collect();
            Ok(Fitted::Curves(all, rates(data, None)))
        }
    }
}

/// Events over time watched, by group: the hazard that is taken to go on where nobody was watched for as long.
fn rates(data: &Watched, relative: Option<&[f64]>) -> Vec<f64> {
    let mut sums = vec![(0.0, 0.0); data.groups.len()];
    for i in 0..data.len() {
        let from = data.start.as_ref().map_or(0.0, |s| s[i]);
        if let Some((events, time)) = sums.get_mut(data.group[i] as usize) {
            *events += f64::from(u8::from(data.event[i]));
            *time += (data.stop[i] - from) * relative.map_or(1.0, |r| r[i]);
        }
    }
    let rate = |(events, time): (f64, f64)| if time > 0.0 { events / time } else { 0.0 };
    sums.into_iter().map(rate).collect()
}

/// Hazard up to a time, going on at `rate` after the last event.
fn stepped(baseline: &Baseline, rate: f64, time: f64) -> f64 {
    let last = baseline.time.last().copied().unwrap_or(0.0);
    baseline.at(time) + rate * (time - last).max(0.0)
}

impl Fitted {
    /// The last time that it was learned from; beyond it a mean hazard goes on. None where the model has no end.
    pub(super) fn reach(&self, group: u32) -> Option<f64> {
        let last = |b: &Baseline| b.time.last().copied().unwrap_or(0.0);
        match self {
            Self::Curves(all, _) => all.get(group as usize).map(last),
            Self::Cox(model, _) => model.baseline(group).ok().map(last),
            Self::Aft(_) => None,
            Self::Discrete(it) => Some(it.width * f64::from(it.n_periods)),
        }
    }

    /// Hazards met by each of `times`, rising, of a customer with the columns `row`.
    ///
    /// # Errors
    /// Those of the models.
    pub(super) fn hazards(&self, row: &[f64], group: u32, times: &[f64]) -> Result<Vec<f64>> {
        let rate = |rates: &[f64]| rates.get(group as usize).copied().unwrap_or(0.0);
        match self {
            Self::Curves(all, rates) => {
                let Some(baseline) = all.get(group as usize) else {
                    return Ok(vec![0.0; times.len()]);
                };
                let rate = rate(rates);
                Ok(times.iter().map(|t| stepped(baseline, rate, *t)).collect())
            }
            Self::Cox(model, rates) => {
                let (baseline, rate) = (model.baseline(group)?, rate(rates));
                let by = model.relative_hazard(row)?.first().copied().unwrap_or(1.0);
                Ok(times
                    .iter()
                    .map(|t| by * stepped(baseline, rate, *t))
                    .collect())
            }
            Self::Aft(model) => {
                let still = model.survival(row, 1, 0.0, times)?;
                Ok(still.iter().map(|s| -s.max(1e-300).ln()).collect())
            }
            Self::Discrete(it) => it.hazards(row, times),
        }
    }
}

impl Periods {
    fn fit(data: &Watched, x: &Matrix, run: &mut Run<'_>) -> Result<Self> {
        let longest = data.stop.iter().copied().fold(0.0, f64::max);
        let width = (longest / MOST_PERIODS).max(1.0);
        let spells = data.spells();
        spells.check_events()?;
        let cut = PersonPeriods::of(&spells, width, MOST_PERIODS as u32 + 1)?;
        let (n, d) = (cut.row.len(), x.d() + 1);
        run.demand(n as u64, 16 * d as u64, 0)?;
        let mut cells: Vec<f32> = Vec::with_capacity(n * d);
        for (row, period) in cut.row.iter().zip(&cut.period) {
            cells.extend(x.row(*row as usize).iter().map(|v| *v as f32));
            cells.push(*period as f32);
        }
        let codes = cut.event.iter().map(|e| u32::from(*e)).collect();
        let matrix = Array2::from_shape_vec((n, d), cells).map_err(|_| Error::NoFeatures)?;
        let train = Train::all(Dataset::new(
            matrix,
            Target::class(codes, &["stays", "goes"]),
        ));
        let params = Params::default()
            .with("num_leaves", 7_i64)
            .with("min_child_samples", 50_i64);
        let model = (learn::entry("boosting")?.build)(&params)?
            .fit(&train, run)?
            .classifier()?;
        Ok(Self {
            model,
            width,
            n_periods: cut.period.iter().max().map_or(1, |p| p + 1),
        })
    }

    /// Within a period the hazard is spread evenly.
    fn hazards(&self, row: &[f64], times: &[f64]) -> Result<Vec<f64>> {
        let d = row.len() + 1;
        let last = self.n_periods - 1;
        let mut cells: Vec<f32> = Vec::with_capacity(d * self.n_periods as usize);
        for period in 0..=last {
            cells.extend(row.iter().map(|v| *v as f32));
            cells.push(period as f32);
        }
        let shape = (self.n_periods as usize, d);
        let x = ArrayView2::from_shape(shape, &cells).map_err(|_| Error::NoFeatures)?;
        let chances = self.model.predict_proba(x)?;
        let of = |k: usize| {
            let p = chances
                .get((k.min(last as usize), 1))
                .copied()
                .unwrap_or(0.0);
            -(-p.min(1.0 - 1e-9)).ln_1p()
        };
        let mut so_far = vec![0.0];
        for k in 0..=last as usize {
            so_far.push(so_far[k] + of(k));
        }
        let at = |t: &f64| {
            let place = (t / self.width).max(0.0);
            let k = (place.floor() as usize).min(last as usize);
            so_far[k] + (place - k as f64) * of(k)
        };
        Ok(times.iter().map(at).collect())
    }
}
