//! Delimited text, in one pass over the file; columns whose first guess proved wrong are read a second time.
use super::{
    Loaded, Source, Task,
    builder::{Builder, hash},
    encoding::{self, Guess, Recoder, Restart},
    room::{self, Looks, Pick},
    sniff,
    split::{Dialect, Found, Span, Splitter},
};
use crate::base::{Error, FormatReason, ParamReason, Result, Run, Stage, Warning};
use crate::table::{Table, distinct, infer, numbers};
use std::{borrow::Cow, collections::HashSet};

/// Bytes read at a time.
const CHUNK: usize = 1 << 20;
/// Bytes worked through at a time, so that a batch stays in the cache and hot loops are small functions.
const BATCH: usize = 1 << 16;
/// Most columns, as in spreadsheets.
const MAX_COLUMNS: usize = 16_384;
/// Largest cell.
const MAX_CELL: usize = 4 << 20;
/// Largest row.
const MAX_ROW: usize = 64 << 20;
/// Bytes after which the number of rows is reckoned anew, before columns are large.
const SURE: u64 = 64 << 20;
/// Rows that decide how a column is first read.
const SAMPLE_ROWS: usize = 2_000;

fn format_error(row: Option<u64>, reason: FormatReason) -> Error {
    Error::Format {
        row,
        column: None,
        reason,
    }
}

/// How a file is cut into rows.
#[derive(Clone, Copy)]
struct Reading {
    guess: Guess,
    dialect: Dialect,
}

/// What was met on the way.
#[derive(Debug, Default, Clone, PartialEq)]
struct Tally {
    n_rows: u64,
    n_blank: u64,
    n_bad: u64,
    /// Count and first row, from 1.
    short: (u64, u64),
    long: (u64, u64),
}

enum Stop {
    Restart(Restart),
    Error(Error),
}

impl From<Error> for Stop {
    fn from(e: Error) -> Self {
        Self::Error(e)
    }
}

/// The importer for delimited text.
pub fn read(source: &mut dyn Source, task: &Task<'_>, run: &mut Run<'_>) -> Result<Loaded> {
    let total = source.len();
    let mut head = Vec::new();
    source.read(0, &mut head, CHUNK)?;
    if head.is_empty() {
        return Err(format_error(None, FormatReason::Empty));
    }
    let whole = head.len() as u64 >= total;
    let mut guess = match &task.options.encoding {
        Some(label) => Guess {
            encoding: encoding::by_label(label)?,
            open: false,
        },
        None => encoding::guess(&head, whole)?,
    };
    loop {
        match attempt(source, &head, guess, task, run) {
            Ok(loaded) => return Ok(loaded),
            Err(Stop::Error(e)) => return Err(e),
            Err(Stop::Restart(Restart(encoding))) => {
                guess = Guess {
                    encoding,
                    open: false,
                }
            }
        }
    }
}

fn delimiter(task: &Task<'_>) -> Result<Option<u8>> {
    match task.options.delimiter {
        None => Ok(None),
        Some(c @ (',' | ';' | '\t' | '|' | ' ')) => Ok(Some(c as u8)),
        Some(_) => Err(Error::Param {
            param: Cow::Borrowed("delimiter"),
            reason: ParamReason::NotAChoice {
                options: [",", ";", "\\t", "|"].map(str::to_owned).to_vec(),
            },
        }),
    }
}

