//! What figures say: their words, the finding over each, what it is for.
use crate::{
    charts::{Calibration, Chart as _, Figure, NumberStyle, Scores, Thresholds, Words},
    report::Report,
    ui::i18n::{self, Arg, Lang, Style, figure_why, fill, number},
};

fn written(lang: Lang, v: f64, style: NumberStyle) -> String {
    let style = match style {
        NumberStyle::Percent => Style::Percent,
        NumberStyle::Percent1 => Style::Percent1,
        NumberStyle::Count => Style::Count,
        NumberStyle::Score => Style::Score,
        NumberStyle::Short => Style::Short,
    };
    number(lang, v, style)
}

/// Language and number formats of figures.
pub(in crate::findings) fn words(lang: Lang) -> Words {
    let said = lang.chart_texts();
    match lang {
        Lang::En | Lang::EnOther => Words {
            number: |v, s| written(Lang::En, v, s),
            learner: |id| i18n::learner(Lang::En, id).to_owned(),
            score: |key| i18n::metric(Lang::En, key).to_owned(),
            param: |name| i18n::param(Lang::En, name).to_owned(),
            said,
        },
        Lang::Zh | Lang::ZhOther => Words {
            number: |v, s| written(Lang::Zh, v, s),
            learner: |id| i18n::learner(Lang::Zh, id).to_owned(),
            score: |key| i18n::metric(Lang::Zh, key).to_owned(),
            param: |name| i18n::param(Lang::Zh, name).to_owned(),
            said,
        },
    }
}

/// The middle of a histogram: the edge below which half of its rows lie.
fn half(edges: &[f64], counts: &[u64]) -> Option<f64> {
    let total: u64 = counts.iter().sum();
    let mut seen = 0;
    for (i, n) in counts.iter().enumerate() {
        seen += n;
        if total > 0 && seen * 2 >= total {
            return edges.get(i + 1).copied();
        }
    }
    None
}

fn calibration(lang: Lang, it: &Calibration) -> String {
    let t = lang.texts();
    let off = |b: &&crate::charts::CalibrationBin| b.predicted < b.low || b.predicted > b.high;
    let off = it.bins.iter().filter(off).count();
    if it.bins.is_empty() {
        return t.fig_calibration_plain.to_owned();
    }
    if off == 0 {
        return t.fig_calibration_good.to_owned();
    }
    let args = [
        ("off", Arg::Count(off as u64)),
        ("bins", Arg::Count(it.bins.len() as u64)),
    ];
    fill(lang, t.fig_calibration, &args)
}

fn scores(lang: Lang, it: &Scores) -> String {
    let t = lang.texts();
    // Histograms know halves only to a bin: the lower edge for leavers, the upper for the others.
    let edge = |i: usize| it.edges.get(i).copied().unwrap_or(0.0);
    let step = edge(1) - edge(0);
    match (half(&it.edges, &it.positive), half(&it.edges, &it.negative)) {
        (Some(high), Some(low)) => {
            let high = number(lang, high - step, Style::Percent);
            let low = number(lang, low, Style::Percent);
            let args = [("high", Arg::Text(&high)), ("low", Arg::Text(&low))];
            fill(lang, t.fig_scores, &args)
        }
        _ => t.fig_scores_plain.to_owned(),
    }
}

/// The confusion matrix at each threshold, where the report has it.
pub(in crate::findings) fn thresholds(report: &Report) -> Option<&Thresholds> {
    match report.figure("thresholds") {
        Some(Figure::Thresholds(it)) => Some(it),
        _ => None,
    }
}

/// The finding of a figure of `report`, at a decision threshold.
pub(in crate::findings) fn title(
    lang: Lang,
    report: &Report,
    figure: &Figure,
    threshold: f64,
) -> String {
    let t = lang.texts();
    let percent = |v: f64| number(lang, v, Style::Percent);
    let at = number(lang, threshold, Style::Percent1);
    match (figure, thresholds(report)) {
        (Figure::Roc(_), Some(ladder)) => {
            let now = ladder.at(threshold);
            let (recall, fpr) = (percent(now.recall()), percent(1.0 - now.specificity()));
            let args = [
                ("threshold", Arg::Text(&at)),
                ("recall", Arg::Text(&recall)),
                ("fpr", Arg::Text(&fpr)),
            ];
            fill(lang, t.fig_roc, &args)
        }
        (Figure::PrecisionRecall(_), Some(ladder)) => {
            let precision = percent(ladder.at(threshold).precision());
            let args = [
                ("threshold", Arg::Text(&at)),
                ("precision", Arg::Text(&precision)),
            ];
            fill(lang, t.fig_pr, &args)
        }
        (Figure::Confusion(_), _) => t.matrix_title.to_owned(),
        (Figure::Thresholds(_), _) => t.fig_thresholds.to_owned(),
        (Figure::Calibration(it), _) => calibration(lang, it),
        (Figure::Importance(it), _) => match it.rows.first() {
            Some(first) if first.mean > 0.0 => {
                let args = [("column", Arg::Text(first.column.as_str()))];
                fill(lang, t.fig_importance, &args)
            }
            _ => t.fig_importance_plain.to_owned(),
        },
        (Figure::Scores(it), _) => scores(lang, it),
        _ => figure.title(&words(lang)),
    }
}

/// What a figure is for.
pub(in crate::findings) fn why(lang: Lang, figure: &Figure) -> &'static str {
    let t = lang.texts();
    match figure {
        Figure::Roc(_) => t.fig_roc_why,
        Figure::PrecisionRecall(_) => t.fig_pr_why,
        Figure::Calibration(_) => t.fig_calibration_why,
        Figure::Importance(_) => t.fig_importance_why,
        Figure::Scores(_) => t.fig_scores_why,
        Figure::Thresholds(_) => t.fig_thresholds_why,
        Figure::Confusion(_) => t.count,
        _ => figure_why(lang, figure.kind()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_are_bin_edges() {
        assert_eq!(half(&[0.0, 0.5, 1.0], &[3, 1]), Some(0.5));
        assert_eq!(half(&[0.0, 0.5, 1.0], &[1, 3]), Some(1.0));
        assert_eq!(half(&[0.0, 1.0], &[0]), None);
    }

    #[test]
    fn a_title_follows_the_data() {
        let figure = Figure::from(Scores {
            edges: vec![0.0, 0.5, 1.0],
            positive: vec![1, 3],
            negative: vec![3, 1],
        });
        let said = |lang| title(lang, &Report::default(), &figure, 0.5);
        assert_eq!(
            said(Lang::En),
            "Half of the leavers score above 50%, half of the others below 50%"
        );
        assert!(said(Lang::Zh).contains("50%") && !said(Lang::Zh).contains('{'));
    }
}
