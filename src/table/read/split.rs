//! Splits text into rows and cells: quotes, line ends, ragged rows.

/// How rows and cells are set apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dialect {
    /// Between cells; a space stands for runs of spaces, as in aligned columns.
    pub delimiter: u8,
    /// Rows end with a carriage return alone, as on old Macs.
    pub cr: bool,
}

/// Where a cell stands in the buffer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// One after the last.
    pub end: u32,
}

impl Span {
    /// The cell.
    #[inline]
    pub fn of(self, buf: &[u8]) -> &[u8] {
        buf.get(self.start as usize..self.end as usize)
            .unwrap_or_default()
    }
}

/// What was found at a place in the buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// A row, which ends before `next`.
    Row {
        /// Where the next one begins.
        next: usize,
    },
    /// A line without anything.
    Blank {
        /// Where the next one begins.
        next: usize,
    },
    /// The row does not end in the buffer.
    More,
    /// The buffer is used up.
    End,
    /// The text ends within quotes.
    OpenQuote,
}

/// Cell ends by byte, and what was seen on the way.
#[derive(Debug)]
pub struct Splitter {
    dialect: Dialect,
    stop: [bool; 256],
    /// Cells whose doubled quotes are still doubled.
    doubled: Vec<usize>,
}

impl Splitter {
    /// A splitter for a dialect.
    pub fn new(dialect: Dialect) -> Self {
        let mut stop = [false; 256];
        stop[usize::from(dialect.delimiter)] = true;
        stop[usize::from(Self::line_end(dialect))] = true;
        Self {
            dialect,
            stop,
            doubled: Vec::new(),
        }
    }

    fn line_end(dialect: Dialect) -> u8 {
        if dialect.cr { b'\r' } else { b'\n' }
    }

    /// Appends the cells of the row at `at` to `cells`. `last` says that no text follows the buffer.
    ///
    /// Doubled quotes are made single in the buffer, where they stand, once the row is known to be whole.
    #[inline]
    pub fn row(&mut self, buf: &mut [u8], at: usize, last: bool, cells: &mut Vec<Span>) -> Found {
        if at >= buf.len() {
            return if last { Found::End } else { Found::More };
        }
        let first_cell = cells.len();
        self.doubled.clear();
        let found = if self.dialect.delimiter == b' ' {
            self.aligned(buf, at, last, cells)
        } else {
            self.delimited(buf, at, last, cells)
        };
        match found {
            Found::Row { .. } => {
                for &cell in &self.doubled {
                    if let Some(span) = cells.get_mut(cell) {
                        span.end = undouble(buf, *span);
                    }
                }
            }
            _ => cells.truncate(first_cell),
        }
        found
    }

    #[inline]
    fn is_pad(&self, b: u8) -> bool {
        (b == b' ' || b == b'\t' || b == b'\r') && b != self.dialect.delimiter
    }

    #[inline]
    fn trimmed(&self, buf: &[u8], start: usize, mut end: usize) -> Span {
        while end > start && self.is_pad(buf[end - 1]) {
            end -= 1;
        }
        Span {
            start: start as u32,
            end: end as u32,
        }
    }

    #[inline]
    fn delimited(&mut self, buf: &[u8], at: usize, last: bool, cells: &mut Vec<Span>) -> Found {
        let n = buf.len();
        let line_end = Self::line_end(self.dialect);
        let row_start = cells.len();
        let mut p = at;
        loop {
            while p < n && buf[p] != line_end && self.is_pad(buf[p]) {
                p += 1;
            }
            let start = p;
            let mut quoted = None;
            if p < n && buf[p] == b'"' {
                match quote_end(buf, p + 1) {
                    Some((close, doubled)) => {
                        p = close + 1;
                        while p < n && buf[p] != line_end && self.is_pad(buf[p]) {
                            p += 1;
                        }
                        if p >= n || self.stop[usize::from(buf[p])] {
                            quoted = Some((close, doubled));
                        }
                        // A closing quote at the end of the buffer may be the first of two.
                        if close + 1 == n && !last {
                            return Found::More;
                        }
                    }
                    None if last => return Found::OpenQuote,
                    None => return Found::More,
                }
            }
            while p < n && !self.stop[usize::from(buf[p])] {
                p += 1;
            }
            if p >= n && !last {
                return Found::More;
            }
            match quoted {
                Some((close, doubled)) => {
                    if doubled {
                        self.doubled.push(cells.len());
                    }
                    cells.push(Span {
                        start: start as u32 + 1,
                        end: close as u32,
                    });
                }
                None => cells.push(self.trimmed(buf, start, p)),
            }
            if p >= n || buf[p] == line_end {
                let next = (p + 1).min(n);
                let lone = cells.len() == row_start + 1 && quoted.is_none();
                return if lone && cells[row_start].start == cells[row_start].end {
                    Found::Blank { next }
                } else {
                    Found::Row { next }
                };
            }
            p += 1;
        }
    }

