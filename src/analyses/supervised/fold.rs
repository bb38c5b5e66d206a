//! Rows made ready for learners: the preparation, the columns chosen and the classes evened out, all fitted on the training
//! side alone.
//!
//! Learners that take missing values and categories as they are get them so, from the same recipe without the steps that
//! only make up for what others cannot take. Where columns are chosen, or new rows made between neighbours (SMOTE), all
//! learners get the same matrix: a selection speaks of its columns, and neighbours need numbers.
use super::{
    goal::Goal,
    options::{FeatureSelection, Resampling},
    request::{Data, Request},
    stream,
};
use crate::base::order::Ordered;
use crate::{
    base::{Error, Params, Result, Run, Test, Train, block_on},
    evaluate::{
        imbalance::{Calibration, Resampler, recalibrate},
        prepared::Prepared,
        search::{Candidate, PrepareFold},
        select::{Keep, Selection, Selector, Univariate, recursive_cv},
        split::{Fold, Splits, k_folds, stratified_folds},
    },
    learn::{self, Dataset, Entry, Target},
    prepare::{Design, FittedPipeline, Pipeline},
    report::ReportTable,
    table::Table,
};
use std::rc::Rc;

/// Neighbours of numbers in mutual information and of new rows, as in scikit-learn and imbalanced-learn.
const SELECT_NEIGHBORS: usize = 3;
const SMOTE_NEIGHBORS: usize = 5;
/// Strength of the penalty that leaves columns out.
const L1_C: f64 = 0.1;
/// The same for numbers: a share of the penalty that leaves nothing in.
const L1_SHARE: f64 = 0.05;
/// Shuffles per column.
const SHUFFLES: usize = 5;
/// Folds inside a training side over which the number of columns is chosen.
const RFE_FOLDS: usize = 3;

/// A matrix of training rows and what made it.
pub(super) struct Side {
    pub(super) pipeline: Rc<FittedPipeline>,
    /// Rows as they are, columns chosen.
    pub(super) real: Train<Dataset>,
    /// Rows with classes evened out, where that was asked for.
    resampled: Option<Train<Dataset>>,
    calibration: Calibration,
}

/// The training part made ready.
pub(super) struct Sides {
    plain: Side,
    native: Option<Side>,
    /// Names of all columns and what the selection says of them.
    pub(super) selection: Option<(Vec<String>, Selection)>,
}

impl Sides {
    /// What `learner` is given.
    pub(super) fn of(&self, learner: &Entry) -> &Side {
        match &self.native {
            Some(native) if learner.takes.as_they_are() => native,
            _ => &self.plain,
        }
    }

    /// The selection as a table, the best column first.
    pub(super) fn selected(&self) -> Option<ReportTable> {
        let (names, selection) = self.selection.as_ref()?;
        let mut order: Vec<usize> = (0..names.len().min(selection.scores.len())).collect();
        order.order_by(|a, b| {
            (selection.kept[*b].cmp(&selection.kept[*a]))
                .then(selection.scores[*b].total_cmp(&selection.scores[*a]))
        });
        let kept = |j: &usize| {
            if selection.kept[*j] {
                "kept"
            } else {
                "left_out"
            }
        };
        let mut table = ReportTable::default()
            .text(
                "column",
                order.iter().map(|j| names[*j].clone()).collect::<Vec<_>>(),
            )
            .number(
                "score",
                order.iter().map(|j| selection.scores[*j]).collect(),
            );
        if let Some(p) = &selection.p_values {
            table = table.number("p_value", order.iter().map(|j| p[*j]).collect());
        }
        Some(table.text("verdict", order.iter().map(kept).collect()))
    }
}

fn dataset(design: Design, data: &Data, request: &Request) -> Dataset {
    let y = match request.goal {
        Goal::Number => Target::Number(data.numbers.clone()),
        _ => Target::Class {
            codes: data.codes.clone(),
            classes: request.classes.clone(),
        },
    };
    Dataset::new(design.x, y)
        .with_features(design.features)
        .with_levels(design.n_levels)
}

/// Fits `pipeline` on `train` only.
fn matrix(
    request: &Request,
    pipeline: &Pipeline,
    train: &Train<Data>,
    run: &mut Run<'_>,
) -> Result<(FittedPipeline, Train<Dataset>)> {
    let table: Train<Table> = train.clone().map(|d| d.table);
    let (fitted, table) = pipeline.fit(&table, run)?;
    let design = table.try_map(|t| fitted.matrix(&t, run))?;
    let matrix = design.map(|x| dataset(x, train.get(), request));
    Ok((fitted, matrix))
}

