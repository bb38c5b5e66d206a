//! Helper engines: workers started by this engine from the same compiled module, in the same room without a network.
//!
//! A helper that dies is replaced and its job done again; a job that has cost two helpers their lives is done in place,
//! where a failure is the engine's own. Death is heard of through the worker's error event, through a lock that the
//! browser frees when the worker is gone, and, where there are no locks, through silence.
use crate::{
    base::{Done, Error, Executor, Job, Ledger, LocalFuture, Observer, Progress, Result, Warning},
    protocol::{HelperEvent, HelperRequest, decode, encode},
};
use js_sys::{Array, ArrayBuffer, Function, Reflect, Uint8Array};
use std::{
    cell::RefCell,
    collections::{HashSet, VecDeque},
    future::poll_fn,
    rc::Rc,
    task::{Poll, Waker},
};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{MessageEvent, MessagePort};

use super::worker::{now_ms, scope};

/// Work left, in milliseconds, below which helpers are not worth starting.
const WORTH_MS: f64 = 120.0;
/// Work done in place, in milliseconds, from which the rest is estimated.
const TELLING_MS: f64 = 5.0;
/// A helper at work that has said nothing for this long is taken for dead.
const SILENT_MS: f64 = 20_000.0;
const TICK_MS: i32 = 2_000;
/// Helpers that a job may cost before it is done in place.
const MAX_LOST: u8 = 2;
/// Helpers that may die without having done anything before no more are started.
const MAX_STILLBORN: u32 = 3;

enum News {
    Said(u32, HelperEvent, Option<Vec<u8>>),
    Ended(u32),
    Tick,
}

#[derive(Default)]
struct Inbox {
    news: RefCell<VecDeque<News>>,
    waker: RefCell<Option<Waker>>,
}

impl Inbox {
    fn put(&self, news: News) {
        self.news.borrow_mut().push_back(news);
        if let Some(waker) = self.waker.borrow_mut().take() {
            waker.wake();
        }
    }

    async fn next(&self) -> News {
        poll_fn(|context| match self.news.borrow_mut().pop_front() {
            Some(news) => Poll::Ready(news),
            None => {
                *self.waker.borrow_mut() = Some(context.waker().clone());
                Poll::Pending
            }
        })
        .await
    }
}

struct Helper {
    id: u32,
    port: MessagePort,
    stop: Function,
    holds: HashSet<u64>,
    /// Job and the serial number it was sent with.
    job: Option<(usize, u32)>,
    heard_ms: f64,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_end: Closure<dyn FnMut()>,
}

impl Drop for Helper {
    fn drop(&mut self) {
        self.port.set_onmessage(None);
        self.port.close();
        // A worker that is gone already has nothing to stop.
        let _ = self.stop.call0(&JsValue::NULL);
    }
}

/// Asked for the time only: whoever cancels ends the whole worker.
struct Clock;

impl Observer for Clock {
    fn progress(&mut self, _: Progress) {}
    fn warn(&mut self, _: Warning) {}
    fn now_ms(&self) -> f64 {
        now_ms()
    }
}

/// A pool that starts helpers when there is work for them.
pub(super) struct Helpers {
    wanted: usize,
    start: Option<Function>,
    live: Vec<Helper>,
    inbox: Rc<Inbox>,
    next: u32,
    n_stillborn: u32,
}

fn get<T: JsCast>(of: &JsValue, name: &str) -> Option<T> {
    Reflect::get(of, &JsValue::from_str(name))
        .ok()?
        .dyn_into()
        .ok()
}

impl Helpers {
    /// As many helpers as the boot script says; none where it gives no way to start one.
    pub(super) fn new() -> Self {
        let global: JsValue = scope().into();
        let wanted = Reflect::get(&global, &"keptHelpers".into()).ok();
        let wanted = wanted.and_then(|w| w.as_f64()).unwrap_or(1.0);
        Self {
            wanted: wanted.clamp(1.0, 64.0) as usize,
            start: get(&global, "keptStart"),
            live: Vec::new(),
            inbox: Rc::default(),
            next: 1,
            n_stillborn: 0,
        }
    }

