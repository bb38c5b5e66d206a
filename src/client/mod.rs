//! The page's end of the engine: starts it, restarts it, and brings back what it held.
//!
//! One request is under way at a time; others wait their turn. Cancelling ends the worker and starts a new one, and
//! whatever the next request needs (datasets from their `Blob`, models from their bytes) is loaded again first. The second
//! module of the engine has a worker of its own, started by the first request that it alone can answer.
mod few;
mod order;
mod slot;
mod store;
mod wire;

pub use wire::Room;

use crate::{
    base::{
        DatasetProfile, Error, LoadOptions, Progress, Result, Trace,
        budget::{self, Price, TOTAL},
    },
    protocol::{
        Appended, DatasetId, GroupTerms, Groups, Ids, JobId, ModelCard, ModelId, Output, Request,
        desk::Terms, encode,
    },
    report::{Catalog, Module},
};
use js_sys::{ArrayBuffer, Function, Uint8Array};
use order::Order;
use slot::Turns;
use std::{
    cell::{Cell, RefCell},
    pin::Pin,
    rc::Rc,
    sync::Arc,
};
use store::Store;
use wasm_bindgen::JsValue;
use web_sys::Blob;
use wire::{OnProgress, Wire};

/// A message from the engine with the bytes beside it.
#[derive(Debug)]
pub struct Answer {
    /// The message.
    pub output: Output,
    /// The whole event as it came, for whoever reads it once more.
    pub body: ArrayBuffer,
    /// Bulk bytes.
    pub buffer: Option<ArrayBuffer>,
}

/// A job under way. Boxed, so that its steps are compiled once and not once for each that waits for it.
pub type Work<'a, T> = Pin<Box<dyn Future<Output = Result<T>> + 'a>>;

/// How rows are added.
#[derive(Debug, Clone, Default)]
pub struct RowTerms {
    /// Column of the ids.
    pub id: Option<String>,
    /// Columns that the rows may lack.
    pub optional: Vec<String>,
    /// The book that shall be open, so that whoever crosses its threshold is known.
    pub book: Option<(ModelId, Box<Terms>)>,
}

/// What a job says while it runs.
#[derive(Debug, Clone, PartialEq)]
pub enum Update {
    /// It moved on.
    Progress(Progress),
    /// A fit reached another point of its learning curve.
    Trace(Trace),
}

/// One engine and what it can be rebuilt from.
pub struct Client {
    /// By [`Module`].
    wires: [Rc<Wire>; 2],
    turns: Turns,
    store: RefCell<Store>,
    next_id: Cell<u32>,
    next_job: Cell<JobId>,
    /// Jobs waiting or running.
    open: RefCell<Vec<JobId>>,
    cancelled: RefCell<Vec<JobId>>,
    running: Cell<Option<(JobId, Module)>>,
    /// What may be spent of the privacy of a dataset.
    pub total: Cell<Price>,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client")
            .field("room", &self.room())
            .finish_non_exhaustive()
    }
}

impl Client {
    /// Starts an engine. `spawn(onmessage, oncrash, module)` is the script's way to start a worker; it gives a
    /// promise of `{ post(message, transfer), stop(), room }`.
    pub fn start(spawn: Function) -> Rc<Self> {
        let client = Rc::new(Self {
            wires: [
                Wire::new(spawn.clone(), Module::Engine),
                Wire::new(spawn, Module::Studies),
            ],
            turns: Turns::default(),
            store: RefCell::default(),
            next_id: Cell::new(1),
            next_job: Cell::new(1),
            open: RefCell::default(),
            cancelled: RefCell::default(),
            running: Cell::new(None),
            total: Cell::new(TOTAL),
        });
        client.wire(Module::Engine).restart();
        client
    }

    /// Waits until the engine is up.
    ///
    /// # Errors
    /// [`Error::Start`] when it cannot be started, [`Error::Protocol`] when it is of another build.
    pub async fn ready(&self) -> Result<Arc<Catalog>> {
        match self.wire(Module::Engine).catalog() {
            Some(catalog) => Ok(catalog),
            None => self.wire(Module::Engine).ready().await,
        }
    }

    /// Where the engine lives.
    pub fn room(&self) -> Room {
        self.wire(Module::Engine).room()
    }

    fn wire(&self, module: Module) -> &Wire {
        &self.wires[module as usize]
    }

