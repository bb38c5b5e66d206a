//! Every visible text, in every language. A language is one file in `www/texts` and a variant of [`Lang`]; a test finds a
//! missing text.
mod errors;
mod fill;
mod names;
mod number;
mod said;
mod segments;
mod source;
mod texts;
mod trouble;
mod warnings;
mod why;

pub use errors::{advice, error};
pub use fill::{Arg, fill};
pub use names::{
    action, action_why, figure_why, head, learner, learner_why, metric, metric_why, option,
    option_why, param, param_in, param_why, table, table_why, transform, transform_why,
};
pub use number::{Style, bytes, count, date, date_time, number};
pub use said::{kind, reason, role, role_why, sentence, stage};
pub use segments::segment;
#[cfg(target_arch = "wasm32")]
pub use source::{ensure, fetch_with, is_held, take_up};
pub use texts::Texts;
pub use trouble::trouble;
pub use warnings::warning;
pub use why::phrases;

use crate::charts::Said;
use serde::{Deserialize, Serialize};

/// A language of the interface, as it speaks of customers who leave or of any other outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// Simplified Chinese.
    Zh,
    /// English about other outcomes than leaving.
    #[serde(skip)]
    EnOther,
    /// Simplified Chinese about other outcomes than leaving.
    #[serde(skip)]
    ZhOther,
}

impl Lang {
    /// All languages, in the order in which they are offered.
    pub const ALL: [Self; 2] = [Self::En, Self::Zh];

    /// The same language as it speaks of what `analysis` is about: its file has lines `other …` for what is said
    /// differently of other outcomes than leaving.
    #[must_use]
    pub fn about(self, analysis: &str) -> Self {
        match (self, analysis == "churn") {
            (Self::En | Self::EnOther, true) => Self::En,
            (Self::En | Self::EnOther, false) => Self::EnOther,
            (Self::Zh | Self::ZhOther, true) => Self::Zh,
            (Self::Zh | Self::ZhOther, false) => Self::ZhOther,
        }
    }

    /// BCP 47 tag for `lang` attributes and `Intl`.
    pub fn tag(self) -> &'static str {
        match self {
            Self::En | Self::EnOther => "en",
            Self::Zh | Self::ZhOther => "zh-CN",
        }
    }

    /// Its name in itself.
    pub fn own_name(self) -> &'static str {
        match self {
            Self::En | Self::EnOther => "English",
            Self::Zh | Self::ZhOther => "中文",
        }
    }

    /// The language that fits a BCP 47 tag best; English when none does.
    pub fn from_tag(tag: &str) -> Self {
        let primary = tag.split(['-', '_']).next().unwrap_or_default();
        if primary.eq_ignore_ascii_case("zh") {
            Self::Zh
        } else {
            Self::En
        }
    }

    /// Its texts.
    pub fn texts(self) -> &'static Texts {
        &source::language(self).texts
    }

    /// Its texts in figures.
    pub fn chart_texts(self) -> &'static Said {
        &source::language(self).charts
    }

    fn names(self) -> &'static str {
        source::language(self).file
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn placeholders(template: &str) -> BTreeSet<&str> {
        template
            .split('{')
            .skip(1)
            .filter_map(|s| s.split_once('}'))
            .map(|(inside, _)| inside.split('?').next().unwrap_or(inside))
            .collect()
    }

    #[test]
    fn every_text_has_the_same_placeholders_in_every_language() {
        for ((key, en), (_, zh)) in Lang::En
            .texts()
            .all()
            .into_iter()
            .zip(Lang::Zh.texts().all())
        {
            assert_eq!(placeholders(en), placeholders(zh), "{key}");
            for text in [en, zh] {
                assert!(!text.trim().is_empty(), "{key} is empty");
                let braces = |c| text.matches(c).count();
                assert_eq!(braces('{'), braces('}'), "{key}");
            }
        }
    }

    /// What is said otherwise of other outcomes takes the place of a text that is there, and nothing else changes.
    #[test]
    fn every_other_text_stands_for_one() {
        for lang in Lang::ALL {
            let (here, other) = (lang.names(), lang.about("behaviour").names());
            let others: Vec<&str> = here.lines().filter(|l| l.starts_with("other ")).collect();
            let changed = here.lines().zip(other.lines()).filter(|(a, b)| a != b);
            assert_eq!(changed.count(), others.len(), "{lang:?}");
            assert_eq!(lang.about("churn"), lang);
            assert_eq!(lang.about("behaviour").about("churn"), lang);
            let spoken = |l: Lang| l.texts().all().into_iter();
            for ((key, a), (_, b)) in spoken(lang).zip(spoken(lang.about("behaviour"))) {
                // One may leave a number out that the other gives, never the other way round.
                assert!(placeholders(b).is_subset(&placeholders(a)), "{key}");
            }
        }
        let keys = |lang: Lang| -> Vec<&str> {
            let lines = lang.names().lines().filter(|l| l.starts_with("other "));
            lines.filter_map(|l| l.split('|').next()).collect()
        };
        assert_eq!(keys(Lang::En), keys(Lang::Zh));
    }

    #[test]
    fn every_file_is_of_this_build() {
        for lang in Lang::ALL {
            assert_eq!(lang.texts().app_name, "Kept", "{lang:?}");
        }
    }

    /// The page fetches its language beside the module, so its script must know them all.
    #[test]
    fn the_script_knows_every_language() {
        let known: Vec<_> = Lang::ALL
            .map(|l| format!("'{}'", l.tag().split('-').next().unwrap()))
            .into();
        let list = format!("const LANGUAGES = [{}]", known.join(", "));
        assert!(
            include_str!("../../../www/kept.js").contains(&list),
            "{list}"
        );
    }

    #[test]
    fn tags_choose_a_language() {
        assert_eq!(Lang::from_tag("zh-Hans-CN"), Lang::Zh);
        assert_eq!(Lang::from_tag("en-GB"), Lang::En);
        assert_eq!(Lang::from_tag("fr"), Lang::En);
    }
}
