//! A report as one HTML file that needs nothing else: no script, no request, light and dark, ready for A4.
#[cfg(target_arch = "wasm32")]
mod export;
mod write;

#[cfg(target_arch = "wasm32")]
pub use export::report;
#[cfg(target_arch = "wasm32")]
pub(super) use export::save;

use super::shown::{
    STRIP, between, column_head, metric_style, number_cell, text_cell, title, why, worded, words,
};
use crate::{
    charts::{Chart as _, Figure, Grid, Palette, Size, to_svg},
    report::{Cells, Metric, Report, ReportTable},
    ui::i18n::{
        Arg, Lang, fill, metric, metric_why, number, sentence, table as table_name, table_why,
        warning,
    },
};
use write::Html;

const STYLE: &str = include_str!("style.css");
/// No script at all, no request; styles stand in the file itself.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";
/// Rows written of a long table.
const ROWS: usize = 100;
/// Rows of a chart's table that are printed; longer ones stay folded on paper.
const PRINTED: usize = 12;
const WIDTH: f64 = 680.0;
const MODEL_CARD: &str = "model_card";
const ACTIONS: &str = "actions";

/// Colours come from the style sheet, so that they follow the reader's theme and are light on paper.
const INKS: Palette = Palette {
    series: [
        "var(--s1)",
        "var(--s2)",
        "var(--s3)",
        "var(--s4)",
        "var(--s5)",
        "var(--s6)",
    ],
    muted: "var(--muted)",
    grid: "var(--grid)",
    axis: "var(--axis)",
    strong: "var(--strong)",
    band: "var(--band)",
    risk_high: "var(--high)",
    risk_low: "var(--accent)",
    accent: "var(--accent)",
    surface: "var(--surface)",
};

/// What a report does not say itself.
#[derive(Debug, Clone, Copy)]
pub(super) struct About<'a> {
    /// The file it is about; empty where nobody knows.
    pub(super) name: &'a str,
    /// When it is made, as the reader writes it.
    pub(super) date: &'a str,
    /// The decision threshold that charts mark.
    pub(super) threshold: f64,
}

/// The whole file.
pub(super) fn html(report: &Report, lang: Lang, about: About<'_>) -> String {
    let lang = lang.about(&report.analysis);
    let t = lang.texts();
    let mut said = report.sentences.iter().map(|s| sentence(lang, s));
    let heading = said
        .next()
        .unwrap_or_else(|| t.result_no_sentence.to_owned());
    let mut out = Html::new();
    out.raw("<!doctype html>\n<html lang=\"")
        .raw(lang.tag())
        .raw("\">\n<head>\n<meta charset=\"utf-8\">\n");
    out.raw("<meta http-equiv=\"Content-Security-Policy\" content=\"")
        .text(POLICY)
        .raw("\">\n");
    out.raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"referrer\" content=\"no-referrer\">\n");
    out.element("title", &heading)
        .raw("<style>\n")
        .raw(STYLE)
        .raw("</style>\n</head>\n<body>\n<main>\n<header>\n");
    out.raw("<p class=\"small\">").text(t.app_name);
    if !about.name.is_empty() {
        out.raw(" · ").text(about.name);
    }
    if !about.date.is_empty() {
        let made = fill(lang, t.doc_made, &[("date", Arg::Text(about.date))]);
        out.raw(" · ").text(&made);
    }
    out.raw("</p>\n").element("h1", &heading);
    for more in said {
        out.element("p", &more);
    }
    out.raw("</header>\n");
    strip(&mut out, lang, report);
    warnings(&mut out, lang, report);
    if !report.figures.is_empty() {
        out.raw("<section class=\"charts\">\n")
            .element("h2", t.doc_charts);
        for (key, it) in &report.figures {
            let heading = title(lang, report, it, about.threshold);
            figure(&mut out, lang, key, it, &heading, about.threshold);
        }
        out.raw("</section>\n");
    }
    tables(&mut out, lang, report);
    out.raw("<footer>\n");
    let seed = report.seed.to_string();
    let args = [
        ("version", Arg::Text(env!("CARGO_PKG_VERSION"))),
        ("seed", Arg::Text(&seed)),
    ];
    out.element("p", &fill(lang, t.doc_footer, &args));
    out.element("p", t.doc_privacy)
        .element("p", holds(lang, report));
    if ids(report).next().is_some() {
        out.element("p", t.doc_private);
    }
    out.raw("</footer>\n</main>\n</body>\n</html>\n");
    out.done()
}

