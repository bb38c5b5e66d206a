//! How long customers stay: curves, what goes with it, and what the base will bring.
use super::{
    Asked, cohorts,
    columns::{self, Matrix},
    fit::{self, Fitted},
    purchases::add,
    renewal,
    spells::{self, Watched},
};
use crate::{
    analyses::Job,
    base::{Error, Result, Role, Run, Stage, Unit, Warning, random::below},
    charts::{CoefficientRow, Coefficients, Survival as Figure, SurvivalCurve},
    learn::survival::{
        Aft, Cox, KaplanMeier, Law, LogRank, Proportional, TimeScale, concordance, normal_quantile,
    },
    report::{Report, ReportTable, Sentence},
};

/// Stream of the seed.
const STREAM: u64 = 0x5375;
/// Most customers whose curves a mean is made of.
const MOST_MEAN: usize = 400;
/// Most groups.
const MOST_GROUPS: usize = 50;
/// Groups that are drawn, and points of a curve.
const DRAWN: (usize, usize) = (6, 200);
/// Below this chance effects are said to change over time.
const CHANGES: f64 = 0.01;
/// Fewest rows that some are kept aside of.
const FEWEST_TO_TEST: usize = 80;

/// The whole journey.
///
/// # Errors
/// Roles that are missing, columns of another kind, parameters; those of the models.
pub(super) fn report(job: &Job<'_>, asked: &Asked, run: &mut Run<'_>) -> Result<Report> {
    run.step(Stage::Preparing, 0, 1)?;
    run.demand(job.table.n_rows() as u64, 200, 0)?;
    let data = spells::read(job, asked, run)?;
    if data.groups.len() > MOST_GROUPS {
        return Err(Error::out_of_range("group", 1.0, MOST_GROUPS as f64));
    }
    let x = if asked.model == "kaplan_meier" {
        Matrix::default()
    } else {
        columns::matrix(job, &data.rows, run)?
    };
    if x.d() == 0 && matches!(asked.model.as_str(), "cox" | "discrete") {
        return Err(super::super::rows::required("features"));
    }
    let spells = data.spells();
    let mut report = Report::default();
    let n_events = spells.n_events();
    add(&mut report, "n_customers", data.len() as f64, Unit::Count);
    add(&mut report, "n_events", n_events as f64, Unit::Count);
    let whole = KaplanMeier::fit(&spells, asked.level)?;
    median(&mut report, asked, &whole, data.len(), n_events);
    let curves = if data.groups.len() > 1 {
        let n = data.groups.len();
        if let Ok(test) = LogRank::of(&spells, &data.group, n) {
            add(&mut report, "log_rank", test.statistic, Unit::None);
            add(&mut report, "log_rank_p", test.p, Unit::Ratio);
            let what = if test.p < 0.05 {
                "value_groups_differ"
            } else {
                "value_groups_alike"
            };
            let told = [("n", n as f64, Unit::Count), ("p", test.p, Unit::Ratio)];
            report.sentences.push(Sentence::told(what, &told));
        }
        KaplanMeier::by_group(&spells, &data.group, n, asked.level)?
    } else {
        vec![whole]
    };
    let model = fit::fit(asked, &data, &x, run)?;
    told_by(&mut report, asked, &model, &data, &x, run)?;
    if x.d() > 0 {
        tested(&mut report, asked, &data, &x, run)?;
    }
    add_curves(&mut report, asked, &model, &data, &x, &curves)?;
    renewal::add(&mut report, job, asked, &model, &data, &x, run)?;
    if let (Some(day), Some(now)) = (&data.day, data.now) {
        let of = job.roles.get(Role::Id).map(|name| job.table.column(name));
        cohorts::add_spans(
            &mut report,
            &data,
            day,
            now,
            of.transpose()?,
            asked.unit,
            run,
        )?;
    }
    run.step(Stage::Evaluating, 1, 1)?;
    Ok(report)
}

/// The median time, where so many have left.
fn median(report: &mut Report, asked: &Asked, curve: &KaplanMeier, n: usize, n_events: usize) {
    let counts = [
        ("n", n as f64, Unit::Count),
        ("events", n_events as f64, Unit::Count),
    ];
    let (Some(middle), low, high) = curve.median() else {
        let left = curve.points.last().map_or(1.0, |p| p.estimate);
        let told = [counts[0], counts[1], ("left", left, Unit::Ratio)];
        report
            .sentences
            .push(Sentence::told("value_no_median", &told));
        return;
    };
    add(report, "median_days", middle * asked.unit, Unit::Days);
    if let (Some(low), Some(high), Some(m)) = (low, high, report.metrics.last_mut()) {
        m.interval = Some((low * asked.unit, high * asked.unit));
    }
    let told = [
        counts[0],
        counts[1],
        ("days", middle * asked.unit, Unit::Days),
    ];
    report.sentences.push(Sentence::told("value_median", &told));
}

