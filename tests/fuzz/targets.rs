//! One function per fuzz target: takes any bytes, panics when something is wrong. `tests/fuzz.rs` replays kept inputs.
#![allow(dead_code)]
use kept::{
    artifact::Artifact,
    base::{
        ColumnKind, DateOrder, Error, LoadOptions, Params, Part, Quiet, Recipe, Run, Value,
        block_on,
    },
    engine::{Beside, Sink, State},
    protocol::{
        DatasetId, Desk, DeskAnswer, Event, HelperEvent, HelperRequest, ModelId, Output, Request,
        decode,
        desk::{Ask, Query, Terms},
        encode,
    },
    table::{Table, cell_text, dates, profile::profile, read},
};
use serde::{Serialize, de::DeserializeOwned};
use std::fmt::Debug;

/// A target of this file by name.
pub type Target = fn(&[u8]);

/// All of them; two more need the findings and are tried by their own unit tests.
pub const ALL: &[(&str, Target)] = &[
    ("csv", csv),
    ("append", append),
    ("numbers", numbers),
    ("dates", dates),
    ("cbor", cbor),
    ("model", model),
    ("protocol", protocol),
];

struct Deaf;

impl Sink for Deaf {
    fn progress(&self, _: kept::base::Progress) {}
    fn now_ms(&self) -> f64 {
        0.0
    }
}

/// Whatever can be shown of a table.
fn look_at(table: &Table) {
    for (field, column) in table.iter() {
        assert_eq!(column.len(), table.n_rows());
        for row in 0..table.n_rows().min(200) {
            let _ = cell_text(field, column, row);
            if let Some(v) = column.number(row) {
                assert!(!v.is_nan(), "a number that is none counts as present");
            }
        }
    }
}

const LABELS: [&str; 8] = [
    "utf-8",
    "gb18030",
    "utf-16le",
    "utf-16be",
    "windows-1252",
    "shift_jis",
    "big5",
    "koi8-r",
];
const DELIMITERS: [char; 5] = [',', ';', '\t', '|', ' '];

/// Delimited text: encodings, dialects, quotes, kinds, profile. The first two bytes choose what the person sets by hand.
pub fn csv(data: &[u8]) {
    let Some((head, text)) = data.split_at_checked(2) else {
        return;
    };
    let (a, b) = (usize::from(head[0]), usize::from(head[1]));
    let mut options = LoadOptions {
        name: "data".into(),
        encoding: (a & 1 == 1).then(|| LABELS[(a >> 1) % 8].into()),
        delimiter: (a & 16 == 16).then(|| DELIMITERS[(a >> 5) % 5]),
        ..LoadOptions::default()
    };
    let mut quiet = Quiet;
    let run = &mut Run::new(&mut quiet, 42);
    let mut source = read::Bytes(text);
    let Ok(loaded) = read::read(&mut source, &options, run) else {
        return;
    };
    look_at(&loaded.table);
    let about = profile(&loaded, "data", run).expect("a table has a profile");
    assert_eq!(about.n_rows as usize, loaded.table.n_rows());
    let again = read::read_as(&mut source, &options, loaded.table.schema(), run);
    // What was inferred can be asked for.
    let again = again.expect("a file is read with its own kinds");
    assert_eq!(again.table.n_rows(), loaded.table.n_rows());
    if let Some((field, _)) = loaded.table.at(b % loaded.table.n_columns().max(1)) {
        options.kinds = vec![(field.name.clone(), ColumnKind::ALL[(b >> 4) % 8])];
        if let Ok(forced) = read::read(&mut source, &options, run) {
            look_at(&forced.table);
            assert_eq!(forced.table.n_rows(), loaded.table.n_rows());
        }
    }
}

fn ask(state: &mut State, request: Request, beside: Beside) -> Result<Output, Error> {
    block_on(state.handle(request, beside, &Deaf)).map(|a| a.output)
}

