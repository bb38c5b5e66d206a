//! Figures: the data of each chart, and how it is laid out as marks. Pure: no DOM, no colours, no language of its own.
//!
//! A figure is laid out at the real width of its place; painters only paint the [`Scene`].
mod axis;
mod bands;
mod bars;
mod beeswarm;
mod calibration;
mod cloud;
mod coefficients;
mod cohorts;
mod common;
mod confusion;
mod confusion_classes;
mod decimal;
mod dependence;
mod drift;
mod gains;
mod health;
mod histogram;
mod importance;
mod interactions;
mod learning_curve;
mod lift;
mod lines;
mod loss_curve;
pub mod measure;
mod path;
mod points;
mod precision_recall;
mod predicted_actual;
mod profit;
mod purchases;
mod residuals;
mod revenue;
mod roc;
mod row_bars;
mod row_dots;
mod rows;
mod scale;
mod scene;
mod scores;
mod search;
mod segment_counts;
mod segment_map;
mod sheet;
mod slices;
mod survival;
pub mod svg;
mod thresholds;
mod tree;
mod validation_curve;
mod waterfall;
mod words;

pub use bars::Bars;
pub use beeswarm::{Beeswarm, BeeswarmRow};
pub use calibration::{Calibration, CalibrationBin};
pub use cloud::Cloud;
pub use coefficients::{CoefficientRow, Coefficients};
pub use cohorts::{CohortRow, Cohorts};
pub use common::ScoreSeries;
pub use confusion::Confusion;
pub use confusion_classes::ConfusionClasses;
pub use decimal::{fixed, scientific};
pub use dependence::{Dependence, EffectKind, EffectPlaces};
pub use drift::{Drift, DriftRow};
pub use gains::Gains;
pub use health::{HealthPart, HealthParts};
pub use histogram::Histogram;
pub use importance::{Importance, ImportanceRow};
pub use interactions::{InteractionPair, Interactions};
pub use learning_curve::LearningCurve;
pub use lift::{Depths, Lift};
pub use loss_curve::{LossCurve, LossStep};
pub use path::CoefficientPath;
pub use precision_recall::{PrecisionRecall, PrecisionRecallSeries};
pub use predicted_actual::PredictedActual;
pub use profit::{Decision, Ladder, Profit, Yield};
pub use purchases::{PurchaseBucket, Purchases};
pub use residuals::{Residuals, TrendPoint};
pub use revenue::{Revenue, RevenueMonth};
pub use roc::{Roc, RocSeries};
pub use scene::{Anchor, Grid, Ink, Mark, Scene, Size, Spot};
pub use scores::Scores;
pub use search::{Search, SearchCandidate};
pub use segment_counts::{MeasuredCount, SegmentCounts};
pub use segment_map::{SegmentMap, segment_name};
pub use slices::{SliceRow, Slices};
pub use survival::{Survival, SurvivalCurve};
pub use svg::{DARK, LIGHT, Palette, to_svg};
pub use thresholds::{Operating, Thresholds};
pub use tree::{Condition, Rule, TreePicture, TreePictureNode, TreeSplit, TreeTest, TreeValue};
pub use validation_curve::{ParamValues, ValidationCurve};
pub use waterfall::{Waterfall, WaterfallStep};
#[cfg(not(target_arch = "wasm32"))]
pub use words::{EN, ZH};
pub use words::{NumberStyle, Said, Words};

use serde::{Deserialize, Serialize};

/// What every figure can do.
pub trait Chart {
    /// Lays the figure out for a place of `size`. Axis titles, tick labels and tooltips come from `words`.
    fn draw(&self, size: Size, words: &Words) -> Scene;

    /// The numbers behind the figure, as text in the reader's language.
    fn grid(&self, words: &Words) -> Grid;

    /// The finding, in a few words. Where a figure says none of its own, its summary.
    fn title(&self, words: &Words) -> String {
        let size = Size {
            width_px: 480.0,
            height_px: 280.0,
        };
        self.draw(size, words).summary
    }

    /// Height that suits a width, in pixels.
    fn height_px(&self, width_px: f64) -> f64 {
        (width_px * 0.62).clamp(180.0, 280.0)
    }
}

macro_rules! figures {
    ($($name:ident => $id:literal),+ $(,)?) => {
        /// Any figure.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        pub enum Figure {
            $(#[doc = concat!("See [`", stringify!($name), "`].")] $name($name)),+
        }
        $(impl From<$name> for Figure {
            fn from(it: $name) -> Self {
                Self::$name(it)
            }
        })+
        impl Figure {
            /// Stable name of the kind.
            pub fn kind(&self) -> &'static str {
                match self {
                    $(Self::$name(_) => $id),+
                }
            }

            /// As [`Chart::draw`]; figures over thresholds mark the decision threshold.
            pub fn draw_at(&self, size: Size, words: &Words, threshold: Option<f64>) -> Scene {
                match self {
                    Self::Roc(it) => it.draw_at(size, words, threshold),
                    Self::PrecisionRecall(it) => it.draw_at(size, words, threshold),
                    Self::Thresholds(it) => it.draw_at(size, words, threshold),
                    other => other.draw(size, words),
                }
            }
        }
        impl Chart for Figure {
            fn draw(&self, size: Size, words: &Words) -> Scene {
                match self {
                    $(Self::$name(it) => it.draw(size, words)),+
                }
            }
            fn grid(&self, words: &Words) -> Grid {
                match self {
                    $(Self::$name(it) => it.grid(words)),+
                }
            }
            fn title(&self, words: &Words) -> String {
                match self {
                    $(Self::$name(it) => it.title(words)),+
                }
            }
            fn height_px(&self, width_px: f64) -> f64 {
                match self {
                    $(Self::$name(it) => it.height_px(width_px)),+
                }
            }
        }
    };
}

figures! {
    Roc => "roc",
    PrecisionRecall => "precision_recall",
    Calibration => "calibration",
    Confusion => "confusion_matrix",
    Importance => "importance",
    Thresholds => "thresholds",
    Scores => "scores",
    Histogram => "histogram",
    Bars => "bars",
    TreePicture => "tree",
    Coefficients => "coefficients",
    LearningCurve => "learning_curve",
    ValidationCurve => "validation_curve",
    LossCurve => "loss_curve",
    CoefficientPath => "path",
    Search => "search",
    ConfusionClasses => "confusion_classes",
    PredictedActual => "predicted_actual",
    Residuals => "residuals",
    Profit => "profit",
    Gains => "gains",
    Lift => "lift",
    HealthParts => "health",
    Waterfall => "waterfall",
    Beeswarm => "beeswarm",
    Dependence => "dependence",
    Interactions => "interactions",
    Slices => "slices",
    Drift => "drift",
    SegmentMap => "segment_map",
    SegmentCounts => "segment_counts",
    Cohorts => "cohorts",
    Survival => "survival",
    Purchases => "purchases",
    Revenue => "revenue",
}