/// Curves of the groups with what the model says of the same customers, as a table and a figure.
fn add_curves(
    report: &mut Report,
    asked: &Asked,
    model: &Fitted,
    data: &Watched,
    x: &Matrix,
    curves: &[KaplanMeier],
) -> Result<()> {
    let mut group = Vec::new();
    let mut cells: [Vec<f64>; 8] = Default::default();
    let has_model = !matches!(model, Fitted::Curves(..));
    for (g, curve) in curves.iter().enumerate() {
        let times: Vec<f64> = curve.points.iter().map(|p| p.time).collect();
        let mean = if has_model {
            mean_curve(model, data, x, g as u32, &times)?
        } else {
            vec![f64::NAN; times.len()]
        };
        for (p, mean) in curve.points.iter().zip(mean) {
            group.push(data.groups[g].clone());
            let row = [
                p.time,
                p.at_risk as f64,
                p.events as f64,
                p.censored as f64,
                p.estimate,
                p.low,
                p.high,
                mean,
            ];
            cells.iter_mut().zip(row).for_each(|(to, v)| to.push(v));
        }
    }
    let mut table = ReportTable::default();
    if curves.len() > 1 {
        table = table.text("group", group);
    }
    let keys = [
        "time", "at_risk", "events", "censored", "survival", "low", "high", "model",
    ];
    for (key, cells) in keys.into_iter().zip(cells) {
        if key != "model" || has_model {
            table = table.number(key, cells);
        }
    }
    report.tables.push(("survival".into(), table));
    // The largest groups.
    let mut order: Vec<usize> = (0..curves.len()).collect();
    let size = |g: usize| data.group.iter().filter(|c| **c as usize == g).count();
    let sizes: Vec<usize> = order.iter().map(|g| size(*g)).collect();
    order.sort_unstable_by_key(|g| (usize::MAX - sizes[*g], *g));
    order.truncate(DRAWN.0);
    let picture = |g: &usize| {
        let points = &curves[*g].points;
        let step = points.len().div_ceil(DRAWN.1).max(1);
        let last = points.len().saturating_sub(1);
        let kept = points.iter().enumerate();
        let kept = kept.filter(|(i, _)| i % step == 0 || *i == last);
        SurvivalCurve {
            name: data.groups[*g].clone(),
            points: kept
                .map(|(_, p)| [p.time * asked.unit, p.estimate, p.low, p.high])
                .collect(),
        }
    };
    let figure = Figure {
        curves: order.iter().map(picture).collect(),
        level: asked.level,
    };
    report.figures.push(("survival".into(), figure.into()));
    Ok(())
}

/// Mean over some of the customers of a group.
fn mean_curve(
    model: &Fitted,
    data: &Watched,
    x: &Matrix,
    group: u32,
    times: &[f64],
) -> Result<Vec<f64>> {
    let rows: Vec<usize> = (0..data.len())
        .filter(|i| data.group[*i] == group)
        .collect();
    let step = rows.len().div_ceil(MOST_MEAN).max(1);
    let mut sums = vec![0.0; times.len()];
    let mut n = 0.0;
    for i in rows.iter().step_by(step) {
        let hazards = model.hazards(x.row(*i), group, times)?;
        sums.iter_mut()
            .zip(hazards)
            .for_each(|(s, h)| *s += (-h).exp());
        n += 1.0;
    }
    sums.iter_mut().for_each(|s| *s /= f64::max(n, 1.0));
    Ok(sums)
}

/// Numbers, coefficients and doubts of the model itself.
fn told_by(
    report: &mut Report,
    asked: &Asked,
    model: &Fitted,
    data: &Watched,
    x: &Matrix,
    run: &mut Run<'_>,
) -> Result<()> {
    match model {
        Fitted::Cox(model, _) => told_by_cox(report, asked, model, data, x, run),
        Fitted::Aft(model) => told_by_aft(report, asked, model, x, run),
        _ => Ok(()),
    }
}

/// Coefficients with what they multiply hazards or times by.
struct Rows {
    estimate: Vec<f64>,
    se: Vec<f64>,
    p: Vec<f64>,
    /// By columns of the matrix, then further ones that multiply nothing.
    more: Vec<&'static str>,
}

fn add_coefficients(
    report: &mut Report,
    asked: &Asked,
    x: &Matrix,
    rows: Rows,
    changes: Option<Vec<f64>>,
) -> Result<()> {
    let d = x.d();
    let z = normal_quantile(asked.level)?;
    let all = rows.estimate.len();
    let name = |i: usize| match x.columns.get(i) {
        Some(m) => m.column.clone(),
        None => rows.more.get(i - d).map_or("", |m| *m).to_owned(),
    };
    let level = |i: usize| x.columns.get(i).and_then(|m| m.level.clone());
    let reference = |i: usize| x.columns.get(i).and_then(|m| m.reference.clone());
    let end = |i: usize, by: f64| rows.estimate[i] + by * z * rows.se[i];
    let of = |f: &dyn Fn(usize) -> f64| (0..all).map(f).collect::<Vec<f64>>();
    let mut table = ReportTable::default()
        .text("column", (0..all).map(name).collect())
        .optional_text("level", (0..all).map(level).collect())
        .optional_text("reference", (0..all).map(reference).collect())
        .number("coefficient", rows.estimate.clone())
        .number("se", rows.se.clone())
        .number("ratio", of(&|i| rows.estimate[i].exp()))
        .number("low", of(&|i| end(i, -1.0).exp()))
        .number("high", of(&|i| end(i, 1.0).exp()))
        .number("p_value", rows.p.clone());
    if let Some(changes) = changes {
        table = table.number("proportional_p", changes);
    }
    report.tables.push(("coefficients".into(), table));
    let row = |i: usize| CoefficientRow {
        name: name(i),
        level: level(i),
        reference: reference(i),
        estimate: rows.estimate[i],
        low: end(i, -1.0),
        high: end(i, 1.0),
    };
    let figure = Coefficients {
        rows: (0..d).filter(|i| rows.se[*i] > 0.0).map(row).collect(),
        is_odds_ratio: false,
    };
    if !figure.rows.is_empty() {
        report.figures.push(("coefficients".into(), figure.into()));
    }
    Ok(())
}

