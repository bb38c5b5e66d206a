//! The headless engine: what `Engine` of `kept.js` is made of.
use super::{given, groups, reports, values};
use crate::{
    base::{Error, LoadOptions, Result, budget::Price},
    client::{Answer, Client, Room, RowTerms, Update},
    protocol::{DatasetId, Ids, JobId, ModelId, Output, Request},
    ui::{Reported, i18n::Lang, parts::random_bytes},
};
use js_sys::{Array, ArrayBuffer, Function, Promise, Uint8Array};
use std::{cell::Cell, pin::Pin, rc::Rc, sync::Arc};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;
use web_sys::{Blob, File};

/// One engine. Every promise is rejected with `{ code, message, column?, row?, param? }`.
#[wasm_bindgen]
#[derive(Clone)]
pub struct Core {
    client: Rc<Client>,
    lang: Rc<dyn Fn() -> Lang>,
    /// The language of a headless engine; an element's follows its switch.
    own_lang: Rc<Cell<Lang>>,
}

impl std::fmt::Debug for Core {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Core")
            .field("client", &self.client)
            .finish_non_exhaustive()
    }
}

pub(super) fn name_of(blob: &Blob) -> Option<String> {
    blob.dyn_ref::<File>().map(File::name)
}

fn listener(on_progress: Option<Function>) -> impl Fn(Update) + 'static {
    move |update| {
        if let Some(listener) = &on_progress {
            // A listener that throws is the page's own affair.
            let _ = listener.call1(&JsValue::NULL, &values::update(&update));
        }
    }
}

/// The promise of a piece of work; boxed, so that the way from one to the other is compiled once.
pub(super) fn promise(
    work: Pin<Box<dyn Future<Output = Result<JsValue>>>>,
    lang: Rc<dyn Fn() -> Lang>,
) -> Promise {
    future_to_promise(async move { work.await.map_err(|e| values::error(&e, lang())) })
}

/// The report of a run or a scoring of `dataset`.
fn reported(client: &Client, dataset: DatasetId, answer: Answer, lang: Lang) -> Result<JsValue> {
    let (Output::Report(report) | Output::Predicted(report)) = answer.output else {
        return Err(Error::Protocol);
    };
    let reported = Reported {
        report: Arc::new(report),
        body: answer.body,
        name: client.dataset_name(dataset),
    };
    Ok(reports::report(&reported, lang))
}

impl Core {
    pub(super) fn over(client: Rc<Client>, lang: Rc<dyn Fn() -> Lang>) -> Self {
        Self {
            client,
            lang,
            own_lang: Rc::default(),
        }
    }

    fn promise<F>(&self, work: F) -> Promise
    where
        F: Future<Output = Result<JsValue>> + 'static,
    {
        let lang = self.lang.clone();
        promise(Box::pin(work), lang)
    }
}

#[wasm_bindgen]
impl Core {
    /// Starts an engine with the script's `spawn`.
    #[wasm_bindgen(constructor)]
    pub fn new(spawn: Function) -> Self {
        let own_lang = Rc::new(Cell::new(Lang::default()));
        let shared = own_lang.clone();
        Self {
            client: Client::start(spawn),
            lang: Rc::new(move || shared.get()),
            own_lang,
        }
    }

    /// Language of messages: `en` or `zh`.
    #[wasm_bindgen(setter)]
    pub fn set_lang(&self, lang: &str) {
        self.own_lang.set(Lang::from_tag(lang));
    }

    /// Settles with the catalogue once the engine is up.
    pub fn ready(&self) -> Promise {
        let client = self.client.clone();
        self.promise(async move {
            client
                .ready()
                .await
                .map(|catalog| values::catalog(&catalog))
        })
    }

    /// `starting`, `sealed` or `url`.
    pub fn room(&self) -> String {
        match self.client.room() {
            Room::Starting => "starting",
            Room::Sealed => "sealed",
            Room::Url => "url",
        }
        .to_owned()
    }

    /// Opens a job that [`Core::cancel`] can end.
    pub fn begin(&self) -> JobId {
        self.client.begin()
    }

    /// Ends a job.
    pub fn cancel(&self, job: JobId) {
        self.client.cancel_job(job);
    }

