//! Value over time. From events: cohorts, who still buys, what they will bring. From spells: how long customers stay,
//! what goes with it, and what the base will bring.
mod cohorts;
mod columns;
mod fit;
mod purchases;
mod renewal;
mod spells;
mod survival;

use super::{
    Entry, Job, Outcome,
    rows::{begin, in_unit, spec},
};
use crate::base::{
    ColumnKind, Error, LocalFuture, ParamReason, ParamSpec, Range, Result, Role, RoleSpec, Run,
    Unit,
};
use crate::report::Module;
use std::borrow::Cow;

/// The analysis.
pub(super) const ENTRY: Entry = Entry {
    id: "value",
    module: Module::Studies,
    roles,
    params,
    run,
};

const MODELS: &[Cow<'static, str>] = &[
    Cow::Borrowed("auto"),
    Cow::Borrowed("bg_nbd"),
    Cow::Borrowed("mbg_nbd"),
    Cow::Borrowed("pareto_nbd"),
    Cow::Borrowed("kaplan_meier"),
    Cow::Borrowed("cox"),
    Cow::Borrowed("weibull"),
    Cow::Borrowed("log_normal"),
    Cow::Borrowed("discrete"),
];
const UNITS: &[Cow<'static, str>] = &[
    Cow::Borrowed("auto"),
    Cow::Borrowed("day"),
    Cow::Borrowed("week"),
    Cow::Borrowed("month"),
    Cow::Borrowed("year"),
];
const TIES: &[Cow<'static, str>] = &[Cow::Borrowed("efron"), Cow::Borrowed("breslow")];

/// Days of a mean month.
const MONTH: f64 = 30.4375;

fn roles() -> Vec<RoleSpec> {
    use ColumnKind::{Bool, Category, Date, DateTime, Float, Int};
    let time = [Date, DateTime, Float, Int];
    vec![
        spec(Role::Id, false, &[]),
        spec(Role::Date, false, &[Date, DateTime]),
        spec(Role::Amount, false, &[Float, Int]),
        spec(Role::Value, false, &[Float, Int]),
        spec(Role::Currency, false, &[Category]),
        spec(Role::Duration, false, &[Float, Int]),
        spec(Role::Start, false, &time),
        spec(Role::End, false, &time),
        spec(Role::Event, false, &[Bool, Category, Int]),
        spec(Role::Group, false, &[]),
        spec(Role::Feature, false, &[Float, Int, Bool, Category]),
    ]
}

fn params() -> Vec<ParamSpec> {
    let text = |name: &'static str| ParamSpec {
        name: Cow::Borrowed(name),
        range: Range::Text,
        unit: Unit::None,
    };
    vec![
        ParamSpec::choice("model", MODELS),
        in_unit(ParamSpec::int("horizon_days", 1, 36_500, 365), Unit::Days),
        in_unit(ParamSpec::int("holdout_days", 0, 36_500, 0), Unit::Days),
        in_unit(ParamSpec::float("discount", 0.0, 10.0, 0.1), Unit::Ratio),
        in_unit(ParamSpec::float("level", 0.5, 0.999, 0.95), Unit::Ratio),
        ParamSpec::choice("unit", UNITS),
        text("since"),
        text("until"),
        ParamSpec::choice("ties", TIES),
        ParamSpec::float("ridge", 0.0, 1e6, 0.0),
        ParamSpec::int("term_months", 1, 120, 12),
        text("positive"),
        ParamSpec::int("seed", 0, i64::MAX >> 11, 42),
    ]
}

/// What was asked for, checked.
struct Asked {
    model: String,
    horizon_days: f64,
    holdout_days: f64,
    /// Yearly.
    discount: f64,
    level: f64,
    /// Length of a unit of time in days.
    unit: f64,
    since: Option<f64>,
    until: Option<f64>,
    ridge: f64,
    is_breslow: bool,
    term_months: f64,
}

fn run<'a>(job: &'a Job<'a>, run: &'a mut Run<'_>) -> LocalFuture<'a, Result<Outcome>> {
    Box::pin(async move {
        let specs = params();
        begin(job, &specs, run)?;
        let has = |role| job.roles.get(role).is_some();
        let is_spells = has(Role::Duration) || has(Role::Start);
        let mut model = job.params.choice(&specs, "model")?;
        if model == "auto" {
            model = match (is_spells, has(Role::Feature)) {
                (false, _) => "bg_nbd",
                (true, false) => "kaplan_meier",
                (true, true) => "cox",
            }
            .to_owned();
        }
        let buys = matches!(model.as_str(), "bg_nbd" | "mbg_nbd" | "pareto_nbd");
        if buys == is_spells && is_spells {
            // A model of purchases has no use for spells.
            return Err(Error::Param {
                param: "model".into(),
                reason: ParamReason::NotAChoice {
                    options: MODELS[4..].iter().map(|m| m.to_string()).collect(),
                },
            });
        }
        let unit = match job.params.choice(&specs, "unit")?.as_str() {
            "day" => 1.0,
            "week" => 7.0,
            "month" => MONTH,
            "year" => 365.25,
            _ if buys => 7.0,
            _ => MONTH,
        };
        let asked = Asked {
            horizon_days: job.params.int(&specs, "horizon_days")? as f64,
            holdout_days: job.params.int(&specs, "holdout_days")? as f64,
            discount: job.params.float(&specs, "discount")?,
            level: job.params.float(&specs, "level")?,
            unit,
            since: super::rows::day_param(job, "since")?,
            until: super::rows::day_param(job, "until")?,
            ridge: job.params.float(&specs, "ridge")?,
            is_breslow: job.params.choice(&specs, "ties")? == "breslow",
            term_months: job.params.int(&specs, "term_months")? as f64,
            model,
        };
        super::rows::one_currency(job)?;
        let mut report = if buys {
            purchases::report(job, &asked, run)?
        } else {
            survival::report(job, &asked, run)?
        };
        report.analysis = "value".into();
        Ok(Outcome {
            report,
            artifact: None,
        })
    })
}
