//! Columns under construction: numbers as long as they fit, else text in a dictionary.
use super::split::Span;
use crate::table::{numbers, words};

/// Stands in `codes` where the cell is empty.
pub const NONE: u32 = u32::MAX;

/// Different texts, each stored once, found by hash.
#[derive(Debug, Default)]
pub struct Dictionary {
    arena: Vec<u8>,
    ends: Vec<usize>,
    /// Hash and code; open addressing, at most half full.
    slots: Vec<(u32, u32)>,
}

/// Mixes eight bytes at a time by rotation and multiplication; not meant to withstand chosen input, which can only
/// slow down the person's own import.
#[inline]
fn hash(text: &[u8]) -> u32 {
    const K: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut h = (text.len() as u64).wrapping_mul(K);
    let (words, rest) = text.as_chunks::<8>();
    for w in words {
        h = (h.rotate_left(23) ^ u64::from_le_bytes(*w)).wrapping_mul(K);
    }
    let tail = rest.iter().fold(0_u64, |t, &b| t << 8 | u64::from(b));
    h = (h.rotate_left(23) ^ tail).wrapping_mul(K);
    (h >> 32) as u32 ^ (h >> 15) as u32
}

impl Dictionary {
    /// How many there are.
    pub fn n_texts(&self) -> usize {
        self.ends.len()
    }

    fn bytes(&self, code: u32) -> &[u8] {
        let i = code as usize;
        let start = if i == 0 { 0 } else { self.ends[i - 1] };
        &self.arena[start..self.ends[i]]
    }

    /// A text.
    pub fn get(&self, code: u32) -> &str {
        std::str::from_utf8(self.bytes(code)).unwrap_or_default()
    }

    /// The code of a text, which is added when it is new.
    #[inline]
    pub fn code(&mut self, text: &[u8]) -> u32 {
        if self.ends.len() * 2 >= self.slots.len() {
            self.grow();
        }
        let h = hash(text);
        let mask = self.slots.len() - 1;
        let mut i = h as usize & mask;
        loop {
            let (slot, code) = self.slots[i];
            if code == NONE {
                break;
            }
            if slot == h && self.bytes(code) == text {
                return code;
            }
            i = (i + 1) & mask;
        }
        let code = self.ends.len() as u32;
        self.arena.extend_from_slice(text);
        self.ends.push(self.arena.len());
        self.slots[i] = (h, code);
        code
    }

    #[cold]
    fn grow(&mut self) {
        let size = (self.slots.len() * 2).max(64);
        let old = std::mem::replace(&mut self.slots, vec![(0, NONE); size]);
        for (h, code) in old.into_iter().filter(|s| s.1 != NONE) {
            let mut i = h as usize & (size - 1);
            while self.slots[i].1 != NONE {
                i = (i + 1) & (size - 1);
            }
            self.slots[i] = (h, code);
        }
    }
}

/// Cells read as plain numbers.
#[derive(Debug, Default)]
pub struct Numbers {
    /// NaN where missing or strange.
    pub values: Vec<f64>,
    /// Cells with a point or an exponent.
    pub n_fraction: u64,
    /// Cells with leading zeros.
    pub n_padded: u64,
    /// Whole numbers a float cannot hold.
    pub n_wide: u64,
    /// Cells that are neither numbers nor missing: row from 0, and how they begin.
    pub strange: Vec<(u32, String)>,
    /// Too many strange cells: this is no number column.
    pub failed: bool,
}

/// Cells as codes of texts.
#[derive(Debug, Default)]
pub struct Texts {
    /// Code per cell, [`NONE`] where empty.
    pub codes: Vec<u32>,
    /// What the codes mean.
    pub dictionary: Dictionary,
}

/// A column under construction.
#[derive(Debug)]
pub enum Builder {
    /// Not wanted in this pass.
    Skip,
    /// So far numbers.
    Numbers(Numbers),
    /// Anything.
    Texts(Texts),
}

impl Builder {
    /// For plain numbers.
    pub fn numbers(n_rows: usize) -> Self {
        Self::Numbers(Numbers {
            values: Vec::with_capacity(n_rows),
            ..Numbers::default()
        })
    }

    /// For anything.
    pub fn texts(n_rows: usize) -> Self {
        Self::Texts(Texts {
            codes: Vec::with_capacity(n_rows),
            ..Texts::default()
        })
    }

    /// Takes column `column` of a batch of rows of `stride` cells.
    pub fn push(&mut self, buf: &[u8], cells: &[Span], stride: usize, column: usize) {
        match self {
            Self::Skip => {}
            Self::Numbers(n) if n.failed => {}
            Self::Numbers(n) => push_numbers(n, buf, cells, stride, column),
            Self::Texts(t) => push_texts(t, buf, cells, stride, column),
        }
    }
}

#[inline(never)]
fn push_numbers(to: &mut Numbers, buf: &[u8], cells: &[Span], stride: usize, column: usize) {
    let mut seen = 0;
    for span in cells.iter().skip(column).step_by(stride) {
        let cell = span.of(buf);
        match numbers::plain(cell) {
            Some((value, flags)) => {
                if flags & (numbers::PADDED | numbers::WIDE) != 0 {
                    to.n_padded += u64::from(flags & numbers::PADDED != 0);
                    to.n_wide += u64::from(flags & numbers::WIDE != 0);
                }
                seen += u64::from(flags & numbers::FRACTION);
                to.values.push(value);
            }
            None => odd_number(to, cell),
        }
    }
    to.n_fraction += seen;
    if to.strange.len() > 64 + to.values.len() / 100 {
        *to = Numbers {
            failed: true,
            ..Numbers::default()
        };
    }
}

#[cold]
#[inline(never)]
fn odd_number(to: &mut Numbers, cell: &[u8]) {
    if words::is_missing(cell) {
        to.values.push(f64::NAN);
    } else if let Some((value, flags)) = numbers::plain(cell.trim_ascii()) {
        to.n_fraction += u64::from(flags & numbers::FRACTION);
        to.n_padded += u64::from(flags & numbers::PADDED != 0);
        to.n_wide += u64::from(flags & numbers::WIDE != 0);
        to.values.push(value);
    } else {
        let start = &cell[..cell.len().min(60)];
        let text = String::from_utf8_lossy(start).into_owned();
        to.strange.push((to.values.len() as u32, text));
        to.values.push(f64::NAN);
    }
}

#[inline(never)]
fn push_texts(to: &mut Texts, buf: &[u8], cells: &[Span], stride: usize, column: usize) {
    for span in cells.iter().skip(column).step_by(stride) {
        let cell = span.of(buf);
        to.codes.push(if cell.is_empty() {
            NONE
        } else {
            to.dictionary.code(cell)
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dictionary_gives_each_text_one_code() {
        let mut d = Dictionary::default();
        for round in 0..2 {
            for i in 0..5000_u32 {
                assert_eq!(d.code(format!("text {i}").as_bytes()), i, "{round}");
            }
        }
        assert_eq!(d.n_texts(), 5000);
        assert_eq!(d.get(4321), "text 4321");
    }
}