    /// Imports a `Blob`.
    pub fn load(
        &self,
        job: JobId,
        blob: Blob,
        options: JsValue,
        on_progress: Option<Function>,
    ) -> Promise {
        let (client, lang) = (self.client.clone(), self.lang.clone());
        self.promise(async move {
            let options: LoadOptions = given::load_options(&options, name_of(&blob))?;
            let id = client.new_dataset();
            let profile = client
                .load_as(job, id, blob, options, listener(on_progress))
                .await?;
            Ok(values::dataset(id, &profile, lang()))
        })
    }

    /// Runs an analysis on `{ dataset, roles, params, recipe }`.
    pub fn run(
        &self,
        job: JobId,
        analysis: String,
        request: JsValue,
        on_progress: Option<Function>,
    ) -> Promise {
        let (client, lang) = (self.client.clone(), self.lang.clone());
        self.promise(async move {
            let dataset = given::get_text(&request, "dataset")?.unwrap_or_default();
            let dataset: DatasetId = dataset.parse()?;
            let request = Request::Run {
                analysis,
                dataset,
                roles: given::roles(given::get(&request, "roles"))?,
                params: given::params(given::get(&request, "params"))?,
                recipe: given::recipe(given::get(&request, "recipe"))?,
                model: client.new_model(),
            };
            let answer = client.request_as(job, request, listener(on_progress));
            reported(&client, dataset, answer.await?, lang())
        })
    }

    /// Scores a dataset.
    pub fn predict(
        &self,
        job: JobId,
        model: String,
        dataset: String,
        on_progress: Option<Function>,
    ) -> Promise {
        let (client, lang) = (self.client.clone(), self.lang.clone());
        self.promise(async move {
            let (model, dataset): (ModelId, DatasetId) = (model.parse()?, dataset.parse()?);
            let request = Request::Predict {
                model,
                dataset,
                n_rows: None,
                csv: false,
            };
            let answer = client.request_as(job, request, listener(on_progress));
            reported(&client, dataset, answer.await?, lang())
        })
    }

    /// Pseudonyms of ids, in their order.
    pub fn pseudonyms(&self, ids: Vec<String>, key: String) -> Promise {
        let client = self.client.clone();
        self.promise(async move {
            let of = Ids::Listed(ids);
            let request = Request::Pseudonyms { key, of };
            match client.request(request, |_| ()).await?.output {
                Output::Pseudonyms(it) => Ok(values::texts(&it.names)),
                _ => Err(Error::Protocol),
            }
        })
    }

    /// A CSV of Kept's own with pseudonyms in the column `id`, and the lookup: two `Uint8Array`s.
    pub fn rename(&self, csv: ArrayBuffer, key: String) -> Promise {
        let client = self.client.clone();
        self.promise(async move {
            let (file, lookup) = client.rename(&csv, key).await?;
            Ok(Array::of2(&file, &lookup).into())
        })
    }

    /// What may be spent of the privacy of a dataset: millionths of epsilon, and delta.
    #[wasm_bindgen(js_name = setBudget)]
    pub fn set_budget(&self, epsilon: u32, delta: f64) {
        self.client.total.set(Price { epsilon, delta });
    }

    /// `[spent, total]` of epsilon, then of delta.
    pub fn budget(&self, dataset: u32) -> Vec<f64> {
        let (spent, total) = (
            self.client.spent(DatasetId(dataset)),
            self.client.total.get(),
        );
        let micro = |v: u32| f64::from(v) / 1e6;
        vec![
            micro(spent.epsilon),
            micro(total.epsilon),
            spent.delta,
            total.delta,
        ]
    }

    /// Figures of groups with noise: a plain object, or, `raw`, the event that brought them.
    pub fn groups(&self, job: JobId, dataset: String, asked: JsValue, raw: bool) -> Promise {
        let client = self.client.clone();
        self.promise(async move {
            let dataset: DatasetId = dataset.parse()?;
            let mut terms = groups::group_terms(&asked)?;
            // Without a generator there is no noise, and without noise no answer.
            terms.seed = random_bytes().ok_or(Error::Start)?.to_vec();
            let (found, answer) = client.groups(job, dataset, terms).await?;
            Ok(if raw {
                answer.body.into()
            } else {
                groups::groups(&found)
            })
        })
    }

