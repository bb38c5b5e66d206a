//! Sentences in a row.
use crate::ui::i18n::Lang;

/// Sentences as one text: those that may stand alone, as titles do, end with a stop here.
pub(in crate::findings) fn run_on(lang: Lang, said: impl IntoIterator<Item = String>) -> String {
    let (stop, space) = match lang {
        Lang::Zh | Lang::ZhOther => ("。", ""),
        Lang::En | Lang::EnOther => (".", " "),
    };
    let mut out = String::new();
    for one in said {
        if !out.is_empty() {
            out.push_str(space);
        }
        out.push_str(&one);
        if !one.ends_with(['.', '!', '?', '。', '！', '？']) {
            out.push_str(stop);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_end_with_a_stop_where_more_follows() {
        let said = || ["One 0.5", "Two."].map(str::to_owned);
        assert_eq!(run_on(Lang::En, said()), "One 0.5. Two.");
        assert_eq!(run_on(Lang::Zh, said()), "One 0.5。Two.");
    }
}