fn attempt(
    source: &mut dyn Source,
    head: &[u8],
    guess: Guess,
    task: &Task<'_>,
    run: &mut Run<'_>,
) -> Result<Loaded, Stop> {
    let total = source.len();
    let whole = head.len() as u64 >= total;
    let mut sample = Vec::new();
    Recoder::new(guess)
        .push(head, whole, &mut sample)
        .map_err(Stop::Restart)?;
    let dialect = sniff::sniff(&sample, delimiter(task)?, whole);
    let reading = Reading { guess, dialect };
    let mut warnings = Vec::new();
    let first = first_rows(&mut sample, dialect, whole)?;
    let looks = first.looks();
    let columns = unique_names(first.header, &mut warnings);
    for (name, _) in &task.options.kinds {
        if task.expected.is_none() && !columns.contains(name) {
            return Err(Error::MissingColumn { name: name.clone() }.into());
        }
    }
    let wanted: Vec<_> = columns.iter().map(|n| task.wanted(n)).collect();
    // A little more than the sample suggests, so that growing stays an exception.
    let per_row = (first.n_bytes / first.n_rows.max(1)).max(1);
    let n_likely = total / per_row as u64;
    let mut pick = match task.options.sample {
        Some(0) => return Err(Error::out_of_range("sample", 1.0, 4e9).into()),
        Some(n) => {
            let mut none: Vec<Builder> = columns.iter().map(|_| Builder::Skip).collect();
            let all = pass(source, reading, &mut none, None, Stage::Reading, run)?;
            (n < all.n_rows).then(|| Pick::new(n, all.n_rows, run.seed()))
        }
        None => None,
    };
    let n_wanted = task.options.sample.map_or(n_likely, |n| n.min(n_likely));
    let (bytes, besides) = room::needed(&looks, n_wanted);
    run.demand(n_wanted, bytes, besides)?;
    let estimate = match &pick {
        Some(_) => n_wanted,
        None => {
            let sure = n_likely.min(SURE / per_row as u64);
            (sure + sure / 20 + 16).min(total)
        }
    } as usize;
    let in_file = |pick: &Option<Pick>, error| match (error, pick) {
        (Error::Cell { row, name, kind }, Some(pick)) => Error::Cell {
            row: pick.in_file(row),
            name,
            kind,
        },
        (error, _) => error,
    };
    let mut builders: Vec<Builder> = (0..columns.len())
        .map(|c| {
            let free = wanted[c].as_ref().is_none_or(infer::Wanted::takes_numbers);
            if free && first.numeric[c] {
                Builder::numbers(estimate)
            } else {
                Builder::texts(estimate)
            }
        })
        .collect();
    let mut again_pick = pick.clone();
    let tally = pass(
        source,
        reading,
        &mut builders,
        pick.as_mut(),
        Stage::Reading,
        run,
    )?;
    let n_rows = pick
        .as_ref()
        .map_or(tally.n_rows as usize, |p| p.rows.len());
    if tally.n_rows == 0 {
        return Err(format_error(None, FormatReason::NoRows).into());
    }
    let mut done: Vec<Option<_>> = Vec::with_capacity(columns.len());
    let mut again: Vec<Builder> = Vec::with_capacity(columns.len());
    let mut later = Vec::new();
    for (c, builder) in builders.into_iter().enumerate() {
        run.check()?;
        let finished = infer::finish(&columns[c], builder, wanted[c].as_ref(), &mut later);
        match finished.map_err(|e| in_file(&pick, e))? {
            infer::Finished::Column(field, column) => {
                done.push(Some((field, column)));
                again.push(Builder::Skip);
            }
            infer::Finished::NeedsText => {
                done.push(None);
                again.push(Builder::texts(n_rows));
            }
        }
    }
    if done.iter().any(Option::is_none) {
        let stage = Stage::Inferring;
        let second = pass(source, reading, &mut again, again_pick.as_mut(), stage, run)?;
        if second != tally {
            return Err(format_error(None, FormatReason::Unreadable).into());
        }
        for (c, builder) in again.into_iter().enumerate() {
            if done[c].is_none() {
                let finished = infer::finish(&columns[c], builder, wanted[c].as_ref(), &mut later);
                let finished = finished.map_err(|e| in_file(&pick, e))?;
                if let infer::Finished::Column(field, column) = finished {
                    done[c] = Some((field, column));
                }
            }
        }
    }
    run.step(Stage::Inferring, total, total)?;
    tally.warn(guess, &mut warnings);
    if let Some(pick) = &pick {
        for warning in &mut later {
            if let Warning::StrangeCells { first_row, .. } = warning {
                *first_row = pick.in_file(*first_row);
            }
        }
        later.push(Warning::Sampled {
            what: super::SAMPLED.into(),
            n_used: n_rows as u64,
            n_rows: tally.n_rows,
        });
    }
    warnings.append(&mut later);
    let mut table = Table::new(done.into_iter().flatten().collect(), n_rows)?;
    if pick.is_some() {
        table = table.of_sample(tally.n_rows);
    }
    for w in &warnings {
        run.warn(w.clone());
    }
    Ok(Loaded {
        table,
        encoding: guess.encoding.name().to_ascii_lowercase(),
        delimiter: Some(char::from(dialect.delimiter)),
        n_bytes: total,
        warnings,
    })
}

impl Tally {
    fn warn(&self, guess: Guess, warnings: &mut Vec<Warning>) {
        if self.n_bad > 0 {
            warnings.push(Warning::BadBytes {
                count: self.n_bad,
                encoding: guess.encoding.name().to_ascii_lowercase(),
            });
        }
        if let (count @ 1.., first_row) = self.short {
            warnings.push(Warning::ShortRows { count, first_row });
        }
        if let (count @ 1.., first_row) = self.long {
            warnings.push(Warning::LongRows { count, first_row });
        }
        if self.n_blank > 0 {
            warnings.push(Warning::BlankLines {
                count: self.n_blank,
            });
        }
    }
}

/// What the first rows tell.
struct First {
    header: Vec<String>,
    /// Columns that hold plain numbers so far.
    numeric: Vec<bool>,
    /// Per column hashes of its texts, and the bytes of all.
    texts: Vec<(Vec<u32>, usize)>,
    n_rows: usize,
    n_bytes: usize,
}