fn file(bytes: &[u8]) -> Beside {
    Beside {
        source: Some(Box::new(read::Bytes(bytes.to_vec()))),
        bytes: None,
    }
}

fn load(state: &mut State, bytes: &[u8]) -> Result<Output, Error> {
    let request = Request::Load {
        dataset: DatasetId(1),
        options: LoadOptions::default(),
    };
    ask(state, request, file(bytes))
}

/// Rows added to a file; a NUL parts the two.
pub fn append(data: &[u8]) {
    let mut parts = data.splitn(2, |b| *b == 0);
    let (Some(first), Some(more)) = (parts.next(), parts.next()) else {
        return;
    };
    let mut state = State::default();
    let Ok(Output::Loaded(before)) = load(&mut state, first) else {
        return;
    };
    let request = Request::Append {
        dataset: DatasetId(1),
        id: before.columns.first().map(|c| c.field.name.clone()),
        optional: before
            .columns
            .iter()
            .skip(1)
            .map(|c| c.field.name.clone())
            .collect(),
        book: None,
    };
    if let Ok(Output::Appended { profile, .. }) = ask(&mut state, request, file(more)) {
        assert!(profile.n_rows > before.n_rows);
    }
}

/// Written numbers, one a line: inferred, and forced to each kind.
pub fn numbers(data: &[u8]) {
    let mut text = b"x\n".to_vec();
    text.extend(data.iter().map(|b| if *b == b'"' { b'0' } else { *b }));
    for kind in [
        None,
        Some(ColumnKind::Float),
        Some(ColumnKind::Int),
        Some(ColumnKind::Bool),
    ] {
        let options = LoadOptions {
            delimiter: Some('\t'),
            kinds: kind.map(|k| ("x".to_owned(), k)).into_iter().collect(),
            ..LoadOptions::default()
        };
        let mut quiet = Quiet;
        let run = &mut Run::new(&mut quiet, 42);
        if let Ok(loaded) = read::read(&mut read::Bytes(&text), &options, run) {
            look_at(&loaded.table);
            for (_, column) in loaded.table.iter() {
                let all = column.numbers().unwrap_or_default();
                assert!(all.iter().all(|v| !v.is_infinite()), "an endless number");
            }
        }
    }
}

/// Written dates and times, one a line.
pub fn dates(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    for cell in text.lines().take(50) {
        for order in [
            DateOrder::YearMonthDay,
            DateOrder::DayMonthYear,
            DateOrder::MonthDayYear,
        ] {
            let Some(moment) = dates::parse(cell, order) else {
                continue;
            };
            let (y, m, d) = dates::from_days(moment.days);
            assert_eq!(dates::to_days(y, m, d), Some(moment.days));
            let written = dates::date_text(moment.days);
            let again = dates::parse(&written, DateOrder::YearMonthDay);
            assert_eq!(again.map(|a| a.days), Some(moment.days), "{written}");
            let written = dates::datetime_text(moment.seconds());
            let again = dates::parse(&written, DateOrder::YearMonthDay);
            assert_eq!(
                again.map(|a| a.seconds()),
                Some(moment.seconds()),
                "{written}"
            );
        }
        if let Ok(number) = cell.trim().parse() {
            let _ = dates::from_compact(number);
        }
    }
}

/// Nothing, or something that is written and read again as the same.
fn part<T: Serialize + DeserializeOwned + Debug>(body: &[u8]) {
    let part = Part {
        kind: "fuzz".into(),
        version: 1,
        body: body.to_vec(),
    };
    let Ok(it) = part.decode::<T>(1) else { return };
    let again = Part::encode("fuzz", 1, &it).expect("what was read can be written");
    let again: T = again.decode(1).expect("what was written can be read");
    // NaN is not itself: compared as text.
    assert_eq!(format!("{it:?}"), format!("{again:?}"));
}

