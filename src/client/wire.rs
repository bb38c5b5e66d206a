//! One worker at a time, and the messages that go to and from it.
use super::{Answer, Update, few::Few};
use crate::{
    base::{Error, Result},
    protocol::{Event, JobId, PROTOCOL, decode},
    report::{Catalog, Module},
};
use futures_channel::oneshot;
use js_sys::{Array, ArrayBuffer, Function, Promise, Reflect, Uint8Array};
use std::{
    cell::{Cell, RefCell},
    rc::{Rc, Weak},
    sync::Arc,
};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;

/// Where the engine lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Room {
    /// It is not up yet.
    Starting,
    /// In a frame whose policy forbids every connection.
    Sealed,
    /// A worker from a URL, under the policy its server sent with it.
    Url,
}

pub(super) type OnProgress = Box<dyn Fn(Update)>;

struct Pending {
    done: oneshot::Sender<Result<Answer>>,
    on_progress: Rc<dyn Fn(Update)>,
}

type Listener = Closure<dyn FnMut(JsValue)>;
type CrashListener = Closure<dyn FnMut(JsValue)>;

struct Link {
    post: Function,
    stop: Function,
    handle: JsValue,
}

#[derive(Clone)]
enum Life {
    /// Not started, or ended: whoever needs it starts it.
    Idle,
    Starting,
    Up(Arc<Catalog>),
    Failed(Error),
}

pub(super) struct Wire {
    this: Weak<Wire>,
    spawn: Function,
    module: Module,
    link: RefCell<Option<Link>>,
    listeners: RefCell<Option<(Listener, CrashListener)>>,
    life: RefCell<Life>,
    /// What the last worker said it can do.
    catalog: RefCell<Option<Arc<Catalog>>>,
    /// Said by a worker whose link has not arrived yet: the two come by different ways.
    early: RefCell<Option<Arc<Catalog>>>,
    waiting: RefCell<Vec<oneshot::Sender<Result<Arc<Catalog>>>>>,
    pending: RefCell<Few<JobId, Pending>>,
    next: Cell<JobId>,
    generation: Cell<u32>,
    room: Cell<Room>,
    /// Crashes since the last answer: an engine that dies at once is not started for ever.
    crashes: Cell<u32>,
    closed: Cell<bool>,
}

const MAX_CRASHES: u32 = 3;

impl Wire {
    pub(super) fn new(spawn: Function, module: Module) -> Rc<Self> {
        Rc::new_cyclic(|this| Self {
            this: this.clone(),
            spawn,
            module,
            link: RefCell::default(),
            listeners: RefCell::default(),
            life: RefCell::new(Life::Idle),
            catalog: RefCell::default(),
            early: RefCell::default(),
            waiting: RefCell::default(),
            pending: RefCell::default(),
            next: Cell::new(1),
            generation: Cell::new(0),
            room: Cell::new(Room::Starting),
            crashes: Cell::new(0),
            closed: Cell::new(false),
        })
    }

    pub(super) fn room(&self) -> Room {
        self.room.get()
    }

    /// Whether a worker runs or is being started.
    pub(super) fn is_on(&self) -> bool {
        matches!(&*self.life.borrow(), Life::Starting | Life::Up(_))
    }

    /// What the engine can do, where one was up before.
    pub(super) fn catalog(&self) -> Option<Arc<Catalog>> {
        self.catalog.borrow().clone()
    }

    /// Counts the engines started so far.
    pub(super) fn generation(&self) -> u32 {
        self.generation.get()
    }

    /// Starts a worker.
    pub(super) fn restart(&self) {
        let Some(this) = self.this.upgrade() else {
            return;
        };
        let generation = self.generation.get() + 1;
        self.generation.set(generation);
        self.closed.set(false);
        *self.life.borrow_mut() = Life::Starting;
        self.early.borrow_mut().take();
        let weak = self.this.clone();
        let on_message = Listener::new(move |data: JsValue| {
            if let Some(wire) = weak.upgrade().filter(|w| w.generation.get() == generation) {
                wire.receive(&data);
            }
        });
        let weak = self.this.clone();
        let on_crash = CrashListener::new(move |needed: JsValue| {
            if let Some(wire) = weak.upgrade().filter(|w| w.generation.get() == generation) {
                // Said where it was memory that it lacked.
                let needed = needed.as_f64().unwrap_or(0.0) as u64;
                wire.crashed(match needed {
                    0 => Error::Crashed,
                    needed => Error::memory(needed),
                });
            }
        });
        let args = (on_message.as_ref().clone(), on_crash.as_ref().clone());
        *self.listeners.borrow_mut() = Some((on_message, on_crash));
        wasm_bindgen_futures::spawn_local(async move {
            let promise = this
                .spawn
                .call3(&JsValue::NULL, &args.0, &args.1, &this.module.id().into())
                .and_then(JsCast::dyn_into::<Promise>);
            let handle = match promise {
                Ok(promise) => JsFuture::from(promise).await.ok(),
                Err(_) => None,
            };
            let link = handle.and_then(|handle| {
                let function = |name: &str| {
                    Reflect::get(&handle, &name.into())
                        .ok()?
                        .dyn_into::<Function>()
                        .ok()
                };
                Some(Link {
                    post: function("post")?,
                    stop: function("stop")?,
                    handle: handle.clone(),
                })
            });
            let Some(link) = link else {
                if this.generation.get() == generation {
                    this.fail(Error::Start);
                }
                return;
            };
            if this.generation.get() != generation || this.closed.get() {
                // Cancelled again before it was up.
                let _ = link.stop.call0(&link.handle);
                return;
            }
            let sealed = Reflect::get(&link.handle, &"room".into())
                .ok()
                .and_then(|r| r.as_string());
            this.room.set(if sealed.as_deref() == Some("sealed") {
                Room::Sealed
            } else {
                Room::Url
            });
            *this.link.borrow_mut() = Some(link);
            let early = this.early.borrow_mut().take();
            if let Some(catalog) = early {
                this.up(catalog);
            }
        });
    }

