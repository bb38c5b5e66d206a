//! Figures of models and searches over plain and odd data, for the tests of figures.
use kept::charts::*;

fn leaf(n_rows: u64, value: f64, label: &str) -> TreePictureNode {
    TreePictureNode {
        n_rows,
        value,
        label: label.to_owned(),
        split: None,
    }
}

fn at_most(column: &str, limit: f64) -> (String, TreeTest) {
    (column.to_owned(), TreeTest::AtMost(limit))
}

fn one_of(column: &str, names: &[&str]) -> (String, TreeTest) {
    let names = names.iter().map(|n| (*n).to_owned()).collect();
    (column.to_owned(), TreeTest::OneOf(names))
}

/// Hangs two leaves below a leaf.
fn grow(
    nodes: &mut Vec<TreePictureNode>,
    at: usize,
    (column, test): (String, TreeTest),
    yes: (u64, f64),
    no: (u64, f64),
) {
    let n = nodes.len() as u32;
    nodes[at].split = Some(TreeSplit {
        column,
        test,
        yes: n,
        no: n + 1,
        missing: None,
    });
    nodes.push(leaf(yes.0, yes.1, ""));
    nodes.push(leaf(no.0, no.1, ""));
}

/// A tree of churn, four levels.
pub fn tree() -> TreePicture {
    let mut nodes = vec![leaf(5634, 0.265, "")];
    let contract = || one_of("Contract", &["Month-to-month"]);
    grow(&mut nodes, 0, contract(), (3104, 0.427), (2530, 0.067));
    let net = || one_of("InternetService", &["Fiber optic"]);
    grow(&mut nodes, 1, net(), (1701, 0.546), (1403, 0.283));
    let years = || one_of("Contract", &["One year"]);
    grow(&mut nodes, 2, years(), (1190, 0.111), (1340, 0.028));
    grow(
        &mut nodes,
        3,
        at_most("tenure", 15.5),
        (878, 0.697),
        (823, 0.385),
    );
    grow(
        &mut nodes,
        4,
        at_most("tenure", 5.5),
        (640, 0.406),
        (763, 0.18),
    );
    let charges = at_most("MonthlyCharges", 68.425);
    grow(&mut nodes, 5, charges, (671, 0.055), (519, 0.183));
    let pay = || {
        one_of(
            "PaymentMethod",
            &["Electronic check", "Mailed check", "Credit card"],
        )
    };
    grow(&mut nodes, 7, pay(), (660, 0.741), (218, 0.564));
    TreePicture {
        nodes,
        value: TreeValue::Share,
        value_label: "Yes".to_owned(),
    }
}

/// A full tree of `depth` levels over long names.
fn deep_tree(depth: u32, value: TreeValue) -> TreePicture {
    let n_inner = (1_usize << depth) - 1;
    let names = [
        "number_of_support_tickets_last_90_days",
        "客户最近一次购买距今天数",
        "x",
    ];
    let groups = ["an unusually long category name", "第二类客户", "c"];
    let node = |i: usize| TreePictureNode {
        n_rows: 9_000_000 >> (i + 1).ilog2(),
        value: if value == TreeValue::Mean {
            -1.5e7 * (i as f64).sin()
        } else {
            0.5 + 0.5 * (i as f64).sin()
        },
        label: match value {
            TreeValue::Winner => groups[i % 3].to_owned(),
            _ => String::new(),
        },
        split: (i < n_inner).then(|| TreeSplit {
            column: names[i % 3].to_owned(),
            test: if i.is_multiple_of(2) {
                TreeTest::AtMost(1e9 / (i + 1) as f64)
            } else {
                TreeTest::OneOf(groups[..=i % 3].iter().map(|g| (*g).to_owned()).collect())
            },
            yes: 2 * i as u32 + 1,
            no: 2 * i as u32 + 2,
            missing: Some(i.is_multiple_of(3)),
        }),
    };
    TreePicture {
        nodes: (0..2 * n_inner + 1).map(node).collect(),
        value,
        value_label: "a_target_column_with_a_remarkably_long_name 目标列".to_owned(),
    }
}

