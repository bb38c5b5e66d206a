//! Which learners are tried, and what of each.
use super::{
    goal::Goal,
    options::LEARNER_PARAMS,
    request::{BASELINE, required},
};
use crate::base::order::Ordered;
use crate::{
    base::{Error, ParamReason, ParamSpec, Params, Range, Result, Value},
    evaluate::search::Space,
    learn::{self, Entry, LEARNERS},
};
use std::collections::BTreeMap;

type Overrides = BTreeMap<&'static str, BTreeMap<String, Vec<Value>>>;

/// What is tried of each learner, from the simplest to the most complex, the baseline last.
///
/// The parameter `C` goes to every learner that has one, `class_weight` too; what `learner_params` says of a learner
/// goes before both.
pub(super) fn spaces(params: &Params, specs: &[ParamSpec], goal: Goal) -> Result<Vec<Space>> {
    let mut named = chosen(params, goal)?;
    named.retain(|e| e.id != BASELINE);
    if named.is_empty() {
        return Err(required("learners"));
    }
    named.order_by_key(|e| e.complexity);
    named.dedup_by_key(|e| e.id);
    named.push(learn::entry(BASELINE)?);
    let grid_c = params.floats("C")?.unwrap_or_default();
    if grid_c.iter().any(|c| !(1e-6..=1e6).contains(c)) {
        return Err(Error::out_of_range("C", 1e-6, 1e6));
    }
    let grid_c: Vec<Value> = grid_c.into_iter().map(Value::Float).collect();
    let class_weight = Value::Text(params.choice(specs, "class_weight")?);
    let overrides = overrides(params, goal)?;
    let none = BTreeMap::new();
    let mut out = Vec::with_capacity(named.len());
    for learner in named {
        let own = overrides.get(learner.id).unwrap_or(&none);
        let takes = |name: &str| learner.params.iter().any(|p| p.name == name);
        let open = |name: &str| takes(name) && !own.contains_key(name);
        let mut space = Space::of(learner);
        if open("C") && !grid_c.is_empty() {
            space = space.set("C", &grid_c)?;
        }
        if open("class_weight") && goal != Goal::Number {
            space = space.set("class_weight", std::slice::from_ref(&class_weight))?;
        }
        for (name, values) in own {
            space = space.set(name, values)?;
        }
        // Refuses bad parameters before anything is fitted.
        space.candidates().map_err(|e| located(e, learner, own))?;
        out.push(space);
    }
    Ok(out)
}

fn chosen(params: &Params, goal: Goal) -> Result<Vec<&'static Entry>> {
    let Some(ids) = params.texts("learners")? else {
        let usual = LEARNERS.iter().filter(|e| e.by_default && goal.suits(e));
        return Ok(usual.collect());
    };
    let entry = |id: &String| {
        let entry = learn::entry(id).ok().filter(|e| goal.suits(e));
        entry.ok_or_else(|| Error::Param {
            param: "learners".into(),
            reason: ParamReason::NotAChoice {
                options: options(goal),
            },
        })
    };
    ids.iter().map(entry).collect()
}

/// Learners that can be asked for.
fn options(goal: Goal) -> Vec<String> {
    let all = LEARNERS.iter().filter(|e| e.id != BASELINE);
    let all = all.filter(|e| goal.suits(e));
    all.map(|e| e.id.to_owned()).collect()
}

/// `learner_params`, or a part of it, as an error names it.
fn path(parts: &[&str]) -> String {
    let all = std::iter::once(&LEARNER_PARAMS).chain(parts);
    all.copied().collect::<Vec<_>>().join(".")
}

fn refused(parts: &[&str], reason: ParamReason) -> Error {
    Error::Param {
        param: path(parts).into(),
        reason,
    }
}

/// An error about a parameter that `learner_params` set names it there.
fn located(error: Error, learner: &Entry, own: &BTreeMap<String, Vec<Value>>) -> Error {
    match error {
        Error::Param { param, reason } if own.contains_key(param.as_ref()) => {
            refused(&[learner.id, &param], reason)
        }
        other => other,
    }
}

/// Values to try per learner and parameter. Every learner and parameter named must exist; those of learners that are
/// not tried are checked all the same.
fn overrides(params: &Params, goal: Goal) -> Result<Overrides> {
    let map = |value: &Value, parts: &[&str]| match value {
        Value::Map(map) => Ok(map.clone()),
        _ => {
            let expected = "map".into();
            Err(refused(parts, ParamReason::WrongType { expected }))
        }
    };
    let mut out = Overrides::new();
    let Some(given) = params.get(LEARNER_PARAMS) else {
        return Ok(out);
    };
    for (id, of_learner) in map(given, &[])? {
        let learner = learn::entry(&id)
            .ok()
            .filter(|e| goal.suits(e))
            .ok_or_else(|| refused(&[&id], ParamReason::NotKnown))?;
        let mut lists = BTreeMap::new();
        for (name, value) in map(&of_learner, &[&id])? {
            let spec = learner.params.iter().find(|s| s.name == name.as_str());
            let spec = spec.ok_or_else(|| refused(&[&id, &name], ParamReason::NotKnown))?;
            let values = values(value, &spec.range);
            if values.is_empty() {
                return Err(refused(&[&id, &name], ParamReason::Required));
            }
            for value in &values {
                let one = Params::default().with(&name, value.clone());
                let built = (learner.build)(&one).map(|_| ());
                if let Err(Error::Param { param, reason }) = built
                    && param == name.as_str()
                {
                    return Err(refused(&[&id, &name], reason));
                }
            }
            lists.insert(name, values);
        }
        out.insert(learner.id, lists);
    }
    Ok(out)
}

/// What to try: a list is a list of values, unless the parameter is a list itself; then a list of lists is.
fn values(value: Value, range: &Range) -> Vec<Value> {
    let is_list = matches!(range, Range::Floats { .. } | Range::Choices { .. });
    match value {
        Value::List(values) if !is_list => values,
        Value::List(values) if values.iter().any(|v| matches!(v, Value::List(_))) => values,
        one => vec![one],
    }
}
