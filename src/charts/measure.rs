//! How wide a text will be, without a font at hand: on the wide side, so that nothing is clipped.

/// Size of every text in a figure, in CSS pixels. Painters never scale it.
pub const TEXT_PX: f64 = 12.0;
/// From the baseline up.
pub const ASCENT_PX: f64 = 9.5;
/// From the baseline down.
pub const DESCENT_PX: f64 = 2.5;

/// Estimated advance width in CSS pixels, at [`TEXT_PX`]. A full-width character (Chinese, Japanese, Korean) takes one em.
pub fn width_px(text: &str, strong: bool) -> f64 {
    let em: f64 = text.chars().map(em).sum();
    em * TEXT_PX * if strong { 1.08 } else { 1.0 }
}

fn em(c: char) -> f64 {
    match c {
        'i' | 'j' | 'l' | '\'' | '|' | '.' | ',' | ':' | ';' | '!' | 'I' => 0.33,
        ' ' => 0.32,
        'f' | 't' | 'r' | '(' | ')' | '[' | ']' | '-' | '/' | '"' => 0.42,
        'm' | 'w' | 'W' | 'M' | '%' | '@' => 0.93,
        '0'..='9' => 0.64,
        'A'..='Z' => 0.72,
        // Zero-width joiners, variation selectors and combining marks add nothing of their own.
        '\u{300}'..='\u{36f}' | '\u{200b}'..='\u{200f}' | '\u{fe00}'..='\u{fe0f}' => 0.0,
        c if c.is_ascii() => 0.61,
        '\u{2018}'..='\u{201d}' | '…' => 1.0,
        '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}' => 1.0,
        '\u{f900}'..='\u{faff}' | '\u{fe30}'..='\u{fe4f}' | '\u{ff00}'..='\u{ff60}' => 1.0,
        '\u{1f000}'..='\u{1faff}' => 1.3,
        '\u{20000}'..='\u{3fffd}' => 1.0,
        _ => 0.7,
    }
}

/// `text` itself, or with an ellipsis in its middle so that it fits into `max_px`: ends of names often tell them apart.
pub fn shorten(text: &str, max_px: f64, strong: bool) -> String {
    if width_px(text, strong) <= max_px {
        return text.to_owned();
    }
    let chars: Vec<char> = text.chars().collect();
    let scale = TEXT_PX * if strong { 1.08 } else { 1.0 };
    let mut room = max_px / scale - em('…');
    let (mut head, mut tail) = (0, chars.len());
    while head < tail {
        // Head and tail grow in turn; the head gets the odd character.
        let from_head = head <= chars.len() - tail;
        let next = if from_head {
            chars[head]
        } else {
            chars[tail - 1]
        };
        room -= em(next);
        if room < 0.0 {
            break;
        }
        if from_head {
            head += 1;
        } else {
            tail -= 1;
        }
    }
    let head: String = chars[..head].iter().collect();
    let tail: String = chars[tail..].iter().collect();
    format!("{}…{}", head.trim_end(), tail.trim_start())
}

/// The first of `choices`, long to short, that fits; else the last one shortened.
pub fn fitting(choices: &[&str], max_px: f64) -> String {
    let fits = choices.iter().find(|c| width_px(c, false) <= max_px);
    match (fits, choices.last()) {
        (Some(text), _) => (*text).to_owned(),
        (None, Some(text)) => shorten(text, max_px, false),
        (None, None) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_width_characters_are_an_em() {
        assert_eq!(width_px("客户", false), 24.0);
        assert!(width_px("Wide", true) > width_px("Wide", false));
        assert!(width_px("illi", false) < width_px("mmmm", false));
    }

    #[test]
    fn long_text_loses_its_middle() {
        let text = "number_of_support_tickets_last_90_days";
        let cut = shorten(text, 120.0, false);
        assert!(cut.starts_with("number") && cut.ends_with("days") && cut.contains('…'));
        assert!(width_px(&cut, false) <= 120.0);
        assert_eq!(shorten("short", 120.0, false), "short");
        assert!(shorten("北京市海淀区中关村大街", 60.0, false).contains('…'));
        assert_eq!(shorten("abc", 0.0, false), "…");
    }

    #[test]
    fn a_short_form_is_chosen_when_narrow() {
        assert_eq!(fitting(&["a long title", "short"], 40.0), "short");
        assert_eq!(fitting(&["a long title", "short"], 400.0), "a long title");
        assert_eq!(fitting(&[], 10.0), "");
    }
}
