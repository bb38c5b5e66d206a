//! The book of customers as the page knows it: which one, its terms, what the person noted. It lives as long as the
//! element; the engine makes its own book anew whenever it has to.
use super::{Bridge, bridge::Refusal, kept::Kept};
use crate::{
    base::{Costs, Error, Mark, Named, Params, Playbook, Query, Value, ValueOf},
    charts::Figure,
    protocol::{
        DatasetId, Desk, DeskAnswer, ModelId, Output, Request, decode,
        desk::{Ask, BookCard, Terms},
    },
    report::Report,
    ui::latest::Latest,
};
use js_sys::ArrayBuffer;
use leptos::prelude::*;

/// Handle to the book; freely copied.
#[derive(Clone, Copy)]
pub(super) struct Book {
    bridge: Bridge,
    /// Dataset and model in the engine.
    pub(super) of: RwSignal<Option<(u32, u32)>>,
    /// Costs as the person stated them: `contact`, `success`, `value`, `capacity`.
    pub(super) costs: RwSignal<Params>,
    /// The costs of the run whose report was shown last.
    stated: StoredValue<Option<Costs>>,
    /// Columns that the person marked as changeable: counterfactuals may change them.
    pub(super) actionable: RwSignal<Vec<String>>,
    /// What is done about each reason, where it is not the usual.
    pub(super) playbook: RwSignal<Option<Playbook>>,
    /// Weights of the parts of the health score by hand; empty for the model's.
    pub(super) weights: RwSignal<Vec<(String, f64)>>,
    /// Column of the role value, and of the role date.
    pub(super) value: RwSignal<Option<String>>,
    pub(super) date: RwSignal<Option<String>>,
    /// Whom the list shows, in which order.
    pub(super) query: RwSignal<Query>,
    /// What the person noted, one per customer.
    pub(super) marks: RwSignal<Vec<Mark>>,
    /// Counts changes of the marks.
    revision: StoredValue<u64>,
    /// The row of the customer whose page is open.
    pub(super) open: RwSignal<Option<u64>>,
    /// The last question that was refused.
    pub(super) refusal: RwSignal<Option<Refusal>>,
}

impl Book {
    pub(super) fn new(bridge: Bridge) -> Self {
        Self {
            bridge,
            of: RwSignal::new(None),
            costs: RwSignal::new(Params::default()),
            stated: StoredValue::new(None),
            actionable: RwSignal::new(Vec::new()),
            playbook: RwSignal::new(None),
            weights: RwSignal::new(Vec::new()),
            value: RwSignal::new(None),
            date: RwSignal::new(None),
            query: RwSignal::new(Query::default()),
            marks: RwSignal::new(Vec::new()),
            revision: StoredValue::new(1),
            open: RwSignal::new(None),
            refusal: RwSignal::new(None),
        }
    }

    /// Names the dataset and the model; another dataset is looked at from the start.
    pub(super) fn set_of(self, of: Option<(u32, u32)>) {
        if self.of.get_untracked() == of {
            return;
        }
        self.open.set(None);
        self.refusal.set(None);
        if self.of.get_untracked().map(|o| o.0) != of.map(|o| o.0) {
            self.query.set(Query::default());
        }
        self.of.set(of);
    }

    fn question(self, ask: Ask) -> Option<(Request, u32, u32)> {
        let (dataset, model) = self.of.get_untracked()?;
        let desk = Desk {
            model: ModelId(model),
            dataset: Some(DatasetId(dataset)),
            terms: Terms {
                costs: self.costs.get_untracked(),
                playbook: self
                    .playbook
                    .with_untracked(|p| p.as_ref().map(Playbook::value)),
                weights: self.weights.get_untracked(),
                value: self.value.get_untracked(),
                date: self.date.get_untracked(),
                ..Terms::default()
            },
            revision: self.revision.get_value(),
            ask,
        };
        Some((Request::Desk(Box::new(desk)), dataset, model))
    }