impl First {
    /// What the columns look like.
    fn looks(&self) -> Vec<Looks> {
        let of = |(is_number, (seen, n_bytes)): (&bool, &(Vec<u32>, usize))| {
            if *is_number {
                return Looks::Number;
            }
            Looks::Text {
                n: self.n_rows,
                different: distinct::count(seen.iter().map(|h| u64::from(*h)), usize::MAX),
                length: *n_bytes as f64 / self.n_rows.max(1) as f64,
            }
        };
        self.numeric.iter().zip(&self.texts).map(of).collect()
    }
}

fn first_rows(sample: &mut [u8], dialect: Dialect, whole: bool) -> Result<First> {
    let mut splitter = Splitter::new(dialect);
    let (mut at, mut cells) = (0, Vec::<Span>::new());
    let header: Vec<String> = loop {
        match splitter.row(sample, at, whole, &mut cells) {
            Found::Row { next } => {
                at = next;
                let text = |s: &Span| String::from_utf8_lossy(s.of(sample)).trim().to_owned();
                break cells.iter().map(text).collect();
            }
            Found::Blank { next } => at = next,
            Found::End => return Err(format_error(None, FormatReason::Empty)),
            Found::OpenQuote => return Err(format_error(None, FormatReason::UnterminatedQuote)),
            Found::More => {
                let limit_bytes = CHUNK as u64;
                return Err(format_error(
                    None,
                    FormatReason::CellTooLarge { limit_bytes },
                ));
            }
        }
    };
    if header.len() > MAX_COLUMNS {
        let limit = MAX_COLUMNS as u32;
        return Err(format_error(None, FormatReason::TooManyColumns { limit }));
    }
    let start = at;
    let mut votes = vec![(0_u32, 0_u32); header.len()];
    let mut texts = vec![(Vec::new(), 0); header.len()];
    let mut n_rows = 0;
    while n_rows < SAMPLE_ROWS {
        cells.clear();
        match splitter.row(sample, at, whole, &mut cells) {
            Found::Row { next } => {
                at = next;
                n_rows += 1;
                for ((span, (yes, no)), (seen, n_bytes)) in
                    cells.iter().zip(&mut votes).zip(&mut texts)
                {
                    seen.push(hash(span.of(sample)));
                    *n_bytes += span.of(sample).len();
                    match numbers::votes_plain(span.of(sample)) {
                        Some(true) => *yes += 1,
                        Some(false) => *no += 1,
                        None => {}
                    }
                }
            }
            Found::Blank { next } => at = next,
            Found::More | Found::End | Found::OpenQuote => break,
        }
    }
    Ok(First {
        numeric: votes.iter().map(|(yes, no)| no * 50 <= *yes).collect(),
        texts,
        header,
        n_rows,
        n_bytes: at - start,
    })
}

/// Names for all columns: empty ones are called `column_3`, repeated ones get a number.
fn unique_names(header: Vec<String>, warnings: &mut Vec<Warning>) -> Vec<String> {
    let mut taken: HashSet<String> = HashSet::new();
    let in_file: HashSet<String> = header.iter().cloned().collect();
    let free = |base: &str, first: usize, taken: &HashSet<String>| {
        (first..)
            .map(|k| format!("{base}_{k}"))
            .find(|n| !taken.contains(n) && !in_file.contains(n))
            .unwrap_or_default()
    };
    let mut out = Vec::with_capacity(header.len());
    for (i, name) in header.iter().enumerate() {
        let given = if name.is_empty() {
            let given = free("column", i + 1, &taken);
            warnings.push(Warning::EmptyName {
                name: given.clone(),
            });
            given
        } else if taken.contains(name) {
            let renamed = free(name, 2, &taken);
            warnings.push(Warning::DuplicateName {
                name: name.clone(),
                renamed: renamed.clone(),
            });
            renamed
        } else {
            name.clone()
        };
        taken.insert(given.clone());
        out.push(given);
    }
    out
}

