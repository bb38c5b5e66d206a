//! Which candidates one job fits together.
use super::Candidate;
use crate::base::Params;
use crate::learn::Entry;

/// Candidates by job, as indices: those of a learner that `follows` a path and that differ in one parameter only stay
/// together, every other one is alone. Jobs come in the order of their first candidate.
pub(super) fn groups(
    candidates: &[Candidate],
    follows: impl Fn(&Entry) -> bool,
) -> Vec<Vec<usize>> {
    struct Group {
        members: Vec<usize>,
        varies: Option<String>,
    }
    let mut groups: Vec<Group> = Vec::new();
    for (i, candidate) in candidates.iter().enumerate() {
        let joined = follows(candidate.learner)
            && groups.iter_mut().any(|g| {
                let Some(first) = g.members.first().and_then(|&f| candidates.get(f)) else {
                    return false;
                };
                let Some(name) = sole_difference(first, candidate) else {
                    return false;
                };
                if g.varies.as_ref().is_some_and(|v| *v != name) {
                    return false;
                }
                g.varies = Some(name);
                g.members.push(i);
                true
            });
        if !joined {
            groups.push(Group {
                members: vec![i],
                varies: None,
            });
        }
    }
    groups.into_iter().map(|g| g.members).collect()
}

/// The one parameter in which two candidates of a learner differ.
fn sole_difference(a: &Candidate, b: &Candidate) -> Option<String> {
    if a.learner.id != b.learner.id || a.params.0.len() != b.params.0.len() {
        return None;
    }
    let Params(values) = &a.params;
    let mut names = values
        .iter()
        .filter(|(name, value)| b.params.get(name) != Some(*value))
        .map(|(name, _)| name);
    let name = names.next().filter(|n| b.params.get(n).is_some())?;
    names.next().is_none().then(|| name.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learn::entry;

    #[test]
    fn only_one_parameter_may_vary_in_a_job() {
        let of = |id: &str, params: Params| Candidate {
            learner: entry(id).unwrap(),
            params,
        };
        let c = |v: f64, w: &str| {
            of(
                "logistic",
                Params::default().with("C", v).with("class_weight", w),
            )
        };
        let all = [
            c(0.1, "none"),
            of("tree", Params::default()),
            c(1.0, "none"),
            c(1.0, "balanced"),
            of("logistic", Params::default().with("C", 1.0)),
            c(2.0, "none"),
            c(2.0, "balanced"),
        ];
        let together = groups(&all, |e| e.id == "logistic");
        assert_eq!(together, [vec![0, 2, 5], vec![1], vec![3, 6], vec![4]]);
        assert_eq!(groups(&all, |_| false).len(), all.len());
    }
}
