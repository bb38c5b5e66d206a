//! What a person, or a script through the element, can do. One action per file; all of them work on the same state.
mod append;
mod hosted;
mod load;
mod model;
mod predict;
mod projects;
mod recipe;
mod run;
mod saved;
mod undo;

pub(in crate::ui) use model::is_own;

use super::{
    i18n::{Lang, ensure, is_held},
    root::Notice,
    state::{Data, EngineState, Failure, JobKind, Jobs, Step, Theme, View, ViewState},
};
use crate::{
    base::{Error, Result},
    client::{Client, Update},
};
use js_sys::{Array, Function, Object};
use leptos::prelude::*;
use std::rc::Rc;
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::Element;

/// What the script around does for the interface.
#[derive(Debug, Clone)]
pub struct Script {
    /// Draws with the module of findings: `show(element, about)` gives a function that ends it.
    pub show: Function,
    /// Keeps projects: `keep(what, value)`, see `www/projects.js`.
    pub keep: Function,
}

/// Reports progress of a job.
type OnProgress = Box<dyn Fn(Update)>;

/// Handle to everything that can be done; freely copied, and harmless after the element is gone.
#[derive(Clone, Copy)]
pub struct Actions {
    client: StoredValue<Rc<Client>, LocalStorage>,
    script: StoredValue<Script, LocalStorage>,
    notify: StoredValue<Rc<dyn Fn(Notice)>, LocalStorage>,
    pending: StoredValue<Option<ViewState>>,
    engine: RwSignal<EngineState>,
    data: Data,
    jobs: Jobs,
    view: View,
}

impl Actions {
    /// Actions on this state.
    pub(in crate::ui) fn new(
        client: Rc<Client>,
        script: Script,
        notify: Rc<dyn Fn(Notice)>,
        engine: RwSignal<EngineState>,
        data: Data,
        jobs: Jobs,
        view: View,
    ) -> Self {
        Self {
            client: StoredValue::new_local(client),
            script: StoredValue::new_local(script),
            notify: StoredValue::new_local(notify),
            pending: StoredValue::new(None),
            engine,
            data,
            jobs,
            view,
        }
    }

    /// Waits for the engine and takes its catalogue.
    pub(in crate::ui) async fn start(self) {
        let Ok(client) = self.client() else { return };
        let state = match client.ready().await {
            Ok(catalog) => EngineState::Ready(catalog),
            Err(error) => EngineState::Failed(error),
        };
        if let EngineState::Failed(error) = &state {
            self.tell(Notice::Error(error.clone()));
        }
        self.engine.try_set(state);
    }

    /// Has the module of findings draw into `element`; what comes back ends it.
    pub(in crate::ui) fn show(self, element: &Element, about: &Object) -> Option<Function> {
        let show = self.script.try_get_value()?.show;
        let end = show.call2(&JsValue::NULL, element, about).ok()?;
        end.dyn_into().ok()
    }

    /// Does what the module of findings asks for.
    pub fn act(self, name: &str, value: &JsValue) {
        match name {
            "go" => {
                let step = value.as_string();
                let step = Step::ALL
                    .into_iter()
                    .find(|s| Some(s.id()) == step.as_deref());
                if let Some(step) = step.filter(|s| self.view.offers(*s)) {
                    self.go(step);
                }
            }
            "threshold" => {
                if let Some(to) = value.as_f64() {
                    self.view.threshold.set(to);
                }
            }
            "keep" => {
                self.view.kept.set_value(value.as_string());
                self.changed();
            }
            "leave_out" => {
                if let Some(column) = value.as_string() {
                    leptos::task::spawn_local(self.leave_out(column));
                }
            }
            "save_model" => self.save_model(),
            "save_scores" => self.save_scores(value),
            "close" => self.view.opened.set(None),
            "use_version" => {
                if let Some(key) = value.as_string() {
                    leptos::task::spawn_local(self.open_version(key));
                }
            }
            "drop_version" => {
                if let Some(key) = value.as_string() {
                    self.drop_version(&key);
                }
            }
            "name_version" => {
                let pair = value.dyn_ref::<Array>().map(|p| (p.get(0), p.get(1)));
                let pair = pair.and_then(|(k, n)| Some((k.as_string()?, n.as_string()?)));
                if let Some((key, name)) = pair {
                    self.name_version(&key, name);
                }
            }
            "start_over" => self.data.scored.set(None),
            _ => {}
        }
    }