    fn add(&mut self) -> Option<()> {
        let start = self.start.as_ref()?;
        let id = self.next;
        self.next += 1;
        let inbox = self.inbox.clone();
        let on_end = Closure::<dyn FnMut()>::new(move || inbox.put(News::Ended(id)));
        let handle = start.call1(&JsValue::NULL, on_end.as_ref()).ok()?;
        let port: MessagePort = get(&handle, "port")?;
        let inbox = self.inbox.clone();
        let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            let Ok(message) = event.data().dyn_into::<Array>() else {
                return;
            };
            let bytes = |i| message.get(i).dyn_into::<ArrayBuffer>().ok();
            let body = bytes(0).map(|b| Uint8Array::new(&b).to_vec());
            if let Some(said) = body.and_then(|b| decode(&b).ok()) {
                let beside = bytes(1).map(|b| Uint8Array::new(&b).to_vec());
                inbox.put(News::Said(id, said, beside));
            }
        });
        port.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        self.live.push(Helper {
            id,
            port,
            stop: get(&handle, "stop")?,
            holds: HashSet::new(),
            job: None,
            heard_ms: now_ms(),
            _on_message: on_message,
            _on_end: on_end,
        });
        Some(())
    }

    /// Starts helpers up to `n`.
    fn fill(&mut self, n: usize) {
        while self.live.len() < n.min(self.wanted) && self.n_stillborn < MAX_STILLBORN {
            if self.add().is_none() {
                self.n_stillborn = MAX_STILLBORN;
            }
        }
    }

    fn send(helper: &Helper, request: &HelperRequest, beside: Option<&[u8]>) -> Result<()> {
        let body = Uint8Array::from(encode(request)?.as_slice()).buffer();
        let (message, transfer) = (Array::of1(&body), Array::of1(&body));
        if let Some(beside) = beside {
            let buffer = Uint8Array::from(beside).buffer();
            message.push(&buffer);
            transfer.push(&buffer);
        }
        helper
            .port
            .post_message_with_transferable(&message, &transfer)
            .map_err(|_| Error::Protocol)
    }

    fn assign(helper: &mut Helper, index: usize, job: &Job, serial: u32, seed: u64) -> Result<()> {
        for shared in &job.shared {
            if helper.holds.insert(shared.id()) {
                let request = HelperRequest::Share { id: shared.id() };
                Self::send(helper, &request, Some(&shared.to_bytes()?))?;
            }
        }
        let request = HelperRequest::Job {
            serial,
            task: job.task.id.to_owned(),
            seed,
            shared: job.shared.iter().map(|s| s.id()).collect(),
        };
        Self::send(helper, &request, Some(&job.input))?;
        helper.job = Some((index, serial));
        helper.heard_ms = now_ms();
        Ok(())
    }

    /// Takes a helper out; the job it was at.
    fn bury(&mut self, id: u32) -> Option<usize> {
        let at = self.live.iter().position(|h| h.id == id)?;
        let dead = self.live.swap_remove(at);
        dead.job.map(|(job, _)| job)
    }

    async fn all(
        &mut self,
        jobs: &[Job],
        seed: u64,
        on_done: &mut dyn FnMut(usize) -> Result<()>,
    ) -> Result<Vec<Done>> {
        let mut ledger = Ledger::new(jobs);
        let mut lost = vec![0_u8; jobs.len()];
        let cost = |j: usize| jobs[j].cost.max(f64::MIN_POSITIVE);
        // Jobs in place tell how long the others will take; those of a baseline are over too soon to tell anything.
        let start = now_ms();
        while let Some(job) = ledger.cheapest() {
            let began = now_ms();
            on_done(ledger.file(job, jobs[job].perform(&Clock, seed)))?;
            let now = now_ms();
            let left: f64 = ledger.waiting().iter().map(|&j| cost(j)).sum();
            if now - start >= TELLING_MS && left * (now - began) / cost(job) >= WORTH_MS {
                break;
            }
        }
        let under_way = |live: &[Helper]| -> Vec<usize> {
            live.iter().filter_map(|h| h.job.map(|j| j.0)).collect()
        };
        while !ledger.is_over(under_way(&self.live).into_iter()) {
            let n_busy = self.live.iter().filter(|h| h.job.is_some()).count();
            self.fill(n_busy + ledger.waiting().len());
            let mut in_place = self.live.is_empty();
            while self.live.iter().any(|h| h.job.is_none()) && !in_place {
                let Some(job) = ledger.begin() else { break };
                if lost[job] >= MAX_LOST {
                    ledger.again(job);
                    in_place = true;
                    break;
                }
                let serial = self.next;
                self.next += 1;
                let idle = self.live.iter_mut().find(|h| h.job.is_none());
                if let Some(helper) = idle
                    && Self::assign(helper, job, &jobs[job], serial, seed).is_err()
                {
                    // It cannot be sent: then it has to be done here.
                    helper.job = None;
                    lost[job] = MAX_LOST;
                    ledger.again(job);
                }
            }
            if in_place {
                if let Some(job) = ledger.begin() {
                    on_done(ledger.file(job, jobs[job].perform(&Clock, seed)))?;
                    // Nobody was listened to meanwhile.
                    let now = now_ms();
                    self.live.iter_mut().for_each(|h| h.heard_ms = now);
                }
                continue;
            }
            match self.inbox.next().await {
                News::Said(id, event, beside) => {
                    let Some(helper) = self.live.iter_mut().find(|h| h.id == id) else {
                        continue;
                    };
                    helper.heard_ms = now_ms();
                    let (serial, result) = match event {
                        HelperEvent::Beat => continue,
                        HelperEvent::Done { serial, warnings } => {
                            let output = beside.unwrap_or_default();
                            (serial, Ok(Done { output, warnings }))
                        }
                        HelperEvent::Failed { serial, error } => (serial, Err(error)),
                    };
                    self.n_stillborn = 0;
                    if let Some((job, _)) = helper.job.take_if(|(_, s)| *s == serial) {
                        on_done(ledger.file(job, result))?;
                    }
                }
                News::Ended(id) => {
                    self.n_stillborn += 1;
                    if let Some(job) = self.bury(id) {
                        lost[job] += 1;
                        ledger.again(job);
                    }
                }
                News::Tick => {
                    let now = now_ms();
                    let silent = |h: &&Helper| h.job.is_some() && now - h.heard_ms > SILENT_MS;
                    let ids: Vec<u32> = self.live.iter().filter(silent).map(|h| h.id).collect();
                    ids.into_iter()
                        .for_each(|id| self.inbox.put(News::Ended(id)));
                }
            }
        }
        // Whoever is still at a job that no longer matters is not waited for.
        self.live.retain(|h| h.job.is_none());
        ledger.close()
    }
}