fn told_by_cox(
    report: &mut Report,
    asked: &Asked,
    model: &Cox,
    data: &Watched,
    x: &Matrix,
    run: &mut Run<'_>,
) -> Result<()> {
    let spells = data.spells();
    let strata = (data.groups.len() > 1).then_some(data.group.as_slice());
    let test = Proportional::test(model, &x.x, &spells, strata, TimeScale::Rank)?;
    if model.ridge > asked.ridge {
        run.warn(Warning::remark("separated"));
    }
    for (meaning, p) in x.columns.iter().zip(&test.p) {
        if *p < CHANGES {
            run.warn(Warning::Remark {
                what: "not_proportional".into(),
                column: meaning.column.clone(),
                count: 0,
                first_row: 0,
                value: *p,
            });
        }
    }
    let (statistic, _, p) = model.likelihood_ratio();
    add(report, "log_likelihood", model.log_likelihood, Unit::None);
    add(report, "likelihood_ratio", statistic, Unit::None);
    add(report, "likelihood_ratio_p", p, Unit::Ratio);
    add(report, "concordance_train", model.concordance, Unit::Ratio);
    let rows = Rows {
        estimate: model.coefficients.clone(),
        se: model.standard_errors(),
        p: model.p_values(),
        more: Vec::new(),
    };
    add_coefficients(report, asked, x, rows, Some(test.p))
}

fn told_by_aft(
    report: &mut Report,
    asked: &Asked,
    model: &Aft,
    x: &Matrix,
    run: &mut Run<'_>,
) -> Result<()> {
    if model.n_zero > 0 {
        run.warn(Warning::about_rows(
            "zero_times",
            "",
            model.n_zero as u64,
            0,
        ));
    }
    add(report, "log_likelihood", model.log_likelihood, Unit::None);
    add(report, "sigma", model.sigma, Unit::None);
    if model.law == Law::Weibull {
        add(report, "rho", 1.0 / model.sigma, Unit::None);
    }
    let mut rows = Rows {
        estimate: model.coefficients.clone(),
        se: model.standard_errors(),
        p: model.p_values(),
        more: vec!["intercept", "ln_sigma"],
    };
    rows.estimate.extend([model.intercept, model.sigma.ln()]);
    rows.p.resize(rows.estimate.len(), f64::NAN);
    add_coefficients(report, asked, x, rows, None)
}

/// How well a model of three quarters of the rows puts the others in order.
fn tested(
    report: &mut Report,
    asked: &Asked,
    data: &Watched,
    x: &Matrix,
    run: &mut Run<'_>,
) -> Result<()> {
    if data.len() < FEWEST_TO_TEST {
        return Ok(());
    }
    let mut rng = run.rng(STREAM);
    let (mut train, mut test) = (Vec::new(), Vec::new());
    for i in 0..data.len() {
        if below(&mut rng, 4) == 0 {
            test.push(i);
        } else {
            train.push(i);
        }
    }
    let (part, other) = (data.take(&train), data.take(&test));
    let model = match run.quietly(|run| fit::fit(asked, &part, &x.take(&train), run)) {
        Ok(model) => model,
        Err(Error::Cancelled) => return Err(Error::Cancelled),
        // What cannot be fitted without a quarter of the rows is not tested.
        Err(_) => return Ok(()),
    };
    let mut times = other.stop.clone();
    times.sort_unstable_by(f64::total_cmp);
    let at = [times.get(times.len() / 2).copied().unwrap_or(1.0).max(1e-9)];
    let mut risk = Vec::with_capacity(test.len());
    for (i, group) in test.iter().zip(&other.group) {
        let hazard = model.hazards(x.row(*i), *group, &at);
        risk.push(hazard.ok().and_then(|h| h.first().copied()).unwrap_or(0.0));
    }
    let strata = (data.groups.len() > 1).then_some(other.group.as_slice());
    let c = concordance(&other.spells(), &risk, strata)?;
    add(report, "concordance", c, Unit::Ratio);
    let told = [
        ("share", c, Unit::Ratio),
        ("n", test.len() as f64, Unit::Count),
    ];
    report.sentences.push(Sentence::told("value_order", &told));
    Ok(())
}
