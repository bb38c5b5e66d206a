//! Which steps of a recipe are left out for learners that take missing values and categories as they are.
use super::{Transform, entry, levels};
use crate::base::{Params, Range, Recipe, Result, Step};

/// Steps that only make up for what other learners cannot take.
const HELPS: [&str; 3] = ["impute", "one_hot", "standardize"];

/// Whether `params` say nothing beyond the defaults of their step.
fn is_default(kind: &str, params: &Params) -> Result<bool> {
    let (specs, plain) = (entry(kind)?.params, Params::default());
    for spec in specs {
        let name = &spec.name;
        let is_same = match spec.range {
            Range::Float { .. } => params.float(specs, name)? == plain.float(specs, name)?,
            Range::Int { .. } => params.int(specs, name)? == plain.int(specs, name)?,
            Range::Flag { .. } => params.flag(specs, name)? == plain.flag(specs, name)?,
            Range::Choice { .. } => params.choice(specs, name)? == plain.choice(specs, name)?,
            _ => params.get(name).is_none(),
        };
        if !is_same {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Steps that stay, and the one that codes levels as the recipe's `one_hot` merges them. `None` where the recipe was edited
/// so that leaving steps out is not clearly the same preparation: steps that come between or after, gaps filled for some
/// columns or in a way of one's own, categories encoded for some columns only.
pub(super) fn steps(recipe: &Recipe) -> Result<Option<(Vec<Step>, Box<dyn Transform>)>> {
    let on: Vec<&Step> = recipe.steps.iter().filter(|s| s.enabled).collect();
    let helps = |s: &&Step| HELPS.contains(&s.kind.as_str());
    let n_kept = on.iter().take_while(|s| !helps(s)).count();
    let (kept, rest) = on.split_at(n_kept);
    let count = |kind: &str| rest.iter().filter(|s| s.kind == kind).count();
    if !rest.iter().all(|s| helps(s) && s.columns.is_empty())
        || (count("impute"), count("one_hot")) != (1, 1)
        || count("standardize") > 1
    {
        return Ok(None);
    }
    let mut levels = None;
    for step in rest {
        match step.kind.as_str() {
            "one_hot" => levels = Some(levels::build(step)?),
            kind if !is_default(kind, &step.params)? => return Ok(None),
            _ => {}
        }
    }
    let kept = kept.iter().map(|s| (*s).clone()).collect();
    Ok(levels.map(|levels| (kept, levels)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(kind: &str) -> Step {
        Step::new(kind, Vec::new(), Params::default())
    }

    fn kept(list: Vec<Step>) -> Option<usize> {
        steps(&Recipe { steps: list }).unwrap().map(|s| s.0.len())
    }

    #[test]
    fn only_a_recipe_that_ends_as_suggested_is_clear() {
        let helps = || ["impute", "one_hot", "standardize"].map(step).to_vec();
        let of = |kind: &str| Step::new(kind, vec!["a".into()], Params::default());
        assert_eq!(kept(helps()), Some(0));
        let mut all = vec![of("drop"), step("dates")];
        all.extend(helps());
        assert_eq!(kept(all.clone()), Some(2));
        // Without scaling, and with levels merged in another way.
        all.pop();
        all[3].params = Params::default().with("max_categories", 9_i64);
        assert_eq!(kept(all.clone()), Some(2));
        // Written out, but the same.
        all[2].params = Params::default().with("strategy", "mean");
        assert_eq!(kept(all.clone()), Some(2));

        for change in [
            |all: &mut Vec<Step>| all[2].params = Params::default().with("strategy", "constant"),
            |all: &mut Vec<Step>| all[2].columns.push("a".into()),
            |all: &mut Vec<Step>| all[3].columns.push("a".into()),
            |all: &mut Vec<Step>| all[3].enabled = false,
            |all: &mut Vec<Step>| all.push(step("dates")),
            |all: &mut Vec<Step>| all.push(step("impute")),
        ] {
            let mut edited = all.clone();
            change(&mut edited);
            assert_eq!(kept(edited), None);
        }
    }
}
