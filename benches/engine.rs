//! The engine as the bench measures it: learners of the registry over matrices handed in from JavaScript.
//!
//! The same library, profile and target features as the shipped module; only the protocol is left out, so that what is
//! timed is the fit. Built by `make bench-engine`, driven by `benches/www/worker.js`.
#[cfg(target_arch = "wasm32")]
mod smart;

#[cfg(target_arch = "wasm32")]
mod exports {
    use crate::smart;
    use js_sys::{Array, Object, Reflect};
    use kept::{
        base::{Error, Params, Quiet, Result, Run, Test, Train, Value, block_on},
        evaluate::{
            scoring::Scoring,
            search,
            split::{self, Fold, Splits},
        },
        learn::{
            self, Dataset, Entry, LEARNERS, Model, Target,
            explain::{Form, Paths},
        },
    };
    use ndarray::{Array2, ArrayView2};
    use serde::Deserialize;
    use std::{cell::RefCell, collections::HashMap};
    use wasm_bindgen::prelude::*;

    #[derive(Default)]
    struct Bench {
        data: HashMap<String, Train<Dataset>>,
        model: Option<Model>,
        peer: Option<smart::Fitted>,
    }

    thread_local! {
        static BENCH: RefCell<Bench> = RefCell::default();
    }

    fn js(error: Error) -> JsError {
        JsError::new(&format!("{}: {error}", error.code()))
    }

    fn missing(what: &'static str) -> Error {
        Error::Unknown {
            what: what.into(),
            id: String::new(),
        }
    }

    /// Ids of the registry.
    #[wasm_bindgen]
    pub fn learners() -> Vec<String> {
        LEARNERS.iter().map(|e| e.id.to_owned()).collect()
    }

    /// Names of a learner's parameters.
    #[wasm_bindgen]
    pub fn params(learner: &str) -> std::result::Result<Vec<String>, JsError> {
        let entry = learn::entry(learner).map_err(js)?;
        Ok(entry.params.iter().map(|p| p.name.to_string()).collect())
    }

    /// Keeps a matrix `(y.len(), n_columns)` under `name`; `target` is `class` (codes 0 and 1), `number` or `none`;
    /// `n_levels` as in [`Dataset`].
    #[wasm_bindgen]
    pub fn load(
        name: String,
        x: Vec<f32>,
        n_columns: usize,
        y: &[f32],
        target: &str,
        n_levels: &[u32],
    ) -> std::result::Result<(), JsError> {
        let x = Array2::from_shape_vec((y.len(), n_columns), x)
            .map_err(|e| JsError::new(&e.to_string()))?;
        let y = match target {
            "number" => Target::Number(y.iter().map(|v| f64::from(*v)).collect()),
            "none" => Target::None,
            _ => Target::class(y.iter().map(|v| *v as u32).collect(), &["no", "yes"]),
        };
        let data = Dataset::new(x, y).with_levels(n_levels.into());
        BENCH.with_borrow_mut(|b| b.data.insert(name, Train::all(data)));
        Ok(())
    }

    /// Fits and keeps the model.
    #[wasm_bindgen]
    pub fn fit(
        learner: &str,
        params: &Object,
        data: &str,
        seed: u32,
    ) -> std::result::Result<(), JsError> {
        let entry = learn::entry(learner).map_err(js)?;
        let params = read(params);
        BENCH
            .with_borrow_mut(|b| {
                let train = b.data.get(data).ok_or_else(|| missing("data"))?;
                let model = fit_on(entry, &params, train, seed)?;
                b.model = Some(model);
                Ok(())
            })
            .map_err(js)
    }

    fn fit_on(entry: &Entry, params: &Params, train: &Train<Dataset>, seed: u32) -> Result<Model> {
        let mut quiet = Quiet;
        (entry.build)(params)?.fit(train, &mut Run::new(&mut quiet, seed.into()))
    }

