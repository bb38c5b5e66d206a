//! Words that stand for "no value" and for yes and no.

/// Spellings of a missing value, lower case.
///
/// They are missing in every column: a category in which `None` is meant as a level of its own loses that level,
/// which is the lesser harm, since an unnoticed `None` in a number column would cost the whole column.
const MISSING: &[&str] = &[
    "na", "n/a", "n.a.", "n.a", "#n/a", "#na", "<na>", "null", "(null)", "<null>", "#null!", "nan",
    "-nan", "nat", "none", "nil", "\\n", "-", "--", "---", "–", "—", "?", "#value!", "#div/0!",
    "#ref!", "#name?", "(blank)", "无", "空", "缺失", "暂无",
];

/// Whether a cell stands for a missing value: blank, or one of the usual spellings in any case.
pub fn is_missing(cell: &[u8]) -> bool {
    let cell = cell.trim_ascii();
    match cell.len() {
        0 => true,
        1 => matches!(cell[0], b'-' | b'?'),
        2..=9 => MISSING
            .iter()
            .any(|m| m.as_bytes().eq_ignore_ascii_case(cell)),
        _ => false,
    }
}

/// Words for no and for yes, lower case; a row is one way of writing them.
const FAMILIES: &[(&[&str], &[&str])] = &[
    (&["0", "0.0"], &["1", "1.0"]),
    (&["no", "n"], &["yes", "y"]),
    (&["false", "f"], &["true", "t"]),
    (&["off"], &["on"]),
    (&["否"], &["是"]),
    (&["假"], &["真"]),
    (&["错"], &["对"]),
    (&["没有"], &["有"]),
    (&["nein", "n"], &["ja", "j"]),
    (&["non", "n"], &["oui", "o"]),
    (&["no", "n"], &["sí", "si", "s"]),
    (&["no"], &["sì"]),
    (&["não", "nao", "n"], &["sim", "s"]),
    (&["nee"], &["ja"]),
    (&["nej"], &["ja"]),
    (&["нет"], &["да"]),
    (&["いいえ"], &["はい"]),
    (&["아니요", "아니오"], &["예", "네"]),
];

fn has(words: &[&str], lower: &str) -> bool {
    words.contains(&lower)
}

/// What a known word means, alone: `Some(true)` for yes.
pub fn truth(cell: &str) -> Option<bool> {
    let lower = cell.trim().to_lowercase();
    FAMILIES.iter().find_map(|(no, yes)| {
        if has(yes, &lower) {
            Some(true)
        } else if has(no, &lower) {
            Some(false)
        } else {
            None
        }
    })
}

/// The meaning of each level when together they are one way of writing yes and no, both of which occur.
pub fn truths(levels: &[&str]) -> Option<Vec<bool>> {
    let lower: Vec<String> = levels.iter().map(|l| l.trim().to_lowercase()).collect();
    FAMILIES.iter().find_map(|(no, yes)| {
        let meanings: Vec<bool> = lower
            .iter()
            .map(|l| match (has(no, l), has(yes, l)) {
                (true, _) => Some(false),
                (_, true) => Some(true),
                _ => None,
            })
            .collect::<Option<_>>()?;
        (meanings.contains(&true) && meanings.contains(&false)).then_some(meanings)
    })
}

/// Words of a class that one would call positive: the customer is gone.
const POSITIVE: &[&str] = &[
    "yes",
    "y",
    "true",
    "t",
    "1",
    "1.0",
    "churn",
    "churned",
    "left",
    "exited",
    "lost",
    "attrited",
    "attrited customer",
    "cancelled",
    "canceled",
    "closed",
    "inactive",
    "lapsed",
    "gone",
    "on",
    "ja",
    "oui",
    "sim",
    "sí",
    "是",
    "流失",
    "已流失",
    "离开",
    "退订",
    "真",
    "positive",
    "bad",
    "default",
];

/// Words of the class that stays.
const NEGATIVE: &[&str] = &[
    "no",
    "n",
    "false",
    "f",
    "0",
    "0.0",
    "stayed",
    "retained",
    "active",
    "kept",
    "existing",
    "existing customer",
    "current",
    "open",
    "off",
    "nein",
    "non",
    "não",
    "否",
    "未流失",
    "留存",
    "假",
    "negative",
    "good",
];

/// Whether a label names the positive class (`Some(true)`), the negative one, or neither.
pub fn positive(label: &str) -> Option<bool> {
    let lower = label.trim().to_lowercase();
    if has(POSITIVE, &lower) {
        Some(true)
    } else if has(NEGATIVE, &lower) {
        Some(false)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_spellings() {
        for m in [
            "", "  ", "NA", "n/a", "Null", "NaN", "None", "-", "--", "无", "空", "#N/A", "?",
        ] {
            assert!(is_missing(m.as_bytes()), "{m:?}");
        }
        for v in ["0", "no", "Nan Jing", "-1", "x", "无锡市"] {
            assert!(!is_missing(v.as_bytes()), "{v:?}");
        }
    }

    #[test]
    fn yes_and_no_must_be_of_one_family() {
        assert_eq!(truths(&["Yes", "no", "YES"]), Some(vec![true, false, true]));
        assert_eq!(truths(&["是", "否"]), Some(vec![true, false]));
        assert_eq!(truths(&["ja", "nein"]), Some(vec![true, false]));
        assert_eq!(truths(&["yes", "false"]), None);
        assert_eq!(truths(&["yes"]), None);
        assert_eq!(truth("TRUE"), Some(true));
        assert_eq!(truth("0"), Some(false));
        assert_eq!(truth("maybe"), None);
    }
}
