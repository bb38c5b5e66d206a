//! Preparation against scikit-learn, and the whole way on the telco file. Written by `tests/reference/prepare.py`.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used)]
mod common;

use kept::{
    base::{
        ColumnKind, Field, LoadOptions, Params, Quiet, Recipe, Role, Roles, Run, Step, Test, Train,
    },
    evaluate::metrics,
    learn::{Dataset, Target, entry},
    prepare::{Pipeline, design, suggest},
    table::{Coded, Column, Table, Values, read},
};
use serde_json::Value;

fn numbers(v: &Value) -> Vec<Option<f64>> {
    v.as_array().unwrap().iter().map(Value::as_f64).collect()
}

fn small(reference: &Value) -> Table {
    let column = |key: &str| Column::Float(Values::from_options(&numbers(&reference[key]), 0.0));
    let levels = reference["levels"]
        .as_array()
        .unwrap()
        .iter()
        .map(|l| l.as_str());
    let columns = vec![
        (Field::new("x", ColumnKind::Float), column("x")),
        (Field::new("k", ColumnKind::Float), column("k")),
        (
            Field::new("levels", ColumnKind::Category),
            Column::Category(Coded::from_cells(levels)),
        ),
    ];
    Table::new(columns, 60).unwrap()
}

/// Fits `steps` on the first `n_train` rows and gives the others, transformed, row by row.
fn transformed(table: &Table, n_train: u32, steps: Vec<Step>) -> Vec<Vec<f64>> {
    let (inside, outside): (Vec<u32>, Vec<u32>) =
        (0..table.n_rows() as u32).partition(|r| *r < n_train);
    let (train, test): (Train<_>, Test<_>) = Train::split(
        table,
        inside.as_slice(),
        outside.as_slice(),
        |t: &Table, r: &[u32]| t.take(r),
    );
    let mut quiet = Quiet;
    let mut run = Run::new(&mut quiet, 1);
    let (fitted, _) = Pipeline::new(&Recipe { steps })
        .unwrap()
        .fit(&train, &mut run)
        .unwrap();
    let out = fitted.apply(test.get(), &mut run).unwrap();
    (0..out.n_rows())
        .map(|i| out.iter().filter_map(|(_, c)| c.number(i)).collect())
        .collect()
}

fn close(ours: &[Vec<f64>], theirs: &Value, tolerance: f64) {
    let theirs = theirs.as_array().unwrap();
    assert_eq!(ours.len(), theirs.len());
    for (row, (a, b)) in ours.iter().zip(theirs).enumerate() {
        let b: Vec<f64> = numbers(b).into_iter().flatten().collect();
        assert_eq!(a.len(), b.len(), "row {row}");
        for (a, b) in a.iter().zip(&b) {
            assert!((a - b).abs() <= tolerance, "row {row}: {a} and {b}");
        }
    }
}

#[test]
fn imputation_scaling_and_encoding_are_scikit_learns() {
    let reference = common::reference("prepare.json");
    let table = small(&reference);
    let n_train = reference["n_train"].as_u64().unwrap() as u32;
    let two = || vec!["x".to_owned(), "k".to_owned()];
    let drop_levels = Step::new("drop", vec!["levels".into()], Params::default());
    for (strategy, expected) in reference["imputed"].as_object().unwrap() {
        let params = Params::default()
            .with("strategy", strategy.as_str())
            .with("fill_value", -3.5);
        let params = if strategy == "constant" {
            params
        } else {
            Params::default().with("strategy", strategy.as_str())
        };
        let steps = vec![drop_levels.clone(), Step::new("impute", two(), params)];
        close(&transformed(&table, n_train, steps), expected, 1e-12);
    }
    let chain = ["impute", "standardize"].map(|kind| Step::new(kind, two(), Params::default()));
    let steps = std::iter::once(drop_levels).chain(chain).collect();
    close(
        &transformed(&table, n_train, steps),
        &reference["scaled"],
        1e-12,
    );

    let params = Params::default().with("min_frequency", 0.1);
    let steps = vec![
        Step::new("drop", two(), Params::default()),
        Step::new("one_hot", Vec::new(), params),
    ];
    close(
        &transformed(&table, n_train, steps),
        &reference["one_hot"],
        0.0,
    );
}