    /// Searches the best value of one parameter by stratified folds, fits it on everything and keeps the model.
    /// Returns the chosen value and its mean ROC-AUC over the folds.
    #[wasm_bindgen]
    pub fn search(
        learner: &str,
        params: &Object,
        name: &str,
        values: &[f64],
        n_splits: usize,
        data: &str,
        seed: u32,
    ) -> std::result::Result<Vec<f64>, JsError> {
        let entry = learn::entry(learner).map_err(js)?;
        let params = read(params);
        let candidates: Vec<search::Candidate> = values
            .iter()
            .map(|v| search::Candidate {
                learner: entry,
                params: params.clone().with(name, *v),
            })
            .collect();
        BENCH
            .with_borrow_mut(|b| {
                let train = b.data.get(data).ok_or_else(|| missing("data"))?;
                let (params, mean) = best_of(&candidates, train, n_splits, seed)?;
                let chosen = match params.get(name) {
                    Some(Value::Float(v)) => *v,
                    _ => f64::NAN,
                };
                b.model = Some(fit_on(entry, &params, train, seed)?);
                Ok(vec![chosen, mean])
            })
            .map_err(js)
    }

    fn best_of(
        candidates: &[search::Candidate],
        train: &Train<Dataset>,
        n_splits: usize,
        seed: u32,
    ) -> Result<(Params, f64)> {
        let data = train.get();
        let Target::Class { codes, classes } = &data.y else {
            return Err(missing("classes"));
        };
        let mut quiet = Quiet;
        let mut run = Run::new(&mut quiet, seed.into());
        let folds = split::stratified_folds(codes, classes.len(), n_splits, Some(&mut run.rng(1)))?;
        let mut prepare = |fold: &Fold, _: &mut Run<'_>| {
            let (inside, outside) = (data.take(&fold.train), data.take(&fold.test));
            Ok((Train::all(inside), Test::all(outside)).into())
        };
        // Without helpers nothing is waited for.
        let scored = block_on(search::cross_validate(
            candidates,
            &Splits::dealt(folds, n_splits),
            Scoring::RocAuc,
            &mut prepare,
            &mut run,
        ))?;
        let best = search::best(&scored);
        let best = best.first().ok_or_else(|| missing("candidate"))?;
        Ok((best.params.clone(), best.mean))
    }

    /// Scores rows with the model kept: the probability of the second class, the number, or the group.
    #[wasm_bindgen]
    pub fn predict(x: &[f32], n_columns: usize) -> std::result::Result<Vec<f64>, JsError> {
        let rows = x.len() / n_columns.max(1);
        let x = ArrayView2::from_shape((rows, n_columns), x)
            .map_err(|e| JsError::new(&e.to_string()))?;
        BENCH
            .with_borrow(
                |b| match b.model.as_ref().ok_or_else(|| missing("model"))? {
                    Model::Classifier(m) => Ok(m.predict_proba(x)?.column(1).to_vec()),
                    Model::Regressor(m) => m.predict(x),
                    Model::Clusterer(m) => Ok(m.predict(x)?.into_iter().map(f64::from).collect()),
                },
            )
            .map_err(js)
    }

    /// Path-dependent contributions of every column to the sum of the trees of the model kept, row by row.
    #[wasm_bindgen]
    pub fn explain(x: &[f32], n_columns: usize) -> std::result::Result<Vec<f64>, JsError> {
        let rows = x.len() / n_columns.max(1);
        let x = ArrayView2::from_shape((rows, n_columns), x)
            .map_err(|e| JsError::new(&e.to_string()))?;
        BENCH.with_borrow(|b| paths(b, x)).map_err(js)
    }

    fn paths(b: &Bench, x: ArrayView2<'_, f32>) -> Result<Vec<f64>> {
        let model = b.model.as_ref().ok_or_else(|| missing("model"))?;
        let Form::Trees { sums, .. } = model.fitted().explain_form(1) else {
            return Err(missing("trees"));
        };
        let sum = sums.first().ok_or_else(|| missing("trees"))?;
        let mut quiet = Quiet;
        let values = Paths::new(sum)?.values(x, &mut Run::new(&mut quiet, 0))?;
        Ok(values.into_raw_vec_and_offset().0)
    }

    /// The trees of the boosting model kept, flat as they are saved, so that another library can score with the very
    /// same ones. Only for one output and numbers without missing values: no split on a category is handed out.
    #[wasm_bindgen]
    pub fn trees() -> std::result::Result<Object, JsError> {
        BENCH.with_borrow(flat_trees).map_err(js)
    }

    fn flat_trees(b: &Bench) -> Result<Object> {
        let model = b.model.as_ref().ok_or_else(|| missing("model"))?;
        let part = model.fitted().save()?;
        let Boosted { start, trees } = part.decode(part.version)?;
        let (&[init], true) = (start.as_slice(), trees.levels.is_empty()) else {
            return Err(missing("trees of numbers with one output"));
        };
        let fields: [(&str, JsValue); 8] = [
            ("init", init.into()),
            ("n_columns", (trees.n_features as f64).into()),
            ("features", numbers(&trees.features)),
            ("thresholds", numbers(&trees.thresholds)),
            ("lefts", numbers(&trees.lefts)),
            ("values", numbers(&trees.values)),
            ("roots", numbers(&trees.roots)),
            ("covers", numbers(&trees.covers)),
        ];
        let object = Object::new();
        for (name, value) in fields {
            // Setting a property of a fresh plain object cannot fail.
            let _ = Reflect::set(&object, &name.into(), &value);
        }
        Ok(object)
    }

    fn numbers<T: Copy + Into<JsValue>>(list: &[T]) -> JsValue {
        list.iter().map(|v| (*v).into()).collect::<Array>().into()
    }

    /// What of a saved boosting model is looked at.
    #[derive(Deserialize)]
    struct Boosted {
        start: Vec<f64>,
        trees: Trees,
    }

    /// What of its trees.
    #[derive(Deserialize)]
    struct Trees {
        n_features: u64,
        roots: Vec<u32>,
        features: Vec<u32>,
        thresholds: Vec<f32>,
        lefts: Vec<u32>,
        values: Vec<f32>,
        levels: Vec<Vec<u32>>,
        covers: Vec<f32>,
    }

    /// Fits smartcore's learner `call` and keeps what came of it beside ours.
    #[wasm_bindgen]
    pub fn peer_fit(
        call: &str,
        params: &Object,
        data: &str,
        seed: u32,
    ) -> std::result::Result<(), JsError> {
        let params = read(params);
        BENCH.with_borrow_mut(|b| {
            let train = b.data.get(data).ok_or_else(|| js(missing("data")))?;
            b.peer = Some(smart::fit(call, &params, train.get(), seed.into())?);
            Ok(())
        })
    }

    /// The class, number or group that smartcore's model answers per row.
    #[wasm_bindgen]
    pub fn peer_predict(x: &[f32], n_columns: usize) -> std::result::Result<Vec<f64>, JsError> {
        BENCH.with_borrow(|b| {
            let peer = b.peer.as_ref().ok_or_else(|| js(missing("model")))?;
            Ok(peer(&smart::matrix(x, n_columns)?)?)
        })
    }

    /// Forgets matrices and model.
    #[wasm_bindgen]
    pub fn forget() {
        BENCH.set(Bench::default());
    }

    fn read(object: &Object) -> Params {
        let mut params = Params::default();
        for entry in Object::entries(object).iter() {
            let pair: Array = entry.unchecked_into();
            if let (Some(name), Some(value)) = (pair.get(0).as_string(), value(&pair.get(1))) {
                params = params.with(&name, value);
            }
        }
        params
    }

    fn value(v: &JsValue) -> Option<Value> {
        if let Some(flag) = v.as_bool() {
            return Some(Value::Flag(flag));
        }
        if let Some(number) = v.as_f64() {
            let whole = number.fract() == 0.0 && number.abs() < 9e15;
            return Some(if whole {
                Value::Int(number as i64)
            } else {
                Value::Float(number)
            });
        }
        if let Some(text) = v.as_string() {
            return Some(Value::Text(text));
        }
        let list = v.dyn_ref::<Array>()?;
        Some(Value::List(list.iter().filter_map(|v| value(&v)).collect()))
    }
}

fn main() {}
