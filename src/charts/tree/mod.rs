//! A decision tree: its questions from the top down, as many as stand side by side, and the same as rules in words.
mod layout;
mod rules;

pub use rules::{Condition, Rule};

use super::measure::{fitting, shorten};
use super::sheet::Sheet;
use super::words::fill;
use super::{Anchor, Chart, Grid, Ink, NumberStyle, Scene, Size, Words};
use layout::{BOX_PX, LEVEL_PX, Layout, Place};
use serde::{Deserialize, Serialize};

/// What the values of a tree's nodes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum TreeValue {
    /// Share of rows of one class.
    Share,
    /// Share of rows of the node's commonest class, which its `label` names.
    Winner,
    /// Mean of a number.
    Mean,
}

/// Which rows answer a question with yes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum TreeTest {
    /// A number at or below the limit.
    AtMost(f64),
    /// A category that is one of these.
    OneOf(Vec<String>),
}

/// The question of an inner node.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TreeSplit {
    /// Column asked about.
    pub column: String,
    /// Which rows answer yes.
    pub test: TreeTest,
    /// Index of the node for yes; behind this node in the list.
    pub yes: u32,
    /// Index of the node for no; behind this node in the list.
    pub no: u32,
    /// Whether rows without a value go with yes; unknown where no row lacked one.
    pub missing: Option<bool>,
}

/// One node.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TreePictureNode {
    /// Rows that reach it.
    pub n_rows: u64,
    /// See [`TreePicture::value`].
    pub value: f64,
    /// The commonest class, for [`TreeValue::Winner`]; else empty.
    pub label: String,
    /// Its question; none for a leaf.
    pub split: Option<TreeSplit>,
}

/// A fitted tree.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TreePicture {
    /// The nodes, the root first, children behind their parents. A split whose children break this is drawn as a leaf.
    pub nodes: Vec<TreePictureNode>,
    /// What the nodes' values are.
    pub value: TreeValue,
    /// The class whose share, or the column whose mean is shown.
    pub value_label: String,
}

/// Who hangs below whom. No node has two parents, and parents come before their children.
struct Shape {
    /// Children of every node, yes first.
    children: Vec<Option<[usize; 2]>>,
    /// Parent of every node, and whether it is reached by yes.
    parents: Vec<Option<(usize, bool)>>,
}

impl TreePicture {
    fn shape(&self) -> Shape {
        let n = self.nodes.len();
        let mut parents = vec![None; n];
        let of = |(i, node): (usize, &TreePictureNode)| {
            let split = node.split.as_ref()?;
            let (yes, no) = (split.yes as usize, split.no as usize);
            let is_free = |c: usize| c > i && c < n && parents[c].is_none();
            if yes == no || !is_free(yes) || !is_free(no) {
                return None;
            }
            parents[yes] = Some((i, true));
            parents[no] = Some((i, false));
            Some([yes, no])
        };
        let children = self.nodes.iter().enumerate().map(of).collect();
        Shape { children, parents }
    }

    /// The tooltip of a node: its rule, and its question.
    fn spot(&self, node: usize, shape: &Shape, words: &Words) -> String {
        let rule = self.rule(node, shape).text(self, words);
        match (&self.nodes[node].split, shape.children[node]) {
            (Some(split), Some(_)) => {
                let question = rules::Condition::of(split).text(words);
                fill(words.tree_spot, &[("rule", &rule), ("question", &question)])
            }
            _ => rule,
        }
    }

    fn value_text(&self, value: f64, words: &Words) -> String {
        let style = match self.value {
            TreeValue::Mean => NumberStyle::Short,
            TreeValue::Share | TreeValue::Winner => NumberStyle::Percent,
        };
        (words.number)(value, style)
    }

    /// "71% of 312 rows".
    fn outcome(&self, label: &str, value: f64, n_rows: u64, words: &Words) -> String {
        let template = match self.value {
            TreeValue::Share => words.tree_share,
            TreeValue::Winner => words.tree_winner,
            TreeValue::Mean => words.tree_mean,
        };
        let values = [
            ("label", label),
            ("value", &self.value_text(value, words)),
            ("n", &(words.number)(n_rows as f64, NumberStyle::Count)),
        ];
        fill(template, &values)
    }

