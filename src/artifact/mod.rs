//! The model file: a fitted preparation, a fitted learner, and what a person needs to know about them.
//!
//! Layout: 8 bytes magic, format (u16), body length (u64), CRC-32 of everything but itself (u32), body (CBOR). All
//! numbers little-endian. The check is against damage, not against forgery.
//!
//! Format 2 adds what a reader of format 1 would silently leave out: a calibration, columns given to the learner as they
//! are, columns chosen. A model without any of them is written in format 1, so that earlier versions still read it.
//! Format 3 has further named parts, [`Artifact::extras`], targets of numbers or of more than two classes, and calibrations
//! fitted on folds. Every format ever written is read.
mod intervals;

pub use intervals::Intervals;

use crate::{
    base::{
        ArtifactReason, ColumnKind, Error, Params, Part, Recipe, Result, Run, Stage, TargetReason,
    },
    learn::{self, Calibration, Model},
    prepare::{Design, FittedPipeline},
    table::Table,
};
use ndarray::{Array2, ArrayView2, Axis, concatenate, s};
use serde::{Deserialize, Serialize};

const MAGIC: [u8; 8] = *b"KEPTMODL";
/// Newest layout this build reads and writes.
pub const FORMAT: u16 = 3;
const HEADER: usize = 8 + 2 + 8 + 4;

/// Everything a saved model holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Artifact {
    /// Version of the program that wrote it.
    pub version: String,
    /// Analysis that made it.
    pub analysis: String,
    /// Learner id.
    pub learner: String,
    /// The learner's parameters after the search.
    pub learner_params: Params,
    /// Name of the data it learned from.
    pub dataset: String,
    /// Rows it learned from.
    pub n_rows: u64,
    /// Seed of the run.
    pub seed: u64,
    /// Column that names the customer, where there was one.
    pub id: Option<String>,
    /// Target column.
    pub target: String,
    /// Class labels, of two the positive one second; none where the target is a number. Of groups, which have no target,
    /// their names.
    pub classes: Vec<String>,
    /// Probability at or above which a row counts as positive.
    pub threshold: f64,
    /// Metrics on the held-out part.
    pub metrics: Vec<(String, f64)>,
    /// The preparation as the person saw it.
    pub recipe: Recipe,
    /// The fitted preparation.
    pub pipeline: Part,
    /// The fitted learner.
    pub model: Part,
    /// Takes the learner's probabilities to what happens.
    #[serde(default, skip_serializing_if = "Calibration::is_none")]
    pub calibration: Calibration,
    /// What else belongs to the model, each part under a [`Part::kind`] of its own: rows to compare with, ranges of the
    /// columns, the model card. Since format 3.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub extras: Vec<Part>,
}

impl Artifact {
    /// The further part of that kind.
    pub fn extra(&self, kind: &str) -> Option<&Part> {
        self.extras.iter().find(|p| p.kind == kind)
    }

    /// The oldest layout that says everything.
    fn format(&self) -> u16 {
        if !self.extras.is_empty() || self.classes.len() != 2 || self.calibration.is_since_3() {
            FORMAT
        } else if self.calibration.is_none() && self.pipeline.version == 1 {
            1
        } else {
            2
        }
    }

    /// The file's bytes.
    ///
    /// # Errors
    /// [`Error::Artifact`] when a part cannot be encoded.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let format = self.format();
        let body = Part::encode("artifact", format, self)?.body;
        let mut out = Vec::with_capacity(HEADER + body.len());
        out.extend(MAGIC);
        out.extend(format.to_le_bytes());
        out.extend((body.len() as u64).to_le_bytes());
        out.extend(checksum(&out, &body).to_le_bytes());
        out.extend(body);
        Ok(out)
    }

    /// Reads a file.
    ///
    /// # Errors
    /// [`Error::Artifact`] saying whether it is something else, incomplete, altered or from a newer version.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let fail = |reason| Err(Error::Artifact { reason });
        if bytes.is_empty() || !MAGIC.starts_with(&bytes[..bytes.len().min(8)]) {
            return fail(ArtifactReason::NotAModel);
        }
        let Some((header, body)) = bytes.split_at_checked(HEADER) else {
            return fail(ArtifactReason::Truncated);
        };
        let found = u16::from_le_bytes([header[8], header[9]]);
        if found > FORMAT {
            return fail(ArtifactReason::Newer {
                found,
                supported: FORMAT,
            });
        }
        let mut length = [0; 8];
        length.copy_from_slice(&header[10..18]);
        if (body.len() as u64) < u64::from_le_bytes(length) {
            return fail(ArtifactReason::Truncated);
        }
        let mut crc = [0; 4];
        crc.copy_from_slice(&header[18..22]);
        if body.len() as u64 != u64::from_le_bytes(length)
            || checksum(&header[..18], body) != u32::from_le_bytes(crc)
        {
            return fail(ArtifactReason::Altered);
        }
        Part {
            kind: "artifact".to_owned(),
            version: found,
            body: body.to_vec(),
        }
        .decode(FORMAT)
    }

    /// Makes the saved parts usable.
    ///
    /// # Errors
    /// [`Error::Artifact`] when the parts do not fit together.
    pub fn open(self) -> Result<Opened> {
        let pipeline = FittedPipeline::load(&self.pipeline)?;
        let known = learn::entry(&self.model.kind)
            .map_err(|_| Error::invalid_artifact("unknown learner"))?;
        let model = (known.load)(&self.model)?;
        let fits = match &model {
            Model::Classifier(m) => m.classes() == self.classes.as_slice() && m.classes().len() > 1,
            Model::Regressor(_) => self.classes.is_empty(),
            Model::Clusterer(m) => m.n_clusters() == self.classes.len(),
        };
        if !fits {
            return Err(Error::invalid_artifact("classes differ"));
        }
        let is_grouping = matches!(model, Model::Clusterer(_));
        if !is_grouping && !self.calibration.is_for(self.classes.len()) {
            return Err(Error::invalid_artifact("calibration of other classes"));
        }
        Ok(Opened {
            artifact: self,
            pipeline,
            model,
        })
    }
}

