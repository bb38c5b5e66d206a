//! Coefficients or odds ratios of a linear model, with their intervals.
use super::measure::width_px;
use super::row_dots::{self, Dots, RowDot};
use super::rows;
use super::scale::Kind;
use super::sheet::Sheet;
use super::words::fill;
use super::{Chart, Grid, Ink, NumberStyle, Scene, Size, Words};
use crate::base::order;
use serde::{Deserialize, Serialize};

/// One coefficient or odds ratio.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CoefficientRow {
    /// What it belongs to: a column, with the step it counts for where that is not 1.
    pub name: String,
    /// The category of the column, where it has some.
    pub level: Option<String>,
    /// The category it is compared with; the rest of them where none is named.
    pub reference: Option<String>,
    /// The estimate; greater than 0 for an odds ratio.
    pub estimate: f64,
    /// Lower end of its 95 % interval; not a number where none is known.
    pub low: f64,
    /// Upper end of its 95 % interval; not a number where none is known.
    pub high: f64,
}

impl CoefficientRow {
    /// Its name in words, from wide to narrow; the narrowest does not say what a category is compared with.
    fn labels(&self, words: &Words) -> [String; 3] {
        let Some(level) = &self.level else {
            return [(); 3].map(|()| self.name.clone());
        };
        let narrow = words.coefficients_level_narrow;
        let templates = match &self.reference {
            Some(_) => [
                words.coefficients_level,
                words.coefficients_level_short,
                narrow,
            ],
            None => [words.coefficients_level_rest, narrow, narrow],
        };
        let values = [
            ("name", self.name.as_str()),
            ("level", level),
            ("reference", self.reference.as_deref().unwrap_or_default()),
        ];
        templates.map(|t| fill(t, &values))
    }

    fn label(&self, words: &Words) -> String {
        let [label, ..] = self.labels(words);
        label
    }
}

/// Coefficients, in any order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Coefficients {
    /// The coefficients.
    pub rows: Vec<CoefficientRow>,
    /// The numbers are odds ratios: 1 is no effect, and 2 is as strong as one half.
    pub is_odds_ratio: bool,
}

impl Coefficients {
    /// A number on the axis.
    fn place(&self, v: f64) -> f64 {
        match self.is_odds_ratio {
            true if v <= 0.0 => f64::NEG_INFINITY,
            true => v.log10(),
            false => v,
        }
    }

    /// Rows that can be drawn, the strongest first.
    fn sorted(&self) -> Vec<&CoefficientRow> {
        let size = |r: &CoefficientRow| self.place(r.estimate).abs();
        let rows: Vec<_> = self.rows.iter().filter(|r| size(r).is_finite()).collect();
        let strongest = order::sorted(rows.len(), &mut |a, b| {
            size(rows[b]).total_cmp(&size(rows[a]))
        });
        strongest.into_iter().map(|i| rows[i]).collect()
    }

    fn is_clear(&self, r: &CoefficientRow) -> bool {
        let none = if self.is_odds_ratio { 1.0 } else { 0.0 };
        r.low > none || r.high < none
    }

    fn kind<'a>(&self, words: &'a Words) -> &'a str {
        if self.is_odds_ratio {
            words.odds_name
        } else {
            words.coef_name
        }
    }

    fn describe(&self, template: &str, r: &CoefficientRow, words: &Words) -> String {
        let number = |v: f64| (words.number)(v, NumberStyle::Short);
        let count = |n: usize| (words.number)(n as f64, NumberStyle::Count);
        let n_clear = self.rows.iter().filter(|r| self.is_clear(r)).count();
        let values = [
            ("name", r.label(words)),
            ("kind", self.kind(words).to_owned()),
            ("value", number(r.estimate)),
            ("low", number(r.low)),
            ("high", number(r.high)),
            ("clear", count(n_clear)),
            ("n", count(self.rows.len())),
            ("none", count(usize::from(self.is_odds_ratio))),
        ];
        fill(template, &values.each_ref().map(|(k, v)| (*k, v.as_str())))
    }
}

