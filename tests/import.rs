//! Every decided outcome of an import, and the real files.
#![allow(missing_docs, clippy::unwrap_used)]
use kept::base::{
    ColumnKind::{self, *},
    DateOrder, Error, Format, FormatReason, LoadOptions, Quiet, Role, Run, Warning,
};
use kept::table::{
    Column, Table, demo, profile,
    read::{self, Bytes, Loaded, read_as},
};
use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng as _, SeedableRng as _},
};

fn load_with(bytes: &[u8], options: &LoadOptions) -> Result<Loaded, Error> {
    read::read(&mut Bytes(bytes), options, &mut Run::new(&mut Quiet, 42))
}

fn load(bytes: impl AsRef<[u8]>) -> Result<Loaded, Error> {
    load_with(bytes.as_ref(), &LoadOptions::default())
}

fn kinds(table: &Table) -> Vec<ColumnKind> {
    table.schema().fields.iter().map(|f| f.kind).collect()
}

fn cells(table: &Table, name: &str) -> Vec<Option<String>> {
    let i = table.schema().position(name).unwrap();
    let (field, column) = table.at(i).unwrap();
    (0..table.n_rows())
        .map(|r| kept::table::cell_text(field, column, r))
        .collect()
}

/// Loads `text` and compares kinds, the cells of the first column (`~` for missing) and warnings.
#[track_caller]
fn check(
    text: impl AsRef<[u8]>,
    want_kinds: &[ColumnKind],
    first: &[&str],
    warnings: &[Warning],
) -> Loaded {
    let loaded = load(text).unwrap();
    assert_eq!(kinds(&loaded.table), want_kinds);
    let name = loaded.table.schema().fields[0].name.clone();
    let found: Vec<String> = cells(&loaded.table, &name)
        .into_iter()
        .map(|c| c.unwrap_or("~".into()))
        .collect();
    assert_eq!(found, first);
    assert_eq!(loaded.warnings, warnings);
    loaded
}

#[track_caller]
fn refuse(bytes: impl AsRef<[u8]>, row: Option<u64>, reason: FormatReason) {
    assert_eq!(
        load(bytes).unwrap_err(),
        Error::Format {
            row,
            column: None,
            reason
        }
    );
}

fn column(kind: &str, cells: &[&str]) -> String {
    format!("{kind}\n{}\n", cells.join("\n"))
}

fn data(name: &str) -> Vec<u8> {
    let folder = std::env::var("KEPT_DATA")
        .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data").into());
    std::fs::read(format!("{folder}/{name}")).unwrap_or_else(|e| {
        panic!("{folder}/{name} is needed for this test (set KEPT_DATA to its folder): {e}")
    })
}

#[test]
fn delimiters() {
    for d in [',', ';', '\t', '|'] {
        let text = "x,city,n\n1.5,Rome,1\n2.5,Oslo,2\n3.5,Rome,5\n".replace(',', &d.to_string());
        let loaded = check(text, &[Float, Category, Int], &["1.5", "2.5", "3.5"], &[]);
        assert_eq!(loaded.delimiter, Some(d));
    }
}

#[test]
fn quotes_doubled_quotes_and_line_breaks() {
    check(
        "a,b\n\"x, y\",1\n\"say \"\"hi\"\"\",3\n\"two\nlines\",2\n",
        &[Category, Int],
        &["x, y", "say \"hi\"", "two\nlines"],
        &[],
    );
    check(
        "a,b\n6\" pipe,1\n \"x\" ,3\n",
        &[Category, Int],
        &["6\" pipe", "x"],
        &[],
    );
}

#[test]
fn line_ends_and_bom() {
    for text in [
        "a,b\n1,x\n3,y\n",
        "a,b\r\n1,x\r\n3,y\r\n",
        "a,b\r1,x\r3,y\r",
        "\u{feff}a,b\n1,x\n3,y",
    ] {
        check(text, &[Int, Category], &["1", "3"], &[]);
    }
}