    /// A fresh id.
    pub fn new_dataset(&self) -> DatasetId {
        DatasetId(self.fresh())
    }

    /// A fresh id.
    pub fn new_model(&self) -> ModelId {
        ModelId(self.fresh())
    }

    fn fresh(&self) -> u32 {
        let id = self.next_id.get();
        self.next_id.set(id + 1);
        id
    }

    /// Imports a file. On failure a dataset loaded before under the same id stays as it was.
    ///
    /// # Errors
    /// Those of the import; [`Error::Cancelled`], [`Error::Crashed`].
    pub fn load(
        &self,
        dataset: DatasetId,
        blob: Blob,
        options: LoadOptions,
        on_progress: impl Fn(Update) + 'static,
    ) -> Work<'_, DatasetProfile> {
        self.load_as(self.begin(), dataset, blob, options, on_progress)
    }

    /// [`Client::load`] as the job that [`Client::begin`] gave.
    ///
    /// # Errors
    /// Those of [`Client::load`].
    pub fn load_as(
        &self,
        job: JobId,
        dataset: DatasetId,
        blob: Blob,
        options: LoadOptions,
        on_progress: impl Fn(Update) + 'static,
    ) -> Work<'_, DatasetProfile> {
        Box::pin(self.import(job, dataset, blob, options, Box::new(on_progress)))
    }

    async fn import(
        &self,
        job: JobId,
        dataset: DatasetId,
        blob: Blob,
        options: LoadOptions,
        on_progress: OnProgress,
    ) -> Result<DatasetProfile> {
        let request = Request::Load {
            dataset,
            options: options.clone(),
        };
        let order = Order {
            on_progress,
            on_done: Box::new({
                let blob = blob.clone();
                move |store, _| store.keep_dataset(dataset, blob, options)
            }),
            ..Order::new(encode(&request), Some(blob.into()), Vec::new())
        };
        match self.turn(job, order).await?.output {
            Output::Loaded(profile) => {
                self.store.borrow_mut().describe(dataset, &profile);
                Ok(profile)
            }
            _ => Err(Error::Protocol),
        }
    }

    /// Carries out any other request.
    ///
    /// # Errors
    /// Those of the job; [`Error::Cancelled`], [`Error::Crashed`].
    pub fn request(
        &self,
        request: Request,
        on_progress: impl Fn(Update) + 'static,
    ) -> Work<'_, Answer> {
        self.request_as(self.begin(), request, on_progress)
    }

    /// [`Client::request`] as the job that [`Client::begin`] gave.
    ///
    /// # Errors
    /// Those of [`Client::request`].
    pub fn request_as(
        &self,
        job: JobId,
        request: Request,
        on_progress: impl Fn(Update) + 'static,
    ) -> Work<'_, Answer> {
        Box::pin(self.carry_out(job, request, Box::new(on_progress)))
    }

    // Listeners are boxed here, so that what follows is compiled once and not once for each of them.
    async fn carry_out(
        &self,
        job: JobId,
        request: Request,
        on_progress: OnProgress,
    ) -> Result<Answer> {
        let needs = Store::needs(&request);
        let mut order = Order {
            on_progress,
            ..Order::new(encode(&request), None, needs)
        };
        let mut made = None;
        // Which module answered is known when it has.
        let answered = Rc::new(Cell::new(Module::Engine));
        match request {
            Request::Run {
                analysis, model, ..
            } => {
                order.analysis = Some(analysis);
                made = Some(model);
                let answered = answered.clone();
                order.on_done = Box::new(move |_, module| answered.set(module));
            }
            Request::Forget { dataset } => {
                order.forgets = Some(dataset);
            }
            _ => {}
        }
        let answer = self.turn(job, order).await?;
        if let (Some(model), Output::Report(_), Some(buffer)) =
            (made, &answer.output, &answer.buffer)
        {
            self.store
                .borrow_mut()
                .keep_model(model, Uint8Array::new(buffer), answered.get());
        }
        Ok(answer)
    }

    /// Carries out a request that another module has encoded; `needs` are brought back first.
    ///
    /// # Errors
    /// Those of the job; [`Error::Cancelled`], [`Error::Crashed`].
    pub fn ask(
        &self,
        request: Vec<u8>,
        dataset: Option<DatasetId>,
        model: Option<ModelId>,
    ) -> Work<'_, Answer> {
        self.ask_with(request, None, dataset, model)
    }

    /// [`Client::ask`] with bytes beside the request.
    ///
    /// # Errors
    /// Those of [`Client::ask`].
    pub fn ask_with(
        &self,
        request: Vec<u8>,
        beside: Option<JsValue>,
        dataset: Option<DatasetId>,
        model: Option<ModelId>,
    ) -> Work<'_, Answer> {
        let needs = dataset.into_iter().map(store::Need::Dataset);
        let needs = needs
            .chain(model.into_iter().map(store::Need::Model))
            .collect();
        self.turn(self.begin(), Order::new(Ok(request), beside, needs))
    }

    /// A CSV of our own with pseudonyms in its column `id`, and the lookup.
    ///
    /// # Errors
    /// [`Error::Param`] for a key that is too short; [`Error::Cancelled`], [`Error::Crashed`].
    pub async fn rename(&self, csv: &ArrayBuffer, key: String) -> Result<(Uint8Array, Uint8Array)> {
        let of = Ids::Csv(vec!["id".to_owned()]);
        let request = encode(&Request::Pseudonyms { key, of })?;
        // What goes over is gone: the file may be saved once more.
        let beside = csv.slice(0).into();
        let answer = self.ask_with(request, Some(beside), None, None).await?;
        match (answer.output, answer.buffer) {
            (Output::Pseudonyms(it), Some(buffer)) => {
                let (whole, at) = (Uint8Array::new(&buffer), it.n_bytes as u32);
                let n = whole.length();
                Ok((whole.slice(0, at), whole.slice(at, n)))
            }
            _ => Err(Error::Protocol),
        }
    }

    /// Figures of groups, paid for from the privacy of the dataset. What fails costs nothing.
    ///
    /// # Errors
    /// [`Error::Budget`], those of the question; [`Error::Cancelled`], [`Error::Crashed`].
    pub async fn groups(
        &self,
        job: JobId,
        dataset: DatasetId,
        mut terms: GroupTerms,
    ) -> Result<(Groups, Answer)> {
        let (columns, id) = self.store.borrow().description(dataset);
        if terms.id.is_none() {
            terms.id = id;
        }
        // Nothing is taken for a name of a column that cannot be one.
        terms.id = terms.id.filter(|id| !id.is_empty());
        let price = Price {
            epsilon: terms.epsilon,
            delta: terms.delta,
        };
        budget::spend(&columns, price, self.total.get())?;
        let request = Request::Groups {
            dataset,
            terms: Box::new(terms),
        };
        let answer = self.request_as(job, request, |_| ()).await;
        if answer.is_err() {
            budget::refund(&columns, price);
        }
        let answer = answer?;
        match &answer.output {
            Output::Groups(groups) => Ok((groups.clone(), answer)),
            _ => Err(Error::Protocol),
        }
    }

    /// What was spent of the privacy of a dataset.
    pub fn spent(&self, dataset: DatasetId) -> Price {
        budget::spent(&self.store.borrow().description(dataset).0)
    }

    /// Adds the rows of `blob` to a dataset, as the job that [`Client::begin`] gave.
    ///
    /// # Errors
    /// Those of reading and scoring the rows; [`Error::Cancelled`], [`Error::Crashed`].
    pub fn append(
        &self,
        job: JobId,
        dataset: DatasetId,
        blob: Blob,
        terms: RowTerms,
        on_progress: impl Fn(Update) + 'static,
    ) -> Work<'_, (DatasetProfile, Appended)> {
        Box::pin(self.add(job, dataset, blob, terms, Box::new(on_progress)))
    }

    async fn add(
        &self,
        job: JobId,
        dataset: DatasetId,
        blob: Blob,
        terms: RowTerms,
        on_progress: OnProgress,
    ) -> Result<(DatasetProfile, Appended)> {
        let mut needs = vec![store::Need::Dataset(dataset)];
        needs.extend(terms.book.iter().map(|b| store::Need::Model(b.0)));
        let request = Request::Append {
            dataset,
            id: terms.id,
            optional: terms.optional,
            book: terms.book,
        };
        let beside = Some(blob.clone().into());
        let order = Order {
            on_progress,
            ..Order::new(encode(&request), beside, needs)
        };
        match self.turn(job, order).await?.output {
            Output::Appended { profile, appended } => {
                // What may be absent was settled by the books then open; they are not open when rows are read again.
                let names = profile.columns.iter().map(|c| c.field.name.clone());
                let mut store = self.store.borrow_mut();
                store.keep_rows(dataset, blob, names.collect());
                Ok((profile, appended))
            }
            _ => Err(Error::Protocol),
        }
    }

    /// Adds to `to` what was added to `from`, in the same order; the profile of all rows, where there were any.
    ///
    /// # Errors
    /// Those of [`Client::append`].
    pub async fn append_again(
        &self,
        from: DatasetId,
        to: DatasetId,
    ) -> Result<Option<DatasetProfile>> {
        let rows = self.store.borrow().rows(from);
        let mut last = None;
        for (blob, optional) in rows {
            let terms = RowTerms {
                optional,
                ..RowTerms::default()
            };
            let added = self.append(self.begin(), to, blob, terms, |_| ());
            last = Some(added.await?.0);
        }
        Ok(last)
    }

    /// Takes up a saved model; its card, and the event that brought it.
    ///
    /// # Errors
    /// [`Error::Artifact`] when the bytes are not a model this build reads.
    pub async fn load_model(
        &self,
        model: ModelId,
        bytes: ArrayBuffer,
    ) -> Result<(ModelCard, ArrayBuffer)> {
        let copy = Uint8Array::new(&bytes).slice(0, bytes.byte_length());
        let request = encode(&Request::LoadModel { model });
        let order = Order::new(request, Some(bytes.into()), Vec::new());
        let answer = self.turn(self.begin(), order).await?;
        let Output::Model(card) = answer.output else {
            return Err(Error::Protocol);
        };
        // The first engine reads every model's card, and keeps the models of its own analyses.
        let module = self.module_of(&card.analysis);
        let mut store = self.store.borrow_mut();
        match module {
            Module::Engine => store.keep_model(model, copy, module),
            Module::Studies => store.adopt_model(model, copy, module),
        }
        Ok((card, answer.body))
    }

    /// The name a dataset was loaded under; empty where it has none.
    pub fn dataset_name(&self, dataset: DatasetId) -> String {
        self.store.borrow().dataset_name(dataset)
    }

    /// Rows that were added to a dataset, in order, with the columns they may lack.
    pub fn rows(&self, dataset: DatasetId) -> Vec<(Blob, Vec<String>)> {
        self.store.borrow().rows(dataset)
    }

    /// Keeps a model's bytes for when it is asked for; its id.
    pub fn adopt_model(&self, bytes: Uint8Array) -> ModelId {
        let id = self.new_model();
        let module = Module::Engine;
        self.store.borrow_mut().adopt_model(id, bytes, module);
        id
    }

    /// The bytes of a model, as they are saved.
    pub fn model_bytes(&self, model: ModelId) -> Option<Uint8Array> {
        self.store.borrow().model(model)
    }

    /// Opens a job, so that it can be cancelled from the moment it is asked for.
    pub fn begin(&self) -> JobId {
        let job = self.next_job.get();
        self.next_job.set(job + 1);
        self.open.borrow_mut().push(job);
        job
    }

    /// Ends one job; others go on.
    pub fn cancel_job(&self, job: JobId) {
        if !self.open.borrow().contains(&job) {
            return;
        }
        self.cancelled.borrow_mut().push(job);
        if let Some((running, module)) = self.running.get()
            && running == job
        {
            self.restart(module);
        }
    }

    /// Ends every job.
    pub fn cancel(&self) {
        self.cancelled
            .borrow_mut()
            .extend(self.open.borrow().iter());
        if let Some((_, module)) = self.running.get() {
            self.restart(module);
        }
    }

    /// Ends the engine for good.
    pub fn close(&self) {
        self.cancelled
            .borrow_mut()
            .extend(self.open.borrow().iter());
        for wire in &self.wires {
            wire.stop(Error::Cancelled);
        }
        *self.store.borrow_mut() = Store::default();
    }

    fn restart(&self, module: Module) {
        match module {
            Module::Engine => {
                self.wire(module).stop(Error::Cancelled);
                self.wire(module).restart();
            }
            Module::Studies => self.wire(module).end(Error::Cancelled),
        }
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        for wire in &self.wires {
            wire.stop(Error::Cancelled);
        }
    }
}
