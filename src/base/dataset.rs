//! The vocabulary of datasets that page and engine share: kinds, fields, profiles, roles.
use super::Warning;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
pub enum ColumnKind {
    /// Decimal numbers.
    Float,
    /// Whole numbers.
    Int,
    /// Two values that mean yes and no.
    Bool,
    /// Days.
    Date,
    /// Points in time.
    DateTime,
    /// A few repeating values.
    Category,
    /// Free text.
    Text,
    /// A value of its own per row.
    Id,
}

impl ColumnKind {
    /// All kinds, in the order in which a person is offered them.
    pub const ALL: [Self; 8] = [
        Self::Float,
        Self::Int,
        Self::Bool,
        Self::Date,
        Self::DateTime,
        Self::Category,
        Self::Text,
        Self::Id,
    ];

    /// Stable name of the public interface.
    pub fn id(self) -> &'static str {
        match self {
            Self::Float => "float",
            Self::Int => "int",
            Self::Bool => "bool",
            Self::Date => "date",
            Self::DateTime => "datetime",
            Self::Category => "category",
            Self::Text => "text",
            Self::Id => "id",
        }
    }

    /// The kind with that stable name.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.id() == id)
    }

    /// Whether arithmetic makes sense.
    pub fn is_number(self) -> bool {
        matches!(self, Self::Float | Self::Int)
    }
}

impl fmt::Display for ColumnKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

/// Order of day, month and year in written dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum DateOrder {
    /// 2026-11-23, 2026/11/23, 20261123, 2026年11月23日.
    YearMonthDay,
    /// 23.11.2026
    DayMonthYear,
    /// 11/23/2026
    MonthDayYear,
}

/// How a column's values were written, where that matters later.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub enum Format {
    /// Nothing special.
    #[default]
    Plain,
    /// Numbers with a sign or a percent mark.
    Number {
        /// Written with `%`; stored values are shares (0.15 for 15 %).
        percent: bool,
        /// The currency sign or code, where one was written.
        currency: Option<String>,
        /// Decimal comma.
        decimal_comma: bool,
    },
    /// The two spellings of a yes/no column.
    Bool {
        /// Spelling of no.
        falsy: String,
        /// Spelling of yes.
        truthy: String,
    },
    /// How dates were written.
    Date {
        /// Order of the parts.
        order: DateOrder,
    },
}

/// One column of a schema.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Field {
    /// Unique name.
    pub name: String,
    /// What it holds.
    pub kind: ColumnKind,
    /// How it was written.
    pub format: Format,
    /// Columns of the file it was made from; itself for a column of the file.
    pub origins: Vec<String>,
}

impl Field {
    /// A column of the file.
    pub fn new(name: impl Into<String>, kind: ColumnKind) -> Self {
        let name = name.into();
        Self {
            origins: vec![name.clone()],
            name,
            kind,
            format: Format::Plain,
        }
    }

    /// A column made from others.
    pub fn derived(name: impl Into<String>, kind: ColumnKind, origins: Vec<String>) -> Self {
        Self {
            name: name.into(),
            kind,
            format: Format::Plain,
            origins,
        }
    }
}

/// What a person may say about how a file is read.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct LoadOptions {
    /// Name shown for the dataset.
    pub name: String,
    /// `csv`; guessed from name and bytes when absent.
    pub format: Option<String>,
    /// WHATWG label such as `gb18030`; guessed when absent.
    pub encoding: Option<String>,
    /// One of `,` `;` tab `|`; guessed when absent.
    pub delimiter: Option<char>,
    /// Kinds the person set by hand, by column name.
    pub kinds: Vec<(String, ColumnKind)>,
    /// So many rows at random, the same ones every time; all when absent.
    pub sample: Option<u64>,
    /// Columns that are as if they were not in the file.
    pub hide: Vec<String>,
    /// The only columns that are; all when absent.
    pub only: Option<Vec<String>>,
}

impl LoadOptions {
    /// Whether a column of the file is seen.
    pub fn shows(&self, column: &str) -> bool {
        let is_in = |list: &[String]| list.iter().any(|c| c == column);
        !is_in(&self.hide) && self.only.as_deref().is_none_or(is_in)
    }
}

/// One bar of a small picture of a column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Bar {
    /// The level.
    pub label: String,
    /// Rows.
    pub count: u64,
}

/// Equal-width bins.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Histogram {
    /// Bin limits, `counts.len() + 1` of them.
    pub edges: Vec<f64>,
    /// Rows per bin.
    pub counts: Vec<u64>,
}

/// Summary of a number, date or yes/no column. Dates are days since 1970-01-01, points in time seconds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NumberSummary {
    /// Smallest.
    pub min: f64,
    /// Arithmetic mean.
    pub mean: f64,
    /// Median.
    pub median: f64,
    /// Largest.
    pub max: f64,
    /// Sample standard deviation (n − 1).
    pub sd: f64,
    /// Sample skewness g1.
    pub skewness: f64,
    /// Picture of the distribution.
    pub histogram: Histogram,
}