    /// Carries out a request that the other module of the page has encoded, and gives the event as it came,
    /// with the bytes beside it. `dataset` and
    /// `model` are what it needs in the engine.
    pub fn ask(&self, request: Vec<u8>, dataset: Option<u32>, model: Option<u32>) -> Promise {
        let client = self.client.clone();
        self.promise(async move {
            let (dataset, model) = (dataset.map(DatasetId), model.map(ModelId));
            let answer = client.ask(request, dataset, model).await?;
            let buffer = answer.buffer.map_or(JsValue::UNDEFINED, Into::into);
            Ok(Array::of2(&answer.body, &buffer).into())
        })
    }

    /// Adds the rows of a `Blob` to a dataset. `id` is the column of the ids, `optional` columns may be absent.
    pub fn append(
        &self,
        job: JobId,
        dataset: String,
        blob: Blob,
        id: Option<String>,
        optional: Vec<String>,
        on_progress: Option<Function>,
    ) -> Promise {
        let (client, lang) = (self.client.clone(), self.lang.clone());
        self.promise(async move {
            let dataset: DatasetId = dataset.parse()?;
            let terms = RowTerms {
                id,
                optional,
                book: None,
            };
            let added = client.append(job, dataset, blob, terms, listener(on_progress));
            let (profile, appended) = added.await?;
            Ok(values::appended(dataset, &profile, &appended, lang()))
        })
    }

    /// A recipe that suits the dataset and roles.
    pub fn suggest(&self, dataset: String, roles: JsValue) -> Promise {
        let client = self.client.clone();
        self.promise(async move {
            let request = Request::Suggest {
                dataset: dataset.parse()?,
                roles: given::roles(Some(roles))?,
            };
            match client.request(request, |_| ()).await?.output {
                Output::Suggested(recipe) => Ok(values::recipe_object(&recipe)),
                _ => Err(Error::Protocol),
            }
        })
    }

    /// The demo file as a `Uint8Array`.
    pub fn demo(&self, n_rows: u32, seed: u32) -> Promise {
        let client = self.client.clone();
        self.promise(async move {
            let answer = client
                .request(
                    Request::Demo {
                        n_rows,
                        seed: u64::from(seed),
                    },
                    |_| (),
                )
                .await?;
            answer
                .buffer
                .map(|b| Uint8Array::new(&b).into())
                .ok_or(Error::Protocol)
        })
    }

    /// A model's file.
    #[wasm_bindgen(js_name = saveModel)]
    pub fn save_model(&self, model: String) -> Promise {
        let client = self.client.clone();
        self.promise(async move {
            let id: ModelId = model.parse()?;
            let unknown = Error::Unknown {
                what: "model".into(),
                id: model,
            };
            client.model_bytes(id).map(Into::into).ok_or(unknown)
        })
    }

    /// Takes up a model's file.
    #[wasm_bindgen(js_name = loadModel)]
    pub fn load_model(&self, bytes: ArrayBuffer) -> Promise {
        let client = self.client.clone();
        self.promise(async move {
            let (card, _) = client.load_model(client.new_model(), bytes).await?;
            Ok(values::model(&card))
        })
    }

    /// Other formats come with their own issue; asking for one is a clear error.
    #[wasm_bindgen(js_name = exportModel)]
    pub fn export_model(&self, model: String, format: String) -> Promise {
        if format == "kept" {
            return self.save_model(model);
        }
        self.promise(async move {
            Err(Error::Unknown {
                what: "format".into(),
                id: format,
            })
        })
    }

    /// Frees a dataset.
    pub fn forget(&self, dataset: String) -> Promise {
        let client = self.client.clone();
        self.promise(async move {
            client
                .request(
                    Request::Forget {
                        dataset: dataset.parse()?,
                    },
                    |_| (),
                )
                .await?;
            Ok(JsValue::UNDEFINED)
        })
    }

    /// Ends the engine.
    pub fn close(&self) {
        self.client.close();
    }
}
