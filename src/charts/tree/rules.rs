//! A tree as rules: one per leaf, the questions on the way to it merged per column.
use super::{Shape, TreePicture, TreeSplit, TreeTest};
use crate::base::order;
use crate::charts::words::fill;
use crate::charts::{NumberStyle, Words};

/// What a rule asks of one column.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    /// The column.
    pub column: String,
    /// Values are greater than this.
    pub above: Option<f64>,
    /// Values are at most this.
    pub at_most: Option<f64>,
    /// Categories are one of these.
    pub one_of: Option<Vec<String>>,
    /// Categories are none of these.
    pub none_of: Vec<String>,
    /// Whether rows without a value are meant too, where the tree says so.
    pub missing: Option<bool>,
}

/// The way to one leaf.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// All hold; empty for a tree without questions.
    pub conditions: Vec<Condition>,
    /// Rows that follow it.
    pub n_rows: u64,
    /// Their share or mean.
    pub value: f64,
    /// Their commonest class, where the tree tells it.
    pub label: String,
    /// Index of the node.
    pub node: usize,
}

impl Condition {
    fn about(column: &str) -> Self {
        Self {
            column: column.to_owned(),
            above: None,
            at_most: None,
            one_of: None,
            none_of: Vec::new(),
            missing: None,
        }
    }

    /// What yes means.
    pub(super) fn of(split: &TreeSplit) -> Self {
        let mut it = Self::about(&split.column);
        it.narrow(split, true);
        it
    }

    fn narrow(&mut self, split: &TreeSplit, is_yes: bool) {
        match (&split.test, is_yes) {
            (TreeTest::AtMost(limit), true) => {
                self.at_most = Some(self.at_most.map_or(*limit, |v| v.min(*limit)));
            }
            (TreeTest::AtMost(limit), false) => {
                self.above = Some(self.above.map_or(*limit, |v| v.max(*limit)));
            }
            (TreeTest::OneOf(names), true) => match &mut self.one_of {
                Some(kept) => kept.retain(|name| names.contains(name)),
                None => self.one_of = Some(names.clone()),
            },
            (TreeTest::OneOf(names), false) => self.none_of.extend(names.iter().cloned()),
        }
        if let Some(kept) = &mut self.one_of {
            kept.retain(|name| !self.none_of.contains(name));
        }
        if let Some(goes_yes) = split.missing {
            self.missing = Some(self.missing.unwrap_or(true) && goes_yes == is_yes);
        }
    }

    /// "tenure ≤ 5.5".
    pub fn text(&self, words: &Words) -> String {
        let number = |v: f64| (words.number)(v, NumberStyle::Short);
        let low = self.above.map(number).unwrap_or_default();
        let high = self.at_most.map(number).unwrap_or_default();
        let names = self.one_of.as_ref().unwrap_or(&self.none_of);
        let template = match (self.above, self.at_most, &self.one_of, names.len()) {
            (Some(_), Some(_), ..) => words.tree_between,
            (Some(_), None, ..) => words.tree_above,
            (None, Some(_), ..) => words.tree_at_most,
            (.., Some(_), 1) => words.tree_is,
            (.., Some(_), _) => words.tree_one_of,
            (.., None, 1) => words.tree_is_not,
            (.., None, _) => words.tree_none_of,
        };
        let names = names.join(words.list_joint);
        let values = [
            ("column", self.column.as_str()),
            ("low", &low),
            ("high", &high),
            ("values", &names),
        ];
        let text = fill(template, &values);
        if self.missing == Some(true) {
            fill(words.tree_or_missing, &[("condition", &text)])
        } else {
            text
        }
    }
}

impl Rule {
    /// The conditions alone.
    pub fn conditions_text(&self, words: &Words) -> String {
        let texts: Vec<String> = self.conditions.iter().map(|c| c.text(words)).collect();
        if texts.is_empty() {
            words.tree_all.to_owned()
        } else {
            texts.join(words.tree_and)
        }
    }

    /// "contract is month-to-month and tenure ≤ 5.5 → 71% of 312 rows".
    pub fn text(&self, tree: &TreePicture, words: &Words) -> String {
        let outcome = tree.outcome(&self.label, self.value, self.n_rows, words);
        let values = [
            ("conditions", self.conditions_text(words)),
            ("outcome", outcome),
        ];
        fill(
            words.tree_rule,
            &values.each_ref().map(|(k, v)| (*k, v.as_str())),
        )
    }
}

impl TreePicture {
    /// One rule per leaf, the highest value first; among equals the one with more rows.
    pub fn rules(&self) -> Vec<Rule> {
        let shape = self.shape();
        let mut leaves: Vec<usize> = (0..self.nodes.len())
            .filter(|i| shape.children[*i].is_none())
            // A node that hangs nowhere belongs to no rule.
            .filter(|i| *i == 0 || shape.parents[*i].is_some())
            .collect();
        let value = |i: usize| {
            let v = self.nodes[i].value;
            if v.is_nan() { f64::NEG_INFINITY } else { v }
        };
        order::sort(&mut leaves, &mut |a, b| {
            let by_value = value(b).total_cmp(&value(a));
            by_value.then(self.nodes[b].n_rows.cmp(&self.nodes[a].n_rows))
        });
        leaves.into_iter().map(|i| self.rule(i, &shape)).collect()
    }