#[test]
fn encodings_give_one_table() {
    let utf8 = data("reviews_zh.csv");
    let want = load(&utf8).unwrap();
    assert_eq!(want.encoding, "utf-8");
    assert_eq!(kinds(&want.table), [Bool, Text]);
    assert_eq!(want.table.n_rows(), 11_987);
    let text = std::str::from_utf8(&utf8)
        .unwrap()
        .trim_start_matches('\u{feff}');
    let (gb, _, _) = encoding_rs::GB18030.encode(text);
    let le: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let be: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let marked = [&[0xff, 0xfe], le.as_slice()].concat();
    for (bytes, encoding) in [
        (gb.to_vec(), "gb18030"),
        (le, "utf-16le"),
        (be, "utf-16be"),
        (marked, "utf-16le"),
    ] {
        let found = load(&bytes).unwrap();
        assert_eq!(found.encoding, encoding);
        assert!(found.table == want.table, "{encoding}");
    }
}

#[test]
fn an_encoding_shown_late_in_the_file_is_found() {
    let mut text = "id,name\n".to_owned();
    for i in 0..150_000 {
        text += &format!("{i},plain\n");
    }
    let mut bytes = text.into_bytes();
    bytes.extend_from_slice(b"7,M\xfcller K\xf6ln\n8,Gr\xfcn\n");
    let loaded = load(&bytes).unwrap();
    assert_eq!(loaded.encoding, "windows-1252");
    assert!(cells(&loaded.table, "name").contains(&Some("Grün".into())));
}

#[test]
fn kinds_of_numbers() {
    let cases: &[(&[&str], ColumnKind, &[&str])] = &[
        (&["1", "-2", "30"], Int, &["1", "-2", "30"]),
        (&["1.50", "2", "-.5"], Float, &["1.5", "2", "-0.5"]),
        (&["1 234,5", "2,25"], Float, &["1234.5", "2.25"]),
        (&["1.234,5", "7,0"], Float, &["1234.5", "7"]),
        (&["1'234.5", "7.0"], Float, &["1234.5", "7"]),
        (&["$5", "-$1200", "($3)"], Int, &["5", "-1200", "-3"]),
        (&["5 EUR", "6 EUR"], Int, &["5", "6"]),
        (&["12元", "￥3"], Category, &["12元", "￥3"]),
        (&["15%", "2.5%", "-1%"], Float, &["15%", "2.5%", "-1%"]),
        (&["00123", "00456"], Category, &["00123", "00456"]),
        (
            &["12345678901234567890", "12345678901234567891"],
            Category,
            &["12345678901234567890", "12345678901234567891"],
        ),
        (&["\u{2212}5", "4"], Int, &["-5", "4"]),
    ];
    for (written, kind, want) in cases {
        let text = format!(
            "v|x\n{}\n",
            written
                .iter()
                .map(|c| format!("{c}|q"))
                .collect::<Vec<_>>()
                .join("\n")
        );
        check(text, &[*kind, Category], want, &[]);
    }
    check("v\n\"1,234.5\"\n\"7\"\n", &[Float], &["1234.5", "7"], &[]);
}

#[test]
fn kinds_of_yes_and_no() {
    for (yes, no) in [
        ("Yes", "No"),
        ("true", "false"),
        ("1", "0"),
        ("是", "否"),
        ("Y", "N"),
        ("on", "off"),
        ("ja", "nein"),
        ("1.0", "0.0"),
    ] {
        let loaded = check(column("b", &[yes, no, yes]), &[Bool], &[yes, no, yes], &[]);
        let format = &loaded.table.schema().fields[0].format;
        assert_eq!(
            format,
            &Format::Bool {
                falsy: no.into(),
                truthy: yes.into()
            }
        );
    }
    check(
        column("b", &["Yes", "No", "No phone"]),
        &[Category],
        &["Yes", "No", "No phone"],
        &[],
    );
}