impl Chart for Coefficients {
    fn draw(&self, size: Size, words: &Words) -> Scene {
        let mut sheet = Sheet::new(size);
        let sorted = self.sorted();
        let Some(first) = sorted.first() else {
            return sheet.empty(words);
        };
        let row = |r: &&CoefficientRow| {
            let has_interval = !r.low.is_nan() && !r.high.is_nan();
            let number = (words.number)(r.estimate, NumberStyle::Short);
            let long = if has_interval {
                self.describe(words.value_interval, r, words)
            } else {
                number.clone()
            };
            let spot = if has_interval {
                words.coefficients_spot
            } else {
                words.coefficients_spot_plain
            };
            let [wide, short, narrow] = r.labels(words);
            let fits = |label: &String| width_px(label, false) <= rows::label_px(size.width_px);
            // The tooltip and the table have it whole.
            let label = [wide, short].into_iter().find(fits).unwrap_or(narrow);
            RowDot {
                label,
                strong: false,
                value: Some([r.estimate, r.low, r.high].map(|v| self.place(v))),
                ink: if self.is_clear(r) {
                    Ink::Series(1)
                } else {
                    Ink::Muted
                },
                texts: [long, number],
                spot: self.describe(spot, r, words),
            }
        };
        let rows: Vec<RowDot> = sorted.iter().map(row).collect();
        let (titles, kind) = if self.is_odds_ratio {
            ([words.odds_axis, words.odds_axis_short], Kind::Log)
        } else {
            ([words.coefficients_axis, words.coef_axis], Kind::Number)
        };
        let dots = Dots {
            rows: &rows,
            titles,
            kind,
            reference: Some(0.0),
            note: [words.coefficients_note, words.coefficients_note_short],
        };
        row_dots::draw(&mut sheet, &dots, words);
        sheet.finish(self.describe(words.coefficients_summary, first, words))
    }

    fn title(&self, words: &Words) -> String {
        match self.sorted().first() {
            Some(first) => self.describe(words.coefficients_title, first, words),
            None => words.nothing.to_owned(),
        }
    }

    /// All rows, the strongest first, then those that cannot be drawn.
    fn grid(&self, words: &Words) -> Grid {
        let size = |r: &&CoefficientRow| self.place(r.estimate).abs();
        let undrawn = self.rows.iter().filter(|r| !size(r).is_finite());
        let rows = self.sorted().into_iter().chain(undrawn).map(|r| {
            let mut row = vec![r.label(words)];
            row.extend([r.estimate, r.low, r.high].map(|v| (words.number)(v, NumberStyle::Short)));
            row
        });
        let head = if self.is_odds_ratio {
            words.odds_axis_short
        } else {
            words.coef_axis
        };
        let columns = [words.label_head, head, words.low_head, words.high_head];
        Grid::new(&columns, rows.collect())
    }

    fn height_px(&self, _width_px: f64) -> f64 {
        rows::height_px(self.sorted().len(), true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::charts::{EN, ZH};

    fn row(level: Option<&str>, reference: Option<&str>) -> CoefficientRow {
        CoefficientRow {
            name: "Contract".to_owned(),
            level: level.map(str::to_owned),
            reference: reference.map(str::to_owned),
            estimate: 4.0,
            low: 2.0,
            high: 8.0,
        }
    }

    #[test]
    fn a_category_is_named_with_what_it_is_compared_with() {
        let monthly = row(Some("Month-to-month"), Some("Two year"));
        let rest = row(Some("Month-to-month"), None);
        assert_eq!(
            [&monthly, &rest, &row(None, None)].map(|r| r.label(&EN)),
            [
                "Contract: Month-to-month, compared with Two year",
                "Contract: Month-to-month, compared with the rest",
                "Contract"
            ]
        );
        assert_eq!(
            monthly.label(&ZH),
            "Contract：Month-to-month，与“Two year”相比"
        );
        assert_eq!(rest.label(&ZH), "Contract：Month-to-month，与其余类别相比");
        let figure = Coefficients {
            rows: vec![monthly],
            is_odds_ratio: true,
        };
        let drawn = |width_px| {
            let size = Size {
                width_px,
                height_px: figure.height_px(width_px),
            };
            let scene = figure.draw(size, &EN);
            assert!(scene.summary.contains("compared with Two year"));
            format!("{scene:?}")
        };
        // Where there is no room for all of it, the category itself goes first.
        let labels = [
            "Contract: Month-to-month, compared with Two year",
            "Contract: Month-to-month vs Two year",
            "Contract: Month-to-month",
        ];
        let is_drawn = |width, label| drawn(width).contains(&format!("\"{label}\""));
        for (width, label) in [900.0, 700.0, 480.0].into_iter().zip(labels) {
            assert!(is_drawn(width, label), "{width} {label}");
        }
        assert!(!is_drawn(700.0, labels[0]) && !is_drawn(480.0, labels[1]));
        assert_eq!(figure.grid(&EN).rows[0][0], labels[0]);
    }
}
