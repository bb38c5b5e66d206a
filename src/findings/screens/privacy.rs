//! The dialog behind "On this device only": what a reviewer can see for themselves, as `www/privacy.js` reads it.
use super::projects::title;
use crate::{
    findings::{
        Pane,
        fields::{flag, get, list, number, some_number, text},
    },
    ui::{
        i18n::{Arg, Lang, bytes, count, fill},
        parts::{button, follow},
    },
};
use js_sys::{Date, Function, Promise};
use leptos::prelude::*;
use wasm_bindgen::{JsCast as _, JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;

/// A policy: where it holds, and whether markup names it.
#[derive(Clone)]
struct Policy {
    places: Vec<String>,
    is_meta: bool,
    policy: String,
}

/// A file that was loaded.
#[derive(Clone)]
struct Resource {
    place: String,
    url: String,
    kind: String,
    at_ms: f64,
    n_bytes: Option<f64>,
    is_late: bool,
}

/// What there is to see.
#[derive(Clone)]
struct Seen {
    policies: Vec<Policy>,
    resources: Vec<Resource>,
    n_late: Option<f64>,
    n_refused: usize,
    is_busy: bool,
}

impl Seen {
    fn read(of: &JsValue) -> Self {
        let refused = list(of, "violations", |v| {
            flag(v, "since_data") && !flag(v, "self_test")
        });
        Self {
            policies: together(list(of, "policies", |p| Policy {
                places: vec![text(p, "where")],
                is_meta: text(p, "source") == "meta",
                policy: text(p, "policy"),
            })),
            resources: list(of, "resources", |r| Resource {
                place: text(r, "where"),
                url: text(r, "url"),
                kind: text(r, "kind"),
                at_ms: number(r, "at"),
                n_bytes: some_number(r, "bytes"),
                is_late: flag(r, "since_data"),
            }),
            n_late: some_number(of, "requests_since_data"),
            n_refused: refused.into_iter().filter(|r| *r).count(),
            is_busy: !list(of, "missing", |_| ()).is_empty(),
        }
    }
}

/// What holds in several places is named once: the engine and its room inherit the page's policy.
fn together(policies: Vec<Policy>) -> Vec<Policy> {
    let mut out: Vec<Policy> = Vec::new();
    for policy in policies {
        match out.iter_mut().find(|p| p.policy == policy.policy) {
            Some(known) => known.places.extend(policy.places),
            None => out.push(policy),
        }
    }
    out
}

/// A way out that was tried.
#[derive(Clone)]
struct Try {
    way: String,
    of_page: bool,
    outcome: String,
    by: String,
}

impl Try {
    fn read(of: &JsValue) -> Self {
        Self {
            way: text(of, "way"),
            of_page: text(of, "where") == "page",
            outcome: text(of, "outcome"),
            by: text(of, "by"),
        }
    }
    fn is(&self, outcome: &str) -> bool {
        self.outcome == outcome
    }
}

const WAYS: [&str; 8] = [
    "fetch", "xhr", "beacon", "socket", "image", "form", "worker", "script",
];

fn way(lang: Lang, id: &str) -> &'static str {
    let t = lang.texts();
    match id {
        "xhr" => "XMLHttpRequest",
        "beacon" => "sendBeacon",
        "socket" => "WebSocket",
        "image" => t.privacy_image,
        "form" => t.privacy_form,
        "worker" => t.privacy_worker,
        "script" => t.privacy_script,
        _ => "fetch",
    }
}

fn place(lang: Lang, id: &str) -> &'static str {
    let t = lang.texts();
    match id {
        "engine" => t.privacy_engine,
        "room" => t.privacy_room,
        _ => t.privacy_page,
    }
}

/// The dialog's inside and what it shows.
#[derive(Clone, Copy)]
struct Privacy {
    pane: Pane,
    seen: RwSignal<Option<Seen>>,
    tries: RwSignal<Vec<Try>>,
    testing: RwSignal<bool>,
}

/// The dialog's inside; what it says is read when it is drawn.
pub(super) fn privacy(pane: Pane) -> AnyView {
    let it = Privacy {
        pane,
        seen: RwSignal::new(None),
        tries: RwSignal::new(Vec::new()),
        testing: RwSignal::new(false),
    };
    leptos::task::spawn_local(async move {
        if let Some(seen) = it.ask("read", &JsValue::UNDEFINED).await {
            it.seen.try_set(Some(Seen::read(&seen)));
        }
    });
    it.view()
}

impl Privacy {
    /// What the script answers.
    async fn ask(self, method: &str, argument: &JsValue) -> Option<JsValue> {
        let script = self.pane.bridge.get("privacy");
        let method = get(&script, method).dyn_into::<Function>().ok()?;
        let answer = method.call1(&script, argument).ok()?;
        JsFuture::from(answer.dyn_into::<Promise>().ok()?)
            .await
            .ok()
    }