/// A tree that asks once more on one side only, again and again.
fn chain_tree() -> TreePicture {
    let mut nodes = vec![leaf(100, 0.5, "")];
    for i in 0..12 {
        let at = nodes.len() - 1;
        let test = at_most("tenure", 60.0 - 4.0 * f64::from(i));
        grow(&mut nodes, at, test, (5, 0.1), (95 - 5 * i as u64, 0.9));
    }
    TreePicture {
        nodes,
        value: TreeValue::Share,
        value_label: "1".to_owned(),
    }
}

/// Means that run from `from` to `to`, fast at first, over `n` points.
fn curve(n: usize, from: f64, to: f64, sd: f64) -> ScoreSeries {
    let share = |i: usize| 1.0 - (-3.0 * i as f64 / n.max(2) as f64).exp();
    let bend = |i: usize| 0.15 * (to - from) * (i as f64 * 2.3).sin() / (i + 1) as f64;
    ScoreSeries {
        mean: (0..n)
            .map(|i| from + (to - from) * share(i) + bend(i))
            .collect(),
        sd: (0..n).map(|i| sd / (1.0 + i as f64 / 4.0)).collect(),
    }
}

fn learning(n: usize, unit: f64) -> LearningCurve {
    LearningCurve {
        scoring: if unit == 1.0 { "roc_auc" } else { "rmse" }.to_owned(),
        train_sizes: (1..=n as u64).map(|i| i * 450).collect(),
        train: curve(n, 0.97 * unit, 0.87 * unit, 0.012 * unit),
        validation: curve(n, 0.79 * unit, 0.845 * unit, 0.02 * unit),
    }
}

fn validation(values: ParamValues, n: usize, chosen: Option<u32>) -> ValidationCurve {
    let mut validation = curve(n, 0.78, 0.845, 0.02);
    for (i, mean) in validation.mean.iter_mut().enumerate() {
        *mean -= 0.001 * (i * i) as f64 / n as f64;
    }
    ValidationCurve {
        scoring: "roc_auc".to_owned(),
        param: "learning_rate".to_owned(),
        values,
        train: curve(n, 0.8, 0.93, 0.01),
        validation,
        chosen,
    }
}

fn loss(n: usize, scale: f64, is_running: bool) -> LossCurve {
    let at = |i: usize, floor: f64, rise: f64| {
        let i = i as f64;
        scale * (floor + (0.69 - floor) * (-i / 12.0).exp() + rise * i)
    };
    let best = (0..n).min_by(|a, b| at(*a, 0.4, 0.0006).total_cmp(&at(*b, 0.4, 0.0006)));
    LossCurve {
        scoring: "log_loss".to_owned(),
        step: if n.is_multiple_of(2) {
            LossStep::Round
        } else {
            LossStep::Epoch
        },
        train: (0..n).map(|i| at(i, 0.32, 0.0)).collect(),
        validation: (0..n).map(|i| at(i, 0.4, 0.0006)).collect(),
        best: best.map(|i| i as u32),
        is_running,
    }
}

fn path(names: &[String], n: usize, unit: f64, chosen: Option<u32>) -> CoefficientPath {
    let entry = |c: usize| 3 + (c * 5) % n.max(4);
    let coef = |c: usize, i: usize| {
        let size = unit * (1.0 + c as f64 * 0.7).sin();
        if i < entry(c) {
            0.0
        } else {
            size * (1.0 - (-0.08 * (i - entry(c)) as f64).exp())
        }
    };
    CoefficientPath {
        columns: names.to_vec(),
        alphas: (0..n).map(|i| 0.5 * 0.93_f64.powi(i as i32)).collect(),
        coefs: (0..names.len())
            .map(|c| (0..n).map(|i| coef(c, i)).collect())
            .collect(),
        chosen,
    }
}

fn columns(n: usize, is_long: bool) -> Vec<String> {
    let names = [
        "Contract_Two year",
        "tenure",
        "MonthlyCharges",
        "客户年龄",
        "TotalCharges",
        "Partner_Yes",
    ];
    let name = |i: usize| match (is_long, i < names.len()) {
        (true, _) => format!("{}_number_of_support_tickets_{i}", names[i % 6]),
        (false, true) => names[i].to_owned(),
        (false, false) => format!("{}_{i}", names[i % 6]),
    };
    (0..n).map(name).collect()
}

