//! The health score: what it is made of and weighed by, tested beside a person's weights; who stands where.
use super::money::{is_money, money};
use crate::{
    base::{HEALTH_BANDS, Query, health_band},
    findings::{Pane, book::Book},
    protocol::{
        DeskAnswer,
        desk::{Ask, Band, Counts, CustomerPage, CustomerRow, HealthCard, HealthPart, HealthTest},
    },
    ui::{
        i18n::{Arg, Lang, Style, count, fill, number, option},
        parts::{button, follow, parse_number},
        plain,
    },
};
use leptos::prelude::*;

/// From here on a change is worth a word.
const LEAST: f64 = 0.5;
/// A ROC-AUC that is guessing: bars begin here.
const GUESSING: f64 = 0.5;

type Interval = (f64, f64, f64);

fn whole(lang: Lang, v: f64) -> String {
    number(lang, v, Style::Count)
}

fn part(lang: Lang, id: &str) -> &str {
    option(lang, "part", id)
}

fn band_name(lang: Lang, band: &str) -> &'static str {
    let t = lang.texts();
    match band {
        "poor" => t.health_poor,
        "watch" => t.health_watch,
        _ => t.health_good,
    }
}

/// A health with its colour, which is that of the risk.
fn coloured(lang: Lang, health: f64) -> AnyView {
    let band = health_band(health);
    let class = match band {
        "poor" => "risk high",
        "watch" => "risk mid",
        _ => "risk low",
    };
    view! { <span class=class title=band_name(lang, band)>{whole(lang, health)}</span> }.into_any()
}

/// A change with its sign, nothing where it is none.
fn signed(lang: Lang, by: f64) -> Option<String> {
    let text = whole(lang, by);
    if by >= LEAST {
        Some(format!("+{text}"))
    } else {
        (by <= -LEAST).then_some(text)
    }
}

/// How health has moved since the row before.
fn change(lang: Lang, by: f64) -> Option<AnyView> {
    let t = lang.texts();
    let signed = signed(lang, by)?;
    let size = whole(lang, by.abs());
    let (class, template, why) = if by > 0.0 {
        ("delta better", t.health_up, t.health_up_why)
    } else {
        ("delta worse", t.health_down, t.health_down_why)
    };
    let said = fill(lang, template, &[("by", Arg::Text(&signed))]);
    let why = fill(lang, why, &[("by", Arg::Text(&size))]);
    Some(view! { <span class=class title=why>{said}</span> }.into_any())
}

/// The cell of a line.
pub(super) fn cell(pane: Pane, customer: &CustomerRow) -> AnyView {
    let Some(health) = customer.health else {
        return "–".into_any();
    };
    let moved = customer.health_before;
    let moved = moved.and_then(|before| change(pane.lang, health - before));
    view! { {coloured(pane.lang, health)}{moved} }.into_any()
}

/// What the health of a customer is made of.
pub(super) fn parts(pane: Pane, page: &CustomerPage) -> AnyView {
    let (lang, t) = (pane.lang, pane.lang.texts());
    let Some(health) = page.customer.health else {
        return ().into_any();
    };
    let now = whole(lang, health);
    let args = [
        ("health", Arg::Text(&now)),
        ("band", Arg::Text(band_name(lang, health_band(health)))),
    ];
    let title = fill(lang, t.health_page, &args);
    let before = page.customer.health_before;
    let moved = before.map(|before| {
        let by = health - before;
        let size = whole(lang, by.abs());
        let template = match signed(lang, by) {
            None => t.health_steady,
            Some(_) if by > 0.0 => t.health_up_why,
            Some(_) => t.health_down_why,
        };
        let said = fill(lang, template, &[("by", Arg::Text(&size))]);
        let ends = format!("{} → {now}", whole(lang, before));
        view! { <p>{said}" "<span class="small">{ends}</span></p> }.into_any()
    });
    let row = |p: &crate::protocol::desk::PartScore| {
        let moved = before.is_some().then(|| {
            let by = p.before.and_then(|b| signed(lang, p.score - b));
            view! { <td class="n">{by.unwrap_or_else(|| "–".to_owned())}</td> }.into_any()
        });
        view! {
            <tr data-part=p.part.clone()><th scope="row">{part(lang, &p.part).to_owned()}</th><td class="n">{number(lang, p.weight, Style::Percent)}</td>
                <td class="n">{whole(lang, p.score)}</td>{moved}<td class="bar"><meter min="0" max="100" value=plain(p.score) aria-hidden="true"></meter></td></tr>
        }
        .into_any()
    };
    let moved_head = before
        .is_some()
        .then(|| view! { <th scope="col" class="n">{t.changed}</th> }.into_any());
    view! {
        <section class="card w12 health" part="card"><h2>{title}</h2>{moved}<p class="why">{t.health_page_why}</p>
            <table class="bands"><thead><tr><th scope="col">{t.health_part}</th><th scope="col" class="n">{t.health_in_use}</th><th scope="col" class="n">{t.health_score}</th>{moved_head}<td></td></tr></thead>
            <tbody>{page.health.iter().map(row).collect_view()}</tbody></table>
        </section>
    }
    .into_any()
}