/// The matrix of the recipe as it stands.
pub(super) fn plain(
    request: &Request,
    train: &Train<Data>,
    run: &mut Run<'_>,
) -> Result<Train<Dataset>> {
    Ok(matrix(request, &request.pipeline, train, run)?.1)
}

fn held(
    request: &Request,
    pipeline: &FittedPipeline,
    test: &Test<Data>,
    run: &mut Run<'_>,
) -> Result<Test<Dataset>> {
    test.clone().try_map(|d| {
        // Levels the training side happens not to have are no news.
        let design = run.quietly(|run| pipeline.design(&d.table, run))?;
        Ok::<_, Error>(dataset(design, &d, request))
    })
}

/// A fold of `data`, prepared on its training side.
pub(super) fn prepared(
    request: &Request,
    data: &Data,
    fold: &Fold,
    run: &mut Run<'_>,
) -> Result<Prepared> {
    let (inner, outer): (Train<Data>, Test<Data>) = Train::split(
        data,
        fold.train.as_slice(),
        fold.test.as_slice(),
        |d, rows: &[u32]| d.take(rows),
    );
    let (plain, native) = request.matrices();
    let (pipeline, train) = matrix(request, plain, &inner, run)?;
    let mut out: Prepared = (train, held(request, &pipeline, &outer, run)?).into();
    if let Some(selection) = select(request, &out.train, run)? {
        out.train = out.train.try_map(|d| selection.apply(&d))?;
        out.test = out.test.try_map(|d| selection.apply(&d))?;
    }
    if let Some(resampler) = resampler(request) {
        out = out.resample(&resampler, run)?;
    }
    if let Some(native) = native {
        let (pipeline, train) = matrix(request, native, &inner, run)?;
        let mut native: Prepared = (train, held(request, &pipeline, &outer, run)?).into();
        if let Some(resampler) = resampler(request) {
            native = native.resample(&resampler, run)?;
        }
        out = out.with_native(native);
    }
    Ok(out)
}

/// The whole training part, made ready as every fold was.
pub(super) fn sides(request: &Request, train: &Train<Data>, run: &mut Run<'_>) -> Result<Sides> {
    let (plain, native) = request.matrices();
    let (mut pipeline, mut real) = matrix(request, plain, train, run)?;
    let mut chosen = None;
    if let Some(selection) = select(request, &real, run)? {
        let names = real.get().features.to_vec();
        real = real.try_map(|d| selection.apply(&d))?;
        pipeline.keep(real.get().features.to_vec());
        chosen = Some((names, selection));
    }
    let plain = Side::new(request, pipeline, real, run)?;
    let native = match native {
        Some(native) => {
            let (pipeline, real) = matrix(request, native, train, run)?;
            Some(Side::new(request, pipeline, real, run)?)
        }
        None => None,
    };
    Ok(Sides {
        plain,
        native,
        selection: chosen,
    })
}

impl Side {
    fn new(
        request: &Request,
        pipeline: FittedPipeline,
        real: Train<Dataset>,
        run: &mut Run<'_>,
    ) -> Result<Self> {
        let (resampled, calibration) = match resampler(request) {
            Some(resampler) => {
                let after = resampler.resample(&real, run)?;
                (Some(after.train), after.calibration)
            }
            None => (None, Calibration::None),
        };
        Ok(Self {
            pipeline: Rc::new(pipeline),
            real,
            resampled,
            calibration,
        })
    }

    /// Rows to learn from.
    pub(super) fn train(&self) -> &Train<Dataset> {
        self.resampled.as_ref().unwrap_or(&self.real)
    }

    /// They, where they are others than the real ones.
    pub(super) fn drawn(&self) -> Option<&Dataset> {
        self.resampled.as_ref().map(Train::get)
    }

    /// How probabilities of `candidate` are taken back to the class shares from before, which the person is told.
    pub(super) async fn calibration(
        &self,
        request: &Request,
        candidate: &Candidate,
        splits: &Splits,
        y: &Target,
        prepare: &mut PrepareFold<'_>,
        run: &mut Run<'_>,
    ) -> Result<Calibration> {
        let Some(resampler) = resampler(request).filter(|_| !self.calibration.is_none()) else {
            return Ok(Calibration::None);
        };
        if candidate.learner.id == super::request::BASELINE {
            // It says the share of the classes it saw, which this takes back exactly.
            return Ok(self.calibration.clone());
        }
        recalibrate(
            candidate,
            &resampler,
            &self.real,
            self.train(),
            splits,
            y,
            prepare,
            run,
        )
        .await
    }
}

