//! Customers scored by recency, frequency and money, and named by rules.
use super::{methods::Found, options::Options};
use crate::{
    analyses::Job,
    base::{ColumnKind, Error, ParamReason, Result, Role, order::Ordered as _},
    evaluate::rfm::{self, Rfm},
    report::ReportTable,
    table::{Column, subjects::has_word},
};

/// Words of columns that count events.
const FREQUENCY: &[&str] = &[
    "frequency",
    "purchases",
    "orders",
    "transactions",
    "invoices",
    "bookings",
    "visits",
    "logins",
    "login days",
    "订单",
    "次数",
    "频次",
    "购买",
];
const MONEY: &[&str] = &[
    "monetary",
    "amount",
    "revenue",
    "spend",
    "spent",
    "sales",
    "charges",
    "total charges",
    "金额",
    "消费",
    "收入",
];
const RECENCY: &[&str] = &[
    "recency",
    "days since",
    "last purchase",
    "last order",
    "last login",
    "last seen",
    "inactive",
    "最近",
    "距今",
];

/// Names, scores and the groups.
pub(super) struct Scored {
    pub(super) found: Found,
    /// Names of the segments of `found`.
    pub(super) names: Vec<String>,
    scores: Vec<Rfm>,
}

fn required(param: &'static str) -> Error {
    Error::Param {
        param: param.into(),
        reason: ParamReason::Required,
    }
}

/// The column that was named, or one whose name says so.
fn column<'a>(
    job: &Job<'a>,
    given: Option<&str>,
    param: &'static str,
    words: &[&str],
    role: Option<Role>,
) -> Result<&'a str> {
    if let Some(name) = given {
        return Ok(&job.table.schema().field(name)?.name);
    }
    let of_role = role.and_then(|r| job.roles.get(r));
    if let Some(field) = of_role.and_then(|n| job.table.schema().field(n).ok()) {
        return Ok(&field.name);
    }
    let fits = |k: ColumnKind| {
        k.is_number() || param == "recency" && matches!(k, ColumnKind::Date | ColumnKind::DateTime)
    };
    let fields = &job.table.schema().fields;
    let found = fields
        .iter()
        .find(|f| fits(f.kind) && has_word(&f.name, words));
    found
        .map(|f| f.name.as_str())
        .ok_or_else(|| required(param))
}

fn numbers(job: &Job<'_>, name: &str) -> Result<Vec<f64>> {
    let field = job.table.schema().field(name)?;
    let found = job.table.column(name)?;
    found.numbers().ok_or_else(|| Error::ColumnKind {
        name: name.to_owned(),
        expected: ColumnKind::Float,
        found: field.kind,
    })
}

/// Scores and names the customers.
///
/// # Errors
/// [`Error::Param`] where no column is named and none's name says what it is; [`Error::ColumnKind`] for one without numbers.
pub(super) fn scored(job: &Job<'_>, options: &Options) -> Result<Scored> {
    let [recency, frequency, money] = &options.columns;
    let last = column(
        job,
        recency.as_deref(),
        "recency",
        RECENCY,
        Some(Role::Date),
    )?;
    let often = column(job, frequency.as_deref(), "frequency", FREQUENCY, None)?;
    let much = column(job, money.as_deref(), "monetary", MONEY, Some(Role::Value))?;
    let mut since = numbers(job, last)?;
    // A date: the latest of all is today.
    if matches!(
        job.table.column(last)?,
        Column::Date(_) | Column::DateTime(_)
    ) {
        let latest = since.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        since.iter_mut().for_each(|v| *v = latest - *v);
    }
    let scores = rfm::rfm(
        &since,
        &numbers(job, often)?,
        &numbers(job, much)?,
        options.bins,
    )?;
    let named = rfm::name(&scores, options.bins, &options.rules)?;
    let mut used: Vec<u32> = named.iter().flatten().copied().collect();
    used.order_by(|a, b| a.cmp(b));
    used.dedup();
    let place = |rule: u32| used.iter().position(|u| *u == rule).map(|i| i as u32);
    let names = used.iter().map(|u| options.rules[*u as usize].id.clone());
    Ok(Scored {
        names: names.collect(),
        found: Found {
            codes: named.into_iter().map(|n| n.and_then(place)).collect(),
            n_segments: used.len(),
            model: None,
            bic: None,
        },
        scores,
    })
}

impl Scored {
    /// The columns `r`, `f`, `m` beside the customers.
    pub(super) fn beside(&self, table: ReportTable) -> ReportTable {
        let of = |score: fn(&Rfm) -> u32| {
            let cell = |c: &Rfm| match score(c) {
                0 => f64::NAN,
                v => f64::from(v),
            };
            self.scores.iter().map(cell).collect()
        };
        table
            .number("r", of(|c| c.r))
            .number("f", of(|c| c.f))
            .number("m", of(|c| c.m))
    }
}