    async fn once(self, ask: Ask) -> Result<(DeskAnswer, Option<ArrayBuffer>), Refusal> {
        let none = || Refusal::internal(&Error::Cancelled);
        let (request, dataset, model) = self.question(ask).ok_or_else(none)?;
        match self
            .bridge
            .ask(&request, Some(dataset), Some(model))
            .await?
        {
            (Output::Desk(bytes), buffer) => {
                let answer = decode(&bytes).map_err(|e| Refusal::internal(&e))?;
                Ok((answer, buffer))
            }
            _ => Err(Refusal::internal(&Error::Protocol)),
        }
    }

    /// Asks about the book. An engine that has lost the marks is given them first.
    ///
    /// # Errors
    /// What the engine refused.
    pub(super) async fn ask(self, ask: Ask) -> Result<(DeskAnswer, Option<ArrayBuffer>), Refusal> {
        let answer = self.once(ask.clone()).await?;
        if !matches!(answer.0, DeskAnswer::Behind { .. }) {
            return Ok(answer);
        }
        let marks = self.marks.get_untracked();
        self.once(Ask::Mark { marks, all: true }).await?;
        self.once(ask).await
    }

    /// Takes note of marks, here, in the engine and in what the page keeps.
    pub(super) fn note(self, changed: Vec<Mark>) {
        self.marks.update(|marks| {
            for mark in &changed {
                match marks.iter_mut().find(|m| m.id == mark.id) {
                    Some(old) => *old = mark.clone(),
                    None => marks.push(mark.clone()),
                }
            }
        });
        self.revision.update_value(|r| *r += 1);
        self.keep();
        leptos::task::spawn_local(async move {
            let ask = Ask::Mark {
                marks: changed,
                all: false,
            };
            if let Err(refusal) = self.once(ask).await {
                self.refusal.try_set(Some(refusal));
            }
        });
    }

    /// Sets one of the costs; `None` takes it back.
    pub(super) fn set_cost(self, name: &str, value: Option<Value>) {
        self.costs.update(|costs| {
            match value {
                Some(value) => costs.0.insert(name.to_owned(), value),
                None => costs.0.remove(name),
            };
        });
        self.keep();
    }

    /// Takes up the costs that a run was given, once: what is changed here afterwards holds.
    pub(super) fn take_stated(self, report: &Report) {
        let Some(Figure::Profit(profit)) = report.figure("profit") else {
            return;
        };
        let costs = &profit.costs;
        if self.stated.with_value(|s| s.as_ref() == Some(costs)) {
            return;
        }
        self.stated.set_value(Some(costs.clone()));
        let mut all = Named::new();
        if !costs.assumed.contact {
            all.insert("contact".to_owned(), Value::Float(costs.contact));
        }
        if !costs.assumed.success {
            all.insert("success".to_owned(), Value::Float(costs.success));
        }
        match &costs.value {
            _ if costs.assumed.value => {}
            ValueOf::Number(v) => drop(all.insert("value".to_owned(), Value::Float(*v))),
            // The column of the role is what holds without a word.
            ValueOf::Column(c) if self.value.with_untracked(|v| v.as_ref() == Some(c)) => {}
            ValueOf::Column(c) => drop(all.insert("value".to_owned(), Value::Text(c.clone()))),
        }
        if let Some(n) = costs.capacity {
            all.insert("capacity".to_owned(), Value::Int(n as i64));
        }
        if !all.is_empty() {
            self.costs.set(Params(all));
            self.keep();
        }
    }

    /// A cost as a number, where it is one.
    pub(super) fn cost(self, name: &str) -> Option<f64> {
        self.costs.with(|costs| match costs.get(name)? {
            Value::Float(v) => Some(*v),
            Value::Int(v) => Some(*v as f64),
            _ => None,
        })
    }

