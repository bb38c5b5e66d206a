//! Fuzz targets of what findings read and write. Not part of any build that is shipped.
use super::{
    document::{About, html},
    kept::Kept,
};
use crate::{protocol, report::Report, ui::i18n::Lang};

/// What a view keeps: nothing, or what is written and read again as the same.
pub fn view(data: &[u8]) {
    let Some(kept) = Kept::read(data) else { return };
    let said = format!("{kept:?}");
    let again = Kept::read(&kept.write()).map(|k| format!("{k:?}"));
    // NaN is not itself: compared as text.
    assert_eq!(again.as_ref(), Some(&said));
}

/// A report, whatever is in it, as a file: no markup but its own.
pub fn report(data: &[u8]) {
    let Ok(report) = protocol::decode::<Report>(data) else {
        return;
    };
    let about = About {
        name: "data.csv",
        date: "2026-11-29",
        threshold: report.threshold(),
    };
    for lang in Lang::ALL {
        let text = html(&report, lang, about);
        for tag in ["<script", "<img", "<iframe", "<object", "<link"] {
            assert!(!text.contains(tag), "{tag}");
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::{fs, path::Path};

    /// What `make fuzz` found worth keeping.
    fn replay(name: &str, target: fn(&[u8])) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus");
        let mut n = 0;
        for entry in fs::read_dir(folder.join(name)).unwrap() {
            target(&fs::read(entry.unwrap().path()).unwrap());
            n += 1;
        }
        assert!(n > 0, "{name} has no inputs");
    }

    #[test]
    fn kept_views_are_read_or_refused() {
        replay("view", super::view);
    }

    #[test]
    fn kept_reports_become_files() {
        replay("report", super::report);
    }
}