    /// The way to any node.
    pub(super) fn rule(&self, node: usize, shape: &Shape) -> Rule {
        let mut way = Vec::new();
        let mut below = node;
        while let Some((parent, is_yes)) = shape.parents[below] {
            way.extend(self.nodes[parent].split.as_ref().map(|s| (s, is_yes)));
            below = parent;
        }
        let mut conditions: Vec<Condition> = Vec::new();
        for (split, is_yes) in way.into_iter().rev() {
            let known = conditions.iter().position(|c| c.column == split.column);
            let i = known.unwrap_or_else(|| {
                conditions.push(Condition::about(&split.column));
                conditions.len() - 1
            });
            conditions[i].narrow(split, is_yes);
        }
        let it = &self.nodes[node];
        Rule {
            conditions,
            n_rows: it.n_rows,
            value: it.value,
            label: it.label.clone(),
            node,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{TreePictureNode, TreeValue};
    use super::*;
    use crate::charts::{Chart, EN, Size, ZH};

    fn node(
        n_rows: u64,
        value: f64,
        split: Option<(&str, TreeTest, u32, bool)>,
    ) -> TreePictureNode {
        TreePictureNode {
            n_rows,
            value,
            label: String::new(),
            split: split.map(|(column, test, yes, goes_yes)| TreeSplit {
                column: column.to_owned(),
                test,
                yes,
                no: yes + 1,
                missing: Some(goes_yes),
            }),
        }
    }

    fn names(list: &[&str]) -> TreeTest {
        TreeTest::OneOf(list.iter().map(|n| (*n).to_owned()).collect())
    }

    /// Asks about the contract, the tenure twice, and the contract again.
    fn tree() -> TreePicture {
        TreePicture {
            nodes: vec![
                node(
                    100,
                    0.3,
                    Some(("contract", names(&["monthly", "yearly"]), 1, true)),
                ),
                node(60, 0.5, Some(("tenure", TreeTest::AtMost(12.0), 3, true))),
                node(40, 0.1, None),
                node(30, 0.8, Some(("tenure", TreeTest::AtMost(5.5), 5, false))),
                node(30, 0.2, None),
                node(10, 0.9, Some(("contract", names(&["yearly"]), 7, false))),
                node(20, 0.75, None),
                node(4, 0.95, None),
                node(6, 0.85, None),
            ],
            value: TreeValue::Share,
            value_label: "Yes".to_owned(),
        }
    }

    #[test]
    fn questions_on_the_way_are_merged_per_column() {
        let tree = tree();
        let texts: Vec<String> = tree.rules().iter().map(|r| r.text(&tree, &EN)).collect();
        assert_eq!(
            texts,
            [
                "contract is yearly and tenure ≤ 5.5 → 95% of 4 rows",
                "(contract is monthly or missing) and tenure ≤ 5.5 → 85% of 6 rows",
                "(contract is one of monthly, yearly or missing) and (5.5 < tenure ≤ 12 or missing) → 75% of 20 rows",
                "(contract is one of monthly, yearly or missing) and tenure > 12 → 20% of 30 rows",
                "contract is none of monthly, yearly → 10% of 40 rows",
            ]
        );
        assert_eq!(
            tree.grid(&EN).rows[0][0],
            "contract is yearly and tenure ≤ 5.5 → 95% of 4 rows"
        );
        assert!(
            tree.rules()[0]
                .text(&tree, &ZH)
                .contains("contract为yearly 且 tenure ≤ 5.5")
        );
    }

    #[test]
    fn every_row_follows_one_rule_and_every_node_is_drawn_or_counted() {
        let tree = tree();
        assert_eq!(tree.rules().iter().map(|r| r.n_rows).sum::<u64>(), 100);
        for width_px in [150.0, 240.0, 320.0, 640.0] {
            let height_px = tree.height_px(width_px);
            let size = Size {
                width_px,
                height_px,
            };
            let scene = tree.draw(size, &EN);
            let hidden = |text: &str| {
                text.split(" more nodes")
                    .next()
                    .unwrap_or("")
                    .parse::<usize>()
            };
            let (more, drawn): (Vec<_>, Vec<_>) = scene
                .spots
                .iter()
                .partition(|s| s.text.contains("more nodes"));
            let n_hidden: usize = more.iter().map(|s| hidden(&s.text).unwrap()).sum();
            assert_eq!(drawn.len() + n_hidden, tree.nodes.len(), "{width_px}");
        }
    }
}
