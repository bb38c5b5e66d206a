//! What may be said about how segments are looked for.
use crate::{
    base::{Error, ParamReason, ParamSpec, Params, Result},
    evaluate::rfm::{self, Named},
};
use std::borrow::Cow;

/// How segments are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    KMeans,
    GaussianMixture,
    Ward,
    KMedoids,
    Dbscan,
    Hdbscan,
    Rfm,
}

const METHODS: [(&str, Method); 7] = [
    ("k_means", Method::KMeans),
    ("gaussian_mixture", Method::GaussianMixture),
    ("ward", Method::Ward),
    ("k_medoids", Method::KMedoids),
    ("dbscan", Method::Dbscan),
    ("hdbscan", Method::Hdbscan),
    ("rfm", Method::Rfm),
];

impl Method {
    pub(super) fn id(self) -> &'static str {
        METHODS
            .iter()
            .find(|(_, m)| *m == self)
            .map_or("", |(id, _)| id)
    }

    /// Whether the number of segments is said beforehand.
    pub(super) fn takes_k(self) -> bool {
        !matches!(self, Self::Dbscan | Self::Hdbscan | Self::Rfm)
    }
}

/// Where the map of customers comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Map {
    Pca,
    Umap,
    None,
}

#[derive(Debug, Clone)]
pub(super) struct Options {
    pub(super) method: Method,
    /// None where the measures choose.
    pub(super) k: Option<usize>,
    pub(super) k_max: usize,
    /// None where the distances choose.
    pub(super) eps: Option<f64>,
    pub(super) min_samples: usize,
    /// None for a hundredth of the rows.
    pub(super) min_cluster_size: Option<usize>,
    pub(super) map: Map,
    pub(super) rule_depth: usize,
    pub(super) bins: u32,
    pub(super) rules: Vec<Named>,
    /// Columns of recency, frequency and money.
    pub(super) columns: [Option<String>; 3],
    /// Columns to find segments by; all that fit when none is named.
    pub(super) features: Vec<String>,
}

const OPTIONS: &[Cow<'static, str>] = &[
    Cow::Borrowed("k_means"),
    Cow::Borrowed("gaussian_mixture"),
    Cow::Borrowed("ward"),
    Cow::Borrowed("k_medoids"),
    Cow::Borrowed("dbscan"),
    Cow::Borrowed("hdbscan"),
    Cow::Borrowed("rfm"),
];
const MAPS: &[Cow<'static, str>] = &[
    Cow::Borrowed("pca"),
    Cow::Borrowed("umap"),
    Cow::Borrowed("none"),
];
/// Given by name, a list and not a field of the form.
const FEATURES: &str = "features";

pub(super) fn specs() -> Vec<ParamSpec> {
    vec![
        ParamSpec::choice("method", OPTIONS),
        ParamSpec::int("k", 0, 50, 0),
        ParamSpec::int("k_max", 2, 20, 8),
        ParamSpec::choice("map", MAPS),
        ParamSpec::int("rule_depth", 1, 6, 3),
        ParamSpec::float("eps", 0.0, 1e6, 0.0),
        ParamSpec::int("min_samples", 1, 1_000, 5),
        ParamSpec::int("min_cluster_size", 0, 100_000, 0),
        ParamSpec::text("recency"),
        ParamSpec::text("frequency"),
        ParamSpec::text("monetary"),
        ParamSpec::int("bins", 2, 9, i64::from(rfm::BINS)),
        ParamSpec::text("rules"),
        ParamSpec::int("seed", 0, i64::MAX >> 11, 42),
    ]
}

/// Rules as a person writes them: `champions 5-5 4-5; loyal 3-4.9 4-5`, recency and then the mean of frequency and money,
/// in fifths. The first that holds names the customer.
fn rules(text: &str) -> Result<Vec<Named>> {
    let wrong = || Error::Param {
        param: "rules".into(),
        reason: ParamReason::WrongType {
            expected: "name 1-5 1-5; …".into(),
        },
    };
    let range = |text: &str| -> Result<[f64; 2]> {
        let (low, high) = text.split_once('-').unwrap_or((text, text));
        let number = |t: &str| t.trim().parse::<f64>().map_err(|_| wrong());
        let ends = [number(low)?, number(high)?];
        let inside = |v: f64| (1.0..=5.0).contains(&v);
        if !ends.into_iter().all(inside) || ends[0] > ends[1] {
            return Err(wrong());
        }
        Ok(ends)
    };
    let mut out = Vec::new();
    for part in text.split([';', '\n', '；']) {
        let words: Vec<&str> = part.split_whitespace().collect();
        match words.as_slice() {
            [] => {}
            [name @ .., r, worth] if !name.is_empty() => out.push(Named {
                id: name.join(" "),
                r: range(r)?,
                worth: range(worth)?,
            }),
            _ => return Err(wrong()),
        }
    }
    if out.is_empty() {
        Err(wrong())
    } else {
        Ok(out)
    }
}

impl Options {
    pub(super) fn parse(given: &Params) -> Result<Self> {
        let specs = specs();
        let mut params = given.clone();
        params.0.remove(FEATURES);
        params.deny_unknown(&specs)?;
        let id = params.choice(&specs, "method")?;
        let method = METHODS.iter().find(|(m, _)| *m == id);
        let method = method.map_or(Method::KMeans, |(_, m)| *m);
        let some = |name| -> Result<Option<usize>> {
            let v = params.int(&specs, name)?;
            Ok((v > 0).then_some(v as usize))
        };
        let k = some("k")?;
        if k == Some(1) {
            return Err(Error::out_of_range("k", 2.0, 50.0));
        }
        let text = |name| -> Result<Option<String>> {
            Ok(params.text(name)?.filter(|t| !t.trim().is_empty()))
        };
        let eps = params.float(&specs, "eps")?;
        Ok(Self {
            method,
            k,
            k_max: params.int(&specs, "k_max")? as usize,
            eps: (eps > 0.0).then_some(eps),
            min_samples: params.int(&specs, "min_samples")? as usize,
            min_cluster_size: some("min_cluster_size")?,
            map: match params.choice(&specs, "map")?.as_str() {
                "umap" => Map::Umap,
                "none" => Map::None,
                _ => Map::Pca,
            },
            rule_depth: params.int(&specs, "rule_depth")? as usize,
            bins: params.int(&specs, "bins")? as u32,
            rules: match text("rules")? {
                Some(text) => rules(&text)?,
                None => rfm::rules(),
            },
            columns: [text("recency")?, text("frequency")?, text("monetary")?],
            features: given.texts(FEATURES)?.unwrap_or_default(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_read_as_written() {
        let got = rules("champions 5-5 4-5; my own 1-2.9 1-5").unwrap();
        assert_eq!(got.len(), 2);
        assert_eq!((got[1].id.as_str(), got[1].r), ("my own", [1.0, 2.9]));
        for bad in ["", "champions", "a 5-4 1-5", "a 0-5 1-5", "a x 1-5", "5 5"] {
            assert_eq!(rules(bad).unwrap_err().param(), Some("rules"), "{bad}");
        }
    }

    #[test]
    fn one_segment_is_none() {
        let code = |name: &str, v: i64| Options::parse(&Params::default().with(name, v));
        assert_eq!(code("k", 1).unwrap_err().param(), Some("k"));
        assert_eq!(code("kk", 1).unwrap_err().param(), Some("kk"));
        assert!(code("k", 3).is_ok_and(|o| o.k == Some(3)));
    }
}
