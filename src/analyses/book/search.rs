//! Finds part of a text in columns, letter case aside.
use super::Bits;
use crate::table::{Column, Levels};
use std::fmt::Write as _;

/// What is looked for.
#[derive(Debug)]
pub(super) struct Needle {
    /// Lower case.
    text: String,
    is_ascii: bool,
}

impl Needle {
    /// Nothing for an empty text, which is everywhere.
    pub(super) fn new(text: &str) -> Option<Self> {
        let text = text.trim().to_lowercase();
        (!text.is_empty()).then(|| Self {
            is_ascii: text.is_ascii(),
            text,
        })
    }

    /// Whether `hay` contains it.
    pub(super) fn is_in(&self, hay: &str) -> bool {
        if self.is_ascii && hay.is_ascii() {
            let (needle, hay) = (self.text.as_bytes(), hay.as_bytes());
            let Some(first) = needle.first() else {
                return true;
            };
            return hay.windows(needle.len()).any(|w| {
                w.first().is_some_and(|b| b.to_ascii_lowercase() == *first)
                    && w.eq_ignore_ascii_case(needle)
            });
        }
        hay.to_lowercase().contains(&self.text)
    }

    /// Levels that contain it; nothing when none does.
    fn levels(&self, levels: &Levels) -> Option<Bits> {
        let mut found = Bits::new(levels.len(), false);
        for (code, level) in levels.iter().enumerate() {
            if self.is_in(level) {
                found.set(code, true);
            }
        }
        (found.count() > 0).then_some(found)
    }

    /// Customers whose cell contains it; `rows` has the row of each. Nothing for columns that hold no text.
    pub(super) fn customers(&self, column: &Column, rows: &[u32]) -> Option<Bits> {
        match column {
            Column::Text(c) | Column::Category(c) => {
                let levels = self.levels(&c.levels)?;
                Some(Bits::from_fn(rows.len(), |i| {
                    let code = rows.get(i).and_then(|r| c.codes.get(*r as usize));
                    code.is_some_and(|code| levels.get(code as usize))
                }))
            }
            Column::Int(v) => {
                let digits = |b: u8| b.is_ascii_digit() || b == b'-';
                if !self.text.bytes().all(digits) {
                    return None;
                }
                let mut written = String::new();
                Some(Bits::from_fn(rows.len(), |i| {
                    let value = rows.get(i).and_then(|r| v.get(*r as usize));
                    value.is_some_and(|value| {
                        written.clear();
                        write!(written, "{value}").is_ok() && written.contains(&self.text)
                    })
                }))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_is_no_matter() {
        for (needle, hay, is_in) in [
            ("vhv", "7590-VHVEG", true),
            ("7590-vhveg ", "7590-VHVEG", true),
            ("7590-VHVEGX", "7590-VHVEG", false),
            ("é", "CAFÉ", true),
            ("cafe", "CAFÉ", false),
            ("三", "张三", true),
            ("x", "", false),
            ("b", "ÄB", true),
        ] {
            assert_eq!(Needle::new(needle).unwrap().is_in(hay), is_in, "{needle}");
        }
        assert!(Needle::new("  ").is_none());
    }
}