#[test]
fn kinds_of_dates() {
    let ambiguous = Warning::AmbiguousDates { column: "d".into() };
    let cases: &[(&[&str], DateOrder, &[Warning])] = &[
        (&["2026-01-02", "2026-01-23"], DateOrder::YearMonthDay, &[]),
        (&["2026/1/2", "2026/1/23"], DateOrder::YearMonthDay, &[]),
        (&["20260102", "20260123", ""], DateOrder::YearMonthDay, &[]),
        (
            &["2026年1月2日", "2026年1月23日"],
            DateOrder::YearMonthDay,
            &[],
        ),
        (&["02.01.2026", "23.01.2026"], DateOrder::DayMonthYear, &[]),
        (&["2/1/2026", "23/1/2026"], DateOrder::DayMonthYear, &[]),
        (&["1/2/2026", "1/23/2026"], DateOrder::MonthDayYear, &[]),
        (
            &["2 Jan 2026", "Jan 23, 2026"],
            DateOrder::YearMonthDay,
            &[],
        ),
    ];
    for (written, order, warnings) in cases {
        let body: Vec<String> = written.iter().map(|c| format!("{c}|x")).collect();
        let loaded = load(format!("date|k\n{}\n", body.join("\n"))).unwrap();
        let field = &loaded.table.schema().fields[0];
        assert_eq!(
            (field.kind, &field.format),
            (Date, &Format::Date { order: *order }),
            "{written:?}"
        );
        assert_eq!(
            cells(&loaded.table, "date")[..2],
            [Some("2026-01-02".into()), Some("2026-01-23".into())]
        );
        assert_eq!(&loaded.warnings, warnings);
    }
    check(
        column("d", &["2/1/2026", "3/1/2026"]),
        &[Date],
        &["2026-01-02", "2026-01-03"],
        &[ambiguous],
    );
    check(
        column("d", &["2026-01-02T03:04:05Z", "2026-01-02 03:04"]),
        &[DateTime],
        &["2026-01-02 03:04:05", "2026-01-02 03:04:00"],
        &[],
    );
    check(
        column("d", &["2026-01-02 00:00:00"]),
        &[Date],
        &["2026-01-02"],
        &[],
    );
}

#[test]
fn missing_spellings() {
    let words = [
        "3", "", "  ", "NA", "N/A", "null", "NaN", "-", "无", "None", "8",
    ];
    let body: Vec<String> = words.iter().map(|w| format!("{w},x")).collect();
    let want: Vec<&str> = words
        .iter()
        .map(|w| if ["3", "8"].contains(w) { *w } else { "~" })
        .collect();
    check(
        format!("n,k\n{}", body.join("\n")),
        &[Int, Category],
        &want,
        &[],
    );
}

#[test]
fn ids_are_told_from_measures() {
    let mut text = "RowNumber,CustomerId,Age,Balance,code\n".to_owned();
    for i in 0..60 {
        text += &format!(
            "{},{},{},{},AB-{i}\n",
            i + 1,
            15_600_000 + i * 37 % 1009,
            20 + i,
            1000 + i * 7
        );
    }
    assert_eq!(kinds(&load(&text).unwrap().table), [Id, Id, Int, Int, Id]);
}

#[test]
fn ragged_rows() {
    let short = Warning::ShortRows {
        count: 1,
        first_row: 2,
    };
    let long = Warning::LongRows {
        count: 1,
        first_row: 3,
    };
    let loaded = check(
        "a,b,c\n1,2,3\n4,5\n6,7,8,9\n2,2,2,,\n",
        &[Int; 3],
        &["1", "4", "6", "2"],
        &[short, long],
    );
    assert_eq!(cells(&loaded.table, "c")[1], None);
}

#[test]
fn blank_lines() {
    check(
        "\n\na,b\n1,2\n\n  \n3,4\n",
        &[Int, Int],
        &["1", "3"],
        &[Warning::BlankLines { count: 2 }],
    );
}

#[test]
fn unterminated_quote() {
    refuse(
        "a,b\n1,2\n3,\"4\n5,6\n",
        Some(2),
        FormatReason::UnterminatedQuote,
    );
}

#[test]
fn files_that_are_no_tables() {
    refuse("", None, FormatReason::Empty);
    refuse("\n\n  \n", None, FormatReason::Empty);
    refuse("a,b\n", None, FormatReason::NoRows);
    refuse(b"\x89PNG\r\n\x1a\n\0\0", None, FormatReason::Binary);
    refuse(b"a,b\n\0\x01\x02\0", None, FormatReason::Binary);
    refuse(b"PK\x03\x04xlsx", None, FormatReason::Unsupported);
    refuse(
        vec![b','; 20_000],
        None,
        FormatReason::TooManyColumns { limit: 16_384 },
    );
    let large = format!("a,b\n1,2\n{},3\n", "x".repeat(5 << 20));
    refuse(
        large,
        Some(2),
        FormatReason::CellTooLarge {
            limit_bytes: 4 << 20,
        },
    );
}

#[test]
fn column_names() {
    let empty = Warning::EmptyName {
        name: "column_2".into(),
    };
    let twice = Warning::DuplicateName {
        name: "a".into(),
        renamed: "a_2".into(),
    };
    let loaded = check(
        "a,,a\n1,2,3\n5,5,5\n",
        &[Int; 3],
        &["1", "5"],
        &[empty, twice],
    );
    assert_eq!(loaded.table.schema().fields[2].name, "a_2");
}