    fn test(self) {
        self.testing.set(true);
        self.tries.set(Vec::new());
        leptos::task::spawn_local(async move {
            let tell = Closure::<dyn FnMut(JsValue)>::new(move |row: JsValue| {
                self.tries.try_update(|t| t.push(Try::read(&row)));
            });
            let answer = self.ask("selfTest", tell.as_ref()).await;
            if let Some(answer) = answer {
                self.seen.try_set(Some(Seen::read(&get(&answer, "report"))));
            }
            self.testing.try_set(false);
        });
    }

    fn view(self) -> AnyView {
        let t = self.pane.lang.texts();
        let script = self.pane.bridge.get("privacy");
        let room = match text(&script, "room").as_str() {
            "sealed" => t.room_sealed,
            "url" => t.room_url,
            _ => t.room_starting,
        };
        let close = move || self.pane.bridge.act("close");
        view! {
            {title("privacy-title", t.privacy_title.to_owned())}
            <p class="why">{t.privacy_lede}</p>
            <ul>
                <li>{t.privacy_read}</li>
                <li>{t.privacy_compute}</li>
                <li>{t.privacy_store}</li>
            </ul>
            <p class="room">{room}</p>
            {follow(move || self.facts())}
            {self.tests()}
            {follow(move || self.policies())}
            {follow(move || self.resources())}
            <p class="why">{t.privacy_check}</p>
            <div class="acts">
                {button(t.close, true, Signal::stored(false), close)}
                <a class="button" href=text(&script, "licences") target="_blank" rel="noopener">{t.licences}</a>
            </div>
        }
        .into_any()
    }

    fn facts(self) -> Option<AnyView> {
        let seen = self.seen.get()?;
        let (t, lang) = (self.pane.lang.texts(), self.pane.lang);
        let early = seen.resources.iter().filter(|r| !r.is_late).count();
        let number = |n: Option<f64>| n.map(|n| count(lang, n as u64));
        let since = seen.n_late;
        let refused = since.map(|_| seen.n_refused as f64);
        let facts = [
            (t.privacy_since, "requests", number(since)),
            (t.privacy_refusals, "refusals", number(refused)),
            (t.privacy_loaded, "loaded", number(Some(early as f64))),
        ];
        let facts = facts
            .into_iter()
            .map(|(name, id, n)| {
                let n = match n {
                    Some(n) => view! { <dd data-fact=id class="num">{n}</dd> }.into_any(),
                    None => {
                        view! { <dd data-fact=id class="small">{t.privacy_no_data}</dd> }.into_any()
                    }
                };
                view! { <div><dt class="label">{name}</dt>{n}</div> }.into_any()
            })
            .collect_view();
        let busy = seen.is_busy.then(|| {
            view! { <p class="small" role="status">{t.privacy_engine_busy}</p> }.into_any()
        });
        Some(view! { <dl class="strip three">{facts}</dl>{busy} }.into_any())
    }

    fn policies(self) -> Option<AnyView> {
        let seen = self.seen.get()?;
        let (t, lang) = (self.pane.lang.texts(), self.pane.lang);
        let of_page = |p: &Policy| p.places.iter().any(|p| p == "page");
        let unread = !seen.policies.iter().any(of_page);
        let items = seen
            .policies
            .into_iter()
            .map(|p| {
                let how = if p.is_meta { t.privacy_from_meta } else { t.privacy_from_refusal };
                let places: Vec<_> = p.places.iter().map(|p| place(lang, p)).collect();
                let how = format!("{} · {how}", places.join(t.list_and));
                view! { <dt class="label">{how}</dt><dd data-places=p.places.join(" ")><code>{p.policy}</code></dd> }.into_any()
            })
            .collect_view();
        let note = unread.then(|| view! { <p class="small">{t.privacy_unread}</p> }.into_any());
        Some(
            view! {
                <details class="policies">
                    <summary>{t.privacy_policies}</summary>
                    <dl>{items}</dl>
                    {note}
                </details>
            }
            .into_any(),
        )
    }

    fn tests(self) -> AnyView {
        let (t, lang) = (self.pane.lang.texts(), self.pane.lang);
        let address = "https://kept-self-test.invalid/";
        let lede = fill(
            lang,
            t.privacy_test_lede,
            &[("address", Arg::Text(address))],
        );
        let label = move || {
            if self.testing.get() {
                t.privacy_testing
            } else {
                t.privacy_test
            }
        };
        view! {
            <section class="self-test" aria-labelledby="self-test-title">
                <h3 id="self-test-title">{t.privacy_test_title}</h3>
                <p class="why">{lede}</p>
                <div class="acts">
                    <button type="button" part="button" disabled=move || self.testing.get() on:click=move |_| self.test()>{label}</button>
                </div>
                <div role="status">{follow(move || self.verdict())}</div>
                {follow(move || self.table())}
            </section>
        }
        .into_any()
    }

