//! The book of customers as the page knows it: which one, its terms, what the person noted. It lives as long as the
//! element; the engine makes its own book anew whenever it has to.
use super::{Bridge, bridge::Refusal};
use crate::{
    base::{Error, Mark, Params, Query, Value},
    protocol::{
        DatasetId, Desk, DeskAnswer, ModelId, Output, Request, decode,
        desk::{Ask, BookCard, Terms},
    },
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

/// Layout of what is kept.
const KEPT: u8 = 1;

impl Book {
    pub(super) fn new(bridge: Bridge) -> Self {
        Self {
            bridge,
            of: RwSignal::new(None),
            costs: RwSignal::new(Params::default()),
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

    /// A cost as a number, where it is one.
    pub(super) fn cost(self, name: &str) -> Option<f64> {
        self.costs.with(|costs| match costs.get(name)? {
            Value::Float(v) => Some(*v),
            Value::Int(v) => Some(*v as f64),
            _ => None,
        })
    }

    fn keep(self) {
        let kept = (KEPT, self.costs.get_untracked(), self.marks.get_untracked());
        let bytes = crate::base::pack(&kept).unwrap_or_default();
        let text = bytes.iter().map(|b| char::from(*b)).collect::<String>();
        if let Ok(text) = window().btoa(&text) {
            self.bridge.tell("keep", text);
        }
    }

    /// Takes up what was kept; text of another layout is left alone.
    pub(super) fn take_up(self, kept: &str) {
        let Ok(text) = window().atob(kept) else {
            return;
        };
        let bytes: Vec<u8> = text.chars().map(|c| c as u8).collect();
        if bytes.first() != Some(&KEPT) {
            return;
        }
        if let Ok((_, costs, marks)) = decode::<(u8, Params, Vec<Mark>)>(&bytes)
            && (costs != self.costs.get_untracked() || marks != self.marks.get_untracked())
        {
            self.costs.set(costs);
            self.marks.set(marks);
            self.revision.update_value(|r| *r += 1);
        }
    }

    /// Asks whenever what `ask` reads changes, and keeps the last answer while the next one is on its way.
    pub(super) fn answered<T: Clone + Send + Sync + 'static>(
        self,
        ask: impl Fn() -> Option<Ask> + 'static,
        take: fn(DeskAnswer) -> Option<T>,
    ) -> RwSignal<Option<T>> {
        let answer = RwSignal::new(None);
        let asked = StoredValue::new(0_u32);
        Effect::new(move |_| {
            self.of.track();
            self.costs.track();
            let Some(ask) = ask() else { return };
            asked.update_value(|n| *n += 1);
            let mine = asked.get_value();
            leptos::task::spawn_local(async move {
                // Only the answer to the last question counts.
                let result = self.ask(ask).await;
                if asked.try_get_value() != Some(mine) {
                    return;
                }
                match result {
                    Ok((it, _)) => {
                        answer.try_set(take(it));
                        self.refusal.try_set(None);
                    }
                    Err(refusal) if refusal.code == "cancelled" => {}
                    Err(refusal) => {
                        self.refusal.try_set(Some(refusal));
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
