//! Mounting: from an element and a client to a living interface, and back without a trace.
use super::{
    Actions,
    actions::Script,
    i18n::Lang,
    shell,
    state::{Data, EngineState, Jobs, Theme, Ui, View},
};
use crate::{
    base::{DatasetProfile, Error},
    client::{Client, Update},
    protocol::{Appended, DatasetId},
    report::Report,
};
use js_sys::ArrayBuffer;
use leptos::{mount::mount_to, prelude::*};
use std::{any::Any, rc::Rc, sync::Arc};
use web_sys::HtmlElement;

/// What the interface needs from outside.
pub struct Context {
    /// The engine.
    pub client: Rc<Client>,
    /// The language; the switch in the interface writes it too.
    pub lang: RwSignal<Lang>,
    /// Analyses offered; all when `None`.
    pub analyses: RwSignal<Option<Vec<String>>>,
    /// What the script around does.
    pub script: Script,
    /// Told what happens.
    pub notify: Rc<dyn Fn(Notice)>,
}

impl std::fmt::Debug for Context {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Context").finish_non_exhaustive()
    }
}

/// A report and where it came from.
#[derive(Debug, Clone)]
pub struct Reported {
    /// What was found.
    pub report: Arc<Report>,
    /// The event that brought it, for whoever reads it once more.
    pub body: ArrayBuffer,
    /// The file it is about; empty where it has no name.
    pub name: String,
}

/// Something the page around may want to know.
#[derive(Debug, Clone)]
pub enum Notice {
    /// A dataset was opened or read again.
    Data(DatasetId, DatasetProfile),
    /// A job moved on.
    Progress(Update),
    /// Rows came in, and customers crossed the threshold.
    Alert(DatasetId, DatasetProfile, Appended),
    /// An analysis or a scoring is done.
    Report(Reported),
    /// Something went wrong.
    Error(Error),
}

/// A living interface. Dropping it unmounts it and frees everything it registered.
pub struct Mounted {
    actions: Actions,
    // Dropped in this order: the view first, then the signals it draws from.
    _view: Box<dyn Any>,
    owner: Owner,
}

impl std::fmt::Debug for Mounted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mounted").finish_non_exhaustive()
    }
}

impl Mounted {
    /// The same actions as behind the buttons.
    pub fn actions(&self) -> Actions {
        self.actions
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        self.owner.cleanup();
    }
}

/// Mounts the interface into `root`, an element inside a shadow root that has taken up `kept.css`.
pub fn mount(root: HtmlElement, context: Context) -> Mounted {
    let owner = Owner::new();
    let (actions, view) = owner.with(|| {
        let engine = RwSignal::new(EngineState::Starting);
        let data = Data::new();
        let jobs = Jobs::new();
        let view = View::new(context.lang, context.analyses);
        let act = Actions::new(
            context.client,
            context.script,
            context.notify,
            engine,
            data,
            jobs,
            view,
        );
        let ui = move |lang| Ui {
            lang,
            engine,
            data,
            jobs,
            view,
            act,
        };
        let handle = mount_to(root.clone(), move || {
            dress(&root, view);
            move_focus(&root, view, data);
            follow_roles(data, act);
            follow_choices(data, view, act);
            follow_jobs(engine, jobs, act);
            // Another language draws everything anew; all state lives outside.
            move || shell::shell(ui(view.lang.get()))
        });
        leptos::task::spawn_local(act.start());
        (act, Box::new(handle))
    });
    Mounted {
        actions,
        _view: view,
        owner,
    }
}

/// Keeps the root's class, language and colours.
fn dress(root: &HtmlElement, view: View) {
    let root = StoredValue::new_local(root.clone());
    Effect::new(move |_| {
        let (lang, theme) = (view.lang.get(), view.theme.get());
        root.with_value(|root| {
            // Attributes of an element of our own: setting them cannot fail.
            let _ = root.set_attribute("lang", lang.tag());
            let _ = root.class_list().add_1("kept");
            let _ = match theme.map(Theme::id) {
                Some(id) => root.set_attribute("data-theme", id),
                None => root.remove_attribute("data-theme"),
            };
        });
    });
}

/// After a change of step or a new result, the heading takes the focus, so that keyboard and screen reader start there.
fn move_focus(root: &HtmlElement, view: View, data: Data) {
    let root = StoredValue::new_local(root.clone());
    Effect::new(move |before: Option<()>| {
        view.step.track();
        data.loaded.track();
        data.trained.track();
        data.scored.track();
        if before.is_some() {
            request_animation_frame(move || {
                let found =
                    |what| root.try_with_value(|root| root.query_selector(what).ok().flatten());
                if let Some(Some(heading)) = found("h1") {
                    super::parts::focus(&heading);
                } else if let Some(Some(place)) = found("main .findings") {
                    // Whoever draws there gives it the focus.
                    let _ = place.set_attribute("data-focus", "");
                }
            });
        }
    });
}

/// What is to be kept, and what can be taken back.
fn follow_choices(data: Data, view: View, act: Actions) {
    Effect::new(move |_| act.note(data.choices()));
    Effect::new(move |before: Option<()>| {
        data.choices();
        data.trained.track();
        data.model.track();
        data.versions.track();
        data.added.track();
        view.step.track();
        view.theme.track();
        view.lang.track();
        view.threshold.track();
        if before.is_some() {
            act.changed();
        }
    });
}

/// While something runs, no project is to be opened.
fn follow_jobs(engine: RwSignal<EngineState>, jobs: Jobs, act: Actions) {
    let blocked =
        Memo::new(move |_| jobs.busy() || !engine.with(|e| matches!(e, EngineState::Ready(_))));
    Effect::new(move |_| act.keep("blocked", blocked.get()));
}

/// The suggested recipe rests on the roles.
fn follow_roles(data: Data, act: Actions) {
    Effect::new(move |before: Option<crate::base::Roles>| {
        let roles = data.roles.get();
        if before.is_some_and(|b| b != roles) {
            act.forget_suggestion();
        }
        roles
    });
}