    /// Goes to a step.
    pub(in crate::ui) fn go(self, step: Step) {
        self.view.step.set(step);
    }

    /// Sets the colours.
    pub fn set_theme(self, theme: Theme) {
        self.view.theme.try_set(Some(theme));
    }

    /// Changes the language as soon as its texts are there; the present one stays when they cannot be had.
    pub fn speak(self, lang: Lang) {
        if self.view.asked.try_set_value(lang).is_some() {
            return;
        }
        let told = move |done: Result<()>| {
            self.view.unspoken.try_set(done.is_err());
            match done {
                Ok(()) => {
                    self.view.lang.try_set(lang);
                }
                Err(error) => {
                    self.tell(Notice::Error(error));
                    // Draws the switch anew, which shows what was asked for.
                    self.view.lang.try_set(self.view.lang.get_untracked());
                }
            }
        };
        if is_held(lang) {
            return told(Ok(()));
        }
        leptos::task::spawn_local(async move {
            let done = ensure(lang).await;
            if self.view.asked.try_get_value() == Some(lang) {
                told(done);
            }
        });
    }

    /// Ends everything that runs; what was there before stays.
    pub fn cancel(self) {
        if let Ok(client) = self.client() {
            self.jobs.running.set(None);
            let lang = self.view.lang.get_untracked();
            self.view.said.set(lang.texts().err_cancelled.to_owned());
            client.cancel();
        }
    }

    fn client(self) -> Result<Rc<Client>> {
        self.client.try_get_value().ok_or(Error::Cancelled)
    }

    fn tell(self, notice: Notice) {
        if let Some(notify) = self.notify.try_get_value() {
            notify(notice);
        }
    }

    /// Runs `work` as the job in front. A failure is shown where the job belongs, and handed back; a cancelled job
    /// just ends.
    async fn job<T>(
        self,
        kind: JobKind,
        subject: String,
        work: impl AsyncFnOnce(Rc<Client>, OnProgress) -> Result<T>,
    ) -> Result<T> {
        let (client, serial, on_progress) = self.begin(kind, subject)?;
        let result = work(client, on_progress).await;
        self.end(kind, serial, result.as_ref().err())?;
        result
    }

    // Apart from `job`, so that what they do is compiled once and not once for each kind of result.
    fn begin(self, kind: JobKind, subject: String) -> Result<(Rc<Client>, u32, OnProgress)> {
        let client = self.client()?;
        let serial = self.jobs.begin(kind, subject);
        let on_progress = Box::new(move |update: Update| {
            match &update {
                Update::Progress(progress) => self.jobs.progress(serial, progress.clone()),
                Update::Trace(trace) => self.jobs.trace(serial, trace.clone()),
            }
            self.tell(Notice::Progress(update));
        });
        Ok((client, serial, on_progress))
    }

    fn end(self, kind: JobKind, serial: u32, error: Option<&Error>) -> Result<()> {
        self.jobs.end(serial);
        // The element may be gone by now.
        self.client()?;
        if let Some(error) = error.filter(|e| **e != Error::Cancelled) {
            self.fail(kind, error);
        }
        Ok(())
    }

    fn fail(self, kind: JobKind, error: &Error) {
        self.jobs.failure.set(Some(Failure {
            kind,
            error: error.clone(),
        }));
        self.tell(Notice::Error(error.clone()));
    }
}
