//! Five-fold cross-validation of every learner on two real files, beside scikit-learn and LightGBM with the same rows,
//! folds, preparation and settings; `tests/reference/cv_auc.py` is the other side. Prints the table (`make cv`).
//!
//! The figures (ROC-AUC, R² for numbers) may differ by 0.01. Learners that draw at random are averaged over as many
//! seeds as on the other side, since one seed's figure is partly luck on both.
#![cfg(all(feature = "engine", not(target_arch = "wasm32")))]
#![allow(clippy::unwrap_used)]
mod common;

use kept::base::{
    LoadOptions, Params, Quiet, Recipe, Result, Role, Roles, Run, Step, Test, Train, Value,
    block_on,
};
use kept::engine::Threads;
use kept::evaluate::{
    prepared::Prepared,
    scoring::Scoring,
    search::{Candidate, cross_validate},
    split::{Fold, Splits, k_folds, stratified_folds},
};
use kept::learn::{Dataset, LEARNERS, Target, entry};
use kept::prepare::{Design, Pipeline, design, suggest};
use kept::table::{Table, read};
use serde_json::Value as Json;
use std::collections::BTreeMap;

const N_FOLDS: usize = 5;
const LIMIT: f64 = 0.01;

fn texts(v: &Json) -> Vec<String> {
    let list = v.as_array().unwrap().iter();
    list.map(|t| t.as_str().unwrap().to_owned()).collect()
}

/// A setting of the reference file as one of ours.
fn value(v: &Json) -> Value {
    match v {
        Json::Bool(b) => Value::Flag(*b),
        Json::String(s) => s.as_str().into(),
        Json::Array(list) => Value::List(list.iter().map(value).collect()),
        Json::Object(map) => Value::Map(settings(map).0),
        number => number
            .as_i64()
            .map_or_else(|| number.as_f64().unwrap().into(), Value::from),
    }
}

fn settings(map: &serde_json::Map<String, Json>) -> Params {
    Params(map.iter().map(|(k, v)| (k.clone(), value(v))).collect())
}

/// The settings in one line.
fn shown(v: &Json) -> String {
    match v {
        Json::Object(map) => {
            let parts = map.iter().map(|(k, v)| match v {
                Json::Object(_) => format!("{k}({})", shown(v)),
                _ => format!("{k}={}", shown(v)),
            });
            parts.collect::<Vec<_>>().join(" ")
        }
        Json::String(s) => s.clone(),
        other => other.to_string(),
    }
}

fn load(name: &str) -> Table {
    let mut source = read::Bytes(std::fs::read(common::data(&format!("{name}.csv"))).unwrap());
    let mut quiet = Quiet;
    let mut run = Run::new(&mut quiet, 1);
    read::read(&mut source, &LoadOptions::default(), &mut run)
        .unwrap()
        .table
}

/// The suggested recipe with what the other side does differently: the columns that are left out, the median, gaps of
/// categories by the most frequent level, every level a column; without the scaling where raw numbers are asked for.
fn recipe(table: &Table, target: &str, drop: &[String], raw: bool) -> Recipe {
    let roles = Roles(vec![(Role::Target, target.to_owned())]);
    let mut steps = suggest(table.schema(), &roles).steps;
    steps.retain(|s| s.kind != "drop" && !(raw && s.kind == "standardize"));
    for step in &mut steps {
        step.params = match step.kind.as_str() {
            "impute" => Params::default()
                .with("strategy", "median")
                .with("category_strategy", "most_frequent"),
            "one_hot" => Params::default()
                .with("min_frequency", 0.0)
                .with("max_categories", 1000),
            _ => continue,
        };
    }
    steps.insert(0, Step::new("drop", drop.to_vec(), Params::default()));
    Recipe { steps }
}

/// The rows of one line of the table.
struct Data {
    features: Table,
    y: Target,
    pipeline: Pipeline,
    splits: Splits,
}

impl Data {
    fn new(whole: &Table, file: &Json, row: &Json) -> Self {
        let every = row["every"].as_u64().unwrap() as usize;
        let rows: Vec<u32> = (0..whole.n_rows() as u32).step_by(every).collect();
        let table = whole.take(&rows);
        let name = row["target"].as_str().unwrap();
        let column = table.column(name).unwrap();
        let numbers: Vec<f64> = (0..table.n_rows())
            .map(|i| column.number(i).unwrap())
            .collect();
        let (y, folds) = if row["measure"] == "r2" {
            let folds = k_folds(numbers.len(), N_FOLDS, None).unwrap();
            (Target::Number(numbers), folds)
        } else {
            let codes: Vec<u32> = numbers.iter().map(|v| *v as u32).collect();
            let folds = stratified_folds(&codes, 2, N_FOLDS, None).unwrap();
            (Target::class(codes, &["no", "yes"]), folds)
        };
        let raw = row["preparation"] == "raw";
        let recipe = recipe(&table, name, &texts(&file["drop"]), raw);
        Self {
            features: table.filter_columns(|f| f.name != name),
            y,
            pipeline: Pipeline::new(&recipe).unwrap(),
            splits: Splits::dealt(folds, N_FOLDS),
        }
    }