#[test]
fn a_few_strange_cells_become_missing() {
    let mut body: Vec<String> = (0..200).map(|i| format!("{}.5", i % 50)).collect();
    body[7] = "see note".into();
    body[9] = "n/a".into();
    let text = format!("v\n{}\n", body.join("\n"));
    let loaded = load(&text).unwrap();
    let warning = Warning::StrangeCells {
        column: "v".into(),
        count: 1,
        first_row: 8,
        kind: Float,
    };
    assert_eq!(loaded.warnings, [warning]);
    assert_eq!(loaded.table.column("v").unwrap().n_missing(), 2);
    for cell in body.iter_mut().take(30) {
        *cell = "word".into();
    }
    assert_eq!(
        kinds(&load(format!("v\n{}\n", body.join("\n"))).unwrap().table),
        [Category]
    );
}

#[test]
fn a_column_that_turns_out_otherwise_is_read_again() {
    let mut text = "v,w,z\n".to_owned();
    for i in 0..6_000 {
        text += &format!("{i},{},{:05}\n", i % 7, i + 5000);
    }
    for _ in 0..200 {
        text += "\"1,234\",word,12\n";
    }
    let loaded = load(&text).unwrap();
    assert_eq!(kinds(&loaded.table), [Int, Category, Id]);
    let w = cells(&loaded.table, "w");
    assert_eq!(
        (w[3].as_deref(), w[6_100].as_deref()),
        (Some("3"), Some("word"))
    );
    assert_eq!(cells(&loaded.table, "z")[0].as_deref(), Some("05000"));
}

fn forced(text: &str, kind: ColumnKind) -> Result<Loaded, Error> {
    let options = LoadOptions {
        kinds: vec![("v".into(), kind)],
        ..LoadOptions::default()
    };
    load_with(text.as_bytes(), &options)
}

#[test]
fn a_person_overrides_kinds() {
    let numbers = column("v", &["007", "1.50", "7"]);
    assert_eq!(
        cells(&forced(&numbers, Category).unwrap().table, "v")[..2],
        [Some("007".into()), Some("1.50".into())]
    );
    assert_eq!(
        kinds(&forced(&column("v", &["1", "2", "0"]), Float).unwrap().table),
        [Float]
    );
    let loaded = forced(&column("v", &["1", "2.5", "3"]), Int).unwrap();
    assert_eq!(
        loaded.warnings,
        [Warning::StrangeCells {
            column: "v".into(),
            count: 1,
            first_row: 2,
            kind: Int
        }]
    );
    let cell = |row, kind| Error::Cell {
        row,
        name: "v".into(),
        kind,
    };
    assert_eq!(
        forced(&column("v", &["1", "x", "y", "z"]), Float).unwrap_err(),
        cell(2, Float)
    );
    assert_eq!(
        forced(&column("v", &["a", "b", "c"]), Bool).unwrap_err(),
        cell(3, Bool)
    );
    let loaded = forced(&column("v", &["stayed", "left", "stayed"]), Bool).unwrap();
    assert_eq!(
        loaded.table.schema().fields[0].format,
        Format::Bool {
            falsy: "stayed".into(),
            truthy: "left".into()
        }
    );
    let options = LoadOptions {
        kinds: vec![("q".into(), Int)],
        ..LoadOptions::default()
    };
    assert_eq!(
        load_with(b"a\n1\n", &options).unwrap_err(),
        Error::MissingColumn { name: "q".into() }
    );
}

#[test]
fn a_second_file_takes_kinds_and_formats_of_the_first() {
    let first = load("d,p,b,n\n13/1/2026,5%,Yes,1.5\n2/1/2026,7%,No,2\n").unwrap();
    let second = b"n,b,p,d,extra\n3,1,50%,3/4/2026,x\nword,0,1%,3/4/2026,y\n4,YES,1%,,y\n";
    let options = LoadOptions::default();
    let mut quiet = Quiet;
    let loaded = read_as(
        &mut Bytes(second),
        &options,
        first.table.schema(),
        &mut Run::new(&mut quiet, 1),
    )
    .unwrap();
    for field in &first.table.schema().fields {
        assert_eq!(loaded.table.schema().field(&field.name).unwrap(), field);
    }
    assert_eq!(cells(&loaded.table, "d")[0].as_deref(), Some("2026-04-03"));
    assert_eq!(
        cells(&loaded.table, "b"),
        [Some("Yes".into()), Some("No".into()), Some("Yes".into())]
    );
    assert_eq!(loaded.table.column("p").unwrap().number(0), Some(0.5));
    assert_eq!(
        loaded.warnings,
        [Warning::StrangeCells {
            column: "n".into(),
            count: 1,
            first_row: 2,
            kind: Float
        }]
    );
}