fn steps(n: usize) -> Vec<f64> {
    (0..n).map(|i| 10f64.powf(-3.0 + i as f64 * 0.5)).collect()
}

fn coefficients(names: &[String], unit: f64, is_odds_ratio: bool) -> Coefficients {
    let row = |(i, name): (usize, &String)| {
        let log = 1.2 * (1.0 + i as f64 * 1.7).sin() / (1.0 + i as f64 / 6.0);
        let wide = if i % 9 == 4 {
            3.0
        } else {
            0.12 + 0.03 * (i % 5) as f64
        };
        let of = |v: f64| {
            if is_odds_ratio {
                (v * unit).exp()
            } else {
                v * unit
            }
        };
        CoefficientRow {
            name: name.clone(),
            level: None,
            reference: None,
            estimate: of(log),
            low: of(log - wide),
            high: of(log + wide),
        }
    };
    Coefficients {
        rows: names.iter().enumerate().map(row).collect(),
        is_odds_ratio,
    }
}

fn search(n: usize, learners: &[&str], rungs: &[u64]) -> Search {
    let candidate = |i: usize| {
        let mean = 0.846 - 0.004 * ((i * 7) % n) as f64 / n as f64 * 9.0;
        SearchCandidate {
            learner: learners[i % learners.len()].to_owned(),
            params: vec![
                ("max_depth".to_owned(), (3 + i % 5).to_string()),
                ("learning_rate".to_owned(), format!("0.{:02}", 1 + i % 30)),
            ],
            mean,
            low: mean - 0.012,
            high: mean + 0.012,
            rung: if rungs.is_empty() {
                0
            } else {
                (2 - (i * 7) % n * 3 / n) as u32
            },
        }
    };
    Search {
        scoring: "roc_auc".to_owned(),
        greater_is_better: true,
        candidates: (0..n).map(candidate).collect(),
        rungs: rungs.to_vec(),
    }
}

const LEARNERS: [&str; 3] = ["gradient_boosting", "logistic_regression", "decision_tree"];

/// One figure of each kind.
pub fn plain() -> Vec<Figure> {
    vec![
        tree().into(),
        coefficients(&columns(10, false), 1.0, true).into(),
        learning(10, 1.0).into(),
        validation(ParamValues::Log(steps(7)), 7, Some(4)).into(),
        loss(60, 1.0, false).into(),
        path(&columns(9, false), 60, 1.0, Some(34)).into(),
        search(12, &LEARNERS, &[]).into(),
    ]
}

/// Long names, extreme values, many rows.
pub fn long() -> Vec<Figure> {
    let kernels = [
        "linear",
        "rbf",
        "a_kernel_with_a_very_long_name",
        "多项式核函数",
        "sigmoid",
    ];
    let kernels = kernels.map(str::to_owned);
    vec![
        deep_tree(6, TreeValue::Share).into(),
        deep_tree(5, TreeValue::Winner).into(),
        deep_tree(4, TreeValue::Mean).into(),
        chain_tree().into(),
        learning(40, 1e7).into(),
        learning(2, 1e-7).into(),
        validation(ParamValues::Names(kernels.into()), 5, Some(1)).into(),
        validation(ParamValues::Names(columns(60, true)), 60, Some(59)).into(),
        validation(
            ParamValues::Linear((1..=12).map(f64::from).collect()),
            12,
            None,
        )
        .into(),
        validation(ParamValues::Linear(vec![-1e300, 0.0, 1e300]), 3, Some(0)).into(),
        loss(2000, 1e6, false).into(),
        loss(2, 1.0, true).into(),
        loss(23, 1.0, true).into(),
        LossCurve {
            train: (0..80)
                .map(|i| 4000.0 * (-0.2 * f64::from(i)).exp() + 1.0)
                .collect(),
            validation: vec![],
            ..loss(80, 1.0, false)
        }
        .into(),
        path(&columns(60, true), 100, 1e7, None).into(),
        path(&columns(3, true), 30, 1e-9, Some(29)).into(),
        coefficients(&columns(60, true), 1.0, false).into(),
        coefficients(&columns(7, true), 300.0, true).into(),
        coefficients(&columns(5, false), 1e9, false).into(),
        search(18, &LEARNERS, &[500, 1500, 4500]).into(),
        search(
            60,
            &[
                "a_learner_with_a_remarkably_long_name",
                "决策树（深度为十）",
            ],
            &[],
        )
        .into(),
        search(9, &LEARNERS[..1], &[]).into(),
    ]
}