fn checksum(header: &[u8], body: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(header);
    hasher.update(body);
    hasher.finalize()
}

/// A model ready to score.
#[derive(Debug)]
pub struct Opened {
    /// What it was made from.
    pub artifact: Artifact,
    /// The preparation.
    pub pipeline: FittedPipeline,
    /// The learner; of groups the classes are their names.
    pub model: Model,
}

/// What a model says of rows.
#[derive(Debug, Clone, PartialEq)]
pub enum Predictions {
    /// Probabilities `(n_rows, n_classes)`, corrected; every row sums to 1.
    Proba(Array2<f64>),
    /// Numbers `(n_rows,)`, in the unit of the target.
    Numbers(Vec<f64>),
}

impl Predictions {
    /// One number per row: the probability of the second of two classes, or the number itself.
    ///
    /// # Errors
    /// [`Error::Target`] naming `target` with more than two classes.
    pub fn single(self, target: &str) -> Result<Vec<f64>> {
        match self {
            Self::Numbers(v) => Ok(v),
            Self::Proba(p) if p.ncols() == 2 => Ok(p.column(1).to_vec()),
            Self::Proba(p) => Err(Error::Target {
                name: target.to_owned(),
                reason: TargetReason::TooManyClasses {
                    found: p.ncols() as u64,
                },
            }),
        }
    }
}

impl Opened {
    /// What the model says of every row, in row order.
    ///
    /// # Errors
    /// [`Error::MissingColumns`], [`Error::ColumnKind`] when `table` does not have the kinds the model was fitted on.
    pub fn predict(&self, table: &Table, run: &mut Run<'_>) -> Result<Predictions> {
        let design = self.design(table, run)?;
        let n = table.n_rows();
        let (mut numbers, mut proba) = (Vec::new(), Vec::new());
        const BLOCK: usize = 16_384;
        for start in (0..n).step_by(BLOCK) {
            let end = (start + BLOCK).min(n);
            run.step(Stage::Predicting, start as u64, n as u64)?;
            match self.of_matrix(design.x.slice(s![start..end, ..]))? {
                Predictions::Numbers(v) => numbers.extend(v),
                Predictions::Proba(p) => proba.push(p),
            }
        }
        if self.artifact.classes.is_empty() {
            return Ok(Predictions::Numbers(numbers));
        }
        let blocks: Vec<_> = proba.iter().map(|p| p.view()).collect();
        let all = match blocks.as_slice() {
            [] => Ok(Array2::zeros((0, self.artifact.classes.len()))),
            blocks => concatenate(Axis(0), blocks),
        };
        let all = all.map_err(|_| Error::invalid_artifact("classes differ"))?;
        Ok(Predictions::Proba(all))
    }

    /// The learner's matrix of the rows of `table`.
    ///
    /// # Errors
    /// [`Error::MissingColumns`], [`Error::ColumnKind`] when `table` does not have the kinds the model was fitted on.
    pub fn design(&self, table: &Table, run: &mut Run<'_>) -> Result<Design> {
        for field in &self.pipeline.input().fields {
            let Ok(found) = table.schema().field(&field.name) else {
                continue;
            };
            let numeric = |k: ColumnKind| k.is_number();
            if found.kind != field.kind && !(numeric(found.kind) && numeric(field.kind)) {
                return Err(Error::ColumnKind {
                    name: field.name.clone(),
                    expected: field.kind,
                    found: found.kind,
                });
            }
        }
        self.pipeline.design(table, run)
    }

