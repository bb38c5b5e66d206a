//! Values from data that stand in the middle of a sentence.
use std::borrow::Cow;

/// A value that could turn the order of the sentence around it, by letters written from the right or by marks that say so,
/// stands by itself: U+2068 to U+2069 isolate it. All others are left as they are.
pub fn isolated(text: &str) -> Cow<'_, str> {
    let turns = |c| {
        matches!(c, '\u{590}'..='\u{8ff}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
            | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}' | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}')
    };
    if !text.contains(turns) {
        return text.into();
    }
    let mut out = String::from('\u{2068}');
    let mut open = 0;
    for c in text.chars() {
        match c {
            '\u{2066}'..='\u{2068}' => open += 1,
            // One that ends what it did not begin would end this one.
            '\u{2069}' if open == 0 => continue,
            '\u{2069}' => open -= 1,
            _ => {}
        }
        out.push(c);
    }
    out.extend(std::iter::repeat_n('\u{2069}', open + 1));
    out.into()
}

#[cfg(test)]
mod tests {
    use super::isolated;

    #[test]
    fn what_turns_is_closed_in_and_nothing_else_is_touched() {
        for text in ["", "a b", "客户 5", "é", "-5"] {
            assert_eq!(isolated(text), text);
        }
        assert_eq!(isolated("שלום"), "\u{2068}שלום\u{2069}");
        assert_eq!(isolated("\u{2069}\u{202e}b"), "\u{2068}\u{202e}b\u{2069}");
        assert_eq!(isolated("\u{2067}b"), "\u{2068}\u{2067}b\u{2069}\u{2069}");
        let once = isolated("א").into_owned();
        assert_eq!(isolated(&once), format!("\u{2068}{once}\u{2069}"));
    }
}