/// Customers by health, each line a way to its list.
pub(super) fn bands(
    pane: Pane,
    bands: &[Band],
    listed: &Counts,
    open: impl Fn(Query) + Copy + 'static,
) -> AnyView {
    let (lang, t) = (pane.lang, pane.lang.texts());
    let (Some(first), [_, (_, watch), (_, good)]) = (bands.first(), HEALTH_BANDS) else {
        return ().into_any();
    };
    let with_money = is_money(listed);
    let at_risk = money(lang, first.counts.at_risk);
    let args = [
        ("n", Arg::Count(first.counts.n)),
        ("money", Arg::Text(&at_risk)),
    ];
    let template = if with_money {
        t.health_bands_title
    } else {
        t.health_bands_plain
    };
    let (watch, good) = (whole(lang, watch), whole(lang, good));
    let why = [("watch", Arg::Text(&watch)), ("good", Arg::Text(&good))];
    let row = |b: &Band| {
        let query = b.query.clone();
        let name = band_name(lang, health_band(b.from));
        let at_risk = with_money.then(|| money(lang, b.counts.at_risk));
        let ends = format!("{} – {}", whole(lang, b.from), whole(lang, b.to));
        let share = b.counts.n as f64 / listed.n.max(1) as f64;
        view! {
            <tr data-band=health_band(b.from) on:click=move |_| open(query.clone())>
                <th scope="row"><button type="button" class="kept-link open">{name}</button><span class="small">" "{ends}</span></th>
                <td class="n">{count(lang, b.counts.n)}</td>
                <td class="n">{at_risk}</td>
                <td class="bar"><meter min="0" max="1" value=plain(share) aria-hidden="true"></meter></td>
            </tr>
        }
        .into_any()
    };
    let rows = bands.iter().map(row).collect_view();
    let money_head = with_money.then_some(t.money_at_risk);
    view! {
        <section class="card w6 health" part="card"><h2>{fill(lang, template, &args)}</h2><p class="why">{fill(lang, t.health_bands_why, &why)}</p>
            <table class="bands ways-in" aria-label=t.health_bands><thead><tr><th scope="col">{t.health}</th><th scope="col" class="n">{t.listed}</th><th scope="col" class="n">{money_head}</th><td></td></tr></thead>
            <tbody>{rows}</tbody></table>
        </section>
    }
    .into_any()
}

/// Whether a person's weights say anything of these parts.
fn says(weights: &[(String, f64)], parts: &[HealthPart]) -> bool {
    let is_in = |name: &str| parts.iter().any(|p| p.part == name);
    weights.iter().any(|(name, w)| *w > 0.0 && is_in(name))
}

/// Where the control of a part stands, 0 to 100.
fn stands(weights: &[(String, f64)], parts: &[HealthPart], at: usize) -> f64 {
    let Some(part) = parts.get(at) else {
        return 0.0;
    };
    if says(weights, parts) {
        let said = weights.iter().find(|(name, _)| *name == part.part);
        said.map_or(0.0, |(_, w)| *w)
    } else {
        (part.own * 100.0).round()
    }
}

/// What a person may move, and what follows.
#[derive(Clone, Copy)]
struct Controls {
    pane: Pane,
    book: Book,
    /// The last answer.
    now: RwSignal<Option<Option<HealthCard>>>,
    /// The parts, as long as they are the same ones.
    parts: Memo<Vec<HealthPart>>,
    /// Whether the last move would have left nothing.
    nothing: RwSignal<bool>,
}

