//! Recommendations: what each customer would like next, by what they and others had.
//!
//! Two models: one for lists, of what customers have; where there are ratings one of these as well, whose errors are
//! measured. Both stand beside what is the same for everybody: the most popular items, and the baseline `μ + b_u + b_i`.
mod lists;
mod models;
mod ratings;
mod read;

use super::{
    Entry, Job, Outcome,
    rows::{begin, spec},
};
use crate::{
    base::{ColumnKind, LocalFuture, ParamSpec, Range, Result, Role, RoleSpec, Run, Stage, Unit},
    report::{Metric, Module, Report, Sentence},
};
use std::borrow::Cow;

/// The analysis.
pub(super) const ENTRY: Entry = Entry {
    id: "recommend",
    module: Module::Studies,
    roles,
    params,
    run,
};

const METHODS: &[Cow<'static, str>] = &[
    Cow::Borrowed("auto"),
    Cow::Borrowed("implicit"),
    Cow::Borrowed("bpr"),
    Cow::Borrowed("knn_items"),
    Cow::Borrowed("knn_users"),
    Cow::Borrowed("svd"),
    Cow::Borrowed("svdpp"),
    Cow::Borrowed("als"),
    Cow::Borrowed("content"),
    Cow::Borrowed("rules"),
    Cow::Borrowed("popular"),
];
const SPLITS: &[Cow<'static, str>] = &[Cow::Borrowed("last"), Cow::Borrowed("time")];

fn roles() -> Vec<RoleSpec> {
    use ColumnKind::{Bool, Category, Date, DateTime, Float, Int};
    vec![
        spec(Role::User, true, &[]),
        spec(Role::Item, true, &[]),
        spec(Role::Rating, false, &[Float, Int]),
        spec(Role::Date, false, &[Date, DateTime]),
        spec(Role::Feature, false, &[Float, Int, Bool, Category]),
    ]
}

fn params() -> Vec<ParamSpec> {
    vec![
        ParamSpec::choice("method", METHODS),
        ParamSpec::int("n_factors", 1, 512, 20),
        ParamSpec::int("top_n", 1, 100, 10),
        ParamSpec::int("folds", 0, 20, 0),
        ParamSpec::choice("held_out", SPLITS),
        ParamSpec::float("test_size", 0.01, 0.9, 0.2),
        ParamSpec {
            name: Cow::Borrowed("scale"),
            range: Range::Floats {
                min: -1e9,
                max: 1e9,
            },
            unit: Unit::None,
        },
        ParamSpec::float("min_support", 0.0, 1.0, 0.01),
        ParamSpec::float("min_confidence", 0.0, 1.0, 0.1),
        ParamSpec::int("seed", 0, i64::MAX >> 11, 42),
    ]
}

/// What was asked for, checked.
struct Asked {
    method: String,
    n_factors: usize,
    top_n: usize,
    folds: usize,
    by_time: bool,
    test_size: f64,
    /// Least and greatest rating.
    scale: Option<(f64, f64)>,
    min_support: f64,
    min_confidence: f64,
}

/// Adds a number.
fn add(report: &mut Report, key: &str, value: f64, unit: Unit) {
    report.metrics.push(Metric {
        key: key.to_owned(),
        value,
        interval: None,
        unit,
    });
}

fn run<'a>(job: &'a Job<'a>, run: &'a mut Run<'_>) -> LocalFuture<'a, Result<Outcome>> {
    Box::pin(async move {
        let specs = params();
        begin(job, &specs, run)?;
        let scale = match job.params.floats("scale")?.as_deref() {
            None => None,
            Some([low, high]) if low < high => Some((*low, *high)),
            Some(_) => return Err(crate::base::Error::out_of_range("scale", -1e9, 1e9)),
        };
        let mut asked = Asked {
            method: job.params.choice(&specs, "method")?,
            n_factors: job.params.int(&specs, "n_factors")? as usize,
            top_n: job.params.int(&specs, "top_n")? as usize,
            folds: job.params.int(&specs, "folds")? as usize,
            by_time: job.params.choice(&specs, "held_out")? == "time",
            test_size: job.params.float(&specs, "test_size")?,
            scale,
            min_support: job.params.float(&specs, "min_support")?,
            min_confidence: job.params.float(&specs, "min_confidence")?,
        };
        if asked.folds == 1 {
            return Err(crate::base::Error::out_of_range("folds", 2.0, 20.0));
        }
        run.step(Stage::Preparing, 0, 1)?;
        let data = read::read(job, &asked, run)?;
        if asked.method == "auto" {
            asked.method = if data.ratings.is_some() {
                "svd"
            } else {
                "implicit"
            }
            .to_owned();
        }
        let mut report = Report {
            analysis: "recommend".into(),
            ..Report::default()
        };
        add(
            &mut report,
            "n_users",
            data.user_names.len() as f64,
            Unit::Count,
        );
        add(
            &mut report,
            "n_items",
            data.item_names.len() as f64,
            Unit::Count,
        );
        add(
            &mut report,
            "n_ratings",
            data.users.len() as f64,
            Unit::Count,
        );
        let (train, test) = lists::split(&asked, &data)?;
        if data.ratings.is_some() {
            ratings::measure(&mut report, &asked, &data, &train, &test, run)?;
        }
        lists::measure(&mut report, &asked, &data, &train, &test, run)?;
        lists::add(&mut report, &asked, &data, run)?;
        let told = [
            ("users", data.user_names.len() as f64, Unit::Count),
            ("items", data.item_names.len() as f64, Unit::Count),
            ("n", data.users.len() as f64, Unit::Count),
        ];
        report
            .sentences
            .push(Sentence::told("recommend_data", &told));
        run.step(Stage::Evaluating, 1, 1)?;
        Ok(Outcome {
            report,
            artifact: None,
        })
    })
}