fn resampler(request: &Request) -> Option<Resampler> {
    let ratio = 1.0;
    match request.options.resampling {
        Resampling::None => None,
        Resampling::RandomOver => Some(Resampler::RandomOver { ratio }),
        Resampling::RandomUnder => Some(Resampler::RandomUnder { ratio }),
        Resampling::Smote => Some(Resampler::Smote {
            ratio,
            k_neighbors: SMOTE_NEIGHBORS,
        }),
    }
}

fn select(
    request: &Request,
    train: &Train<Dataset>,
    run: &mut Run<'_>,
) -> Result<Option<Selection>> {
    let options = &request.options;
    let n_features = (options.n_features_to_select).min(train.get().x.ncols());
    let keep = Keep::Best(n_features);
    // A linear learner: fast, and its view of a column does not depend on the others' scale.
    let is_number = request.goal == Goal::Number;
    let learner = || linear_learner(request).to_owned();
    let step = (train.get().x.ncols() / 20).max(1);
    let selector = match options.feature_selection {
        FeatureSelection::None => return Ok(None),
        FeatureSelection::Univariate => Selector::Univariate {
            test: if is_number {
                Univariate::FRegression
            } else {
                Univariate::FClassif
            },
            keep,
        },
        FeatureSelection::MutualInfo => Selector::MutualInformation {
            n_neighbors: SELECT_NEIGHBORS,
            keep,
        },
        FeatureSelection::L1 => Selector::L1 {
            learner: learner(),
            params: if is_number {
                let alpha = L1_SHARE * strongest(train.get());
                Params::default()
                    .with("penalty", "lasso")
                    .with("alpha", alpha.clamp(1e-9, 1e9))
            } else {
                Params::default().with("penalty", "l1").with("C", L1_C)
            },
            max_features: Some(n_features),
        },
        FeatureSelection::Permutation => Selector::Permutation {
            learner: learner(),
            params: Params::default(),
            scoring: options.scoring,
            n_repeats: SHUFFLES,
            keep,
        },
        FeatureSelection::Rfe => Selector::Recursive {
            learner: learner(),
            params: Params::default(),
            n_features,
            step,
        },
        FeatureSelection::RfeCv => return by_cv(request, train, step, run).map(Some),
    };
    run.within(|run| selector.fit(train, run)).map(Some)
}

fn linear_learner(request: &Request) -> &'static str {
    match request.goal {
        Goal::Number => "linear",
        _ => "logistic",
    }
}

/// The smallest penalty of the lasso that leaves every coefficient 0: the largest `|Σ (x − x̄)(y − ȳ)| / n` of a column.
fn strongest(data: &Dataset) -> f64 {
    let Target::Number(y) = &data.y else {
        return 1.0;
    };
    let n = y.len().max(1) as f64;
    let middle = y.iter().sum::<f64>() / n;
    let of = |column: ndarray::ArrayView1<'_, f32>| {
        let mean = column.iter().map(|v| f64::from(*v)).sum::<f64>() / n;
        let pairs = column.iter().zip(y);
        pairs
            .map(|(x, y)| (f64::from(*x) - mean) * (y - middle))
            .sum::<f64>()
            .abs()
            / n
    };
    data.x.columns().into_iter().map(of).fold(0.0, f64::max)
}

/// Recursive elimination whose number of columns is chosen on folds of `train`.
fn by_cv(
    request: &Request,
    train: &Train<Dataset>,
    step: usize,
    run: &mut Run<'_>,
) -> Result<Selection> {
    let data = train.get();
    let mut rng = run.rng(stream::SELECT);
    let folds = match &data.y {
        Target::Class { codes, classes } => {
            stratified_folds(codes, classes.len(), RFE_FOLDS, Some(&mut rng))?
        }
        _ => k_folds(data.x.nrows(), RFE_FOLDS, Some(&mut rng))?,
    };
    let mut inner = |fold: &Fold, _: &mut Run<'_>| {
        let (train, test): (Train<Dataset>, Test<Dataset>) = Train::split(
            data,
            fold.train.as_slice(),
            fold.test.as_slice(),
            |d, rows: &[u32]| d.take(rows),
        );
        Ok((train, test).into())
    };
    let candidate = Candidate {
        learner: learn::entry(linear_learner(request))?,
        params: Params::default(),
    };
    let scoring = request.options.scoring;
    let splits = Splits::dealt(folds, RFE_FOLDS);
    // Alone: this runs inside a fold, whose jobs are the ones that are spread.
    let got = run.within(|run| {
        block_on(recursive_cv(
            &candidate, train, &splits, scoring, 1, step, &mut inner, run,
        ))
    })?;
    Ok(got.selection)
}