    fn note(&self, words: &Words) -> [String; 2] {
        let templates = match self.value {
            TreeValue::Share => [words.tree_note_share, words.tree_note_share_short],
            TreeValue::Winner => [words.tree_note_winner, words.tree_note_winner_short],
            TreeValue::Mean => [words.tree_note_mean, words.tree_note_mean_short],
        };
        templates.map(|t| fill(t, &[("label", &self.value_label)]))
    }

    /// Strength of a node's fill: from the lowest value of the tree to its highest.
    fn strength(&self, value: f64) -> f64 {
        let finite = self.nodes.iter().map(|n| n.value).filter(|v| v.is_finite());
        let (lo, hi) = finite.fold((f64::MAX, f64::MIN), |(lo, hi), v| (lo.min(v), hi.max(v)));
        let share = (value / 2.0 - lo / 2.0) / (hi / 2.0 - lo / 2.0);
        // Text must stay legible on the strongest, in both themes.
        if share.is_finite() {
            0.04 + 0.4 * share.clamp(0.0, 1.0)
        } else {
            0.04
        }
    }

    fn paint(&self, sheet: &mut Sheet, place: &Place, words: &Words) {
        let Some(node) = self.nodes.get(place.node) else {
            return;
        };
        let (left, right) = (place.x - place.width / 2.0, place.x + place.width / 2.0);
        let (top, bottom) = (place.top(), place.top() + BOX_PX);
        let bounds = (left, top, right, bottom);
        sheet.rect(bounds, 4.0, Ink::Accent, self.strength(node.value));
        sheet.outline(bounds, 2.0, Ink::Axis);
        let room = place.width - 12.0;
        let value = self.value_text(node.value, words);
        let compact = match self.value {
            TreeValue::Mean => words.compact(node.value),
            _ => value.clone(),
        };
        let count = (words.number)(node.n_rows as f64, NumberStyle::Count);
        let few = words.compact(node.n_rows as f64);
        let rows = fill(words.tree_rows, &[("n", &count)]);
        let both = fill(words.tree_value_rows, &[("value", &value), ("rows", &rows)]);
        let short = fill(
            words.tree_value_rows,
            &[("value", &compact), ("rows", &few)],
        );
        let mut lines: Vec<(String, bool)> = Vec::new();
        match &node.split {
            Some(split) if place.is_open => {
                lines.push((shorten(&split.column, room, true), true));
                lines.push((split.test.text(room, words), false));
                lines.push((fitting(&[&both, &short, &compact], room), false));
            }
            _ if node.label.is_empty() => {
                lines.push((fitting(&[&value, &compact], room / 1.08), true));
                lines.push((fitting(&[&rows, &count, &few], room), false));
            }
            _ => {
                lines.push((shorten(&node.label, room, true), true));
                lines.push((fitting(&[&both, &short, &compact], room), false));
            }
        }
        let first = (top + bottom) / 2.0 + 4.0 - 8.0 * (lines.len() as f64 - 1.0);
        for (i, (text, strong)) in lines.iter().enumerate() {
            let y = first + 16.0 * i as f64;
            sheet.text((place.x, y), text, Ink::Strong, Anchor::Middle, *strong);
        }
    }
}

impl TreeTest {
    /// "≤ 5.5", or as many categories as there is room for.
    fn text(&self, room: f64, words: &Words) -> String {
        match self {
            Self::AtMost(limit) => {
                let value = format!("≤ {}", (words.number)(*limit, NumberStyle::Short));
                let compact = format!("≤ {}", words.compact(*limit));
                fitting(&[&value, &compact], room)
            }
            Self::OneOf(names) => {
                let all = names.join(words.list_joint);
                let n = (words.number)(names.len() as f64, NumberStyle::Count);
                let some = fill(words.tree_n_values, &[("n", &n)]);
                match names.len() {
                    0 | 1 => shorten(&format!("= {all}"), room, false),
                    _ => fitting(&[&all, &some], room),
                }
            }
        }
    }
}

