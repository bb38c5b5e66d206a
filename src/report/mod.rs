//! What every analysis returns: numbers, figures, tables, findings, warnings.
mod sentence;
mod table;

pub use sentence::{Changed, SegmentTrait, Sentence, Why, WhyOf};
pub use table::{Cells, ReportTable, TableColumn};

use crate::{
    base::{ParamSpec, RoleSpec, Unit, Warning},
    charts::Figure,
};
use serde::{Deserialize, Serialize};

/// One number with its key, interval and unit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Metric {
    /// scikit-learn's name, such as `roc_auc`.
    pub key: String,
    /// The value.
    pub value: f64,
    /// 95 % interval, where one is known.
    pub interval: Option<(f64, f64)>,
    /// Its unit.
    pub unit: Unit,
}

/// The result of an analysis.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Report {
    /// Which analysis.
    pub analysis: String,
    /// Its seed.
    pub seed: u64,
    /// Id of the model it left in the engine, such as `m1`.
    pub model: Option<String>,
    /// Numbers, by key.
    pub metrics: Vec<Metric>,
    /// Figures, by key.
    pub figures: Vec<(String, Figure)>,
    /// Tables, by key.
    pub tables: Vec<(String, ReportTable)>,
    /// Findings, most important first.
    pub sentences: Vec<Sentence>,
    /// Warnings.
    pub warnings: Vec<Warning>,
}

impl Report {
    /// A metric's value.
    pub fn metric(&self, key: &str) -> Option<f64> {
        self.metrics.iter().find(|m| m.key == key).map(|m| m.value)
    }
    /// The decision threshold; 0.5 where the report does not say.
    pub fn threshold(&self) -> f64 {
        self.metric("threshold").unwrap_or(0.5)
    }
    /// A metric's interval.
    pub fn interval(&self, key: &str) -> Option<(f64, f64)> {
        self.metrics
            .iter()
            .find(|m| m.key == key)
            .and_then(|m| m.interval)
    }
    /// A figure.
    pub fn figure(&self, key: &str) -> Option<&Figure> {
        self.figures.iter().find(|(k, _)| k == key).map(|(_, f)| f)
    }
    /// A table.
    pub fn table(&self, key: &str) -> Option<&ReportTable> {
        self.tables.iter().find(|(k, _)| k == key).map(|(_, t)| t)
    }
}

/// What the engine can do; the page draws its forms from it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Catalog {
    /// Analyses.
    pub analyses: Vec<AnalysisCard>,
    /// Learners.
    pub learners: Vec<LearnerCard>,
    /// Steps of a recipe.
    pub transforms: Vec<TransformCard>,
}

/// A module of the engine. Each is a worker of its own; the page starts the second when it is first needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Module {
    /// The one that imports, and learns from known outcomes.
    #[default]
    Engine,
    /// Segments, value over time, recommendations.
    Studies,
}

impl Module {
    /// Its stable id, which its files are named after.
    pub fn id(self) -> &'static str {
        match self {
            Self::Engine => "engine",
            Self::Studies => "studies",
        }
    }
}

/// One analysis.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AnalysisCard {
    /// Registry id.
    pub id: String,
    /// Where it runs.
    pub module: Module,
    /// Roles it takes.
    pub roles: Vec<RoleSpec>,
    /// Parameters it takes.
    pub params: Vec<ParamSpec>,
}

/// One learner.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LearnerCard {
    /// Registry id.
    pub id: String,
    /// Whether an analysis tries it when the person names none.
    pub by_default: bool,
    /// Parameters it takes.
    pub params: Vec<ParamSpec>,
}

/// One kind of recipe step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TransformCard {
    /// Registry id.
    pub id: String,
    /// Parameters it takes.
    pub params: Vec<ParamSpec>,
    /// Columns it must be given; 0 means any number, none meaning all that fit.
    pub n_columns: u32,
}
