//! What explains a model: effects and interactions in the report of a run, counterfactuals with a saved model.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used)]
use kept::{
    analyses::{self, Job, counterfactual, ranges::Ranges},
    artifact::Opened,
    base::{Cell, ColumnKind, Error, Field, Params, Quiet, Role, Roles, Run, Value, block_on},
    charts::{Chart as _, EN, EffectKind, Figure, ZH},
    evaluate::counterfactual::Goal,
    report::Report,
    table::{Coded, Column, Table, Values},
};

/// Who leaves: on a monthly contract, with few active days, and the more so with both; `region` says nothing.
fn table(n: usize) -> Table {
    let mut state = 11_u64;
    let mut next = move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    let (mut contract, mut days, mut price, mut region, mut left) =
        (vec![], vec![], vec![], vec![], vec![]);
    for _ in 0..n {
        let c = ["monthly", "yearly", "two years"][(3.0 * next()) as usize];
        let d = (30.0 * next()) as i64;
        let is_monthly = f64::from(u8::from(c == "monthly"));
        let few = f64::from(u8::from(d < 10));
        let p = 0.08 + 0.15 * is_monthly + 0.15 * few + 0.5 * is_monthly * few;
        contract.push(Some(c));
        days.push(d);
        price.push((next() * 9000.0).round() / 100.0 + 10.0);
        region.push(Some(["n", "s", "w"][(3.0 * next()) as usize]));
        left.push(next() < p);
    }
    let field = |name: &str, kind| Field::new(name, kind);
    let text = |cells: Vec<Option<&str>>| Column::Category(Coded::from_cells(cells));
    Table::new(
        vec![
            (field("contract", ColumnKind::Category), text(contract)),
            (
                field("active days", ColumnKind::Int),
                Column::Int(Values::new(days, None)),
            ),
            (
                field("price", ColumnKind::Float),
                Column::Float(Values::new(price, None)),
            ),
            (field("region", ColumnKind::Category), text(region)),
            (
                field("left", ColumnKind::Bool),
                Column::Bool(Values::new(left, None)),
            ),
        ],
        n,
    )
    .unwrap()
}

fn trained(table: &Table, learner: &str, explain: bool) -> (Report, Opened) {
    let mut roles = Roles::default();
    roles.set("left", Some(Role::Target));
    let params = Params::default()
        .with("learners", vec![Value::Text(learner.to_owned())])
        .with("cv", 3_i64)
        .with("search", "random")
        .with("n_iter", 2_i64)
        .with("explain", explain);
    let job = Job {
        table,
        dataset: "made.csv",
        roles: &roles,
        params: &params,
        recipe: None,
    };
    let mut quiet = Quiet;
    let mut run = Run::new(&mut quiet, 42);
    let entry = analyses::entry("churn").unwrap();
    let outcome = block_on((entry.run)(&job, &mut run)).unwrap();
    let bytes = outcome.artifact.unwrap().to_bytes().unwrap();
    let opened = kept::artifact::Artifact::from_bytes(&bytes)
        .unwrap()
        .open()
        .unwrap();
    (outcome.report, opened)
}

