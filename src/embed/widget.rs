//! The element's inside: the interface, mounted over an engine, and its events.
use super::{
    core::{Core, name_of, promise},
    events, given, projects, reports, state, values,
};
use crate::{
    base::{Error, Result},
    client::Client,
    ui::{Actions, Context, Mounted, Notice, Script, Theme, i18n::Lang, mount},
};
use js_sys::{Function, Object, Promise, Reflect, Uint8Array};
use leptos::prelude::{GetUntracked as _, Owner, RwSignal, Set as _};
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::{Blob, CustomEvent, CustomEventInit, HtmlElement};

/// One mounted interface. Freeing it unmounts, ends the engine and removes every listener.
#[wasm_bindgen]
pub struct Widget {
    mounted: Option<Mounted>,
    client: Rc<Client>,
    host: HtmlElement,
    lang: RwSignal<Lang>,
    analyses: RwSignal<Option<Vec<String>>>,
    owner: Owner,
}

impl std::fmt::Debug for Widget {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Widget")
            .field("client", &self.client)
            .finish_non_exhaustive()
    }
}

fn dispatch(host: &HtmlElement, name: &str, detail: JsValue) {
    let init = CustomEventInit::new();
    init.set_bubbles(true);
    init.set_composed(true);
    init.set_detail(&detail);
    if let Ok(event) = CustomEvent::new_with_event_init_dict(name, &init) {
        // What a listener does or throws is the page's own affair.
        let _ = host.dispatch_event(&event);
    }
}

fn tell(host: &HtmlElement, lang: Lang, notice: &Notice) {
    let (name, detail) = match notice {
        Notice::Data(id, profile) => (events::DATA, values::dataset(*id, profile, lang)),
        Notice::Progress(update) => (events::PROGRESS, values::update(update)),
        Notice::Alert(id, profile, appended) => (
            events::ALERT,
            values::appended(*id, profile, appended, lang),
        ),
        Notice::Report(report) => (events::REPORT, reports::report(report, lang)),
        Notice::Error(error) => (events::ERROR, values::error(error, lang)),
    };
    dispatch(host, name, detail);
}

fn names(list: Option<Vec<JsValue>>) -> Option<Vec<String>> {
    list.map(|l| l.iter().filter_map(JsValue::as_string).collect())
}

/// What the script around the widget does, by name.
fn of_script(script: &Object) -> Script {
    let get = |name: &str| Reflect::get(script, &name.into()).unwrap_or_default();
    Script {
        show: get("show").unchecked_into(),
        keep: get("keep").unchecked_into(),
    }
}

#[wasm_bindgen]
impl Widget {
    /// Mounts into `root`, an element of a shadow root, and sends events to `host`.
    #[wasm_bindgen(constructor)]
    pub fn new(
        root: HtmlElement,
        host: HtmlElement,
        spawn: Function,
        script: Object,
        lang: String,
        analyses: Option<Vec<JsValue>>,
    ) -> Self {
        let client = Client::start(spawn);
        let owner = Owner::new();
        let (lang, analyses) = owner.with(|| {
            (
                RwSignal::new(Lang::from_tag(&lang)),
                RwSignal::new(names(analyses)),
            )
        });
        let target = host.clone();
        let notify = Rc::new(move |notice: Notice| {
            if let Some(lang) = lang.try_get_untracked() {
                tell(&target, lang, &notice);
            }
        });
        let context = Context {
            client: client.clone(),
            lang,
            analyses,
            script: of_script(&script),
            notify,
        };
        let mounted = owner.with(|| mount(root, context));
        Self {
            mounted: Some(mounted),
            client,
            host,
            lang,
            analyses,
            owner,
        }
    }

    /// Sends `kept-ready`.
    pub fn announce(&self, detail: JsValue) {
        dispatch(&self.host, events::READY, detail);
    }

    /// The same engine without the interface.
    pub fn core(&self) -> Core {
        let lang = self.lang;
        let reader = move || lang.try_get_untracked().unwrap_or_default();
        Core::over(self.client.clone(), Rc::new(reader))
    }

    /// Language of the interface.
    #[wasm_bindgen(setter)]
    pub fn set_lang(&self, tag: &str) {
        if let Some(actions) = self.actions() {
            actions.speak(Lang::from_tag(tag));
        }
    }

    /// `light`, `dark` or `auto`.
    #[wasm_bindgen(setter)]
    pub fn set_theme(&self, theme: &str) {
        if let Some(actions) = self.actions() {
            actions.set_theme(Theme::from_id(theme).unwrap_or_default());
        }
    }

    /// Analyses offered; all when undefined.
    #[wasm_bindgen(setter)]
    pub fn set_analyses(&self, analyses: Option<Vec<JsValue>>) {
        self.analyses.set(names(analyses));
    }