fn mean(table: &Table, name: &str) -> f64 {
    let c = table.column(name).unwrap();
    let v: Vec<f64> = (0..c.len()).filter_map(|i| c.number(i)).collect();
    v.iter().sum::<f64>() / v.len() as f64
}

fn close(a: f64, b: f64) {
    assert!((a - b).abs() <= 1e-9 * b.abs().max(1.0), "{a} {b}");
}

#[test]
fn telco_as_pandas_reads_it() {
    let loaded = load(data("telco_churn.csv")).unwrap();
    let t = &loaded.table;
    let want = [
        Id, Category, Bool, Bool, Bool, Int, Bool, Category, Category, Category, Category,
        Category, Category, Category, Category, Category, Bool, Category, Float, Float, Bool,
    ];
    assert_eq!(kinds(t), want);
    assert_eq!(loaded.warnings, []);
    assert_eq!(
        (t.n_rows(), t.column("TotalCharges").unwrap().n_missing()),
        (7043, 0)
    );
    let p = profile::profile(&loaded, "telco", &mut Run::new(&mut Quiet, 42)).unwrap();
    let total = p.columns[19].numbers.as_ref().unwrap();
    close(total.mean, 2279.7343035638223);
    close(total.median, 1394.55);
    close(total.sd, 2266.7944696890213);
    assert_eq!(p.columns[19].n_distinct, 6531);
    close(mean(t, "MonthlyCharges"), 64.76169246059918);
    close(mean(t, "tenure"), 32.37114865824223);
    let role = |r: Role| p.roles.iter().find(|g| g.role == r).unwrap();
    assert_eq!(role(Role::Id).column, "customerID");
    assert_eq!(role(Role::Target).column, "Churn");
    assert_eq!(role(Role::Target).classes, ["No", "Yes"]);
    assert_eq!(role(Role::Value).column, "MonthlyCharges");
    assert_eq!(p.columns[20].top[0].count, 5174);
    assert_eq!(p.preview.len(), 20);
    assert_eq!(p.preview[0][18..], ["29.85", "29.85", "No"]);
}

#[test]
fn bank_as_pandas_reads_it_padded_or_not() {
    let loaded = load(data("bank_churn.csv")).unwrap();
    let t = &loaded.table;
    let want = [
        Id, Id, Category, Int, Category, Category, Int, Int, Float, Int, Bool, Bool, Float, Bool,
    ];
    assert_eq!(kinds(t), want);
    close(mean(t, "Balance"), 76_485.889_288);
    close(mean(t, "EstimatedSalary"), 100_090.239_881);
    close(mean(t, "Age"), 38.9218);
    let p = profile::profile(&loaded, "bank", &mut Run::new(&mut Quiet, 42)).unwrap();
    let role = |r: Role| p.roles.iter().find(|g| g.role == r).unwrap();
    assert_eq!(role(Role::Id).column, "CustomerId");
    assert_eq!(
        (
            role(Role::Target).column.as_str(),
            &role(Role::Target).classes[..]
        ),
        ("Exited", &["0".to_owned(), "1".into()][..])
    );
    assert!(p.warnings.contains(&Warning::HighCardinality {
        column: "Surname".into(),
        n_levels: 2932
    }));
    let padded = load(data("bank_churn_padded.csv")).unwrap();
    assert_eq!(padded.warnings, []);
    assert!(padded.table == loaded.table);
}

#[test]
fn other_files() {
    let cdnow = load(data("cdnow_master.txt")).unwrap();
    assert_eq!(kinds(&cdnow.table), [Id, Date, Int, Float]);
    assert_eq!((cdnow.table.n_rows(), cdnow.delimiter), (69_659, Some(' ')));
    let reviews = load(data("reviews_en.csv")).unwrap();
    assert_eq!(reviews.table.n_rows(), 4000);
    assert_eq!(kinds(&reviews.table)[1..], [Text, Category]);
}