/// Ids of single customers, or what stands for them.
fn ids(report: &Report) -> impl Iterator<Item = &String> {
    let columns = report.tables.iter().flat_map(|(_, t)| &t.columns);
    columns
        .filter(|c| c.key == "id")
        .flat_map(|c| match &c.cells {
            Cells::Text(cells) => cells.as_slice(),
            Cells::Number(_) => &[],
        })
        .flatten()
}

/// What the file holds.
fn holds(lang: Lang, report: &Report) -> &'static str {
    let t = lang.texts();
    let is_pseudonym = |id: &String| {
        let digits = id.strip_prefix('p').unwrap_or_default();
        digits.len() == 32 && digits.bytes().all(|b| b.is_ascii_hexdigit())
    };
    if ids(report).next().is_none() {
        t.doc_holds_plain
    } else if ids(report).all(is_pseudonym) {
        t.doc_holds_pseudonyms
    } else {
        t.doc_holds_ids
    }
}

fn strip(out: &mut Html, lang: Lang, report: &Report) {
    let t = lang.texts();
    if report.metrics.is_empty() {
        return;
    }
    out.raw("<section>\n")
        .element("h2", t.metrics_title)
        .raw("<dl class=\"strip\">\n");
    let found = |key: &&str| report.metrics.iter().find(|m| m.key == **key);
    for m in STRIP.iter().filter_map(found) {
        out.raw("<div>")
            .element("dt", metric(lang, &m.key))
            .raw("<dd><b>");
        out.text(&number(lang, m.value, metric_style(&m.key)))
            .raw("</b>");
        if let Some(ends) = m.interval {
            out.raw(" ")
                .element("span", &between(lang, ends, metric_style(&m.key)));
        }
        out.raw("</dd></div>\n");
    }
    out.raw("</dl>\n");
    let row = |m: &Metric| {
        let style = metric_style(&m.key);
        let ends = m.interval.map(|ends| between(lang, ends, style));
        vec![
            metric(lang, &m.key).to_owned(),
            number(lang, m.value, style),
            ends.unwrap_or_default(),
            metric_why(lang, &m.key).to_owned(),
        ]
    };
    let heads = [
        t.doc_metric,
        crate::ui::i18n::head(lang, "value"),
        t.col_interval,
        t.doc_meaning,
    ];
    let grid = Grid::new(&heads, report.metrics.iter().map(row).collect());
    folded(out, lang, t.metrics_more, &grid, true);
    out.raw("</section>\n");
}

fn warnings(out: &mut Html, lang: Lang, report: &Report) {
    if report.warnings.is_empty() {
        return;
    }
    let n = [("n", Arg::Count(report.warnings.len() as u64))];
    let heading = fill(lang, lang.texts().model_warnings, &n);
    out.raw("<section class=\"warnings\">\n")
        .element("h2", &heading)
        .raw("<ul>\n");
    for w in &report.warnings {
        out.element("li", &warning(lang, w));
    }
    out.raw("</ul>\n</section>\n");
}

fn figure(out: &mut Html, lang: Lang, key: &str, it: &Figure, heading: &str, threshold: f64) {
    let words = words(lang);
    let size = Size {
        width_px: WIDTH,
        height_px: it.height_px(WIDTH),
    };
    let scene = it.draw_at(size, &words, Some(threshold));
    out.raw("<figure data-figure=\"")
        .text(key)
        .raw("\">\n")
        .element("h3", heading);
    out.element("p", why(lang, it));
    let svg = to_svg(&scene, &INKS, heading);
    out.raw("<svg role=\"img\"")
        .raw(svg.strip_prefix("<svg").unwrap_or_default());
    if scene.summary != heading {
        out.element("figcaption", &scene.summary);
    }
    folded(out, lang, lang.texts().doc_numbers, &it.grid(&words), false);
    out.raw("</figure>\n");
}

