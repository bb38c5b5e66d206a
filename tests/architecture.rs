//! The layers of `src/ARCHITECTURE.md`, checked: who imports whom, where the browser may be touched, how large files get.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used)]
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// Each room and the rooms it may import.
const ALLOWED: &[(&str, &[&str])] = &[
    ("base", &[]),
    ("charts", &["base"]),
    ("report", &["base", "charts"]),
    ("protocol", &["base", "report"]),
    ("table", &["base"]),
    ("prepare", &["base", "table"]),
    ("learn", &["base"]),
    ("evaluate", &["base", "charts", "learn"]),
    ("artifact", &["base", "table", "prepare", "learn"]),
    (
        "analyses",
        &[
            "base", "charts", "report", "table", "prepare", "learn", "evaluate", "artifact",
        ],
    ),
    // `learn` and `prepare` for the catalogue only.
    (
        "engine",
        &[
            "base", "report", "protocol", "table", "artifact", "analyses", "learn", "prepare",
        ],
    ),
    ("client", &["base", "protocol", "report"]),
    ("ui", &["base", "charts", "report", "protocol", "client"]),
    ("findings", &["base", "charts", "report", "protocol", "ui"]),
    (
        "embed",
        &["base", "charts", "report", "protocol", "client", "ui"],
    ),
];
/// Rooms that may touch the browser.
const BROWSER: &[&str] = &["engine", "client", "ui", "findings", "embed", "bin"];
const MAX_LINES: usize = 600;

fn rust_files(dir: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|e| e == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// The part of a file that is shipped, without comments: what follows its test module is left out.
fn shipped(text: &str) -> String {
    let code = text.split("\n#[cfg(test)]\nmod ").next().unwrap_or(text);
    let line = |l: &str| {
        if l.trim_start().starts_with("//") {
            String::new()
        } else {
            l.to_owned()
        }
    };
    code.lines().map(line).collect::<Vec<_>>().join("\n")
}

fn ident(text: &str) -> String {
    text.trim_start()
        .chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .collect()
}

/// Rooms named after `crate::` (or `kept::` in the binaries), groups in braces included.
fn imports(code: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for rest in code.split("crate::").skip(1) {
        let Some(group) = rest.strip_prefix('{') else {
            found.insert(ident(rest));
            continue;
        };
        let (mut depth, mut start) = (0_u32, 0);
        for (i, c) in group.char_indices() {
            match c {
                '{' => depth += 1,
                '}' if depth == 0 => {
                    found.insert(ident(&group[start..i]));
                    break;
                }
                '}' => depth -= 1,
                ',' if depth == 0 => {
                    found.insert(ident(&group[start..i]));
                    start = i + 1;
                }
                _ => {}
            }
        }
    }
    found.remove("");
    found
}

fn room_of(relative: &Path) -> String {
    let first = relative
        .components()
        .next()
        .unwrap()
        .as_os_str()
        .to_string_lossy();
    first.trim_end_matches(".rs").to_owned()
}

/// What is wrong with one file.
fn faults(relative: &Path, text: &str) -> Vec<String> {
    let room = room_of(relative);
    let at = relative.display();
    let code = shipped(text);
    let mut bad = Vec::new();
    if room != "lib" && !text.starts_with("//!") {
        bad.push(format!("{at}: no module documentation"));
    }
    if code.lines().count() > MAX_LINES {
        bad.push(format!(
            "{at}: {} lines, more than {MAX_LINES}",
            code.lines().count()
        ));
    }
    for name in ["web_sys", "js_sys", "wasm_bindgen", "leptos"] {
        let used = code.contains(&format!("{name}::")) || code.contains(&format!("use {name}"));
        if used && !BROWSER.contains(&room.as_str()) {
            bad.push(format!("{at}: {room} may not touch {name}"));
        }
    }
    if room == "lib" || room == "bin" {
        return bad;
    }
    let Some((_, allowed)) = ALLOWED.iter().find(|(name, _)| *name == room) else {
        bad.push(format!("{at}: room {room} has no row in ALLOWED"));
        return bad;
    };
    for other in imports(&code) {
        let is_room = ALLOWED.iter().any(|(name, _)| *name == other);
        if is_room && other != room && !allowed.contains(&other.as_str()) {
            bad.push(format!("{at}: {room} may not import {other}"));
        }
    }
    // Analyses stand beside each other.
    if let Ok(inside) = relative.strip_prefix("analyses") {
        let mine = room_of(inside);
        for rest in code.split("analyses::").skip(1) {
            let other = ident(rest);
            if other.chars().next().is_some_and(char::is_lowercase)
                && other != mine
                && mine != "mod"
            {
                bad.push(format!(
                    "{at}: analysis {mine} may not import analysis {other}"
                ));
            }
        }
    }
    bad
}

#[test]
fn every_file_keeps_to_its_room() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let files = rust_files(&src);
    assert!(files.len() > 50, "the sources were not found");
    let check = |file: &PathBuf| {
        faults(
            file.strip_prefix(&src).unwrap(),
            &fs::read_to_string(file).unwrap(),
        )
    };
    let bad: Vec<String> = files.iter().flat_map(check).collect();
    assert!(bad.is_empty(), "{}", bad.join("\n"));
}

#[test]
fn a_planted_upward_import_is_found() {
    let check = |path: &str, text: &str| faults(Path::new(path), text);
    assert_eq!(
        check("learn/tree.rs", "//! Doc.\nuse crate::base::Result;\n"),
        Vec::<String>::new()
    );
    let planted = [
        ("learn/tree.rs", "//! Doc.\nuse crate::table::Table;\n"),
        (
            "base/run.rs",
            "//! Doc.\nfn f() { crate::engine::start(); }\n",
        ),
        (
            "ui/panels/churn.rs",
            "//! Doc.\nuse crate::{\n    base::{Error, Result},\n    learn::LEARNERS,\n};\n",
        ),
        ("charts/roc.rs", "//! Doc.\nuse web_sys::Element;\n"),
        (
            "analyses/segments.rs",
            "//! Doc.\nuse crate::analyses::churn::X;\n",
        ),
        ("prepare/drop.rs", "use crate::base::Result;\n"),
        ("cellar/mod.rs", "//! Doc.\n"),
    ];
    for (path, text) in planted {
        assert_eq!(check(path, text).len(), 1, "{path}");
    }
    let long = format!("//! Doc.\n{}", "fn f() {}\n".repeat(MAX_LINES));
    assert_eq!(check("base/long.rs", &long).len(), 1);
}
