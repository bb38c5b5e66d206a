//! Which delimiter a text uses, judged by how evenly it cuts the first rows.
use super::split::{Dialect, Found, Splitter};

/// Rows looked at.
const N_ROWS: usize = 200;

/// Cells per row under a dialect, blank lines left out.
fn widths(text: &[u8], dialect: Dialect, whole: bool) -> Vec<usize> {
    let mut buf = text.to_vec();
    let (mut splitter, mut at, mut out) = (Splitter::new(dialect), 0, Vec::new());
    let mut cells = Vec::new();
    while out.len() < N_ROWS {
        cells.clear();
        match splitter.row(&mut buf, at, whole, &mut cells) {
            Found::Row { next } => {
                let trailing = cells.iter().rev().take_while(|c| c.start == c.end).count();
                out.push(if out.is_empty() {
                    cells.len()
                } else {
                    cells.len() - trailing.min(cells.len() - 1)
                });
                at = next;
            }
            Found::Blank { next } => at = next,
            Found::More | Found::End | Found::OpenQuote => break,
        }
    }
    out
}

/// The dialect of a text; `delimiter` where the person gave one.
pub fn sniff(text: &[u8], delimiter: Option<u8>, whole: bool) -> Dialect {
    let cr = !text.contains(&b'\n') && text.contains(&b'\r');
    if let Some(delimiter) = delimiter {
        return Dialect { delimiter, cr };
    }
    // Cutting the same megabyte five times would be wasteful: the first rows are enough.
    let (text, whole) = match text.get(..1 << 17) {
        Some(start) => (start, false),
        None => (text, whole),
    };
    let mut best = (0.0, b',');
    for delimiter in *b",;\t|" {
        let found = widths(text, Dialect { delimiter, cr }, whole);
        let Some(&header) = found.first().filter(|w| **w > 1) else {
            continue;
        };
        // Trailing empty cells do not speak against a row.
        let n_fit = found
            .iter()
            .filter(|w| **w <= header && **w * 2 > header)
            .count();
        let n_exact = found.iter().filter(|w| **w == header).count();
        let n = found.len() as f64;
        let score = (n_fit as f64 / n + n_exact as f64 / n) + (header.min(50) as f64) / 100.0;
        if score > best.0 {
            best = (score, delimiter);
        }
    }
    if best.0 == 0.0 && is_aligned(text, cr, whole) {
        best.1 = b' ';
    }
    Dialect {
        delimiter: best.1,
        cr,
    }
}

/// Columns aligned by runs of spaces: equally many everywhere, and lines that begin with, or hold, two spaces.
fn is_aligned(text: &[u8], cr: bool, whole: bool) -> bool {
    let dialect = Dialect {
        delimiter: b' ',
        cr,
    };
    let found = widths(text, dialect, whole);
    let line_end = if cr { b'\r' } else { b'\n' };
    let n_runs = text
        .split(|b| *b == line_end)
        .take(N_ROWS)
        .filter(|l| l.starts_with(b" ") || l.windows(2).any(|w| w == b"  "))
        .count();
    found.len() > 2
        && found[0] > 1
        && found.iter().all(|w| *w == found[0])
        && n_runs * 2 > found.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delimiters_are_told_by_evidence() {
        for (text, want) in [
            ("a,b\n1,2\n", b','),
            ("a;b\n1,5;2,5\n3,5;4,5\n", b';'),
            ("a\tb, c\n1\t2\n", b'\t'),
            ("a|b\nx, y|2\n", b'|'),
            ("\"a;b\",c\n\"1;2\",3\n", b','),
            (" id  n\n 1   2\n 3   4\n", b' '),
            (" id  n\r\n 1   2\r\n 3   4\r\n", b' '),
            ("review\nvery good food\nbad one here\n", b','),
            ("a\n1\n2\n", b','),
        ] {
            assert_eq!(
                sniff(text.as_bytes(), None, true).delimiter,
                want,
                "{text:?}"
            );
        }
    }
}