    /// What the model says of the rows of a matrix.
    ///
    /// # Errors
    /// [`Error::Shape`] when `x` has another width.
    pub fn of_matrix(&self, x: ArrayView2<'_, f32>) -> Result<Predictions> {
        match &self.model {
            Model::Classifier(m) => {
                let proba = self.artifact.calibration.apply_all(m.predict_proba(x)?)?;
                Ok(Predictions::Proba(proba))
            }
            Model::Regressor(m) => Ok(Predictions::Numbers(m.predict(x)?)),
            Model::Clusterer(_) => Err(Error::invalid_artifact(
                "a model with a target was expected",
            )),
        }
    }

    /// One number per row, `(n_rows,)`, in row order: the probability of the positive class, or the number predicted.
    ///
    /// # Errors
    /// Those of [`Opened::predict`] and [`Predictions::single`].
    pub fn score(&self, table: &Table, run: &mut Run<'_>) -> Result<Vec<f64>> {
        self.predict(table, run)?.single(&self.artifact.target)
    }

    /// The same per row of a matrix.
    ///
    /// # Errors
    /// Those of [`Opened::of_matrix`] and [`Predictions::single`].
    pub fn positive(&self, x: ArrayView2<'_, f32>) -> Result<Vec<f64>> {
        self.of_matrix(x)?.single(&self.artifact.target)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn artifact() -> Artifact {
        let part = Part {
            kind: "x".into(),
            version: 1,
            body: vec![1, 2, 3],
        };
        Artifact {
            version: "0".into(),
            analysis: "churn".into(),
            learner: "x".into(),
            learner_params: Params::default(),
            dataset: "d".into(),
            n_rows: 1,
            seed: 42,
            id: None,
            target: "t".into(),
            classes: vec!["n".into(), "y".into()],
            threshold: 0.5,
            metrics: vec![("roc_auc".into(), f64::NAN.max(0.8))],
            recipe: Recipe::default(),
            pipeline: part.clone(),
            model: part,
            calibration: Calibration::None,
            extras: Vec::new(),
        }
    }

    fn reason(bytes: &[u8]) -> ArtifactReason {
        match Artifact::from_bytes(bytes) {
            Err(Error::Artifact { reason }) => reason,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_saved_is_read() {
        let bytes = artifact().to_bytes().unwrap();
        assert_eq!(Artifact::from_bytes(&bytes).unwrap(), artifact());
    }

    #[test]
    fn the_format_is_the_oldest_that_says_everything() {
        let written = |a: &Artifact| {
            let bytes = a.to_bytes().unwrap();
            assert_eq!(&Artifact::from_bytes(&bytes).unwrap(), a);
            u16::from_le_bytes([bytes[8], bytes[9]])
        };
        let plain = artifact();
        assert_eq!(written(&plain), 1);
        let calibrated = Artifact {
            calibration: Calibration::prior(&[0.8, 0.2], &[0.5, 0.5]),
            ..plain.clone()
        };
        assert_eq!(written(&calibrated), 2);
        let mut native = plain;
        native.pipeline.version = 2;
        assert_eq!(written(&native), 2);
        let several = Artifact {
            classes: vec!["a".into(), "b".into(), "c".into()],
            ..artifact()
        };
        assert_eq!(written(&several), 3);
        let number = Artifact {
            classes: Vec::new(),
            ..artifact()
        };
        assert_eq!(written(&number), 3);
        let mut more = native;
        more.extras.push(more.model.clone());
        assert_eq!(written(&more), 3);
        assert_eq!(more.extra("x"), Some(&more.model));
        assert_eq!(more.extra("y"), None);
    }

    #[test]
    fn damage_is_named() {
        let bytes = artifact().to_bytes().unwrap();
        assert_eq!(reason(b""), ArtifactReason::NotAModel);
        assert_eq!(
            reason(b"customer,churn\n1,Yes\n"),
            ArtifactReason::NotAModel
        );
        for n in 1..bytes.len() {
            assert_eq!(reason(&bytes[..n]), ArtifactReason::Truncated, "{n} bytes");
        }
        for i in 18..bytes.len() {
            let mut changed = bytes.clone();
            changed[i] ^= 1;
            assert_eq!(reason(&changed), ArtifactReason::Altered, "byte {i}");
        }
        let mut longer = bytes.clone();
        longer.push(0);
        assert_eq!(reason(&longer), ArtifactReason::Altered);
        let mut newer = bytes;
        newer[8] = 9;
        assert_eq!(
            reason(&newer),
            ArtifactReason::Newer {
                found: 9,
                supported: FORMAT
            }
        );
    }
}