/// A table under a line that opens it.
fn folded(out: &mut Html, lang: Lang, summary: &str, grid: &Grid, printed: bool) {
    let short = printed || grid.rows.len() <= PRINTED;
    out.raw(if short {
        "<details class=\"short\">"
    } else {
        "<details>"
    });
    out.element("summary", summary);
    out.grid(&grid.columns, grid.rows.iter().take(ROWS), &[]);
    cut(out, lang, grid.rows.len());
    out.raw("</details>\n");
}

/// Says that there is more.
fn cut(out: &mut Html, lang: Lang, n_rows: usize) {
    if n_rows > ROWS {
        let args = [
            ("n", Arg::Count(ROWS as u64)),
            ("total", Arg::Count(n_rows as u64)),
        ];
        out.element("p", &fill(lang, lang.texts().doc_first, &args));
    }
}

/// The list first, then what backs the figures, then the model card.
fn tables(out: &mut Html, lang: Lang, report: &Report) {
    let filled = |(_, it): &&(String, ReportTable)| it.n_rows() > 0;
    let all = || report.tables.iter().filter(filled);
    let named = |name: &'static str| all().find(move |(key, _)| key == name);
    if let Some((key, it)) = named(ACTIONS) {
        table(out, lang, key, it, true);
    }
    out.raw("<section>\n")
        .element("h2", lang.texts().doc_tables);
    for (key, it) in all() {
        if key != ACTIONS && key != MODEL_CARD {
            table(out, lang, key, it, false);
        }
    }
    out.raw("</section>\n");
    if let Some((key, it)) = named(MODEL_CARD) {
        table(out, lang, key, it, true);
    }
}

