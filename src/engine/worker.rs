//! The worker: a port to the page on one side, [`State`] on the other.
use super::{Beside, Sink, State, catalog, helpers::Helpers, helping, memory, state::FIRST};
use crate::{
    base::{Error, FormatReason, Progress, Result, Trace},
    protocol::{Event, JobId, PROTOCOL, Request, decode, encode},
    report::Catalog,
    table::read::Source,
};
use js_sys::{Array, ArrayBuffer, Reflect, Uint8Array};
use std::{cell::Cell, rc::Rc};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{Blob, DedicatedWorkerGlobalScope, FileReaderSync, MessageEvent, MessagePort};

/// A file of the page, read piece by piece.
struct BlobSource {
    blob: Blob,
    reader: FileReaderSync,
}

impl Source for BlobSource {
    fn len(&self) -> u64 {
        self.blob.size() as u64
    }

    fn read(&mut self, offset: u64, buf: &mut Vec<u8>, max: usize) -> Result<()> {
        let gone = |_| Error::Format {
            row: None,
            column: None,
            reason: FormatReason::Unreadable,
        };
        let piece = self
            .blob
            .slice_with_f64_and_f64(offset as f64, offset as f64 + max as f64)
            .map_err(gone)?;
        let buffer = self.reader.read_as_array_buffer(&piece).map_err(gone)?;
        let bytes = Uint8Array::new(&buffer);
        buf.resize(bytes.length() as usize, 0);
        bytes.copy_to(buf);
        Ok(())
    }
}

/// Memory is limited in these.
const MEGABYTE: f64 = 1_048_576.0;

struct PortSink {
    port: MessagePort,
    job: JobId,
}

fn send(port: &MessagePort, job: JobId, event: &Event, beside: Option<Vec<u8>>) {
    let Ok(bytes) = encode(event) else { return };
    let body = Uint8Array::from(bytes.as_slice()).buffer();
    let (message, transfer) = (Array::of2(&job.into(), &body), Array::of1(&body));
    if let Some(beside) = beside {
        let buffer = Uint8Array::from(beside.as_slice()).buffer();
        message.push(&buffer);
        transfer.push(&buffer);
    }
    // A port that is gone means a page that is gone: nobody is left to tell.
    let _ = port.post_message_with_transferable(&message, &transfer);
}

impl Sink for PortSink {
    fn progress(&self, progress: Progress) {
        send(&self.port, self.job, &Event::Progress(progress), None);
    }

    fn trace(&self, trace: Trace) {
        send(&self.port, self.job, &Event::Trace(trace), None);
    }

    fn now_ms(&self) -> f64 {
        now_ms()
    }
}

/// The worker's clock.
pub(super) fn now_ms() -> f64 {
    scope()
        .performance()
        .map_or_else(js_sys::Date::now, |p| p.now())
}

/// The worker's global object.
pub(super) fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}

/// What lies beside the message, by what the request needs.
fn beside(message: &Array) -> Result<Beside> {
    let item = message.get(2);
    if let Ok(blob) = item.clone().dyn_into::<Blob>() {
        let reader = FileReaderSync::new().map_err(|_| Error::Protocol)?;
        return Ok(Beside {
            source: Some(Box::new(BlobSource { blob, reader })),
            bytes: None,
        });
    }
    let bytes = item
        .dyn_into::<ArrayBuffer>()
        .ok()
        .map(|b| Uint8Array::new(&b).to_vec());
    Ok(Beside {
        source: None,
        bytes,
    })
}

async fn handle(state: &mut State, message: &Array, sink: &PortSink) -> Result<super::Answer> {
    let body = message
        .get(1)
        .dyn_into::<ArrayBuffer>()
        .map_err(|_| Error::Protocol)?;
    let request: Request = decode(&Uint8Array::new(&body).to_vec())?;
    state.handle(request, beside(message)?, sink).await
}

/// Takes the port the boot script left as `keptPort`, answers requests on it for as long as the worker lives: the
/// page's, or, where `keptIsHelper` is set, another engine's.
pub fn start() {
    console_error_panic_hook::set_once();
    let port = Reflect::get(&js_sys::global(), &JsValue::from_str("keptPort"));
    let Some(port) = port.ok().and_then(|p| p.dyn_into::<MessagePort>().ok()) else {
        return;
    };
    let most = Reflect::get(&js_sys::global(), &JsValue::from_str("keptMemoryLimit"));
    if let Some(megabytes) = most.ok().and_then(|m| m.as_f64()) {
        memory::limit((megabytes * MEGABYTE) as usize);
    }
    let helps = Reflect::get(&js_sys::global(), &JsValue::from_str("keptIsHelper"));
    if helps.is_ok_and(|h| h.is_truthy()) {
        return helping::serve(port);
    }
    let held = State::with_executor(Box::new(Helpers::new()));
    let state = Rc::new(Cell::new(Some(held)));
    let listener = {
        let port = port.clone();
        Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            let Ok(message) = event.data().dyn_into::<Array>() else {
                return;
            };
            let job = message.get(0).as_f64().unwrap_or(0.0) as JobId;
            let sink = PortSink {
                port: port.clone(),
                job,
            };
            let (state, port) = (state.clone(), port.clone());
            wasm_bindgen_futures::spawn_local(async move {
                // The page sends one request at a time, so the state is there; a protocol error beats a panic all
                // the same.
                let taken = state.take();
                let result = match taken {
                    Some(mut held) => {
                        let result = handle(&mut held, &message, &sink).await;
                        state.set(Some(held));
                        result
                    }
                    None => Err(Error::Protocol),
                };
                match result {
                    Ok(answer) => send(
                        &port,
                        job,
                        &Event::Done(Box::new(answer.output)),
                        answer.bytes,
                    ),
                    Err(error) => send(&port, job, &Event::Failed(error), None),
                }
            });
        })
    };
    port.set_onmessage(Some(listener.as_ref().unchecked_ref()));
    // The listener lives as long as the worker.
    listener.forget();
    send(
        &port,
        0,
        &Event::Ready {
            protocol: PROTOCOL,
            catalog: if FIRST { catalog() } else { Catalog::default() },
        },
        None,
    );
}