    fn prepare(&self, fold: &Fold, run: &mut Run<'_>) -> Result<Prepared> {
        let (train, test): (Train<Table>, Test<Table>) = Train::split(
            &self.features,
            fold.train.as_slice(),
            fold.test.as_slice(),
            |t, r: &[u32]| t.take(r),
        );
        let dataset = |d: Design, rows: &[u32]| {
            Dataset::new(d.x, self.y.take(rows)).with_features(d.features)
        };
        let (pipeline, inside) = self.pipeline.fit(&train, run)?;
        let inside = inside.try_map(|t| design(&t, run))?;
        let outside = test.try_map(|t| design(&pipeline.apply(&t, run)?, run))?;
        let inside = inside.map(|d| dataset(d, &fold.train));
        Ok((inside, outside.map(|d| dataset(d, &fold.test))).into())
    }

    /// Columns that the learners see, in the widest fold.
    fn n_features(&self) -> usize {
        let mut quiet = Quiet;
        let mut run = Run::new(&mut quiet, 0);
        let width = |f: &Fold| self.prepare(f, &mut run).unwrap().train.get().x.ncols();
        self.splits.folds().iter().map(width).max().unwrap()
    }

    fn score(&self, candidate: &Candidate, scoring: Scoring, seed: u64) -> f64 {
        let (mut quiet, mut threads) = (Quiet, Threads::new(2));
        let mut run = Run::new(&mut quiet, seed).with_executor(&mut threads);
        let mut prepare = |fold: &Fold, run: &mut Run<'_>| self.prepare(fold, run);
        let candidates = std::slice::from_ref(candidate);
        let scored = block_on(cross_validate(
            candidates,
            &self.splits,
            scoring,
            &mut prepare,
            &mut run,
        ));
        scored.unwrap()[0].mean
    }
}

#[test]
fn every_learner_is_as_good_as_the_reference() {
    let reference = common::reference("cv_auc.json");
    let rows = reference["rows"].as_array().unwrap();
    let files: BTreeMap<&str, Table> = reference["files"]
        .as_object()
        .unwrap()
        .keys()
        .map(|name| (name.as_str(), load(name)))
        .collect();
    assert_eq!(files.len(), 2);
    println!("| data | learner | settings | ours | reference | difference | tool |");
    println!("|---|---|---|---|---|---|---|");
    let mut far = Vec::new();
    for row in rows {
        let name = row["data"].as_str().unwrap();
        let learner = row["learner"].as_str().unwrap();
        let data = Data::new(&files[name], &reference["files"][name], row);
        assert_eq!(
            data.n_features() as u64,
            row["n_features"].as_u64().unwrap(),
            "{name} {learner}: another design"
        );
        let candidate = Candidate {
            learner: entry(learner).unwrap(),
            params: settings(row["settings"].as_object().unwrap()),
        };
        let scoring = Scoring::parse(row["measure"].as_str().unwrap()).unwrap();
        let n_seeds = row["n_seeds"].as_u64().unwrap();
        let sum: f64 = (0..n_seeds)
            .map(|seed| data.score(&candidate, scoring, seed))
            .sum();
        let ours = sum / n_seeds as f64;
        let theirs = row["mean"].as_f64().unwrap();
        let tool = row["tool"].as_str().unwrap();
        let version = reference["tools"][tool].as_str().unwrap();
        let mut how = vec![shown(&row["settings"])];
        how.retain(|s| !s.is_empty());
        if row["preparation"] == "raw" {
            how.push("numbers not scaled".into());
        }
        if row["every"] != 1 {
            how.push(format!("one row in {}", row["every"]));
        }
        if n_seeds > 1 {
            how.push(format!("mean of {n_seeds} seeds"));
        }
        let of = if scoring == Scoring::R2 { ", R²" } else { "" };
        println!(
            "| {name} | {learner}{of} | {} | {ours:.4} | {theirs:.4} | {:+.4} | {tool} {version} |",
            how.join("; "),
            ours - theirs
        );
        // A figure that is no number is far from every other.
        if (ours - theirs).is_nan() || (ours - theirs).abs() > LIMIT {
            far.push(format!("{name} {learner}: {ours} and {theirs}"));
        }
    }
    assert!(far.is_empty(), "beyond {LIMIT}: {far:#?}");
    let compared = |id: &str, data: &str| {
        let mut mine = rows.iter().filter(|r| r["data"] == data);
        mine.any(|r| r["learner"] == id)
    };
    for known in LEARNERS
        .iter()
        .filter(|e| e.takes.binary || e.takes.regression)
    {
        for data in files.keys() {
            assert!(
                compared(known.id, data),
                "{} is not compared on {data}",
                known.id
            );
        }
    }
}