    /// Ends the worker; jobs under way end with `why`.
    pub(super) fn stop(&self, why: Error) {
        self.closed.set(true);
        if let Some(link) = self.link.borrow_mut().take() {
            let _ = link.stop.call0(&link.handle);
        }
        let pending = self.pending.borrow_mut().take();
        for (_, job) in pending {
            let _ = job.done.send(Err(why.clone()));
        }
    }

    /// Ends the worker, as [`Wire::stop`] does; the next one is started when it is needed.
    pub(super) fn end(&self, why: Error) {
        self.stop(why.clone());
        // One that is still being started is not waited for any more.
        self.generation.set(self.generation.get() + 1);
        self.fail(why);
        *self.life.borrow_mut() = Life::Idle;
    }

    fn crashed(&self, why: Error) {
        if self.module != Module::Engine {
            return self.end(why);
        }
        self.crashes.set(self.crashes.get() + 1);
        self.stop(why);
        if self.crashes.get() > MAX_CRASHES {
            self.fail(Error::Start);
        } else {
            self.restart();
        }
    }

    fn up(&self, catalog: Arc<Catalog>) {
        *self.life.borrow_mut() = Life::Up(catalog.clone());
        *self.catalog.borrow_mut() = Some(catalog.clone());
        for waiting in self.waiting.borrow_mut().drain(..) {
            let _ = waiting.send(Ok(catalog.clone()));
        }
    }

    fn fail(&self, error: Error) {
        *self.life.borrow_mut() = Life::Failed(error.clone());
        for waiting in self.waiting.borrow_mut().drain(..) {
            let _ = waiting.send(Err(error.clone()));
        }
    }

    /// Waits until it is up; starts it where it is not on its way. A second engine that could not be had is tried again.
    pub(super) async fn ready(&self) -> Result<Arc<Catalog>> {
        let is_to_start = match &*self.life.borrow() {
            Life::Idle => true,
            Life::Failed(_) => self.module != Module::Engine,
            _ => false,
        };
        if is_to_start {
            self.restart();
        }
        let receiver = match &*self.life.borrow() {
            Life::Up(catalog) => return Ok(catalog.clone()),
            Life::Failed(error) => return Err(error.clone()),
            Life::Idle | Life::Starting => {
                let (sender, receiver) = oneshot::channel();
                self.waiting.borrow_mut().push(sender);
                receiver
            }
        };
        receiver.await.unwrap_or(Err(Error::Start))
    }

    pub(super) async fn call(
        &self,
        request: Vec<u8>,
        beside: Option<JsValue>,
        on_progress: OnProgress,
    ) -> Result<Answer> {
        let id = self.next.get();
        self.next.set(id + 1);
        let body = Uint8Array::from(request.as_slice()).buffer();
        let (message, transfer) = (Array::of2(&id.into(), &body), Array::of1(&body));
        if let Some(beside) = beside {
            message.push(&beside);
            // Buffers move, files are shared.
            if beside.is_instance_of::<ArrayBuffer>() {
                transfer.push(&beside);
            }
        }
        let (done, receiver) = oneshot::channel();
        {
            let link = self.link.borrow();
            let link = link.as_ref().ok_or(Error::Crashed)?;
            let on_progress = on_progress.into();
            self.pending
                .borrow_mut()
                .insert(id, Pending { done, on_progress });
            if link.post.call2(&link.handle, &message, &transfer).is_err() {
                self.pending.borrow_mut().remove(id);
                return Err(Error::Protocol);
            }
        }
        receiver.await.unwrap_or(Err(Error::Crashed))
    }

    fn receive(&self, data: &JsValue) {
        let Some(message) = data.dyn_ref::<Array>() else {
            return;
        };
        let id = message.get(0).as_f64().unwrap_or(0.0) as JobId;
        let Ok(body) = message.get(1).dyn_into::<ArrayBuffer>() else {
            return;
        };
        let event = match decode::<Event>(&Uint8Array::new(&body).to_vec()) {
            Ok(event) => event,
            Err(error) => Event::Failed(error),
        };
        match event {
            Event::Ready { protocol, catalog } if protocol == PROTOCOL => {
                let catalog = Arc::new(catalog);
                if self.link.borrow().is_some() {
                    self.up(catalog);
                } else {
                    *self.early.borrow_mut() = Some(catalog);
                }
            }
            Event::Ready { .. } => self.fail(Error::Protocol),
            Event::Progress(progress) => self.update(id, Update::Progress(progress)),
            Event::Trace(trace) => self.update(id, Update::Trace(trace)),
            Event::Done(output) => {
                self.crashes.set(0);
                let buffer = message.get(2).dyn_into::<ArrayBuffer>().ok();
                self.finish(
                    id,
                    Ok(Answer {
                        output: *output,
                        body,
                        buffer,
                    }),
                );
            }
            Event::Failed(error) => self.finish(id, Err(error)),
        }
    }

    fn update(&self, id: JobId, update: Update) {
        // Whoever listens may cancel the very job.
        let job = self.pending.borrow();
        let listener = job.get(id).map(|job| job.on_progress.clone());
        drop(job);
        if let Some(listener) = listener {
            listener(update);
        }
    }

    fn finish(&self, id: JobId, result: Result<Answer>) {
        let job = self.pending.borrow_mut().remove(id);
        if let Some(job) = job {
            let _ = job.done.send(result);
        }
    }
}