/// CBOR, as all parts of a model file.
pub fn cbor(data: &[u8]) {
    let Some((kind, body)) = data.split_first() else {
        return;
    };
    match kind % 8 {
        0 => part::<Artifact>(body),
        1 => part::<Recipe>(body),
        2 => part::<Params>(body),
        3 => part::<Vec<(String, Option<f64>, bool)>>(body),
        4 => part::<Vec<Vec<Part>>>(body),
        5 => part::<kept::table::Schema>(body),
        6 => part::<kept::learn::Calibration>(body),
        _ => part::<std::collections::BTreeMap<String, Value>>(body),
    }
}

/// The check value of a model file, so that the reader goes on.
fn checksum(parts: [&[u8]; 2]) -> u32 {
    let mut crc = !0_u32;
    for &byte in parts.into_iter().flatten() {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            crc = (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg());
        }
    }
    !crc
}

/// A model file with a header that fits.
pub fn sealed(format: u16, body: &[u8]) -> Vec<u8> {
    let mut out = b"KEPTMODL".to_vec();
    out.extend(format.to_le_bytes());
    out.extend((body.len() as u64).to_le_bytes());
    let crc = checksum([&out, body]);
    out.extend(crc.to_le_bytes());
    out.extend(body);
    out
}

/// A file with the columns of a model, every cell of which can be read somehow.
fn rows(columns: &[String]) -> Vec<u8> {
    let quoted = |c: &String| format!("\"{}\"", c.replace('"', "\"\""));
    let mut text = columns.iter().map(quoted).collect::<Vec<_>>().join(",");
    for line in ["1", "0", "2024-03-01", "", "7.5", "a", "yes", "12"] {
        text.push('\n');
        text.push_str(&vec![format!("\"{line}\""); columns.len()].join(","));
    }
    text.into_bytes()
}

/// A model file with whatever body, used for everything a model is used for. The first byte is the format.
pub fn model(data: &[u8]) {
    let Some((format, body)) = data.split_first() else {
        return;
    };
    let _ = Artifact::from_bytes(data);
    let mut state = State::default();
    let beside = Beside {
        source: None,
        bytes: Some(sealed(u16::from(format % 4), body)),
    };
    let request = Request::LoadModel { model: ModelId(1) };
    let Ok(Output::Model(card)) = ask(&mut state, request, beside) else {
        return;
    };
    if card.columns.len() > 200 || load(&mut state, &rows(&card.columns)).is_err() {
        return;
    }
    let request = Request::Predict {
        model: ModelId(1),
        dataset: DatasetId(1),
        n_rows: None,
        csv: true,
    };
    let _ = ask(&mut state, request, Beside::default());
    let customer = Ask::Customer {
        row: 1,
        n_similar: 2,
        actionable: card.columns.iter().take(1).cloned().collect(),
    };
    let rows = Ask::Rows {
        query: Query::default(),
        offset: 0,
        n: 5,
        n_reasons: 2,
    };
    for ask_for in [Ask::Open, rows, customer, Ask::Overview, Ask::Health] {
        let desk = Desk {
            model: ModelId(1),
            dataset: Some(DatasetId(1)),
            terms: Terms::default(),
            revision: 0,
            ask: ask_for,
        };
        let _ = ask(&mut state, Request::Desk(Box::new(desk)), Beside::default());
    }
}

fn message<T: Serialize + DeserializeOwned + Debug>(bytes: &[u8]) {
    let Ok(it) = decode::<T>(bytes) else { return };
    let again = encode(&it).expect("what was read can be written");
    let again: T = decode(&again).expect("what was written can be read");
    assert_eq!(format!("{it:?}"), format!("{again:?}"));
}

/// Messages between page, engine and helpers.
pub fn protocol(data: &[u8]) {
    let Some((kind, body)) = data.split_first() else {
        return;
    };
    match kind % 5 {
        0 => message::<Request>(body),
        1 => message::<Event>(body),
        2 => message::<HelperRequest>(body),
        3 => message::<HelperEvent>(body),
        _ => message::<DeskAnswer>(body),
    }
}
