//! A scene as an SVG file: for saving, and for golden tests. Pure text, colours resolved.
use super::decimal::fixed;
use super::measure::TEXT_PX;
use super::{Anchor, Ink, Mark, Scene};
use std::fmt::Write as _;

/// Colours of one theme, as `#rrggbb`. The values are those of the page's tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Palette {
    /// Categorical colours.
    pub series: [&'static str; 6],
    /// Secondary line or text.
    pub muted: &'static str,
    /// Grid line.
    pub grid: &'static str,
    /// Axis or reference line.
    pub axis: &'static str,
    /// Text that carries the message.
    pub strong: &'static str,
    /// Interval band.
    pub band: &'static str,
    /// High risk.
    pub risk_high: &'static str,
    /// Low risk.
    pub risk_low: &'static str,
    /// The accent.
    pub accent: &'static str,
    /// Background of a card.
    pub surface: &'static str,
}

/// Light theme.
pub const LIGHT: Palette = Palette {
    series: [
        "#2b67ad", "#c2681a", "#0f8577", "#a63e6d", "#6a55a0", "#6c7a1e",
    ],
    muted: "#5d5a53",
    grid: "#e4e0d8",
    axis: "#a39d91",
    strong: "#1d1c19",
    band: "#dfe8f3",
    risk_high: "#b3361f",
    risk_low: "#0b6b5f",
    accent: "#0b6b5f",
    surface: "#ffffff",
};

/// Dark theme.
pub const DARK: Palette = Palette {
    series: [
        "#7fb2ee", "#f0a860", "#54c8b5", "#e58bb4", "#b3a0e6", "#b9c65e",
    ],
    muted: "#b0aca1",
    grid: "#32312b",
    axis: "#6f6b61",
    strong: "#eceae3",
    band: "#2d363f",
    risk_high: "#f0806a",
    risk_low: "#54c8b5",
    accent: "#54c8b5",
    surface: "#1b1b18",
};

impl Palette {
    /// Colour of an ink.
    pub fn colour(&self, ink: Ink) -> &'static str {
        match ink {
            Ink::Series(n) => self.series[(n.max(1) as usize - 1) % 6],
            Ink::Muted => self.muted,
            Ink::Grid => self.grid,
            Ink::Axis => self.axis,
            Ink::Strong => self.strong,
            Ink::Band => self.band,
            Ink::RiskHigh => self.risk_high,
            Ink::RiskLow => self.risk_low,
            Ink::Accent => self.accent,
            Ink::Surface => self.surface,
        }
    }
}

/// Pixels with one decimal at most; two painters that agree on this paint the same picture.
pub fn px(v: f64) -> String {
    let text = fixed(if v.is_finite() { v } else { 0.0 }, 1);
    match text.strip_suffix(".0") {
        Some("-0") => "0".to_owned(),
        Some(whole) => whole.to_owned(),
        None => text,
    }
}

/// Strength of a fill with two decimals; full where it is not a number.
pub fn opacity(strength: f64) -> String {
    fixed(if strength.is_finite() { strength } else { 1.0 }, 2)
}

/// Path of a line through points; closed for areas.
pub fn path(points: &[(f64, f64)], closed: bool) -> String {
    let mut out = String::new();
    for (i, (x, y)) in points.iter().enumerate() {
        out.push(if i == 0 { 'M' } else { 'L' });
        out.push_str(&px(*x));
        out.push(' ');
        out.push_str(&px(*y));
    }
    if closed && !points.is_empty() {
        out.push('Z');
    }
    out
}

/// Writes `scene` as a stand-alone SVG document with `title` in its header for readers of the file.
pub fn to_svg(scene: &Scene, palette: &Palette, title: &str) -> String {
    let (w, h) = (px(scene.width_px), px(scene.height_px));
    let mut out = String::new();
    // Writing into a String cannot fail.
    let _ = writeln!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{w}\" height=\"{h}\" viewBox=\"0 0 {w} {h}\" \
         font-family=\"system-ui, 'Segoe UI', 'Noto Sans', 'Noto Sans SC', 'Noto Sans CJK SC', 'PingFang SC', \
         'Microsoft YaHei', sans-serif\" font-size=\"{}\">",
        px(TEXT_PX)
    );
    let _ = writeln!(out, "<title>{}</title>", escaped(title));
    let _ = writeln!(out, "<desc>{}</desc>", escaped(&scene.summary));
    let _ = writeln!(
        out,
        "<rect width=\"{w}\" height=\"{h}\" fill=\"{}\"/>",
        palette.surface
    );
    for mark in &scene.marks {
        write_mark(&mut out, mark, palette);
    }
    out.push_str("</svg>\n");
    out
}

fn write_mark(out: &mut String, mark: &Mark, palette: &Palette) {
    let _ = match mark {
        Mark::Rect {
            x,
            y,
            width,
            height,
            radius,
            ink,
            strength,
        } => writeln!(
            out,
            "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"{}\" fill=\"{}\" fill-opacity=\"{}\"/>",
            px(*x),
            px(*y),
            px(*width),
            px(*height),
            px(*radius),
            palette.colour(*ink),
            opacity(*strength)
        ),
        Mark::Line {
            points,
            ink,
            width,
            dashed,
        } => writeln!(
            out,
            "<path d=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"{}\" stroke-linejoin=\"round\"{}/>",
            path(points, false),
            palette.colour(*ink),
            px(*width),
            if *dashed {
                " stroke-dasharray=\"4 4\""
            } else {
                ""
            }
        ),
        Mark::Area {
            points,
            ink,
            strength,
        } => writeln!(
            out,
            "<path d=\"{}\" fill=\"{}\" fill-opacity=\"{}\"/>",
            path(points, true),
            palette.colour(*ink),
            opacity(*strength)
        ),
        Mark::Dot {
            x,
            y,
            radius,
            ink,
            hollow,
        } => {
            let colour = palette.colour(*ink);
            let fill = if *hollow { palette.surface } else { colour };
            writeln!(
                out,
                "<circle cx=\"{}\" cy=\"{}\" r=\"{}\" fill=\"{fill}\" stroke=\"{colour}\" stroke-width=\"2\"/>",
                px(*x),
                px(*y),
                px(*radius)
            )
        }
        Mark::Text {
            x,
            y,
            text,
            ink,
            anchor,
            strong,
        } => writeln!(
            out,
            "<text x=\"{}\" y=\"{}\" fill=\"{}\" text-anchor=\"{}\"{}>{}</text>",
            px(*x),
            px(*y),
            palette.colour(*ink),
            anchor_name(*anchor),
            if *strong { " font-weight=\"600\"" } else { "" },
            escaped(text)
        ),
    };
}

/// Value of `text-anchor`.
pub fn anchor_name(anchor: Anchor) -> &'static str {
    match anchor {
        Anchor::Start => "start",
        Anchor::Middle => "middle",
        Anchor::End => "end",
    }
}

/// Text for XML; characters that XML forbids are left out.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c if c < ' ' && !matches!(c, '\t' | '\n' | '\r') => {}
            '\u{fffe}' | '\u{ffff}' => {}
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped_and_pixels_are_short() {
        assert_eq!(escaped("a<b & \"c\"\u{1}"), "a&lt;b &amp; &quot;c&quot;");
        assert_eq!(px(-0.01), "0");
        assert_eq!(px(1.25), "1.2");
        assert_eq!(px(f64::NAN), "0");
    }
}
