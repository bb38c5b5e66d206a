//! Lists for customers: measured on what they had later, made from everything, with reasons.
use super::{Asked, add as add_number, models, read::Data};
use crate::{
    base::{Error, Result, Run, Stage, Unit, Warning, random::permutation},
    evaluate::{
        ranked_lists::{ListScores, Measure, leave_last_out},
        split::time_order,
    },
    learn::recommend::{
        Interactions, Popularity, Reason, Recommender, Repeats, Sparse, Wishes, best, rules::Rules,
    },
    report::{Report, ReportTable, Sentence},
};

/// Stream of the seed.
const STREAM: u64 = 0x4c69;
/// Length of the lists that are measured.
const K: usize = 10;
/// Most users whose lists are measured, and most lines that are made.
const MOST: (usize, usize) = (5_000, 500_000);
/// Most rules that are listed.
const MOST_RULES: usize = 500;

/// Rows to learn from and rows held out: of each user the last, or of all the latest share.
///
/// # Errors
/// [`Error::TooFewRows`] where nothing can be held out; [`Error::Param`] for a split by time without dates.
pub(super) fn split(asked: &Asked, data: &Data) -> Result<(Vec<u32>, Vec<u32>)> {
    if !asked.by_time {
        return leave_last_out(&data.users, data.dates.as_deref());
    }
    let dates = data.dates.as_ref();
    let dates = dates.ok_or_else(|| super::super::rows::required("date"))?;
    // What has no date counts as the earliest, as it does to the models.
    let known: Vec<f64> = dates
        .iter()
        .map(|d| if d.is_nan() { f64::MIN } else { *d })
        .collect();
    let mut order = time_order(&known)?;
    let n = order.len();
    let n_test = ((n as f64 * asked.test_size).round() as usize).clamp(1, n - 1);
    let mut test = order.split_off(n - n_test);
    order.sort_unstable();
    test.sort_unstable();
    Ok((order, test))
}

/// What users have, and what of it they liked: what they rated no lower than the mean of all.
struct Had {
    all: Interactions,
    liked: Option<Interactions>,
}

impl Had {
    fn of(data: &Data, rows: &[u32], least: f64) -> Result<Self> {
        let own = data.rows().take(rows)?;
        let (n_users, n_items) = (data.user_names.len(), data.item_names.len());
        let bare = |mut of: crate::learn::recommend::Owned| {
            of.ratings = None;
            Interactions::new(n_users, n_items, &of.rows(), Repeats::Sum)
        };
        let liked = match &own.ratings {
            None => None,
            Some(ratings) => {
                let good: Vec<u32> = (0..rows.len() as u32)
                    .filter(|i| ratings[*i as usize] >= least)
                    .collect();
                Some(bare(own.rows().take(&good)?)?)
            }
        };
        Ok(Self {
            all: bare(own)?,
            liked,
        })
    }

    /// What the model learns from.
    fn learned(&self) -> &Interactions {
        self.liked.as_ref().unwrap_or(&self.all)
    }

    fn list(
        &self,
        model: &dyn Recommender,
        user: u32,
        n: usize,
        scores: &mut Vec<f32>,
    ) -> Result<Vec<(f32, u32)>> {
        model.scores(self.learned(), user, scores);
        best(
            scores,
            self.all.by_user().row(user as usize).0,
            &Wishes::new(n),
        )
    }
}

/// The mean rating of `rows`; no limit without ratings.
fn least(data: &Data, rows: &[u32]) -> f64 {
    match &data.ratings {
        Some(r) => rows.iter().map(|i| r[*i as usize]).sum::<f64>() / rows.len().max(1) as f64,
        None => f64::NEG_INFINITY,
    }
}

/// What was held out and liked and is new to the user: lists name nothing that they have.
fn relevant(data: &Data, had: &Interactions, test: &[u32], least: f64) -> Result<Sparse> {
    let good: Vec<usize> = (test.iter().map(|i| *i as usize))
        .filter(|i| data.ratings.as_ref().is_none_or(|r| r[*i] >= least))
        .filter(|i| {
            let row = had.by_user();
            row.get(data.users[*i] as usize, data.items[*i]).is_none()
        })
        .collect();
    let users: Vec<u32> = good.iter().map(|i| data.users[*i]).collect();
    let items: Vec<u32> = good.iter().map(|i| data.items[*i]).collect();
    let ones = vec![1.0; good.len()];
    Sparse::new(
        data.user_names.len(),
        data.item_names.len(),
        &users,
        &items,
        &ones,
    )
}