impl Chart for TreePicture {
    fn draw(&self, size: Size, words: &Words) -> Scene {
        let mut sheet = Sheet::new(size);
        let rules = self.rules();
        let Some(root) = self.nodes.first() else {
            return sheet.empty(words);
        };
        let shape = self.shape();
        let layout = Layout::new(&shape.children, &self.nodes, sheet.width);
        for place in &layout.places {
            let Some((parent, is_yes)) = place.parent else {
                continue;
            };
            let above = &layout.places[parent];
            let share = self.nodes[place.node].n_rows as f64 / (root.n_rows.max(1)) as f64;
            let pen = 1.0 + 2.5 * share.clamp(0.0, 1.0);
            let turn = above.top() + BOX_PX + 14.0;
            let line = [
                (above.x, above.top() + BOX_PX),
                (above.x, turn),
                (place.x, turn),
                (place.x, place.top()),
            ];
            sheet.line(&line, Ink::Axis, pen, false);
            let y = place.top() - 6.0;
            let (x, word, anchor) = if is_yes {
                (place.x - 6.0, words.yes, Anchor::End)
            } else {
                (place.x + 6.0, words.no, Anchor::Start)
            };
            sheet.text((x, y), word, Ink::Muted, anchor, false);
        }
        for place in &layout.places {
            self.paint(&mut sheet, place, words);
            let middle = (place.x, place.top() + BOX_PX / 2.0);
            sheet.spot(middle, self.spot(place.node, &shape, words));
            if place.n_hidden > 0 {
                let y = place.top() + BOX_PX;
                let n = (words.number)(place.n_hidden as f64, NumberStyle::Count);
                let n = [("n", n.as_str())];
                let stem = [(place.x, y + 1.0), (place.x, y + 12.0)];
                sheet.line(&stem, Ink::Axis, 1.0, true);
                let at = (place.x, y + 24.0);
                sheet.text(
                    at,
                    &fill(words.n_more, &n),
                    Ink::Muted,
                    Anchor::Middle,
                    false,
                );
                sheet.spot(at, fill(words.tree_more_spot, &n));
            }
        }
        let note = self.note(words);
        let note = fitting(&[&note[0], &note[1]], sheet.width - 4.0);
        let y = sheet.height - 4.0;
        sheet.text((1.0, y), &note, Ink::Muted, Anchor::Start, false);
        let best = rules
            .first()
            .map(|r| r.text(self, words))
            .unwrap_or_default();
        let n_leaves = (words.number)(rules.len() as f64, NumberStyle::Count);
        let values = [
            ("column", self.first_column()),
            ("n", n_leaves.as_str()),
            ("rule", &best),
        ];
        let template = if rules.len() < 2 {
            words.tree_summary_leaf
        } else {
            words.tree_summary
        };
        sheet.finish(fill(template, &values))
    }

    fn title(&self, words: &Words) -> String {
        match self.first_column() {
            "" => words.tree_title_leaf.to_owned(),
            column => fill(words.tree_title, &[("column", column)]),
        }
    }

    /// The rules, the highest value first.
    fn grid(&self, words: &Words) -> Grid {
        let value = if self.value == TreeValue::Winner {
            words.share_head
        } else {
            &self.value_label
        };
        let rows = self.rules().into_iter().map(|rule| {
            vec![
                rule.text(self, words),
                self.value_text(rule.value, words),
                (words.number)(rule.n_rows as f64, NumberStyle::Count),
            ]
        });
        Grid::new(&[words.rule_head, value, words.rows], rows.collect())
    }

    fn height_px(&self, width_px: f64) -> f64 {
        let layout = Layout::new(&self.shape().children, &self.nodes, width_px);
        let deepest =
            |p: &Place| p.depth as f64 * LEVEL_PX + if p.n_hidden > 0 { 28.0 } else { 0.0 };
        layout.places.iter().map(deepest).fold(0.0, f64::max) + BOX_PX + 30.0
    }
}

impl TreePicture {
    fn first_column(&self) -> &str {
        let split = self.nodes.first().and_then(|n| n.split.as_ref());
        split.map_or("", |s| &s.column)
    }
}
