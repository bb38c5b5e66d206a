//! Distribution of scores by actual class.
use super::axis::{Axis, frame};
use super::common::{bins, share};
use super::scale::{Kind, rounded};
use super::sheet::Sheet;
use super::words::fill;
use super::{Anchor, Chart, Grid, Ink, NumberStyle, Scene, Size, Words};
use serde::{Deserialize, Serialize};

/// Histograms of predicted probability, one per actual class.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scores {
    /// Bin limits, 0 to 1.
    pub edges: Vec<f64>,
    /// Rows per bin that are positive; all rows where the truth is not known.
    pub positive: Vec<u64>,
    /// Rows per bin that are negative; empty where the truth is not known.
    pub negative: Vec<u64>,
}

impl Chart for Scores {
    fn draw(&self, size: Size, words: &Words) -> Scene {
        let mut sheet = Sheet::new(size);
        let is_known = !self.negative.is_empty();
        let (n_positive, n_negative) = (total(&self.positive), total(&self.negative));
        let bins = bins(&self.edges, self.positive.len().max(self.negative.len()));
        if bins.is_empty() || (n_positive == 0 && n_negative == 0) {
            return sheet.empty(words);
        }
        // Classes differ in size, so each is shown as shares of itself.
        let up = |i: usize| {
            let n = count(&self.positive, i);
            if is_known {
                share(n, n_positive)
            } else {
                n as f64
            }
        };
        let down = |i: usize| share(count(&self.negative, i), n_negative);
        let top = bins.iter().map(|b| up(b.0)).fold(0.0, f64::max);
        let low = bins.iter().map(|b| down(b.0)).fold(0.0, f64::max);
        let x = Axis::share([words.score_axis, words.score_axis_short]);
        let y = if is_known {
            // Room for a label above the one and below the other.
            let room = 0.14 * (low + top);
            let domain = rounded((-low - room, top + room), 5, Kind::Share);
            let titles = [words.class_share, words.class_share_short];
            Axis {
                mirrored: true,
                ..Axis::new(titles, domain, Kind::Share)
            }
        } else {
            let domain = rounded((0.0, top.max(1.0)), 4, Kind::Count);
            Axis::new([words.rows; 2], domain, Kind::Count)
        };
        let plot = frame(&mut sheet, &x, &y, &[], words);
        let zero = plot.y.at(0.0);
        let percent = |v: f64| (words.number)(v, NumberStyle::Percent1);
        let number = |n: u64| (words.number)(n as f64, NumberStyle::Count);
        for &(i, from, to) in &bins {
            let (left, right) = (plot.x.at(from), plot.x.at(to));
            let gap = if right - left > 4.0 { 0.5 } else { 0.0 };
            let ink = if is_known {
                Ink::Series(2)
            } else {
                Ink::Series(1)
            };
            let end = plot.y.at(up(i));
            sheet.rect((left + gap, end, right - gap, zero), 0.0, ink, 0.85);
            let other = plot.y.at(-down(i));
            if is_known {
                sheet.rect(
                    (left + gap, zero, right - gap, other),
                    0.0,
                    Ink::Series(1),
                    0.85,
                );
            }
            let (p, n) = (count(&self.positive, i), count(&self.negative, i));
            let values = [
                ("from", (words.number)(from, NumberStyle::Short)),
                ("to", (words.number)(to, NumberStyle::Short)),
                ("count", number(p)),
                ("positive", number(p)),
                ("negative", number(n)),
                ("positive_share", percent(share(p, n_positive))),
                ("negative_share", percent(share(n, n_negative))),
            ];
            let template = if is_known {
                words.scores_spot
            } else {
                words.scores_spot_all
            };
            let text = fill(template, &values.each_ref().map(|(k, v)| (*k, v.as_str())));
            sheet.spot(((left + right) / 2.0, end), text);
        }
        if is_known {
            let label = |template, n| fill(template, &[("count", &number(n))]);
            let (up, down) = (
                label(words.positives, n_positive),
                label(words.negatives, n_negative),
            );
            let at = plot.right - 4.0;
            sheet.text((at, plot.top + 11.0), &up, Ink::Strong, Anchor::End, true);
            sheet.text(
                (at, plot.bottom - 5.0),
                &down,
                Ink::Strong,
                Anchor::End,
                true,
            );
        }
        let values = [
            ("positive", percent(mean(&bins, &self.positive))),
            ("negative", percent(mean(&bins, &self.negative))),
            ("mean", percent(mean(&bins, &self.positive))),
            ("count", number(n_positive)),
        ];
        let template = if is_known {
            words.scores_summary
        } else {
            words.scores_summary_all
        };
        sheet.finish(fill(
            template,
            &values.each_ref().map(|(k, v)| (*k, v.as_str())),
        ))
    }
    fn grid(&self, words: &Words) -> Grid {
        let is_known = !self.negative.is_empty();
        let mut columns = vec![words.from_head, words.to_head];
        if is_known {
            columns.extend([words.positive_rows_head, words.negative_rows_head]);
        } else {
            columns.push(words.rows);
        }
        let number = |n: u64| (words.number)(n as f64, NumberStyle::Count);
        let bins = bins(&self.edges, self.positive.len().max(self.negative.len()));
        let rows = bins.into_iter().map(|(i, from, to)| {
            let mut row = vec![
                (words.number)(from, NumberStyle::Short),
                (words.number)(to, NumberStyle::Short),
                number(count(&self.positive, i)),
            ];
            if is_known {
                row.push(number(count(&self.negative, i)));
            }
            row
        });
        Grid::new(&columns, rows.collect())
    }
}

fn total(counts: &[u64]) -> u64 {
    counts.iter().copied().fold(0, u64::saturating_add)
}

fn count(counts: &[u64], i: usize) -> u64 {
    counts.get(i).copied().unwrap_or(0)
}

/// Mean score by the middles of the bins.
fn mean(bins: &[(usize, f64, f64)], counts: &[u64]) -> f64 {
    let (mut sum, mut n) = (0.0, 0.0);
    for &(i, from, to) in bins {
        let rows = count(counts, i) as f64;
        sum += rows * (from + to) / 2.0;
        n += rows;
    }
    sum / n
}