fn table(out: &mut Html, lang: Lang, key: &str, it: &ReportTable, open: bool) {
    let n_rows = it.n_rows();
    let it = worded(lang, key, &it.head(ROWS));
    let heads: Vec<String> = it
        .columns
        .iter()
        .map(|c| column_head(lang, &c.key))
        .collect();
    let is_number: Vec<bool> = it
        .columns
        .iter()
        .map(|c| matches!(c.cells, Cells::Number(_)))
        .collect();
    let row = |i: usize| -> Vec<String> {
        let cells = it.columns.iter().map(|c| {
            let text = match &c.cells {
                Cells::Number(v) => v
                    .get(i)
                    .filter(|v| v.is_finite())
                    .map(|v| number_cell(lang, &c.key, *v)),
                Cells::Text(v) => v
                    .get(i)
                    .and_then(Option::as_deref)
                    .map(|s| text_cell(lang, &c.key, s)),
            };
            text.unwrap_or_else(|| "–".to_owned())
        });
        cells.collect()
    };
    let rows: Vec<Vec<String>> = (0..it.n_rows()).map(row).collect();
    // What a metric or a figure is named may be the name of a table too.
    let name = match table_name(lang, key) {
        name if name == key => metric(lang, key),
        name => name,
    };
    let n = fill(
        lang,
        lang.texts().n_rows,
        &[("n", Arg::Count(n_rows as u64))],
    );
    out.raw("<section data-table=\"").text(key).raw("\">\n");
    if open {
        out.element("h2", name).element("p", table_why(lang, key));
    } else {
        out.raw("<details class=\"short\"><summary>")
            .text(name)
            .raw(" ")
            .element("small", &n)
            .raw("</summary>\n");
        out.element("p", table_why(lang, key));
    }
    out.grid(&heads, rows.iter(), &is_number);
    cut(out, lang, n_rows);
    out.raw(if open {
        "</section>\n"
    } else {
        "</details></section>\n"
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{base::Unit, charts::Scores, report::Sentence};

    #[test]
    fn it_says_whether_it_names_customers() {
        let with = |ids: Vec<&str>| Report {
            tables: vec![("actions".into(), ReportTable::default().text("id", ids))],
            ..Report::default()
        };
        let t = Lang::En.texts();
        let pseudonym = format!("p{}", "0f".repeat(16));
        for (report, wanted) in [
            (Report::default(), t.doc_holds_plain),
            (with(vec!["7590", &pseudonym]), t.doc_holds_ids),
            (with(vec![&pseudonym]), t.doc_holds_pseudonyms),
        ] {
            assert_eq!(holds(Lang::En, &report), wanted);
            let about = About {
                name: "x.csv",
                date: "",
                threshold: 0.5,
            };
            assert!(html(&report, Lang::En, about).contains(wanted));
        }
    }

    const EVIL: &str = "<script>alert('x')</script>\"&";

    fn sample() -> Report {
        let figure = Figure::from(Scores {
            edges: vec![0.0, 0.5, 1.0],
            positive: vec![1, 3],
            negative: vec![3, 1],
        });
        let long = vec![EVIL; 250];
        Report {
            analysis: "churn".into(),
            seed: 42,
            metrics: vec![Metric {
                key: "roc_auc".into(),
                value: 0.84,
                interval: Some((0.8, 0.88)),
                unit: Unit::None,
            }],
            figures: vec![("scores".into(), figure)],
            tables: vec![
                (
                    "actions".into(),
                    ReportTable::default().text("__proto__", long),
                ),
                (
                    "__proto__".into(),
                    ReportTable::default()
                        .text(EVIL, vec!["1"])
                        .number("n", vec![1.0]),
                ),
                (
                    "model_card".into(),
                    ReportTable::default()
                        .text("section", vec!["data"])
                        .text("item", vec!["dataset"])
                        .text("value", vec![EVIL]),
                ),
            ],
            sentences: vec![Sentence::NoSignal],
            ..Report::default()
        }
    }

    fn made(lang: Lang) -> String {
        let about = About {
            name: EVIL,
            date: "2026-11-29",
            threshold: 0.5,
        };
        html(&sample(), lang, about)
    }

    #[test]
    fn nothing_in_a_report_becomes_markup() {
        for lang in Lang::ALL {
            let text = made(lang);
            assert!(!text.contains("<script"), "{lang:?}");
            assert!(text.contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&quot;&amp;"));
            assert!(text.contains("__proto__"));
            assert!(
                !text.contains(" style=") && !text.contains(" onclick="),
                "no attribute that acts or paints"
            );
        }
    }

    #[test]
    fn the_file_needs_nothing_else() {
        for lang in Lang::ALL {
            let text = made(lang);
            for word in [
                "src=", "href=", "url(", "@import", "<link", "<img", "<iframe",
            ] {
                assert!(!text.contains(word), "{word}");
            }
            let foreign = text.replace("http://www.w3.org/2000/svg", "");
            assert!(!foreign.contains("http://") && !foreign.contains("https://"));
            assert!(text.contains("default-src &#39;none&#39;"));
        }
    }

    #[test]
    fn every_part_is_there_in_both_languages() {
        for lang in Lang::ALL {
            let text = made(lang);
            let t = lang.texts();
            assert!(text.contains(&format!("<html lang=\"{}\">", lang.tag())));
            for said in [
                t.metrics_title,
                t.doc_charts,
                t.doc_tables,
                t.doc_privacy,
                table_name(lang, ACTIONS),
                table_name(lang, MODEL_CARD),
            ] {
                assert!(text.contains(said), "{said}");
            }
            assert_eq!(text.matches("<svg role=\"img\"").count(), 1);
            assert!(text.contains("0.840") && text.contains("0.800"));
            assert!(!text.contains("{n}") && !text.contains("{date}") && !text.contains("{seed}"));
            // A long table is cut, and says so.
            assert_eq!(
                text.matches("<th scope=\"row\">&lt;script&gt;").count(),
                ROWS
            );
            assert!(text.contains("250"));
            for tag in ["table", "details", "section", "figure", "main", "svg"] {
                let opened = text.matches(&format!("<{tag}>")).count()
                    + text.matches(&format!("<{tag} ")).count();
                assert_eq!(opened, text.matches(&format!("</{tag}>")).count(), "{tag}");
            }
        }
    }
}

#[cfg(all(test, feature = "engine"))]
#[allow(clippy::unwrap_used)]
mod spoken {
    use super::*;
    use crate::{
        analyses::{Job, entry},
        base::{LoadOptions, Params, Quiet, Role, Roles, Run, Value, block_on},
        table::read::{Bytes, read},
    };

    /// The report of a run over customers of whom some bought, as a file.
    fn made(analysis: &str, lang: Lang) -> String {
        let mut state = 7_u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            f64::from(state >> 8) / f64::from(1 << 24)
        };
        let mut csv = String::from("customer,visits,plan,support tickets,spend,bought\n");
        for i in 0..400 {
            let (visits, plan) = (
                (next() * 20.0) as u32,
                ["a", "b"][usize::from(next() < 0.4)],
            );
            let p = 0.1 + 0.03 * f64::from(visits) + if plan == "b" { 0.2 } else { 0.0 };
            let bought = if next() < p { "yes" } else { "no" };
            let (tickets, spend) = ((next() * 5.0) as u32, (next() * 500.0) as u32);
            csv += &format!("C{i},{visits},{plan},{tickets},{spend},{bought}\n");
        }
        let mut quiet = Quiet;
        let mut run = Run::new(&mut quiet, 42);
        let mut source = Bytes(csv.into_bytes());
        let table = read(&mut source, &LoadOptions::default(), &mut run)
            .unwrap()
            .table;
        let roles = [
            (Role::Id, "customer"),
            (Role::Target, "bought"),
            (Role::Value, "spend"),
        ];
        let learners = ["logistic", "gaussian_nb"].map(|l| Value::Text(l.into()));
        let costs = [("contact".to_owned(), 1.0.into())];
        let job = Job {
            table: &table,
            dataset: "data.csv",
            roles: &Roles(roles.map(|(r, c)| (r, c.to_owned())).to_vec()),
            params: &Params::default()
                .with("learners", learners.to_vec())
                .with("costs", Value::Map(costs.into_iter().collect()))
                .with("cv", 2_i64)
                .with("n_repeats", 1_i64),
            recipe: None,
        };
        let report = block_on((entry(analysis).unwrap().run)(&job, &mut run));
        let about = About {
            name: "data.csv",
            date: "2026-11-29",
            threshold: 0.5,
        };
        html(&report.unwrap().report, lang, about)
    }

    /// Words of leaving in a text. "Left out" and the like say nothing of customers.
    fn of_leaving(lang: Lang, text: &str) -> Vec<&'static str> {
        let words: &[&str] = match lang.tag() {
            "en" => &[
                "leaver",
                "to leave",
                "leaving",
                "who leave",
                "left.",
                "really left",
                "who left",
                "stayer",
                "stayed",
                "churn",
                "risk",
                "still there",
                "kept the customer",
            ],
            _ => &["流失", "留存", "离开", "挽留", "留住", "风险", "仍在"],
        };
        let text = text.replace("{at_risk}", "").to_lowercase();
        let mut found = words.to_vec();
        found.retain(|w| text.contains(w));
        found
    }

    #[test]
    fn other_outcomes_are_not_spoken_of_as_leaving() {
        for lang in Lang::ALL {
            let other = made("behaviour", lang);
            assert_eq!(of_leaving(lang, &other), [""; 0], "{lang:?}");
            let churn = of_leaving(lang, &made("churn", lang));
            let lively: &[&str] = match lang.tag() {
                "en" => &["leaver", "to leave", "risk", "still there"],
                _ => &["流失", "风险", "仍在"],
            };
            assert!(lively.iter().all(|w| churn.contains(w)), "{churn:?}");
        }
    }

    /// Nor in what a run shows outside its report: no text of another outcome says so, whatever screen it is on.
    #[test]
    fn no_text_of_other_outcomes_speaks_of_leaving() {
        /// The shell around all analyses, churn's own texts, and what says "risk" of no customer.
        const SHARED: &[&str] = &[
            "step_churn",
            "why_no_target",
            "start_title",
            "start_lede",
            "positive_label",
            "target_missing_title",
            "target_missing_why",
            "train_title",
            "target_no_positive",
            "privacy_title",
        ];
        for lang in Lang::ALL {
            let other = lang.about("behaviour");
            let texts = other.texts().all().into_iter();
            let mut all: Vec<_> = texts.chain(other.chart_texts().all()).collect();
            // Of studies that are about leaving, whatever else was learned.
            let is_study = |key: &str| key.starts_with("survival_") || key.starts_with("rfm_");
            all.retain(|(key, text)| {
                !of_leaving(lang, text).is_empty() && !SHARED.contains(key) && !is_study(key)
            });
            assert!(all.is_empty(), "{all:#?}");
        }
    }
}