/// Calls back until dropped.
struct Ticker {
    handle: i32,
    _call: Closure<dyn FnMut()>,
}

impl Ticker {
    fn new(inbox: Rc<Inbox>) -> Option<Self> {
        let call = Closure::<dyn FnMut()>::new(move || inbox.put(News::Tick));
        let handle = scope()
            .set_interval_with_callback_and_timeout_and_arguments_0(
                call.as_ref().unchecked_ref(),
                TICK_MS,
            )
            .ok()?;
        Some(Self {
            handle,
            _call: call,
        })
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        scope().clear_interval_with_handle(self.handle);
    }
}

impl Executor for Helpers {
    fn n_workers(&self) -> usize {
        if self.start.is_some() && self.n_stillborn < MAX_STILLBORN {
            self.wanted
        } else {
            1
        }
    }

    fn execute<'a>(
        &'a mut self,
        jobs: &'a [Job],
        seed: u64,
        on_done: &'a mut dyn FnMut(usize) -> Result<()>,
    ) -> LocalFuture<'a, Result<Vec<Done>>> {
        Box::pin(async move {
            let _ticker = Ticker::new(self.inbox.clone());
            let result = self.all(jobs, seed, on_done).await;
            self.inbox.news.borrow_mut().clear();
            for helper in &mut self.live {
                let ids: Vec<u64> = helper.holds.drain().collect();
                // A helper that cannot be told will be found dead when it is next needed.
                let _ = Self::send(helper, &HelperRequest::Forget { ids }, None);
            }
            result
        })
    }

    /// Memory that a worker once had is only given back with the worker.
    fn rest(&mut self) {
        self.live.clear();
    }
}