/// What is known about a column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ColumnProfile {
    /// Name and kind.
    pub field: Field,
    /// Cells without a value.
    pub n_missing: u64,
    /// Different values.
    pub n_distinct: u64,
    /// For numbers, dates and points in time.
    pub numbers: Option<NumberSummary>,
    /// Most frequent levels, most frequent first; at most ten, empty for numbers.
    pub top: Vec<Bar>,
}

/// What is known about a dataset.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DatasetProfile {
    /// Name shown.
    pub name: String,
    /// Data rows.
    pub n_rows: u64,
    /// Bytes read.
    pub n_bytes: u64,
    /// Encoding used.
    pub encoding: String,
    /// Delimiter used.
    pub delimiter: Option<char>,
    /// Per column, in file order.
    pub columns: Vec<ColumnProfile>,
    /// What was repaired or looks odd.
    pub warnings: Vec<Warning>,
    /// Guessed roles.
    pub roles: Vec<RoleGuess>,
    /// The first rows as text, for a look at the data: `preview[row][column]`.
    pub preview: Vec<Vec<String>>,
}

/// What a column is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Role {
    /// Names the customer.
    Id,
    /// What is to be predicted.
    Target,
    /// Money a customer is worth.
    Value,
    /// When the row was observed.
    Date,
    /// Free text.
    Text,
    /// Rows that belong together, such as those of one customer.
    Group,
    /// Money of an event; below 0 for refunds.
    Amount,
    /// Currency of the amounts.
    Currency,
    /// How long the row was watched.
    Duration,
    /// From when it was watched.
    Start,
    /// Until when it was watched.
    End,
    /// Whether what is waited for came.
    Event,
    /// Columns that an analysis learns from.
    Feature,
    /// Who chose.
    User,
    /// What was chosen.
    Item,
    /// How it was liked.
    Rating,
}

impl Role {
    /// All roles.
    pub const ALL: [Self; 16] = [
        Self::Id,
        Self::Target,
        Self::Value,
        Self::Date,
        Self::Text,
        Self::Group,
        Self::Amount,
        Self::Currency,
        Self::Duration,
        Self::Start,
        Self::End,
        Self::Event,
        Self::Feature,
        Self::User,
        Self::Item,
        Self::Rating,
    ];

    /// Those of a table with a row for each customer, which a person is asked about.
    pub const PER_CUSTOMER: [Self; 6] = [
        Self::Id,
        Self::Target,
        Self::Value,
        Self::Date,
        Self::Text,
        Self::Group,
    ];

    /// Stable name of the public interface.
    pub fn id(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Target => "target",
            Self::Value => "value",
            Self::Date => "date",
            Self::Text => "text",
            Self::Group => "group",
            Self::Amount => "amount",
            Self::Currency => "currency",
            Self::Duration => "duration",
            Self::Start => "start",
            Self::End => "end",
            Self::Event => "event",
            Self::Feature => "features",
            Self::User => "user",
            Self::Item => "item",
            Self::Rating => "rating",
        }
    }

    /// The role with that stable name.
    pub fn from_id(id: &str) -> Option<Self> {
        let mut all = Self::ALL.into_iter().chain([Self::Feature]);
        all.find(|r| r.id() == id)
    }
}

/// Why a role was guessed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Reason {
    /// The name says so.
    Name,
    /// Every value is different.
    Unique,
    /// Two classes, and nothing better.
    TwoClasses,
    /// It holds money amounts.
    Money,
    /// It holds dates.
    Dates,
    /// It holds long texts.
    LongText,
}

/// A guessed role with its reasons.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RoleGuess {
    /// The role.
    pub role: Role,
    /// The column.
    pub column: String,
    /// Why, strongest first.
    pub reasons: Vec<Reason>,
    /// For a target with two classes: the labels, the guessed positive one second.
    pub classes: Vec<String>,
}

/// Columns by role, as the person left them.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Roles(pub Vec<(Role, String)>);

impl Roles {
    /// The first column with that role.
    pub fn get(&self, role: Role) -> Option<&str> {
        self.0
            .iter()
            .find(|(r, _)| *r == role)
            .map(|(_, c)| c.as_str())
    }

    /// All columns with that role.
    pub fn all(&self, role: Role) -> impl Iterator<Item = &str> {
        self.0
            .iter()
            .filter(move |(r, _)| *r == role)
            .map(|(_, c)| c.as_str())
    }

    /// The role of a column.
    pub fn of(&self, column: &str) -> Option<Role> {
        self.0.iter().find(|(_, c)| c == column).map(|(r, _)| *r)
    }

    /// Gives a column a role, taking it from another where a role has one column only; `None` takes it away.
    pub fn set(&mut self, column: &str, role: Option<Role>) {
        self.0.retain(|(r, c)| {
            c != column && (Some(*r) != role || matches!(r, Role::Text | Role::Feature))
        });
        if let Some(role) = role {
            self.0.push((role, column.to_owned()));
        }
    }
}

/// A role an analysis takes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RoleSpec {
    /// The role.
    pub role: Role,
    /// Whether it must be filled.
    pub required: bool,
    /// Kinds that fit; empty means any.
    pub kinds: Vec<ColumnKind>,
}