/// Reads the file once and gives its cells to the builders.
fn pass(
    source: &mut dyn Source,
    reading: Reading,
    builders: &mut [Builder],
    mut pick: Option<&mut Pick>,
    stage: Stage,
    run: &mut Run<'_>,
) -> Result<Tally, Stop> {
    let total = source.len();
    let mut recoder = Recoder::new(reading.guess);
    let mut rows = Rows {
        splitter: Splitter::new(reading.dialect),
        stride: builders.len(),
        in_header: true,
        tally: Tally::default(),
        cells: Vec::new(),
    };
    let (mut n_taken, mut next_look) = (0_usize, SURE - CHUNK as u64);
    let (mut raw, mut buf, mut offset) = (Vec::new(), Vec::with_capacity(CHUNK + BATCH), 0_u64);
    loop {
        run.step(stage, offset, total)?;
        source.read(offset, &mut raw, CHUNK)?;
        if raw.is_empty() && offset < total {
            return Err(format_error(None, FormatReason::Unreadable).into());
        }
        offset += raw.len() as u64;
        let last = offset >= total;
        recoder.push(&raw, last, &mut buf).map_err(Stop::Restart)?;
        let mut at = 0;
        while let Some(next) = rows.batch(&mut buf, at, last, pick.as_deref_mut())? {
            n_taken += rows.cells.len() / rows.stride.max(1);
            for (column, builder) in builders.iter_mut().enumerate() {
                builder.push(&buf, &rows.cells, rows.stride, column);
            }
            at = next;
        }
        if last {
            break;
        }
        if pick.is_none() && offset >= next_look {
            // What is known by now, or a sixteenth more: doubling would take the room of another table.
            let all = (n_taken as u64).saturating_mul(total) / offset.max(1);
            let n = (all + all / 100).max((n_taken + n_taken / 16) as u64) as usize;
            for builder in builders.iter_mut().filter(|b| b.room() < n) {
                builder.reserve(n);
            }
            next_look = offset.saturating_add(SURE);
        }
        buf.drain(..at);
        if buf.len() > MAX_ROW {
            return Err(rows.too_large(&buf).into());
        }
    }
    run.step(stage, total, total)?;
    rows.tally.n_bad = recoder.n_bad;
    Ok(rows.tally)
}

/// Cuts batches of rows of equal length.
struct Rows {
    splitter: Splitter,
    stride: usize,
    in_header: bool,
    tally: Tally,
    cells: Vec<Span>,
}

impl Rows {
    /// The cells of the next rows go to `cells`; the place after them comes back, none when no whole row is left.
    #[inline(never)]
    fn batch(
        &mut self,
        buf: &mut [u8],
        mut at: usize,
        last: bool,
        mut pick: Option<&mut Pick>,
    ) -> Result<Option<usize>> {
        self.cells.clear();
        let (start, end) = (at, at + BATCH);
        while at < end {
            let before = self.cells.len();
            match self.splitter.row(buf, at, last, &mut self.cells) {
                Found::Row { next } => {
                    if next - at > MAX_CELL {
                        self.check_cells(before)?;
                    }
                    at = next;
                    if self.in_header {
                        self.in_header = false;
                        self.cells.clear();
                        continue;
                    }
                    self.tally.n_rows += 1;
                    if pick.as_deref_mut().is_some_and(|p| !p.takes()) {
                        self.cells.truncate(before);
                        continue;
                    }
                    if self.cells.len() - before != self.stride {
                        self.ragged(before);
                    }
                }
                Found::Blank { next } => {
                    at = next;
                    // Lines above the header are not worth a word.
                    self.tally.n_blank += u64::from(!self.in_header);
                }
                Found::OpenQuote => {
                    let row = self.tally.n_rows + 1;
                    return Err(format_error(Some(row), FormatReason::UnterminatedQuote));
                }
                Found::More | Found::End => break,
            }
        }
        Ok((at > start).then_some(at))
    }

    #[cold]
    fn ragged(&mut self, before: usize) {
        let row = self.tally.n_rows;
        let found = self.cells.len() - before;
        let count = |tally: &mut (u64, u64)| {
            if tally.0 == 0 {
                tally.1 = row;
            }
            tally.0 += 1;
        };
        if found < self.stride {
            count(&mut self.tally.short);
        } else if self.cells[before + self.stride..]
            .iter()
            .any(|c| c.start < c.end)
        {
            count(&mut self.tally.long);
        }
        self.cells.resize(before + self.stride, Span::default());
    }

    #[cold]
    fn check_cells(&self, before: usize) -> Result<()> {
        let large = |c: &Span| (c.end - c.start) as usize > MAX_CELL;
        if self.cells[before..].iter().any(large) {
            let limit_bytes = MAX_CELL as u64;
            let row = (!self.in_header).then_some(self.tally.n_rows + 1);
            return Err(format_error(
                row,
                FormatReason::CellTooLarge { limit_bytes },
            ));
        }
        Ok(())
    }

    /// A row that does not end: an open quote runs over many lines, a large cell does not.
    fn too_large(&self, buf: &[u8]) -> Error {
        let n_lines = buf.iter().filter(|b| **b == b'\n').count();
        let reason = if n_lines > 1000 {
            FormatReason::UnterminatedQuote
        } else {
            FormatReason::CellTooLarge {
                limit_bytes: MAX_CELL as u64,
            }
        };
        format_error(Some(self.tally.n_rows + 1), reason)
    }
}
