//! The helper's side: keeps shared data, does jobs, says now and then that it is alive.
use super::worker::{now_ms, scope};
use crate::{
    analyses,
    base::{Done, Error, Job, Observer, Progress, Result, Shared, Warning},
    protocol::{HelperEvent, HelperRequest, decode, encode},
};
use js_sys::{Array, ArrayBuffer, Uint8Array};
use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    rc::Rc,
    sync::Arc,
};
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{MessageEvent, MessagePort};

/// Time between two signs of life.
const BEAT_MS: f64 = 1_000.0;

fn send(port: &MessagePort, event: &HelperEvent, beside: Option<&[u8]>) {
    let Ok(bytes) = encode(event) else { return };
    let body = Uint8Array::from(bytes.as_slice()).buffer();
    let (message, transfer) = (Array::of1(&body), Array::of1(&body));
    if let Some(beside) = beside {
        let buffer = Uint8Array::from(beside).buffer();
        message.push(&buffer);
        transfer.push(&buffer);
    }
    // A port that is gone means an engine that is gone: nobody is left to tell.
    let _ = port.post_message_with_transferable(&message, &transfer);
}

/// Every question whether to go on is a chance to say that it does.
struct Pulse<'a> {
    port: &'a MessagePort,
    last: Cell<f64>,
}

impl Observer for Pulse<'_> {
    fn progress(&mut self, _: Progress) {}
    fn warn(&mut self, _: Warning) {}
    fn is_cancelled(&self) -> bool {
        let now = now_ms();
        if now - self.last.get() >= BEAT_MS {
            self.last.set(now);
            send(self.port, &HelperEvent::Beat, None);
        }
        false
    }
    fn now_ms(&self) -> f64 {
        now_ms()
    }
}

#[derive(Default)]
struct Kept {
    shared: HashMap<u64, Arc<Shared>>,
}

impl Kept {
    fn job(&self, task: &str, ids: &[u64], input: Vec<u8>) -> Result<Job> {
        let found: Option<Vec<_>> = ids.iter().map(|id| self.shared.get(id).cloned()).collect();
        Ok(Job {
            task: analyses::task(task).ok_or(Error::Protocol)?,
            input,
            shared: found.ok_or(Error::Protocol)?,
            cost: 1.0,
        })
    }

    fn handle(&mut self, port: &MessagePort, request: HelperRequest, beside: Vec<u8>) {
        match request {
            HelperRequest::Share { id } => {
                self.shared.insert(id, Shared::received(id, beside));
            }
            HelperRequest::Forget { ids } => {
                for id in ids {
                    self.shared.remove(&id);
                }
            }
            HelperRequest::Job {
                serial,
                task,
                seed,
                shared,
            } => {
                let pulse = Pulse {
                    port,
                    last: Cell::new(now_ms()),
                };
                let job = self.job(&task, &shared, beside);
                match job.and_then(|job| job.perform(&pulse, seed)) {
                    Ok(Done { output, warnings }) => {
                        let event = HelperEvent::Done { serial, warnings };
                        send(port, &event, Some(&output));
                    }
                    Err(error) => send(port, &HelperEvent::Failed { serial, error }, None),
                }
            }
        }
    }
}

/// Answers the engine on `port` for as long as the worker lives.
pub(super) fn serve(port: MessagePort) {
    let kept = Rc::new(RefCell::new(Kept::default()));
    let listener = {
        let port = port.clone();
        Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            let Ok(message) = event.data().dyn_into::<Array>() else {
                return;
            };
            let bytes = |i| {
                let buffer = message.get(i).dyn_into::<ArrayBuffer>().ok();
                buffer.map(|b| Uint8Array::new(&b).to_vec())
            };
            let request = bytes(0).and_then(|b| decode(&b).ok());
            // Messages are handled one after the other, so the borrow cannot fail.
            if let (Some(request), Ok(mut kept)) = (request, kept.try_borrow_mut()) {
                kept.handle(&port, request, bytes(1).unwrap_or_default());
            }
        })
    };
    port.set_onmessage(Some(listener.as_ref().unchecked_ref()));
    scope().set_onmessage(None);
    // The listener lives as long as the worker.
    listener.forget();
}