    /// Columns set apart by runs of spaces.
    fn aligned(&self, buf: &[u8], at: usize, last: bool, cells: &mut Vec<Span>) -> Found {
        let line_end = Self::line_end(self.dialect);
        let end = match memchr::memchr(line_end, &buf[at..]) {
            Some(i) => at + i,
            None if last => buf.len(),
            None => return Found::More,
        };
        let next = (end + 1).min(buf.len());
        let before = cells.len();
        let mut p = at;
        while p < end {
            if buf[p].is_ascii_whitespace() {
                p += 1;
                continue;
            }
            let start = p;
            while p < end && !buf[p].is_ascii_whitespace() {
                p += 1;
            }
            cells.push(Span {
                start: start as u32,
                end: p as u32,
            });
        }
        if cells.len() == before {
            Found::Blank { next }
        } else {
            Found::Row { next }
        }
    }
}

/// The place of the closing quote, and whether doubled ones stand before it.
#[inline(never)]
fn quote_end(buf: &[u8], mut p: usize) -> Option<(usize, bool)> {
    let mut doubled = false;
    loop {
        let quote = p + memchr::memchr(b'"', buf.get(p..)?)?;
        if buf.get(quote + 1) == Some(&b'"') {
            doubled = true;
            p = quote + 2;
        } else {
            return Some((quote, doubled));
        }
    }
}

/// Makes doubled quotes single in place and returns the new end.
#[inline(never)]
fn undouble(buf: &mut [u8], span: Span) -> u32 {
    let (mut from, mut to, end) = (span.start as usize, span.start as usize, span.end as usize);
    while from < end {
        let b = buf[from];
        buf[to] = b;
        from += if b == b'"' { 2 } else { 1 };
        to += 1;
    }
    to as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str, delimiter: u8) -> (Vec<Vec<String>>, Found) {
        let mut splitter = Splitter::new(Dialect {
            delimiter,
            cr: !text.contains('\n') && text.contains('\r'),
        });
        let (mut buf, mut at, mut rows) = (text.as_bytes().to_vec(), 0, Vec::new());
        loop {
            let mut cells = Vec::new();
            match splitter.row(&mut buf, at, true, &mut cells) {
                Found::Row { next } => {
                    let text = |s: &Span| String::from_utf8(s.of(&buf).to_vec()).unwrap();
                    rows.push(cells.iter().map(text).collect());
                    at = next;
                }
                Found::Blank { next } => at = next,
                end => return (rows, end),
            }
        }
    }

    #[test]
    fn cells_and_quotes() {
        let cases: &[(&str, &[&[&str]])] = &[
            ("a,b\n1,2\n", &[&["a", "b"], &["1", "2"]]),
            ("a,b\r\n1,2", &[&["a", "b"], &["1", "2"]]),
            ("a,b\r1,2", &[&["a", "b"], &["1", "2"]]),
            (" a , b \n", &[&["a", "b"]]),
            ("\"a,b\",c", &[&["a,b", "c"]]),
            ("\"a \"\"b\"\" c\", \"d\" ,e", &[&["a \"b\" c", "d", "e"]]),
            ("\"x\ny\",2", &[&["x\ny", "2"]]),
            ("5\" pipe,2", &[&["5\" pipe", "2"]]),
            ("\"5\" pipe,2", &[&["\"5\" pipe", "2"]]),
            ("\"\"\n1", &[&[""], &["1"]]),
            (",\n\n,", &[&["", ""], &["", ""]]),
            ("\"\"\"\"", &[&["\""]]),
        ];
        for (text, want) in cases {
            assert_eq!(&split(text, b',').0, want, "{text:?}");
        }
        assert_eq!(split(" a  b\n 1   2 \n", b' ').0, [["a", "b"], ["1", "2"]]);
        assert_eq!(split("a\tb c\t\n", b'\t').0, [["a", "b c", ""]]);
        assert_eq!(split("a,\"b", b',').1, Found::OpenQuote);
    }
}
