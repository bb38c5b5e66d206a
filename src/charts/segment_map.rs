//! Customers on a map of two dimensions, coloured by segment.
use super::axis::{Axis, frame};
use super::common::{series_ink, square_height_px};
use super::lines::extent;
use super::scale::Kind;
use super::sheet::Sheet;
use super::words::fill;
use super::{Chart, Grid, Ink, NumberStyle, Scene, Size, Words};
use serde::{Deserialize, Serialize};

/// Places of customers, with the segments they are of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SegmentMap {
    /// Names of the segments: a number, the id of a group, or a person's own.
    pub names: Vec<String>,
    /// Places along the first dimension.
    pub x: Vec<f64>,
    /// Places along the second dimension.
    pub y: Vec<f64>,
    /// The segment of each, as a place in `names`.
    pub segment: Vec<u32>,
    /// Share of the spread that both dimensions show; none where places come from neighbours.
    pub explained: Option<f64>,
    /// Customers in all, of whom those drawn may be a sample.
    pub n_rows: u64,
}

/// Segments with a name beside them.
const MOST_NAMES: usize = 8;

/// The name of a segment in words: of a number "Segment 3", of a group its own.
pub fn segment_name(id: &str, words: &Words) -> String {
    let known = match id {
        "champions" => words.rfm_champions,
        "loyal" => words.rfm_loyal,
        "potential_loyalists" => words.rfm_potential_loyalists,
        "new" => words.rfm_new,
        "promising" => words.rfm_promising,
        "need_attention" => words.rfm_need_attention,
        "about_to_sleep" => words.rfm_about_to_sleep,
        "cannot_lose" => words.rfm_cannot_lose,
        "at_risk" => words.rfm_at_risk,
        "hibernating" => words.rfm_hibernating,
        "lost" => words.rfm_lost,
        "none" => words.segment_rest,
        _ if id.bytes().all(|b| b.is_ascii_digit()) => {
            return fill(words.segment_named, &[("n", id)]);
        }
        own => return own.to_owned(),
    };
    known.to_owned()
}

fn ink(name: &str, place: usize) -> Ink {
    if name == "none" {
        Ink::Muted
    } else {
        series_ink(place)
    }
}

impl SegmentMap {
    fn said(&self, template: &str, words: &Words) -> String {
        let count = |n: f64| (words.number)(n, NumberStyle::Count);
        let share = self.explained.unwrap_or(f64::NAN);
        let values = [
            ("n", count(self.names.len() as f64)),
            ("shown", count(self.x.len() as f64)),
            ("total", count(self.n_rows as f64)),
            ("share", (words.number)(share, NumberStyle::Percent)),
        ];
        fill(template, &values.each_ref().map(|(k, v)| (*k, v.as_str())))
    }

    /// Places with their segment, those that can be drawn.
    fn places(&self) -> Vec<((f64, f64), usize)> {
        let pairs = self.x.iter().zip(&self.y).zip(&self.segment);
        pairs
            .map(|((x, y), s)| ((*x, *y), *s as usize))
            .filter(|((x, y), s)| x.is_finite() && y.is_finite() && *s < self.names.len())
            .collect()
    }
}

impl Chart for SegmentMap {
    fn draw(&self, size: Size, words: &Words) -> Scene {
        let mut sheet = Sheet::new(size);
        let places = self.places();
        let (Some(x), Some(y)) = (
            extent(places.iter().map(|p| p.0.0)),
            extent(places.iter().map(|p| p.0.1)),
        ) else {
            return sheet.empty(words);
        };
        let (along, up) = match self.explained {
            Some(_) => (words.map_first, words.map_second),
            None => (words.map_place, words.map_place),
        };
        let note = match self.explained {
            Some(_) => self.said(words.map_note, words),
            None => self.said(words.map_note_neighbours, words),
        };
        let note = [note.as_str(), words.map_note_short];
        let x = Axis::new([along; 2], x, Kind::Number);
        let y = Axis::new([up; 2], y, Kind::Number);
        let plot = frame(&mut sheet, &x, &y, &note, words);
        let mut dots = Vec::with_capacity(places.len());
        let mut sums = vec![(0.0, 0.0, 0.0); self.names.len()];
        // Those of no segment lie below the others.
        for rest in [true, false] {
            for (p, s) in &places {
                if (self.names[*s] == "none") != rest {
                    continue;
                }
                let at = plot.at(*p);
                sheet.dot(at, 1.7, ink(&self.names[*s], *s), false);
                let sum = &mut sums[*s];
                *sum = (sum.0 + at.0, sum.1 + at.1, sum.2 + 1.0);
                dots.push(at);
            }
        }
        for (i, (x, y, n)) in sums.iter().enumerate() {
            if *n == 0.0 {
                continue;
            }
            let middle = (x / n, y / n);
            let name = segment_name(&self.names[i], words);
            if i < MOST_NAMES {
                sheet.dot(middle, 4.5, ink(&self.names[i], i), true);
                sheet.label_near(middle, &name, true, &plot, &[]);
            }
            let values = [
                ("name", name.as_str()),
                ("count", &(words.number)(*n, NumberStyle::Count)),
            ];
            sheet.spot(middle, fill(words.map_spot, &values));
        }
        sheet.finish(self.said(words.map_summary, words))
    }

    fn grid(&self, words: &Words) -> Grid {
        let short = |v: f64| (words.number)(v, NumberStyle::Short);
        let (along, up) = match self.explained {
            Some(_) => (words.map_first, words.map_second),
            None => (words.map_place, words.map_place),
        };
        let row = |((x, y), s): ((f64, f64), usize)| {
            vec![segment_name(&self.names[s], words), short(x), short(y)]
        };
        let rows = self.places().into_iter().map(row).collect();
        Grid::new(&[words.segment_head, along, up], rows)
    }

    fn title(&self, words: &Words) -> String {
        self.said(words.map_title, words)
    }

    fn height_px(&self, width_px: f64) -> f64 {
        square_height_px(width_px)
    }
}
