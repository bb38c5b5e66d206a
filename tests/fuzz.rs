//! Replays what `make fuzz` found worth keeping, and writes what it starts from.
#![cfg(all(feature = "engine", not(target_arch = "wasm32")))]
#![allow(clippy::unwrap_used)]
#[path = "fuzz/targets.rs"]
mod targets;

use kept::{
    base::{Params, Part, Role, Roles, Value},
    engine::{Beside, Sink, State},
    protocol::{DatasetId, Event, ModelId, Output, Request, encode},
    table::{demo, read::Bytes},
};
use std::{fs, path::Path};

fn corpus(target: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fuzz/corpus")
        .join(target)
}

/// In parts, so that tests run beside each other.
fn replay(name: &str) {
    let (_, target) = targets::ALL.iter().find(|t| t.0 == name).unwrap();
    let mut n = 0;
    for entry in fs::read_dir(corpus(name)).unwrap() {
        let path = entry.unwrap().path();
        let bytes = fs::read(&path).unwrap();
        if std::panic::catch_unwind(|| target(&bytes)).is_err() {
            panic!("{}", path.display());
        }
        n += 1;
    }
    assert!(n > 0, "{name} has no inputs");
}

macro_rules! replays {
    ($($test:ident $name:literal),+) => {
        $(#[test]
        fn $test() { replay($name); })+

        #[test]
        fn every_target_is_replayed() {
            let replayed = [$($name),+];
            let all: Vec<&str> = targets::ALL.iter().map(|t| t.0).collect();
            assert_eq!(all, replayed);
            let cargo = fs::read_to_string(corpus("../Cargo.toml")).unwrap();
            for name in all.iter().chain(&["view", "report"]) {
                assert!(cargo.contains(&format!("name = \"{name}\"")), "{name}");
            }
        }
    };
}
replays!(
    delimited_text "csv",
    added_rows "append",
    written_numbers "numbers",
    written_dates "dates",
    parts_of_models "cbor",
    models "model",
    messages "protocol"
);

struct Deaf;
impl Sink for Deaf {
    fn progress(&self, _: kept::base::Progress) {}
    fn now_ms(&self) -> f64 {
        0.0
    }
}

