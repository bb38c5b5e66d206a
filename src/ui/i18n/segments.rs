//! Segments in words.
use super::{Arg, Lang, Style, fill, option};
use crate::report::{SegmentTrait, Sentence};

/// The name of a segment: of a number "Segment 3", of a group its own, a person's own as it is.
pub fn segment(lang: Lang, id: &str) -> String {
    match option(lang, "segment", id) {
        name if name != id => name.to_owned(),
        _ if id.bytes().all(|b| b.is_ascii_digit()) => {
            fill(lang, lang.texts().segment_named, &[("n", Arg::Text(id))])
        }
        own => own.to_owned(),
    }
}

fn one(lang: Lang, it: &SegmentTrait) -> String {
    let t = lang.texts();
    let style = match it.level {
        Some(_) => Style::Percent,
        None => Style::Short,
    };
    let template = match &it.level {
        Some(_) => t.said_trait_level,
        None if it.value > it.others => t.said_trait_higher,
        None => t.said_trait_lower,
    };
    let args = [
        ("column", Arg::Text(&it.column)),
        ("level", Arg::Text(it.level.as_deref().unwrap_or_default())),
        ("value", Arg::Number(it.value, style)),
        ("others", Arg::Number(it.others, style)),
    ];
    fill(lang, template, &args)
}

/// A finding about segments as one sentence; of any other nothing.
pub(super) fn said(lang: Lang, sentence: &Sentence) -> String {
    let t = lang.texts();
    match sentence {
        Sentence::SegmentsFound {
            n_segments,
            n_rows,
            method,
            by_measures,
        } => {
            let template = match (n_segments, by_measures) {
                (0, _) => t.said_segments_nobody,
                (_, true) => t.said_segments_measured,
                _ => t.said_segments_found,
            };
            let args = [
                ("n", Arg::Count(*n_rows)),
                ("k", Arg::Count(*n_segments)),
                ("method", Arg::Text(option(lang, "method", method))),
            ];
            fill(lang, template, &args)
        }
        Sentence::SegmentIs {
            segment: id,
            share,
            value_share,
            traits,
            ..
        } => {
            let all: Vec<String> = traits.iter().map(|it| one(lang, it)).collect();
            let mut with = fill(lang, "{all}", &[("all", Arg::List(&all))]);
            if !all.is_empty() {
                with.insert_str(0, t.said_trait_with);
            }
            let template = match value_share {
                Some(_) => t.said_segment_value,
                None => t.said_segment,
            };
            let name = segment(lang, id);
            let args = [
                ("name", Arg::Text(&name)),
                ("share", Arg::Number(*share, Style::Percent1)),
                (
                    "value",
                    Arg::Number(value_share.unwrap_or_default(), Style::Percent1),
                ),
                ("traits", Arg::Text(&with)),
            ];
            fill(lang, template, &args)
        }
        Sentence::SegmentsOfOneCloud => t.said_segments_cloud.to_owned(),
        Sentence::MixedColumns {
            n_numbers,
            n_categories,
            gower,
        } => {
            let template = if *gower {
                t.said_mixed_gower
            } else {
                t.said_mixed_encoded
            };
            let args = [
                ("numbers", Arg::Count(*n_numbers)),
                ("categories", Arg::Count(*n_categories)),
            ];
            fill(lang, template, &args)
        }
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_are_said_in_both_languages() {
        let it = Sentence::SegmentIs {
            segment: "2".into(),
            n: 12,
            share: 0.12,
            value_share: Some(0.31),
            traits: vec![
                SegmentTrait {
                    column: "seats".into(),
                    level: None,
                    value: 40.0,
                    others: 9.0,
                },
                SegmentTrait {
                    column: "plan".into(),
                    level: Some("Enterprise".into()),
                    value: 0.9,
                    others: 0.1,
                },
            ],
        };
        assert_eq!(
            said(Lang::En, &it),
            "Segment 2: 12.0% of customers, 31.0% of value with higher seats (40, elsewhere 9), plan is Enterprise (90%, elsewhere 10%)."
        );
        for lang in Lang::ALL {
            let text = said(lang, &it);
            assert!(
                text.contains("Enterprise") && !text.contains(['{', '}']),
                "{text}"
            );
        }
        assert_eq!(segment(Lang::Zh, "lost"), "已流失");
        assert_eq!(segment(Lang::En, "my own"), "my own");
    }
}