    /// Marks a column as changeable, or takes that back.
    pub(super) fn set_actionable(self, column: &str, is: bool) {
        self.actionable.update(|all| {
            all.retain(|c| c != column);
            if is {
                all.push(column.to_owned());
            }
        });
        self.keep();
    }

    /// Says what is done about each reason; `None` is the usual again.
    pub(super) fn set_playbook(self, rules: Option<Playbook>) {
        self.playbook
            .set(rules.filter(|r| *r != Playbook::default()));
        self.keep();
    }

    /// Weighs the parts of the health score; none are the model's weights. A control that still moves has nothing kept.
    pub(super) fn set_weights(self, weights: Vec<(String, f64)>, keep: bool) {
        if self.weights.with_untracked(|now| *now != weights) {
            self.weights.set(weights);
        }
        if keep {
            self.keep();
        }
    }

    fn kept(self) -> Kept {
        Kept {
            costs: self.costs.get_untracked(),
            actionable: self.actionable.get_untracked(),
            playbook: self.playbook.get_untracked(),
            weights: self.weights.get_untracked(),
            marks: self.marks.get_untracked(),
        }
    }

    fn keep(self) {
        let bytes = self.kept().write();
        let text = bytes.iter().map(|b| char::from(*b)).collect::<String>();
        if let Ok(text) = window().btoa(&text) {
            self.bridge.tell("keep", text);
        }
    }

    /// Takes up what was kept; text of another layout is left alone, none at all is as at the start.
    pub(super) fn take_up(self, kept: &str) {
        let Ok(text) = window().atob(kept) else {
            return;
        };
        let bytes: Vec<u8> = text.chars().map(|c| c as u8).collect();
        let kept = match bytes.is_empty() {
            true => Some(Kept::default()),
            false => Kept::read(&bytes),
        };
        let Some(kept) = kept.filter(|kept| *kept != self.kept()) else {
            return;
        };
        self.costs.set(kept.costs);
        self.playbook.set(kept.playbook);
        self.weights.set(kept.weights);
        self.actionable.set(kept.actionable);
        self.marks.set(kept.marks);
        self.revision.update_value(|r| *r += 1);
    }

    /// Asks whenever what `ask` reads changes, and keeps the last answer while the next one is on its way. While a question
    /// is under way only the newest of those that come waits.
    pub(super) fn answered<T: Clone + Send + Sync + 'static>(
        self,
        ask: impl Fn() -> Option<Ask> + 'static,
        take: fn(DeskAnswer) -> Option<T>,
    ) -> RwSignal<Option<T>> {
        let answer = RwSignal::new(None);
        let latest = StoredValue::new(Latest::<Ask>::default());
        Effect::new(move |_| {
            self.of.track();
            self.costs.track();
            self.playbook.track();
            self.weights.track();
            let Some(ask) = ask() else { return };
            let Some(mut ask) = latest.try_update_value(|l| l.offer(ask)).flatten() else {
                return;
            };
            leptos::task::spawn_local(async move {
                loop {
                    let of = self.of.try_get_untracked();
                    let result = self.ask(ask).await;
                    // What the person has moved on to will be answered next; until then this shows where it goes, unless
                    // it is about other data.
                    let Some(next) = latest.try_update_value(Latest::done) else {
                        return;
                    };
                    match result {
                        Ok((it, _)) if of == self.of.try_get_untracked() => {
                            answer.try_set(take(it));
                            self.refusal.try_set(None);
                        }
                        Err(refusal) if refusal.code != "cancelled" && next.is_none() => {
                            self.refusal.try_set(Some(refusal));
                        }
                        _ => {}
                    }
                    match next {
                        Some(newer) => ask = newer,
                        None => return,
                    }
                }
            });
        });
        answer
    }

    /// What the book is.
    pub(super) fn card(self) -> RwSignal<Option<BookCard>> {
        self.answered(
            || Some(Ask::Open),
            |answer| match answer {
                DeskAnswer::Book(card) => Some(card),
                _ => None,
            },
        )
    }
}