    /// What the test came to, in one sentence.
    fn verdict(self) -> Option<AnyView> {
        let (t, lang) = (self.pane.lang.texts(), self.pane.lang);
        let tries = self.tries.get();
        if self.testing.get() || tries.is_empty() {
            return None;
        }
        let n = |of_page, outcome: &str| {
            let of = |t: &&Try| t.of_page == of_page && t.is(outcome);
            tries.iter().filter(of).count() as u64
        };
        let (open, page) = (n(false, "open"), n(true, "open"));
        // An engine that is not up, or at work, says nothing: that is no refusal.
        let silent = n(false, "unknown") + u64::from(tries.iter().all(|t| t.of_page));
        let (class, template, n) = match (open, silent, page) {
            (1.., _, _) => ("bad", t.privacy_engine_open, open),
            (0, 1.., _) => ("open", t.privacy_engine_busy, 0),
            (0, 0, 1..) => ("open", t.privacy_page_open, page),
            _ => ("closed", t.privacy_closed, 0),
        };
        let total = WAYS.len() as u64;
        let said = fill(
            lang,
            template,
            &[("n", Arg::Count(n)), ("total", Arg::Count(total))],
        );
        Some(view! { <p class="verdict" data-verdict=class>{said}</p> }.into_any())
    }

    fn table(self) -> Option<AnyView> {
        let tries = self.tries.get();
        if tries.is_empty() {
            return None;
        }
        let (t, lang) = (self.pane.lang.texts(), self.pane.lang);
        let cell = move |row: Option<&Try>| {
            let Some(row) = row else {
                return view! { <td>"…"</td> }.into_any();
            };
            let said = match row.outcome.as_str() {
                "refused" => t.privacy_try_refused,
                "open" => t.privacy_try_open,
                "absent" => t.privacy_try_absent,
                _ => t.privacy_try_unknown,
            };
            let by =
                (!row.by.is_empty()).then(|| view! { <code>{row.by.clone()}</code> }.into_any());
            view! { <td data-outcome=row.outcome.clone()><span>{said}</span>{by}</td> }.into_any()
        };
        let rows = WAYS
            .into_iter()
            .map(|id| {
                let of = |of_page| tries.iter().find(|t| t.of_page == of_page && t.way == id);
                view! { <tr data-way=id><th scope="row">{way(lang, id)}</th>{cell(of(false))}{cell(of(true))}</tr> }.into_any()
            })
            .collect_view();
        let head = |text| view! { <th scope="col">{text}</th> }.into_any();
        Some(
            view! {
                <table class="tries">
                    <thead><tr>{head(t.privacy_way)}{head(t.privacy_engine)}{head(t.privacy_page)}</tr></thead>
                    <tbody>{rows}</tbody>
                </table>
            }
            .into_any(),
        )
    }

    fn resources(self) -> Option<AnyView> {
        let seen = self.seen.get()?;
        let (t, lang) = (self.pane.lang.texts(), self.pane.lang);
        let rows = seen
            .resources
            .into_iter()
            .map(|r| {
                let clock: String = Date::new(&r.at_ms.into()).to_time_string().into();
                let clock = clock.get(..8).unwrap_or_default().to_owned();
                let size = r.n_bytes.map_or_else(|| "–".to_owned(), |n| bytes(lang, n as u64));
                view! {
                    <tr class:late=r.is_late>
                        <td>{clock}</td><td class="address" title=r.url.clone()>{r.url.clone()}</td><td class="opt">{r.kind}</td><td>{place(lang, &r.place)}</td><td class="n">{size}</td>
                    </tr>
                }
                .into_any()
            })
            .collect_view();
        let head = |text, class| view! { <th scope="col" class=class>{text}</th> }.into_any();
        Some(
            view! {
                <details class="loaded">
                    <summary>{t.privacy_resources}</summary>
                    <div class="scroll" tabindex="0" role="region" aria-label=t.privacy_resources>
                        <table>
                            <thead><tr>{head(t.privacy_time, "")}{head(t.privacy_file, "")}{head(t.privacy_kind, "opt")}{head(t.privacy_by, "")}{head(t.privacy_size, "n")}</tr></thead>
                            <tbody>{rows}</tbody>
                        </table>
                    </div>
                    <p class="small">{t.privacy_resources_note}</p>
                </details>
            }
            .into_any(),
        )
    }
}
