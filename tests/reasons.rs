//! Reasons for predictions of a model that an analysis has fitted and saved.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used)]
use kept::{
    analyses::{
        Job, entry,
        explain::{BACKGROUND, compared_with, reasons},
    },
    artifact::{Artifact, Opened},
    base::{LoadOptions, Params, Quiet, Role, Roles, Run, Value, block_on},
    table::{Table, demo, read},
};

fn table(n_rows: u32, seed: u64) -> Table {
    let csv = demo::generate(n_rows, seed).csv;
    let mut quiet = Quiet;
    let mut run = Run::new(&mut quiet, 1);
    let mut source = read::Bytes(csv);
    read::read(&mut source, &LoadOptions::default(), &mut run)
        .unwrap()
        .table
}

fn fitted(learner: &str, more: &[(&'static str, Value)]) -> Opened {
    let table = table(500, 3);
    let mut roles = Roles::default();
    roles.0.push((Role::Target, "churned".into()));
    roles.0.push((Role::Id, "account_id".into()));
    let mut params = Params::default()
        .with("learners", vec![Value::Text(learner.into())])
        .with("cv", 2_i64)
        .with("n_repeats", 1_i64);
    for (name, value) in more {
        params = params.with(name, value.clone());
    }
    let job = Job {
        table: &table,
        dataset: "demo",
        roles: &roles,
        params: &params,
        recipe: None,
    };
    let mut quiet = Quiet;
    let mut run = Run::new(&mut quiet, 5);
    let outcome = block_on((entry("churn").unwrap().run)(&job, &mut run)).unwrap();
    // As a file is read back.
    let bytes = outcome.artifact.unwrap().to_bytes().unwrap();
    Artifact::from_bytes(&bytes).unwrap().open().unwrap()
}

#[test]
fn reasons_are_columns_of_the_file_and_sum_to_the_prediction() {
    let sampling = [("resampling", Value::Text("random_under".into()))];
    let customers = table(12, 9);
    for (learner, more, sampled) in [
        ("logistic", &[][..], false),
        ("boosting", &[][..], false),
        ("forest", &sampling[..], false),
        ("gaussian_nb", &[][..], true),
    ] {
        let model = fitted(learner, more);
        let mut quiet = Quiet;
        let mut run = Run::new(&mut quiet, 1);
        let got = reasons(&model, &customers, &mut run).unwrap();
        let scores = model.score(&customers, &mut run).unwrap();
        assert_eq!(got.predictions, scores, "{learner}");
        assert_eq!(got.points.dim(), (12, got.columns.len()), "{learner}");
        for (row, p) in got.points.rows().into_iter().zip(&scores) {
            assert!((got.base + row.sum() - p).abs() < 1e-9, "{learner}");
        }
        // One-hot columns, gaps and dates are one reason each, under the name in the file.
        let names: Vec<&str> = customers
            .schema()
            .fields
            .iter()
            .map(|f| f.name.as_str())
            .collect();
        assert!(got.columns.iter().all(|c| names.contains(&c.as_str())));
        let mut once = got.columns.clone();
        once.sort();
        once.dedup();
        assert_eq!(once.len(), got.columns.len());
        assert!(got.columns.iter().any(|c| c == "plan"), "{:?}", got.columns);
        assert_eq!(got.errors.is_some(), sampled, "{learner}");
        assert_eq!(
            got,
            reasons(&model, &customers, &mut run).unwrap(),
            "{learner}"
        );
    }
}

#[test]
fn a_model_holds_the_rows_it_compares_with() {
    let mut model = fitted("logistic", &[]);
    let rows = compared_with(&model).unwrap();
    assert_eq!(rows.nrows(), 100);
    assert!(rows.iter().all(|v| v.is_finite()));
    let customers = table(3, 9);
    let mut quiet = Quiet;
    let mut run = Run::new(&mut quiet, 1);
    let mean = model.positive(rows.view()).unwrap().iter().sum::<f64>() / 100.0;
    let got = reasons(&model, &customers, &mut run).unwrap();
    assert!((got.base - mean).abs() < 1e-12);
    // Models of earlier versions have none; a part that does not fit is refused.
    let at = model
        .artifact
        .extras
        .iter()
        .position(|p| p.kind == BACKGROUND);
    let part = model.artifact.extras.remove(at.unwrap());
    let mut code = |model: &Opened| reasons(model, &customers, &mut run).unwrap_err().code();
    assert_eq!(code(&model), "artifact");
    let other = fitted("boosting", &[]);
    let wrong = other.artifact.extra(BACKGROUND).unwrap().clone();
    assert_ne!(wrong, part);
    model.artifact.extras.push(wrong);
    assert_eq!(code(&model), "artifact");
}