/// Measures lists of the model and of the most popular items.
///
/// # Errors
/// Those of the models.
pub(super) fn measure(
    report: &mut Report,
    asked: &Asked,
    data: &Data,
    train: &[u32],
    test: &[u32],
    run: &mut Run<'_>,
) -> Result<()> {
    let least = least(data, train);
    let had = Had::of(data, train, least)?;
    let later = relevant(data, &had.all, test, least)?;
    let mut users: Vec<u32> = (0..data.user_names.len() as u32)
        .filter(|u| !later.row(*u as usize).0.is_empty())
        .collect();
    if users.is_empty() {
        run.warn(Warning::remark("no_lists"));
        return Ok(());
    }
    if users.len() > MOST.0 {
        run.warn(Warning::Sampled {
            what: "lists".into(),
            n_used: MOST.0 as u64,
            n_rows: users.len() as u64,
        });
        let order = permutation(&mut run.rng(STREAM), users.len());
        users = order
            .iter()
            .take(MOST.0)
            .map(|i| users[*i as usize])
            .collect();
        users.sort_unstable();
    }
    let model = models::lists(asked, data, had.learned(), run)?;
    let plain = Popularity::fit(had.learned());
    let [own, common] = [model.as_ref(), &plain].map(|model| {
        let mut sum = Measure::new(&had.all, K)?;
        let mut scores = Vec::new();
        for (k, user) in users.iter().enumerate() {
            if k % 32 == 0 {
                run.step(Stage::Evaluating, k as u64, users.len() as u64)?;
            }
            let list = had.list(model, *user, K, &mut scores)?;
            let list: Vec<u32> = list.iter().map(|l| l.1).collect();
            sum.add(&list, later.row(*user as usize).0);
        }
        sum.finish()
    });
    let (own, common): (ListScores, ListScores) = (own?, common?);
    for (start, s) in [("", own), ("baseline_", common)] {
        for (key, value) in [
            ("precision_at_10", s.mean.precision),
            ("recall_at_10", s.mean.recall),
            ("ndcg_at_10", s.mean.ndcg),
            ("map_at_10", s.mean.map),
            ("coverage", s.coverage),
        ] {
            add_number(report, &format!("{start}{key}"), value, Unit::Ratio);
        }
        add_number(report, &format!("{start}novelty"), s.novelty, Unit::None);
    }
    let what = if own.mean.ndcg > common.mean.ndcg {
        "recommend_lists"
    } else {
        "recommend_lists_poor"
    };
    let told = [
        ("n", users.len() as f64, Unit::Count),
        ("share", own.mean.hit, Unit::Ratio),
        ("baseline", common.mean.hit, Unit::Ratio),
    ];
    report.sentences.push(Sentence::told(what, &told));
    Ok(())
}

/// The columns of a table of lists.
#[derive(Default)]
struct Lines {
    user: Vec<String>,
    rank: Vec<f64>,
    item: Vec<String>,
    score: Vec<f64>,
    reason: Vec<Option<String>>,
}

/// Adds lists for all users, from everything, and rules of what goes together.
///
/// # Errors
/// Those of the models; [`Error::Cancelled`].
pub(super) fn add(
    report: &mut Report,
    asked: &Asked,
    data: &Data,
    run: &mut Run<'_>,
) -> Result<()> {
    let all: Vec<u32> = (0..data.users.len() as u32).collect();
    let had = Had::of(data, &all, least(data, &all))?;
    let model = models::lists(asked, data, had.learned(), run)?;
    let n = data.user_names.len();
    let most = (MOST.1 / asked.top_n).min(n);
    if most < n {
        run.warn(Warning::Sampled {
            what: "lists".into(),
            n_used: most as u64,
            n_rows: n as u64,
        });
    }
    let (mut lines, mut scores) = (Lines::default(), Vec::new());
    for user in 0..most as u32 {
        if user % 32 == 0 {
            run.step(Stage::Predicting, u64::from(user), most as u64)?;
        }
        let list = had.list(model.as_ref(), user, asked.top_n, &mut scores)?;
        let items: Vec<u32> = list.iter().map(|l| l.1).collect();
        let reasons = model.reasons(had.learned(), user, &items);
        for (rank, ((score, item), reason)) in list.into_iter().zip(reasons).enumerate() {
            lines.user.push(data.user_names[user as usize].clone());
            lines.rank.push((rank + 1) as f64);
            lines.item.push(data.item_names[item as usize].clone());
            lines.score.push(f64::from(score));
            lines.reason.push(match reason {
                Some(Reason::Item { item, .. }) => data.item_names.get(item as usize).cloned(),
                Some(Reason::Feature { .. }) => Some("alike".into()),
                _ => Some("popular".into()),
            });
        }
    }
    let table = ReportTable::default()
        .text("user", lines.user)
        .number("rank", lines.rank)
        .text("item", lines.item)
        .number("score", lines.score)
        .optional_text("reason", lines.reason);
    report.tables.push(("recommendations".into(), table));
    rules(report, asked, data, &had, run)
}

fn rules(
    report: &mut Report,
    asked: &Asked,
    data: &Data,
    had: &Had,
    run: &mut Run<'_>,
) -> Result<()> {
    let found = match Rules::fit(&had.all, &models::rule_options(asked), run) {
        Ok(found) => found,
        Err(Error::Cancelled) => return Err(Error::Cancelled),
        Err(error) => return Err(error),
    };
    if found.is_cut() {
        run.warn(Warning::remark("rules_cut"));
    }
    let kept = &found.rules()[..found.rules().len().min(MOST_RULES)];
    let name = |i: &u32| data.item_names[*i as usize].clone();
    let of = |f: fn(&crate::learn::recommend::rules::Rule) -> f64| {
        kept.iter().map(f).collect::<Vec<_>>()
    };
    let given = |r: &crate::learn::recommend::rules::Rule| {
        r.given.iter().map(name).collect::<Vec<_>>().join(" + ")
    };
    let table = ReportTable::default()
        .text("given", kept.iter().map(given).collect())
        .text("then", kept.iter().map(|r| name(&r.then)).collect())
        .number("count", of(|r| f64::from(r.count)))
        .number("support", of(|r| r.support))
        .number("confidence", of(|r| r.confidence))
        .number("lift", of(|r| r.lift));
    report.tables.push(("rules".into(), table));
    Ok(())
}
