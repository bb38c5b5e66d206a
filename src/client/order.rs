//! A request's turn: which engine it goes to, and what is brought there first.
use super::{
    Answer, Client, Work,
    store::{Need, Store},
    wire::OnProgress,
};
use crate::{
    base::{Error, Result},
    protocol::{DatasetId, JobId, encode},
    report::Module,
};
use wasm_bindgen::JsValue;

/// What is kept of a request that was carried out, by which module.
type OnDone = Box<dyn FnOnce(&mut Store, Module)>;

/// A request on its way.
pub(super) struct Order {
    pub(super) request: Result<Vec<u8>>,
    pub(super) beside: Option<JsValue>,
    pub(super) needs: Vec<Need>,
    /// The analysis that is to run.
    pub(super) analysis: Option<String>,
    pub(super) on_progress: OnProgress,
    pub(super) on_done: OnDone,
    /// The dataset that is to be freed.
    pub(super) forgets: Option<DatasetId>,
}

impl Order {
    pub(super) fn new(request: Result<Vec<u8>>, beside: Option<JsValue>, needs: Vec<Need>) -> Self {
        Self {
            request,
            beside,
            needs,
            analysis: None,
            on_progress: Box::new(|_| ()),
            on_done: Box::new(|_, _| ()),
            forgets: None,
        }
    }
}

impl Client {
    /// Where an analysis runs.
    pub(super) fn module_of(&self, analysis: &str) -> Module {
        let catalog = self.wire(Module::Engine).catalog();
        let cards = catalog.as_ref().map_or(&[][..], |c| &c.analyses);
        let card = cards.iter().find(|a| a.id == analysis);
        card.map_or(Module::Engine, |card| card.module)
    }

    pub(super) fn turn(&self, job: JobId, order: Order) -> Work<'_, Answer> {
        Box::pin(self.wait_and_run(job, order))
    }

    async fn wait_and_run(&self, job: JobId, order: Order) -> Result<Answer> {
        let turn = self.turns.take().await;
        let result = self.run(job, order).await;
        drop(turn);
        self.running.set(None);
        self.open.borrow_mut().retain(|j| *j != job);
        self.cancelled.borrow_mut().retain(|j| *j != job);
        result
    }

    async fn run(&self, job: JobId, order: Order) -> Result<Answer> {
        // What runs where is in the first one's catalogue.
        self.ready().await?;
        let module = match &order.analysis {
            Some(analysis) => self.module_of(analysis),
            None => self.store.borrow().module_of(&order.needs),
        };
        let wire = self.wire(module);
        if order.needs.iter().any(|n| self.store.borrow().is_big(n)) {
            self.make_room_for(module);
        }
        if module == Module::Studies {
            // It may have to be fetched: that can be cancelled as well.
            self.running.set(Some((job, module)));
        }
        if self.cancelled.borrow().contains(&job) {
            return Err(Error::Cancelled);
        }
        wire.ready().await?;
        if self.cancelled.borrow().contains(&job) {
            return Err(Error::Cancelled);
        }
        self.running.set(Some((job, module)));
        for need in order.needs {
            let lost = self.store.borrow().lost(&need, module, wire.generation());
            let is_lost = !lost.is_empty();
            for (request, beside) in lost {
                wire.call(encode(&request)?, Some(beside), Box::new(|_| ()))
                    .await?;
            }
            if is_lost {
                self.store
                    .borrow_mut()
                    .restored(&need, module, wire.generation());
            }
        }
        let generation = wire.generation();
        let answer = wire
            .call(order.request?, order.beside, order.on_progress)
            .await?;
        let mut store = self.store.borrow_mut();
        store.fresh_in(module, generation);
        (order.on_done)(&mut store, module);
        if let Some(dataset) = order.forgets {
            // From the other engine it goes with all that one holds: what is needed comes back.
            let second = self.wire(Module::Studies);
            if second.is_on() && store.is_also_in_second(dataset, second.generation()) {
                second.end(Error::Cancelled);
            }
            store.forget(dataset);
        }
        Ok(answer)
    }

    /// Ends the engine of the other module: a large file is not held twice.
    fn make_room_for(&self, module: Module) {
        let other = match module {
            Module::Engine => Module::Studies,
            Module::Studies => Module::Engine,
        };
        if self.wire(other).is_on() {
            self.wire(other).end(Error::Cancelled);
        }
    }
}
