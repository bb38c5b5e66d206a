//! What a painter needs: marks, in paint order, and the spots a person can point at or step through.
use crate::base::csv_cell;

/// Place for a figure, in CSS pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Size {
    /// Width.
    pub width_px: f64,
    /// Height.
    pub height_px: f64,
}

/// A laid out figure.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Scene {
    /// Width, in CSS pixels.
    pub width_px: f64,
    /// Height, in CSS pixels.
    pub height_px: f64,
    /// Marks, first painted first.
    pub marks: Vec<Mark>,
    /// Places with a tooltip, in the order in which arrow keys visit them.
    pub spots: Vec<Spot>,
    /// One sentence for somebody who does not see the picture.
    pub summary: String,
}

/// A place with a tooltip.
#[derive(Debug, Clone, PartialEq)]
pub struct Spot {
    /// Where the pointer is nearest, and where the marker appears.
    pub x: f64,
    /// Where the pointer is nearest, and where the marker appears.
    pub y: f64,
    /// What it says.
    pub text: String,
}

/// Meaning of a colour; the theme decides what it looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ink {
    /// Categorical colour 1 to 6.
    Series(u8),
    /// Secondary line or text.
    Muted,
    /// Grid line.
    Grid,
    /// Axis or reference line.
    Axis,
    /// Text that carries the message.
    Strong,
    /// Interval band.
    Band,
    /// High risk.
    RiskHigh,
    /// Low risk.
    RiskLow,
    /// The accent.
    Accent,
    /// Background of a card.
    Surface,
}

/// Horizontal alignment of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    /// Starts at x.
    Start,
    /// Centred on x.
    Middle,
    /// Ends at x.
    End,
}

/// One mark. Coordinates are CSS pixels from the top left corner.
#[derive(Debug, Clone, PartialEq)]
pub enum Mark {
    /// A filled rectangle; `strength` 0 to 1 is its opacity.
    Rect {
        /// Left.
        x: f64,
        /// Top.
        y: f64,
        /// Width.
        width: f64,
        /// Height.
        height: f64,
        /// Corner radius.
        radius: f64,
        /// Colour.
        ink: Ink,
        /// Opacity.
        strength: f64,
    },
    /// A line through points.
    Line {
        /// The points.
        points: Vec<(f64, f64)>,
        /// Colour.
        ink: Ink,
        /// Width of the pen.
        width: f64,
        /// Dashed.
        dashed: bool,
    },
    /// A filled area.
    Area {
        /// Its outline.
        points: Vec<(f64, f64)>,
        /// Colour.
        ink: Ink,
        /// Opacity.
        strength: f64,
    },
    /// A dot.
    Dot {
        /// Centre.
        x: f64,
        /// Centre.
        y: f64,
        /// Radius.
        radius: f64,
        /// Colour.
        ink: Ink,
        /// Filled with the surface, ringed with the colour.
        hollow: bool,
    },
    /// Text.
    Text {
        /// Anchor point.
        x: f64,
        /// Baseline.
        y: f64,
        /// What it says.
        text: String,
        /// Colour.
        ink: Ink,
        /// Alignment.
        anchor: Anchor,
        /// Bold.
        strong: bool,
    },
}

/// A table of text: the numbers behind a figure.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Grid {
    /// Column heads.
    pub columns: Vec<String>,
    /// Rows; every row as long as `columns`.
    pub rows: Vec<Vec<String>>,
}

impl Grid {
    /// A table with these heads.
    pub fn new(columns: &[&str], rows: Vec<Vec<String>>) -> Self {
        Self {
            columns: columns.iter().map(|c| (*c).to_owned()).collect(),
            rows,
        }
    }

    /// The table as CSV (RFC 4180). A cell that a spreadsheet would run as a formula gets an apostrophe in front.
    pub fn to_csv(&self) -> String {
        let mut out = String::new();
        for row in std::iter::once(&self.columns).chain(&self.rows) {
            for (i, cell) in row.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                csv_cell(&mut out, cell);
            }
            out.push_str("\r\n");
        }
        out
    }
}