impl Controls {
    fn set(self, at: usize, to: f64, keep: bool) {
        let parts = self.parts.get_untracked();
        let weights = self.book.weights.get_untracked();
        let all = parts.iter().enumerate().map(|(i, part)| {
            let stands = stands(&weights, &parts, i);
            (part.part.clone(), if i == at { to } else { stands })
        });
        let all: Vec<(String, f64)> = all.collect();
        let is_some = says(&all, &parts);
        self.nothing.set(!is_some);
        if is_some {
            self.book.set_weights(all, keep);
        }
    }

    /// The learned weights, which are the model's own where nobody gave any when it was made.
    fn reset(self) {
        let parts = self.parts.get_untracked();
        let is_own = parts.iter().all(|p| p.own == p.learned);
        let learned = parts.iter().map(|p| (p.part.clone(), p.learned));
        let weights = if is_own {
            Vec::new()
        } else {
            learned.collect()
        };
        self.nothing.set(false);
        self.book.set_weights(weights, true);
    }

    fn line(self, at: usize, of: &HealthPart) -> AnyView {
        let (lang, t) = (self.pane.lang, self.pane.lang.texts());
        let name = part(lang, &of.part).to_owned();
        let label = fill(lang, t.health_weight_of, &[("name", Arg::Text(&name))]);
        let columns = fill(lang, "{l}", &[("l", Arg::List(&of.columns))]);
        let stands = move || {
            let weights = self.book.weights.get();
            self.parts.with(|parts| stands(&weights, parts, at))
        };
        let share = move || {
            let share = self.now.with(|now| {
                let card = now.as_ref()?.as_ref()?;
                card.parts.get(at).map(|p| p.weight)
            });
            number(lang, share.unwrap_or_default(), Style::Percent)
        };
        let moved = move |e: &leptos::ev::Event, keep: bool| {
            let typed = parse_number(event_target_value(e).trim());
            if let Some(to) = typed.filter(|v| (0.0..=100.0).contains(v)) {
                self.set(at, to, keep);
            }
        };
        view! {
            <tr data-part=of.part.clone()>
                <th scope="row">{name}<span class="small columns-of">{columns}</span></th>
                <td class="n">{number(lang, of.learned, Style::Percent)}</td>
                <td class="slide"><input type="range" min="0" max="100" step="1" aria-label=label prop:value=move || plain(stands())
                    aria-valuetext=share on:input=move |e| moved(&e, false) on:change=move |e| moved(&e, true)/></td>
                <td class="n">{share}</td>
            </tr>
        }
        .into_any()
    }

    fn refused(self) -> AnyView {
        let said = self.pane.lang.texts().health_zero;
        follow(move || {
            let is_nothing = self.nothing.get();
            is_nothing.then(|| view! { <p class="small" role="alert">{said}</p> }.into_any())
        })
    }

    fn test(self) -> AnyView {
        follow(move || {
            self.now.with(|now| {
                let card = now.as_ref()?.as_ref()?;
                Some(match &card.test {
                    Some(test) => tested(self.pane, test),
                    None => {
                        let said = self.pane.lang.texts().health_untested;
                        view! { <p class="why">{said}</p> }.into_any()
                    }
                })
            })
        })
    }

    fn lines(self) -> AnyView {
        let t = self.pane.lang.texts();
        let lines = self.parts.get();
        let lines = lines.iter().enumerate().map(|(at, p)| self.line(at, p));
        view! {
            <table class="weights"><thead><tr><th scope="col">{t.health_part}</th><th scope="col" class="n">{t.health_learned}</th><th scope="col">{t.health_by_hand}</th><th scope="col" class="n">{t.health_in_use}</th></tr></thead>
            <tbody>{lines.collect_view()}</tbody></table>
        }
        .into_any()
    }
}