#[test]
fn odd_columns_are_named() {
    let mut text = "one,x,y,skewed,gone,flag,word\n".to_owned();
    for i in 0..300_i32 {
        let v = (i * 7919 % 300) as f64;
        let flag = i % 3 == 0;
        text += &format!(
            "5,{v},{},{},{},{},{}\n",
            v * 2.0 + 1.0,
            if i == 9 { 1e6 } else { 1.5 + f64::from(i % 2) },
            if i < 9 { "q" } else { "" },
            u8::from(flag),
            if flag { "red" } else { "blue" }
        );
    }
    let p = profile::profile(&load(&text).unwrap(), "x", &mut Run::new(&mut Quiet, 1)).unwrap();
    let has = |f: &dyn Fn(&Warning) -> bool| assert!(p.warnings.iter().any(f), "{:?}", p.warnings);
    has(&|w| matches!(w, Warning::ConstantColumn { column } if column == "one"));
    has(
        &|w| matches!(w, Warning::NearDuplicateColumns { column, other, .. } if column == "y" && other == "x"),
    );
    has(
        &|w| matches!(w, Warning::NearDuplicateColumns { column, other, .. } if column == "word" && other == "flag"),
    );
    has(&|w| matches!(w, Warning::SkewedColumn { column, .. } if column == "skewed"));
    has(&|w| matches!(w, Warning::MostlyMissing { column, .. } if column == "gone"));
}

#[test]
fn demo_data_is_read_as_meant() {
    let demo = demo::generate(5_000, 42);
    let loaded = load(&demo.csv).unwrap();
    let kind = |n: &str| loaded.table.schema().field(n).unwrap().kind;
    assert_eq!(kind("account_id"), Id);
    assert_eq!(
        (
            kind("signup_date"),
            kind("support_tickets"),
            kind("monthly_revenue")
        ),
        (Date, Int, Float)
    );
    assert_eq!(
        (kind("plan"), kind("churned"), kind("auto_renew")),
        (Category, Bool, Bool)
    );
    let Column::Bool(churned) = loaded.table.column("churned").unwrap() else {
        panic!()
    };
    assert_eq!(churned.data(), demo.churned);
    assert!(
        loaded.warnings.iter().any(
            |w| matches!(w, Warning::StrangeCells { column, .. } if column == "support_tickets")
        )
    );
    let p = profile::profile(&loaded, "demo", &mut Run::new(&mut Quiet, 1)).unwrap();
    let role = |r: Role| p.roles.iter().find(|g| g.role == r).unwrap().column.clone();
    assert_eq!(
        (role(Role::Id), role(Role::Target)),
        ("account_id".into(), "churned".into())
    );
    assert_eq!(
        (role(Role::Value), role(Role::Date)),
        ("monthly_revenue".into(), "signup_date".into())
    );
}

#[test]
fn nothing_panics() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let alphabet: Vec<&[u8]> = vec![
        b",",
        b",",
        b"\n",
        b"\n",
        b"\r",
        b"\"",
        b" ",
        b";",
        b"\t",
        b"1",
        b"0",
        b"2026-01-02",
        b"a",
        b"-",
        b".",
        b"%",
        b"$",
        b"\xe6\x98\xaf",
        b"\xff",
        b"\0",
        b"e",
        b"NA",
        b"yes",
        b"no",
        b"(",
        b")",
        b"12/11/2026",
        b"|",
        b"'",
        b"Nov",
    ];
    let kinds = ColumnKind::ALL;
    for case in 0..6_000_u32 {
        let n = (rng.next_u32() % 120) as usize;
        let mut bytes = Vec::new();
        for _ in 0..n {
            match case % 3 {
                0 => bytes.push(rng.next_u32() as u8),
                _ => bytes.extend_from_slice(alphabet[rng.next_u32() as usize % alphabet.len()]),
            }
        }
        if let Ok(loaded) = load(&bytes) {
            let p = profile::profile(&loaded, "x", &mut Run::new(&mut Quiet, 1)).unwrap();
            assert_eq!(p.columns.len(), loaded.table.n_columns());
            let name = loaded.table.schema().fields[0].name.clone();
            let kind = kinds[case as usize % kinds.len()];
            let _ = load_with(
                &bytes,
                &LoadOptions {
                    kinds: vec![(name, kind)],
                    ..LoadOptions::default()
                },
            );
        }
    }
}