#[test]
fn telco_logistic_regression_is_scikit_learns() {
    let reference = common::reference("telco.json");
    let mut source = read::Bytes(std::fs::read(common::data("telco_churn.csv")).unwrap());
    let mut quiet = Quiet;
    let mut run = Run::new(&mut quiet, 1);
    let table = read::read(&mut source, &LoadOptions::default(), &mut run)
        .unwrap()
        .table;
    let roles = Roles(vec![
        (Role::Id, "customerID".into()),
        (Role::Target, "Churn".into()),
    ]);
    let mut recipe = suggest(table.schema(), &roles);
    // scikit-learn's encoder in the reference merges nothing.
    for step in recipe.steps.iter_mut().filter(|s| s.kind == "one_hot") {
        step.params = Params::default().with("min_frequency", 0.0);
    }
    let target = table.column("Churn").unwrap().clone();
    let codes = |rows: &[u32]| -> Vec<u32> {
        rows.iter()
            .map(|r| target.number(*r as usize).unwrap() as u32)
            .collect()
    };
    let test_rows: Vec<u32> = reference["test_rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|v| v.as_u64().unwrap() as u32)
        .collect();
    let train_rows: Vec<u32> = (0..table.n_rows() as u32)
        .filter(|r| test_rows.binary_search(r).is_err())
        .collect();
    let features = table.filter_columns(|f| f.name != "Churn");
    let (train, test): (Train<_>, Test<_>) = Train::split(
        &features,
        train_rows.as_slice(),
        test_rows.as_slice(),
        |t: &Table, r: &[u32]| t.take(r),
    );
    let (pipeline, prepared) = Pipeline::new(&recipe)
        .unwrap()
        .fit(&train, &mut run)
        .unwrap();
    let matrix = design(prepared.get(), &mut run).unwrap();
    let names = matrix.features.clone();
    let y = Target::class(codes(&train_rows), &["No", "Yes"]);
    let dataset = Train::all(Dataset::new(matrix.x, y).with_features(matrix.features));
    let held = design(&pipeline.apply(test.get(), &mut run).unwrap(), &mut run).unwrap();
    let truth: Vec<bool> = codes(&test_rows).iter().map(|c| *c == 1).collect();
    for fit in reference["fits"].as_array().unwrap() {
        let c = fit["C"].as_f64().unwrap();
        let params = Params::default().with("C", c);
        let model = (entry("logistic").unwrap().build)(&params)
            .unwrap()
            .fit(&dataset, &mut run)
            .unwrap();
        let model = model.classifier().unwrap();
        let p = model
            .predict_proba(held.x.view())
            .unwrap()
            .column(1)
            .to_vec();
        // Features by name: the two programs order columns differently.
        let coefficients = common::logistic_coefficients(model.as_ref());
        let expected: Vec<String> = reference["features"]
            .as_array()
            .unwrap()
            .iter()
            .map(|n| n.as_str().unwrap().to_owned())
            .collect();
        assert_eq!(names.len(), expected.len());
        for (name, value) in expected.iter().zip(numbers(&fit["coefficients"])) {
            let ours = coefficients[names
                .iter()
                .position(|n| n == name)
                .unwrap_or_else(|| panic!("{name}"))];
            let value = value.unwrap();
            assert!(
                (ours - value).abs() <= 1e-3 * value.abs().max(1.0),
                "C={c} {name}: {ours} and {value}"
            );
        }
        let check = |key: &str, ours: f64| {
            let theirs = fit[key].as_f64().unwrap();
            assert!(
                (ours - theirs).abs() <= 1e-6,
                "C={c} {key}: {ours} and {theirs}"
            );
        };
        check("roc_auc", metrics::roc_auc(&truth, &p, None).unwrap());
        check(
            "average_precision",
            metrics::average_precision(&truth, &p, None).unwrap(),
        );
        check("log_loss", metrics::log_loss(&truth, &p, None).unwrap());
        check(
            "brier_score",
            metrics::brier_score(&truth, &p, None).unwrap(),
        );
    }
}