/// What the test says, first as a sentence.
fn tested(pane: Pane, test: &HealthTest) -> AnyView {
    let (lang, t) = (pane.lang, pane.lang.texts());
    let score = |v: f64| number(lang, v, Style::Score);
    let template = match test.difference {
        None => t.health_said_learned,
        Some((_, _, high)) if high < 0.0 => t.health_said_worse,
        Some((_, low, _)) if low > 0.0 => t.health_said_better,
        Some(_) => t.health_said_same,
    };
    let (learned, equal) = (score(test.learned.0), score(test.equal.0));
    let hand = score(test.by_hand.unwrap_or(test.learned).0);
    let args = [
        ("learned", Arg::Text(&learned)),
        ("equal", Arg::Text(&equal)),
        ("hand", Arg::Text(&hand)),
    ];
    let title = fill(lang, template, &args);
    let on = [
        ("n", Arg::Count(test.n)),
        ("left", Arg::Count(test.n_happened)),
    ];
    let on = fill(lang, t.health_tested, &on);
    let difference = test.difference.map(|(by, low, high)| {
        let sign = |v: f64| {
            let text = score(v);
            if v > 0.0 { format!("+{text}") } else { text }
        };
        let (by, low, high) = (sign(by), sign(low), sign(high));
        let args = [
            ("by", Arg::Text(&by)),
            ("low", Arg::Text(&low)),
            ("high", Arg::Text(&high)),
        ];
        fill(lang, t.health_difference, &args)
    });
    let line = |key: &'static str, name: &'static str, (area, low, high): Interval| {
        let (low, high) = (score(low), score(high));
        let args = [("low", Arg::Text(&low)), ("high", Arg::Text(&high))];
        let range = fill(lang, t.from_to, &args);
        let share = plain(((area - GUESSING) / (1.0 - GUESSING)).max(0.0));
        view! {
            <tr data-weights=key><th scope="row">{name}</th><td class="n">{score(area)}</td><td class="n">{range}</td>
                <td class="bar"><meter min="0" max="1" value=share aria-hidden="true"></meter></td></tr>
        }
        .into_any()
    };
    let auc = crate::ui::i18n::metric(lang, "roc_auc").to_owned();
    view! {
        <p class="said" role="status">{title}</p>
        <p class="why">{on}" "{difference}</p>
        <table class="bands"><thead><tr><th scope="col">{t.health_weights}</th><th scope="col" class="n">{auc}</th><th scope="col" class="n">{t.col_interval}</th><td></td></tr></thead>
        <tbody>
            {test.by_hand.map(|it| line("by_hand", t.health_yours, it))}
            {line("learned", t.health_from_data, test.learned)}
            {line("equal", t.health_equal, test.equal)}
        </tbody></table>
    }
    .into_any()
}

/// The panel, folded until somebody wants it.
pub(super) fn card(pane: Pane, book: Book) -> AnyView {
    let t = pane.lang.texts();
    let now = book.answered(
        || Some(Ask::Health),
        |answer| match answer {
            DeskAnswer::Health(card) => Some(card),
            _ => None,
        },
    );
    // Apart from the weights in use, which the lines follow by themselves: a line that is drawn anew loses the hand on it.
    let parts = Memo::new(move |_| {
        now.with(|now| {
            let parts = now.iter().flatten().flat_map(|card| &card.parts);
            let still = parts.map(|p| HealthPart {
                weight: 0.0,
                ..p.clone()
            });
            still.collect::<Vec<_>>()
        })
    });
    let nothing = RwSignal::new(false);
    let controls = Controls {
        pane,
        book,
        now,
        parts,
        nothing,
    };
    let is_there = Memo::new(move |_| now.with(|now| now.as_ref().map(Option::is_some)));
    let learned = Signal::derive(move || {
        now.with(|now| {
            let card = now.as_ref().and_then(Option::as_ref);
            card.is_none_or(|card| card.parts.iter().all(|p| p.weight == p.learned))
        })
    });
    let inside = follow(move || {
        if !is_there.get()? {
            return Some(view! { <p class="why">{t.health_none}</p> }.into_any());
        }
        let lines = follow(move || controls.lines());
        let reset = button(t.health_reset, false, learned, move || controls.reset());
        Some(view! { {lines}{controls.refused()}<div class="acts">{reset}</div><div class="tested">{controls.test()}</div> }.into_any())
    });
    view! {
        <details class="card settings health-score" part="card">
            <summary>{t.health_title}</summary>
            <p class="why">{t.health_why}</p>
            {inside}
        </details>
    }
    .into_any()
}
