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
            test: if i % 2 == 0 {
                TreeTest::AtMost(1e9 / (i + 1) as f64)
            } else {
                TreeTest::OneOf(groups[..=i % 3].iter().map(|g| (*g).to_owned()).collect())
            },
            yes: 2 * i as u32 + 1,
            no: 2 * i as u32 + 2,
            missing: Some(i % 3 == 0),
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

/// One figure of each kind.
pub fn plain() -> Vec<Figure> {
    vec![tree().into()]
}

/// Long names, extreme values, many rows.
pub fn long() -> Vec<Figure> {
    vec![
        deep_tree(6, TreeValue::Share).into(),
        deep_tree(5, TreeValue::Winner).into(),
        deep_tree(4, TreeValue::Mean).into(),
        chain_tree().into(),
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
    ]
}
