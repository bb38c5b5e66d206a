//! Columns under construction: numbers as long as they fit, else text in a dictionary.
use super::split::Span;
use crate::table::{Coded, Levels, Mask, Values, numbers, words};
use std::sync::Arc;

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
pub fn hash(text: &[u8]) -> u32 {
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

    fn into_levels(self) -> Levels {
        let Self {
            mut arena,
            mut ends,
            ..
        } = self;
        arena.shrink_to_fit();
        ends.shrink_to_fit();
        // Cells are text, whatever the file was.
        Levels::of_arena(arena, ends).unwrap_or_default()
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

    /// Frees what only finding takes: no text is looked for any more.
    pub fn seal(&mut self) {
        self.slots = Vec::new();
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

impl Texts {
    /// The column, in the memory it was read into where that is possible; texts of which `is_missing` holds are no levels.
    pub fn into_coded(self, is_missing: &[bool]) -> Coded {
        let Self {
            mut codes,
            dictionary,
        } = self;
        let mut levels = None;
        if is_missing.contains(&true) {
            let mut kept = Levels::default();
            let meaning: Vec<u32> = (0..dictionary.n_texts())
                .map(|l| match is_missing.get(l) {
                    Some(false) => kept.push(dictionary.get(l as u32)),
                    _ => NONE,
                })
                .collect();
            for code in &mut codes {
                *code = meaning.get(*code as usize).copied().unwrap_or(NONE);
            }
            levels = Some(kept);
        }
        let missing = Mask::from_fn(codes.len(), |i| codes[i] == NONE);
        if missing.is_some() {
            for code in codes.iter_mut().filter(|c| **c == NONE) {
                *code = 0;
            }
        }
        codes.shrink_to_fit();
        Coded {
            codes: Values::new(codes, missing),
            levels: Arc::new(levels.unwrap_or_else(|| dictionary.into_levels())),
        }
    }
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

    /// Makes room for `n_rows` rows in all, and no more.
    pub fn reserve(&mut self, n_rows: usize) {
        fn more<T>(cells: &mut Vec<T>, n_rows: usize) {
            cells.reserve_exact(n_rows.saturating_sub(cells.len()));
        }
        match self {
            Self::Skip => {}
            Self::Numbers(n) if n.failed => {}
            Self::Numbers(n) => more(&mut n.values, n_rows),
            Self::Texts(t) => more(&mut t.codes, n_rows),
        }
    }

    /// Rows that fit without growing.
    pub fn room(&self) -> usize {
        match self {
            Self::Skip => usize::MAX,
            Self::Numbers(n) if n.failed => usize::MAX,
            Self::Numbers(n) => n.values.capacity(),
            Self::Texts(t) => t.codes.capacity(),
        }
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