/// Where fuzzing starts from: made of generated data alone.
/// `KEPT_SEEDS=FOLDER cargo test --test fuzz -- --ignored seeds`
#[test]
#[ignore = "writes files"]
fn seeds() {
    let folder = std::path::PathBuf::from(std::env::var_os("KEPT_SEEDS").unwrap());
    let write = |target: &str, name: &str, first: &[u8], bytes: &[u8]| {
        let at = folder.join(target);
        fs::create_dir_all(&at).unwrap();
        fs::write(at.join(name), [first, bytes].concat()).unwrap();
    };
    let csv = demo::generate(120, 7).csv;
    let text = String::from_utf8(csv.clone()).unwrap();
    let few: String = text.lines().take(30).map(|l| format!("{l}\n")).collect();
    write("csv", "demo", &[0, 0], few.as_bytes());
    write(
        "append",
        "demo",
        few.as_bytes(),
        &[b"\0", few.as_bytes()].concat(),
    );
    let small = [
        ("quoted", "a;b\n\"x \"\"y\"\"\";1,5\n\"z\nw\";2,25\n;\n"),
        (
            "dates",
            "d\tw\n2026-11-29\t01.02.2026 13:05\n2026-11-30\t03.02.2026 14:00\n",
        ),
        ("money", "p|q|r\n$1,234.50|12%|yes\n($3.00)|7%|no\n"),
        ("aligned", "a  b\n1  2\n3  4\n"),
    ];
    for (name, text) in small {
        write("csv", name, &[0, 0], text.as_bytes());
        write(
            "append",
            name,
            text.as_bytes(),
            &[b"\0", text.as_bytes()].concat(),
        );
    }
    let wide: Vec<u8> = "a,b\n1,ü\n2,名\n"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    write(
        "csv",
        "utf16",
        &[5, 0],
        &[&[0xff, 0xfe], wide.as_slice()].concat(),
    );
    let numbers = "1\n-2.5\n1e9\n1,234.5\n1.234,5\n$5\n5 %\n€ 1'000\n(7)\n007\n9007199254740993\nNA\n1 234\n−3\n人民币5\n";
    write("numbers", "all", &[], numbers.as_bytes());
    let dates = "2026-11-29\n29.11.2026\n11/29/2026 1:05 PM\n2026-11-29T10:00:00Z\n20261129\n2026年11月29日\n29 Nov 2026\nNov 29, 2026\n";
    write("dates", "all", &[], dates.as_bytes());
    // Few rows and columns: a model file holds some of them.
    let mut csv = b"customer,visits,plan,churn\n".to_vec();
    for i in 0..48_u32 {
        let (visits, plan) = (i * 37 % 50, ["a", "b", "c"][(i % 3) as usize]);
        let churn = if visits + i % 11 < 18 { "yes" } else { "no" };
        csv.extend(format!("C{i},{visits},{plan},{churn}\n").bytes());
    }
    let mut state = State::default();
    let load = Request::Load {
        dataset: DatasetId(1),
        options: kept::base::LoadOptions::default(),
    };
    let beside = Beside {
        source: Some(Box::new(Bytes(csv))),
        bytes: None,
    };
    let ask = |state: &mut State, request, beside| {
        kept::base::block_on(state.handle(request, beside, &Deaf)).unwrap()
    };
    let Output::Loaded(profile) = ask(&mut state, load.clone(), beside).output else {
        panic!("not loaded");
    };
    let message = |kind: u8, name: &str, bytes: Vec<u8>| write("protocol", name, &[kind], &bytes);
    message(0, "load", encode(&load).unwrap());
    message(
        1,
        "loaded",
        encode(&Event::Done(Box::new(Output::Loaded(profile.clone())))).unwrap(),
    );
    let roles = |target: &str| {
        let guesses = profile.roles.iter().filter(|g| g.role == Role::Id);
        let mut roles: Vec<_> = guesses.map(|g| (g.role, g.column.clone())).collect();
        roles.push((Role::Target, target.to_owned()));
        Roles(roles)
    };
    let guess = profile
        .roles
        .iter()
        .find(|g| g.role == Role::Target)
        .unwrap();
    let small: [(&str, &[(&str, i64)]); 9] = [
        ("tree", &[("max_depth", 2)]),
        ("boosting", &[("n_estimators", 2), ("num_leaves", 4)]),
        ("logistic", &[]),
        ("forest", &[("n_estimators", 2), ("max_depth", 2)]),
        ("extra_trees", &[("n_estimators", 2), ("max_depth", 2)]),
        ("gaussian_nb", &[]),
        ("knn", &[]),
        ("svm", &[]),
        ("mlp", &[]),
    ];
    for (learner, own) in small {
        let own = own.iter().map(|(k, v)| ((*k).to_owned(), Value::Int(*v)));
        let own = [(learner.to_owned(), Value::Map(own.collect()))];
        let params = Params::default()
            .with("learners", vec![Value::Text(learner.into())])
            .with("learner_params", Value::Map(own.into_iter().collect()))
            .with("cv", 2_i64)
            .with("explain", false)
            .with("n_repeats", 1_i64);
        let request = Request::Run {
            analysis: "churn".into(),
            dataset: DatasetId(1),
            roles: roles(&guess.column),
            params,
            recipe: None,
            model: ModelId(1),
        };
        message(0, &format!("run-{learner}"), encode(&request).unwrap());
        let done = kept::base::block_on(state.handle(request, Beside::default(), &Deaf));
        let answer = match done {
            Ok(answer) => answer,
            Err(error) => {
                println!("{learner}: {error}");
                continue;
            }
        };
        let bytes = answer.bytes.unwrap();
        write("model", learner, &bytes[8..9], &bytes[22..]);
        write("cbor", &format!("model-{learner}"), &[0], &bytes[22..]);
        if let Output::Report(report) = answer.output {
            write("report", learner, &[], &encode(&report).unwrap());
        }
    }
    let recipe = kept::prepare::suggest(&kept::table::Schema::default(), &Roles::default());
    for (kind, part) in [
        (1, Part::encode("x", 1, &recipe).unwrap()),
        (
            2,
            Part::encode(
                "x",
                1,
                &Params::default()
                    .with("a", 1.5)
                    .with("b", vec![Value::Int(2)]),
            )
            .unwrap(),
        ),
        (
            3,
            Part::encode("x", 1, &vec![("a", Some(1.5), true), ("b", None, false)]).unwrap(),
        ),
    ] {
        write("cbor", &format!("part-{kind}"), &[kind], &part.body);
    }
    // As `findings/kept.rs` writes them.
    let views: [&[u8]; 2] = [
        b"\x01\x01\x07contact\x02\0\0\0\0\0\0\x24\x40\x01\x041234\0\x06called\0\0\0\0",
        b"\x03\x03\x0aactionable\x04\x01\x03\x08Contract\x05costs\x05\x01\x07contact\x02\0\0\0\0\0\0\x24\x40\x07weights\x05\x02\x07billing\x02\0\0\0\0\0\0\x39\x40\x05usage\x02\0\0\0\0\0\0\0\0\x01\x041234\0\x06called\0\0\0\0",
    ];
    for (i, view) in views.iter().enumerate() {
        write("view", &format!("{i}"), &[], view);
    }
}