#[test]
fn a_report_shows_effects_and_the_pair_that_acts_together() {
    let table = table(3000);
    let (report, _) = trained(&table, "boosting", true);
    let Some(Figure::Dependence(days)) = report.figure("ale:active days") else {
        panic!(
            "{:?}",
            report.figures.iter().map(|f| &f.0).collect::<Vec<_>>()
        )
    };
    let first = days.mean.first().unwrap();
    let last = days.mean.last().unwrap();
    // On average over contracts few days add 0.15 + 0.5 / 3.
    assert!((first - last - 0.317).abs() < 0.1, "{first} {last}");
    assert!(days.low[0] < *first && *first < days.high[0]);
    assert!(days.counts.iter().sum::<u64>() > 500);
    let Some(Figure::Dependence(contract)) = report.figure("ale:contract") else {
        panic!()
    };
    assert_eq!(contract.mean.len(), 3);
    let Some(Figure::Interactions(pairs)) = report.figure("interactions") else {
        panic!()
    };
    let first = &pairs.pairs[0];
    let mut names = [first.first.as_str(), first.second.as_str()];
    names.sort_unstable();
    assert_eq!(names, ["active days", "contract"]);
    // 0.5 × √(2/9 · 2/9) for independent columns.
    assert!((first.strength - 0.111).abs() < 0.04, "{first:?}");
    assert!(first.strength > 3.0 * pairs.pairs[1].strength);
    // What the columns add to single predictions, of customers that were held out.
    let Some(Figure::Beeswarm(swarm)) = report.figure("beeswarm") else {
        panic!()
    };
    let size = |name: &str| swarm.rows.iter().find(|r| r.column == name).unwrap().mean;
    assert!(size("contract").min(size("active days")) > 3.0 * size("region").max(size("price")));
    assert!(swarm.is_share && swarm.rows.iter().all(|r| r.points.len() == 300));
    let Some(Figure::Dependence(days)) = report.figure("dependence:active days") else {
        panic!()
    };
    assert_eq!(
        (days.kind, days.dots.len()),
        (EffectKind::Contribution, 300)
    );
    // Below ten days they raise the risk, above they lower it.
    assert!(days.dots.iter().all(|d| (d.0 < 10.0) == (d.1 > 0.0)));
    let (again, _) = trained(&table, "boosting", true);
    // As text, because the place of a value without an order (NaN) is not equal to itself.
    assert!(format!("{:?}", report.figures) == format!("{:?}", again.figures));
    let (without, _) = trained(&table, "boosting", false);
    assert!(without.figure("interactions").is_none() && without.figure("beeswarm").is_none());
}

#[test]
fn contributions_of_any_model_are_few_or_none() {
    let table = table(3000);
    let points = |learner: &str| {
        let (report, _) = trained(&table, learner, true);
        let Some(Figure::Beeswarm(swarm)) = report.figure("beeswarm") else {
            panic!("{learner}")
        };
        assert!(
            swarm.rows[0].mean > 0.05,
            "{learner}: {:?}",
            swarm.rows[0].mean
        );
        swarm.rows[0].points.len()
    };
    assert_eq!(points("logistic"), 300);
    // 600 rows, 4 columns and 5 shuffles are 12,000 predictions; a row compared with ten others over 8 columns of the matrix takes 320.
    assert_eq!(points("gaussian_nb"), 37);
}

#[test]
fn counterfactuals_reach_the_goal_with_what_the_data_hold() {
    let table = table(3000);
    for learner in ["boosting", "logistic"] {
        let (_, model) = trained(&table, learner, false);
        let mut quiet = Quiet;
        let mut run = Run::new(&mut quiet, 42);
        let scores = model.score(&table, &mut run).unwrap();
        let riskiest = (0..scores.len())
            .max_by(|a, b| scores[*a].total_cmp(&scores[*b]))
            .unwrap();
        let row = table.take(&[riskiest as u32]);
        let actionable = ["contract", "active days", "price"].map(str::to_owned);
        let goal = Goal {
            limit: 0.45,
            below: true,
        };
        let asked = counterfactual::Asked {
            actionable: &actionable,
            output: 1,
            goal,
            n_answers: 5,
        };
        let answer = counterfactual::counterfactuals(&model, &row, asked, &mut run).unwrap();
        assert!(!answer.is_met && (answer.prediction - scores[riskiest]).abs() < 1e-9);
        assert!(!answer.found.is_empty(), "{learner}");
        let n = |i: usize| answer.found[i].changes.len();
        assert_eq!(n(0), 1);
        assert!((1..answer.found.len()).all(|i| n(i) >= n(i - 1)));
        let ranges = Ranges::load(&model).unwrap();
        for it in &answer.found {
            assert!(it.prediction < 0.45 && it.size > 0.0);
            // Applied to the row, the change does what it says.
            let mut changed = row.clone();
            for change in &it.changes {
                let field = table.schema().field(&change.column).unwrap().clone();
                let column = match (&change.to, change.column.as_str()) {
                    (Cell::Text(to), _) => Column::Category(Coded::from_cells([Some(to.as_str())])),
                    (Cell::Number(v), "active days") => {
                        assert_eq!(v.fract(), 0.0);
                        Column::Int(Values::new(vec![*v as i64], None))
                    }
                    (Cell::Number(v), _) => Column::Float(Values::new(vec![*v], None)),
                    (Cell::Missing, _) => panic!("nothing is emptied"),
                };
                if let Cell::Number(v) = change.to {
                    let (low, high) = ranges.get(&change.column).unwrap().ends().unwrap();
                    assert!(low <= v && v <= high);
                }
                assert_ne!(change.from, change.to);
                changed = changed.with(vec![(field, column)]).unwrap();
            }
            let again = model.score(&changed, &mut run).unwrap()[0];
            assert!((again - it.prediction).abs() < 1e-9, "{again} {it:?}");
        }
        // The region says nothing: then it is said that nothing helps.
        let asked = counterfactual::Asked {
            actionable: &["region".to_owned()],
            ..asked
        };
        let answer = counterfactual::counterfactuals(&model, &row, asked, &mut run).unwrap();
        assert!(answer.found.is_empty());
        let asked = counterfactual::Asked {
            actionable: &["nobody".to_owned()],
            ..asked
        };
        let error = counterfactual::counterfactuals(&model, &row, asked, &mut run).unwrap_err();
        assert!(matches!(error, Error::MissingColumn { .. }));
    }
}