/// Nothing, one row, no numbers, broken references.
pub fn odd() -> Vec<Figure> {
    let nan = f64::NAN;
    let of = |nodes: Vec<TreePictureNode>| TreePicture {
        nodes,
        value: TreeValue::Mean,
        value_label: String::new(),
    };
    let broken = |yes, no| {
        let mut nodes = vec![
            leaf(1, nan, ""),
            leaf(0, f64::INFINITY, ""),
            leaf(2, 1.0, ""),
        ];
        for node in &mut nodes {
            node.split = Some(TreeSplit {
                column: String::new(),
                test: TreeTest::OneOf(vec![]),
                yes,
                no,
                missing: None,
            });
        }
        of(nodes)
    };
    vec![
        of(vec![]).into(),
        of(vec![leaf(1, 3.0, "")]).into(),
        broken(0, 1).into(),
        broken(1, 2).into(),
        broken(1, 1).into(),
        broken(7, u32::MAX).into(),
        learning(0, 1.0).into(),
        learning(1, 1.0).into(),
        LearningCurve {
            train: ScoreSeries::default(),
            validation: ScoreSeries {
                mean: vec![nan, 0.5, f64::INFINITY, 0.5],
                sd: vec![nan],
            },
            ..learning(3, 1.0)
        }
        .into(),
        validation(ParamValues::Log(vec![0.0, -1.0, nan]), 3, Some(7)).into(),
        validation(ParamValues::Log(vec![0.1]), 1, Some(0)).into(),
        validation(ParamValues::Names(vec![String::new()]), 1, Some(0)).into(),
        validation(ParamValues::Linear(vec![]), 0, None).into(),
        loss(0, 1.0, true).into(),
        loss(1, 1.0, true).into(),
        loss(3, nan, false).into(),
        LossCurve {
            train: vec![0.7, nan, 1e300, -1e300],
            validation: vec![nan, nan],
            best: Some(1),
            ..loss(2, 1.0, false)
        }
        .into(),
        coefficients(&[], 1.0, true).into(),
        coefficients(&columns(1, false), 0.0, false).into(),
        Coefficients {
            rows: [
                (nan, 0.0, 1.0),
                (0.0, 0.0, 1.0),
                (2.0, 0.0, f64::INFINITY),
                (3.0, nan, 4.0),
            ]
            .map(|(estimate, low, high)| CoefficientRow {
                name: "x".to_owned(),
                level: Some(String::new()),
                reference: None,
                estimate,
                low,
                high,
            })
            .into(),
            is_odds_ratio: true,
        }
        .into(),
        Coefficients {
            rows: vec![CoefficientRow {
                name: String::new(),
                level: Some("a".repeat(300)),
                reference: Some("b".repeat(300)),
                estimate: 1e300,
                low: -f64::MAX,
                high: f64::MAX,
            }],
            is_odds_ratio: false,
        }
        .into(),
        search(1, &["x"], &[10]).into(),
        Search {
            greater_is_better: false,
            candidates: vec![
                SearchCandidate {
                    learner: String::new(),
                    params: vec![],
                    mean: nan,
                    low: nan,
                    high: nan,
                    rung: 9,
                },
                SearchCandidate {
                    learner: "b".to_owned(),
                    params: vec![],
                    mean: 1e12,
                    low: f64::NEG_INFINITY,
                    high: nan,
                    rung: 9,
                },
            ],
            ..search(1, &["x"], &[10])
        }
        .into(),
        Search {
            candidates: vec![],
            ..search(1, &["x"], &[])
        }
        .into(),
        path(&[], 10, 1.0, None).into(),
        path(&columns(2, false), 0, 1.0, Some(0)).into(),
        path(&columns(2, false), 1, 0.0, Some(0)).into(),
        path(&columns(2, false), 9, nan, Some(0)).into(),
        CoefficientPath {
            alphas: vec![0.0, nan, -1.0],
            coefs: vec![vec![1.0], vec![]],
            ..path(&columns(2, false), 1, 1.0, Some(0))
        }
        .into(),
    ]
}