    /// What the page around offers, presets and locks.
    #[wasm_bindgen(setter)]
    pub fn set_options(&self, given: &JsValue) {
        let Some(actions) = self.actions() else {
            return;
        };
        match super::host::host(given) {
            Ok(host) => actions.take_host(host),
            Err(error) => {
                let lang = self.lang.try_get_untracked().unwrap_or_default();
                tell(&self.host, lang, &Notice::Error(error));
            }
        }
    }

    /// Opens a file in the interface.
    pub fn load(&self, blob: Blob, options: JsValue) -> Promise {
        self.work(async move |actions, lang| {
            let options = given::load_options(&options, name_of(&blob))?;
            let (id, profile) = actions.load(blob, options).await?;
            Ok(values::dataset(id, &profile, lang))
        })
    }

    /// Adds rows to the customers that are listed.
    pub fn append(&self, blob: Blob) -> Promise {
        self.work(async move |actions, lang| {
            let (id, profile, appended) = actions.append(blob).await?;
            Ok(values::appended(id, &profile, &appended, lang))
        })
    }

    /// Runs an analysis on the open file; roles and recipe as on the screen where the request has none.
    pub fn run(&self, analysis: String, request: JsValue) -> Promise {
        self.work(async move |actions, lang| {
            let roles = given::get(&request, "roles");
            let roles = roles.map(|r| given::roles(Some(r))).transpose()?;
            let params = given::params(given::get(&request, "params"))?;
            let recipe = given::recipe(given::get(&request, "recipe"))?;
            let report = actions.run(analysis, roles, params, recipe).await?;
            Ok(reports::report(&report, lang))
        })
    }

    /// Ends whatever runs.
    pub fn cancel(&self) {
        if let Some(actions) = self.actions() {
            actions.cancel();
        }
    }

    /// Does what the module of findings asks for.
    pub fn act(&self, name: &str, value: &JsValue) {
        if let Some(actions) = self.actions() {
            actions.act(name, value);
        }
    }

    /// All that a project keeps: the view, and what stands beside it.
    pub fn holds(&self) -> JsValue {
        self.actions().map_or(JsValue::UNDEFINED, projects::written)
    }

    /// The bytes of one of its models.
    #[wasm_bindgen(js_name = modelOf)]
    pub fn model_of(&self, key: &str) -> Option<Uint8Array> {
        self.actions()?.version_bytes(key)
    }

    /// Puts a project, as `holds` gave it, with the bytes of its models, in the place of what is open.
    #[wasm_bindgen(js_name = takeUp)]
    pub fn take_up(&self, project: JsValue) -> Promise {
        self.work(async move |actions, _| {
            actions.take_up(projects::read(&project)?).await?;
            Ok(JsValue::UNDEFINED)
        })
    }

    /// As at the start.
    pub fn clear(&self) {
        if let Some(actions) = self.actions() {
            actions.clear();
        }
    }

    /// Shows what the script that keeps projects tells.
    pub fn projects(&self, shelf: &JsValue) {
        if let Some(actions) = self.actions() {
            actions.set_shelf(projects::shelf(shelf));
        }
    }

    /// What went wrong with a project, in the language of the interface.
    pub fn trouble(&self, code: &str) -> String {
        let lang = self.lang.try_get_untracked().unwrap_or_default();
        crate::ui::i18n::trouble(lang, code).to_owned()
    }

    /// Takes the last change of a choice back.
    pub fn undo(&self) {
        if let Some(actions) = self.actions() {
            actions.undo();
        }
    }

    /// Brings again what was taken back last.
    pub fn redo(&self) {
        if let Some(actions) = self.actions() {
            actions.redo();
        }
    }

    /// The view as plain data.
    pub fn save(&self) -> JsValue {
        self.actions()
            .map_or(JsValue::UNDEFINED, |a| state::written(&a.snapshot()))
    }

    /// Takes up what `save` gave.
    pub fn restore(&self, state: JsValue) -> Promise {
        self.work(async move |actions, _| {
            actions.restore(state::read(&state)?);
            Ok(JsValue::UNDEFINED)
        })
    }
}

impl Widget {
    fn actions(&self) -> Option<Actions> {
        self.mounted.as_ref().map(Mounted::actions)
    }

    fn work(&self, work: impl AsyncFnOnce(Actions, Lang) -> Result<JsValue> + 'static) -> Promise {
        let actions = self.actions();
        let lang = self.lang.try_get_untracked().unwrap_or_default();
        let work = async move {
            match actions {
                Some(actions) => work(actions, lang).await,
                None => Err(Error::Cancelled),
            }
        };
        promise(Box::pin(work), Rc::new(move || lang))
    }
}

impl Drop for Widget {
    fn drop(&mut self) {
        self.mounted.take();
        self.client.close();
        self.owner.cleanup();
    }
}