#[test]
fn each_of_several_classes_has_effects_of_its_own() {
    // Who takes which plan: few active days make for "free", many for "team", "none" has to do with the region alone.
    let table = table(2000);
    let days = table.column("active days").unwrap().numbers().unwrap();
    let Column::Category(region) = table.column("region").unwrap() else {
        panic!()
    };
    let plans: Vec<Option<&str>> = days
        .iter()
        .zip(&region.codes.iter().collect::<Vec<_>>())
        .enumerate()
        .map(|(i, (d, code))| {
            let is_none = *code == Some(0) && i % 3 != 0;
            Some(match *d {
                _ if is_none => "none",
                d if d < 12.0 => "free",
                _ => "team",
            })
        })
        .collect();
    let field = Field::new("plan", ColumnKind::Category);
    let table = table.filter_columns(|f| f.name != "left");
    let plans = Column::Category(Coded::from_cells(plans));
    let table = table.with(vec![(field, plans)]).unwrap();
    let mut roles = Roles::default();
    roles.set("plan", Some(Role::Target));
    let params = Params::default()
        .with("learners", vec![Value::Text("boosting".into())])
        .with("cv", 2_i64)
        .with("search", "random")
        .with("n_iter", 1_i64);
    let job = Job {
        table: &table,
        dataset: "made.csv",
        roles: &roles,
        params: &params,
        recipe: None,
    };
    let mut quiet = Quiet;
    let mut run = Run::new(&mut quiet, 42);
    let entry = analyses::entry("behaviour").unwrap();
    let report = block_on((entry.run)(&job, &mut run)).unwrap().report;
    let moves = |class: &str| {
        let key = format!("ale:{class}:active days");
        let Some(Figure::Dependence(it)) = report.figure(&key) else {
            panic!(
                "{:?}",
                report.figures.iter().map(|f| &f.0).collect::<Vec<_>>()
            )
        };
        assert_eq!(it.class.as_deref(), Some(class));
        it.mean.last().unwrap() - it.mean.first().unwrap()
    };
    assert!(moves("team") > 0.4 && moves("free") < -0.4);
    for class in ["none", "free", "team"] {
        let figure = |kind: &str| report.figure(&format!("{kind}:{class}")).unwrap();
        let Figure::Beeswarm(swarm) = figure("beeswarm") else {
            panic!()
        };
        let first = &swarm.rows[0];
        let strongest = if class == "none" {
            "region"
        } else {
            "active days"
        };
        assert_eq!(first.column, strongest, "{class}");
        assert!(matches!(figure("interactions"), Figure::Interactions(it) if !it.pairs.is_empty()));
        for (words, said) in [
            (&*EN, format!("For “{class}”, ")),
            (&*ZH, format!("“{class}”：")),
        ] {
            for kind in ["beeswarm", "interactions"] {
                assert!(
                    figure(kind).title(words).starts_with(&said),
                    "{class} {kind}"
                );
            }
        }
        let own = format!("ale:{class}:");
        assert_eq!(
            report
                .figures
                .iter()
                .filter(|f| f.0.starts_with(&own))
                .count(),
            3
        );
    }
}
