//! Segments: customers who are alike, what they are like, and which of them a customer belongs to.
//!
//! Columns are prepared as for any learner: gaps filled, categories encoded, numbers standardised; k-medoids alone compares
//! the columns as they are, by Gower's distance. The number of segments is chosen by silhouette, gap, BIC and stability
//! together where none is given. Segments are numbered by size, the largest first; those of RFM have names of their own.
mod data;
mod describe;
mod methods;
mod options;
mod rfm;

use super::{Entry, Job, Outcome};
use crate::{
    artifact::Artifact,
    base::{
        ColumnKind, Error, Params, Result, Role, RoleSpec, Run, Stage, Unit, order::Ordered as _,
    },
    charts::{Figure, MeasuredCount, SegmentCounts, SegmentMap},
    evaluate::clusters::choose::{Choice, Plan, choose},
    learn::{Calibration, pca::Pca, umap::umap},
    report::{Metric, Module, Report, ReportTable, Sentence},
    table::{Table, cell_text},
};
use data::Data;
use describe::Segments;
use methods::{Found, mean_silhouette, rows_of, sample};
use options::{Map, Method, Options};

/// The analysis.
pub(super) const ENTRY: Entry = Entry {
    id: ID,
    module: Module::Studies,
    roles,
    params: options::specs,
    run: |job, run| Box::pin(std::future::ready(segments(job, run))),
};

const ID: &str = "segments";
/// Name of the rows of no segment.
pub(super) const REST: &str = "none";
/// Rows the number of segments is judged on.
const CHOICE_ROWS: usize = 2_000;
/// Rows drawn on the map.
const MAP_ROWS: usize = 1_500;
/// Rows of the map by neighbours.
const UMAP_ROWS: usize = 20_000;
/// Rows silhouettes are taken among, and those that are looked at.
const SILHOUETTE_ROWS: [usize; 2] = [20_000, 1_000];
/// Segments that are spoken of.
const MOST_SAID: usize = 6;

fn roles() -> Vec<RoleSpec> {
    let spec = |role, kinds: &[ColumnKind]| RoleSpec {
        role,
        required: false,
        kinds: kinds.to_vec(),
    };
    vec![
        spec(Role::Id, &[]),
        spec(Role::Feature, &[]),
        spec(Role::Value, &[ColumnKind::Float, ColumnKind::Int]),
        spec(Role::Target, &[]),
        spec(Role::Date, &[ColumnKind::Date, ColumnKind::DateTime]),
    ]
}

fn metric(key: &str, value: f64, unit: Unit) -> Metric {
    Metric {
        key: key.to_owned(),
        value,
        interval: None,
        unit,
    }
}

/// How many: what all measures say, on a sample.
fn counted(data: &Data, options: &Options, run: &mut Run<'_>) -> Result<Option<Choice>> {
    let x = data.design.x.view();
    let rows = sample(x.nrows(), CHOICE_ROWS, run);
    let most = options.k_max.min(rows.len().saturating_sub(1));
    if !options.method.takes_k() || most < 2 {
        return Ok(None);
    }
    let plan = Plan {
        most,
        n_references: 5,
        n_draws: 10,
        silhouette_rows: 500,
        covariance_type: if x.ncols() > 12 { "diag" } else { "full" },
        ..Plan::default()
    };
    let part = rows_of(x, &rows);
    choose(part.view(), &plan, run).map(Some)
}

/// Segments by falling size; `names` are theirs where they have any.
fn ordered(found: &Found, names: Option<&[String]>) -> (Segments, Vec<u32>) {
    let mut sizes = vec![0_u64; found.n_segments];
    let mut rest = 0;
    for code in &found.codes {
        match code.and_then(|c| sizes.get_mut(c as usize)) {
            Some(n) => *n += 1,
            None => rest += 1,
        }
    }
    let mut order: Vec<u32> = (0..found.n_segments as u32).collect();
    order.order_by(|a, b| sizes[*b as usize].cmp(&sizes[*a as usize]).then(a.cmp(b)));
    let mut place = vec![0_u32; found.n_segments];
    for (i, code) in order.iter().enumerate() {
        place[*code as usize] = i as u32;
    }
    // A group that nobody is in is none.
    order.retain(|c| sizes[*c as usize] > 0);
    let name = |(i, c): (usize, &u32)| match names {
        Some(names) => names[*c as usize].clone(),
        None => (i + 1).to_string(),
    };
    let mut all: Vec<String> = order.iter().enumerate().map(name).collect();
    let mut of: Vec<u64> = order.iter().map(|c| sizes[*c as usize]).collect();
    let last = all.len() as u32;
    if rest > 0 {
        all.push(REST.to_owned());
        of.push(rest);
    }
    let label = |code: &Option<u32>| code.map_or(last, |c| place[c as usize]);
    let labels = found.codes.iter().map(label).collect();
    let segments = Segments {
        names: all,
        labels,
        sizes: of,
        has_rest: rest > 0,
    };
    (segments, place)
}

/// Mean silhouette of the rows that are of a segment.
fn judged(data: &Data, it: &Segments, run: &mut Run<'_>) -> Result<f64> {
    let rest = it.has_rest.then(|| it.names.len() as u32 - 1);
    let rows = sample(it.n_rows(), SILHOUETTE_ROWS[0], run);
    let rows: Vec<u32> = rows
        .into_iter()
        .filter(|r| Some(it.labels[*r as usize]) != rest)
        .collect();
    if rows.is_empty() {
        return Ok(f64::NAN);
    }
    let part = rows_of(data.design.x.view(), &rows);
    let labels: Vec<u32> = rows.iter().map(|r| it.labels[*r as usize]).collect();
    mean_silhouette(part.view(), &labels, SILHOUETTE_ROWS[1], run)
}

/// Sum of squared distances to the means of the segments.
fn inertia(data: &Data, it: &Segments) -> f64 {
    let x = &data.design.x;
    let d = x.ncols();
    let n_segments = it.names.len() - usize::from(it.has_rest);
    let mut sums = vec![0.0; n_segments * d];
    let rows = || x.rows().into_iter().zip(&it.labels);
    let inside = |l: u32| (l as usize) < n_segments;
    for (row, l) in rows().filter(|(_, l)| inside(**l)) {
        let to = &mut sums[*l as usize * d..][..d];
        to.iter_mut()
            .zip(row)
            .for_each(|(s, v)| *s += f64::from(*v));
    }
    for (s, to) in sums.chunks_mut(d).enumerate() {
        to.iter_mut().for_each(|v| *v /= it.sizes[s] as f64);
    }
    rows()
        .filter(|(_, l)| inside(**l))
        .map(|(row, l)| {
            let mean = &sums[*l as usize * d..][..d];
            let squared = row
                .iter()
                .zip(mean)
                .map(|(v, m)| (f64::from(*v) - m).powi(2));
            squared.sum::<f64>()
        })
        .sum()
}

/// Places of some customers on a map.
fn map(
    data: &Data,
    it: &Segments,
    options: &Options,
    run: &mut Run<'_>,
) -> Result<Option<SegmentMap>> {
    let x = data.design.x.view();
    let by_neighbours = options.map == Map::Umap && x.nrows() <= UMAP_ROWS;
    if options.map == Map::None || x.ncols() < 2 {
        return Ok(None);
    }
    let shown = sample(x.nrows(), MAP_ROWS, run);
    let mut explained = None;
    let places: Vec<[f64; 2]> = if by_neighbours {
        let all = run.within(|run| umap(x, 15, run))?;
        shown.iter().map(|r| all[*r as usize]).collect()
    } else {
        let pca = run.quietly(|run| Pca::fit(x, 2, run))?;
        explained = Some(pca.ratio.iter().take(2).sum());
        let along = pca.transform(rows_of(x, &shown).view())?;
        let place =
            |row: ndarray::ArrayView1<'_, f64>| [0, 1].map(|j| row.get(j).copied().unwrap_or(0.0));
        along.rows().into_iter().map(place).collect()
    };
    Ok(Some(SegmentMap {
        names: it.names.clone(),
        x: places.iter().map(|p| p[0]).collect(),
        y: places.iter().map(|p| p[1]).collect(),
        segment: shown.iter().map(|r| it.labels[*r as usize]).collect(),
        explained,
        n_rows: it.n_rows() as u64,
    }))
}

fn ids(table: &Table, id: Option<&str>) -> Result<Vec<Option<String>>> {
    let named = match id {
        Some(id) => Some((table.schema().field(id)?, table.column(id)?)),
        None => None,
    };
    let cell = |i: usize| match named {
        Some((field, column)) => cell_text(field, column, i),
        None => Some((i + 1).to_string()),
    };
    Ok((0..table.n_rows()).map(cell).collect())
}

/// The table `segment_counts`.
fn counts(choice: &Choice) -> ReportTable {
    let of = |value: fn(&MeasuredCount) -> f64| -> Vec<f64> {
        measured(choice).iter().map(value).collect()
    };
    let picks = |k: usize| {
        let p = &choice.picks;
        let all = [
            ("silhouette", p.silhouette),
            ("gap", p.gap),
            ("bic", p.bic),
            ("stability", p.stability),
        ];
        let mine = all.iter().filter(|(_, pick)| *pick == k);
        mine.map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
    };
    let sd = choice.table.iter().map(|m| m.stability_deviation);
    ReportTable::default()
        .number("k", of(|m| m.k as f64))
        .number("silhouette", of(|m| m.silhouette))
        .number("gap", of(|m| m.gap))
        .number("bic", of(|m| m.bic))
        .number("stability", of(|m| m.stability))
        .number("stability_sd", sd.collect())
        .number("inertia", choice.table.iter().map(|m| m.inertia).collect())
        .text(
            "picked_by",
            choice.table.iter().map(|m| picks(m.k)).collect(),
        )
}

fn measured(choice: &Choice) -> Vec<MeasuredCount> {
    let of = |m: &crate::evaluate::clusters::choose::Measured| MeasuredCount {
        k: m.k as u32,
        silhouette: m.silhouette,
        gap: m.gap,
        bic: m.bic,
        stability: m.stability,
    };
    choice.table.iter().map(of).collect()
}

fn segments(job: &Job<'_>, run: &mut Run<'_>) -> Result<Outcome> {
    let options = Options::parse(job.params)?;
    for (_, column) in &job.roles.0 {
        job.table.schema().position(column)?;
    }
    let data = Data::of(job, &options, run)?;
    let n_rows = data.design.x.nrows();
    let needed = options.k.map_or(3, |k| k.max(3)) as u64;
    if (n_rows as u64) < needed {
        return Err(Error::TooFewRows {
            needed,
            found: n_rows as u64,
        });
    }
    run.demand(
        n_rows as u64,
        16 * data.design.x.ncols() as u64 + 64,
        64 << 20,
    )?;
    let choice = counted(&data, &options, run)?;
    let k = options.k.or(choice.as_ref().map(|c| c.k)).unwrap_or(2);
    run.step(Stage::Fitting, 0, 1)?;
    let scored = match options.method {
        Method::Rfm => Some(rfm::scored(job, &options)?),
        _ => None,
    };
    let (found, names) = match scored.as_ref() {
        Some(it) => (None, Some(it.names.as_slice())),
        None => (
            Some(run.within(|run| methods::find(&data, &options, k, run))?),
            None,
        ),
    };
    let found_in = found.as_ref().or(scored.as_ref().map(|s| &s.found));
    let found_in = found_in.ok_or(Error::Protocol)?;
    let (it, place) = ordered(found_in, names);
    run.step(Stage::Explaining, 0, 3)?;

    let n_segments = it.names.len() - usize::from(it.has_rest);
    let mut metrics = vec![
        metric("k", n_segments as f64, Unit::Count),
        metric("silhouette", judged(&data, &it, run)?, Unit::None),
        metric("inertia", inertia(&data, &it), Unit::None),
        metric("n_rows", n_rows as f64, Unit::Count),
    ];
    if let Some(bic) = found_in.bic {
        metrics.push(metric("bic", bic, Unit::None));
    }
    if it.has_rest {
        let n = it.sizes.last().copied().unwrap_or(0);
        metrics.push(metric("n_unassigned", n as f64, Unit::Count));
    }
    metrics.retain(|m| m.value.is_finite());
    run.step(Stage::Explaining, 1, 3)?;

    let apart = describe::apart(&data.table, &it)?;
    let money = describe::money(job, &it)?;
    let target = describe::target(job, &it)?;
    let traits: Vec<_> = (0..it.names.len()).map(|s| apart.traits(s)).collect();
    let text = |list: &[String]| list.to_vec();
    let mut overview = ReportTable::default()
        .text("segment", text(&it.names))
        .number("n", it.sizes.iter().map(|n| *n as f64).collect())
        .number("share", (0..it.names.len()).map(|s| it.share(s)).collect());
    let value_share = money.as_ref().and_then(|m| m.share.clone());
    if let Some(share) = &value_share {
        overview = overview.number("value_share", share.clone());
    }
    if let Some(money) = &money {
        overview = overview.number("value_mean", money.mean.clone());
    }
    if let Some(target) = target {
        overview = overview.number("target_mean", target);
    }
    let signs = traits.iter().map(|t| describe::signs(t)).collect();
    overview = overview.text("description", signs);
    let of = |l: &u32| it.names[*l as usize].clone();
    let mut assignments = ReportTable::default()
        .optional_text("id", ids(job.table, job.roles.get(Role::Id))?)
        .text("segment", it.labels.iter().map(of).collect());
    if let Some(scored) = &scored {
        assignments = scored.beside(assignments);
    }
    let mut tables = vec![("segments".to_owned(), overview)];
    if let Some(choice) = &choice {
        tables.push(("segment_counts".to_owned(), counts(choice)));
    }
    tables.push(("segment_traits".to_owned(), apart.table(&it.names)));
    let rules = describe::rule_table(&data.table, &it, options.rule_depth, run)?;
    tables.extend(rules.map(|t| ("segment_rules".to_owned(), t)));
    tables.push(("assignments".to_owned(), assignments));
    run.step(Stage::Explaining, 2, 3)?;

    let mut figures: Vec<(String, Figure)> = Vec::new();
    if let Some(map) = map(&data, &it, &options, run)? {
        figures.push(("segment_map".to_owned(), map.into()));
    }
    if let Some(choice) = &choice {
        let counts = SegmentCounts {
            rows: measured(choice),
            chosen: k as u32,
        };
        figures.push(("segment_counts".to_owned(), counts.into()));
    }
    let [n_numbers, n_categories] = data.kinds();
    let mut sentences = vec![Sentence::SegmentsFound {
        n_segments: n_segments as u64,
        n_rows: n_rows as u64,
        method: options.method.id().to_owned(),
        by_measures: options.k.is_none() && options.method.takes_k(),
    }];
    for (s, traits) in traits.iter().enumerate().take(n_segments.min(MOST_SAID)) {
        sentences.push(Sentence::SegmentIs {
            segment: it.names[s].clone(),
            n: it.sizes[s],
            share: it.share(s),
            value_share: value_share.as_ref().and_then(|v| v.get(s).copied()),
            traits: traits.clone(),
        });
    }
    if choice.as_ref().is_some_and(|c| c.picks.gap == 1) {
        sentences.push(Sentence::SegmentsOfOneCloud);
    }
    if n_categories > 0 && options.method != Method::Rfm {
        sentences.push(Sentence::MixedColumns {
            n_numbers,
            n_categories,
            gower: options.method == Method::KMedoids,
        });
    }
    run.step(Stage::Explaining, 3, 3)?;
    let artifact = artifact(job, &data, found, &it, &place, &metrics, &options, k, run)?;
    Ok(Outcome {
        report: Report {
            analysis: ID.to_owned(),
            metrics,
            figures,
            tables,
            sentences,
            ..Report::default()
        },
        artifact,
    })
}

/// The model file, where new customers can be put into the segments.
#[allow(clippy::too_many_arguments)]
fn artifact(
    job: &Job<'_>,
    data: &Data,
    found: Option<Found>,
    it: &Segments,
    place: &[u32],
    metrics: &[Metric],
    options: &Options,
    k: usize,
    run: &Run<'_>,
) -> Result<Option<Artifact>> {
    let Some(model) = found.and_then(|f| f.model) else {
        return Ok(None);
    };
    let model = model.fitted().save()?;
    let name = |p: &u32| it.names.get(*p as usize).cloned();
    let classes = place.iter().map(|p| name(p).unwrap_or_default()).collect();
    Ok(Some(Artifact {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        analysis: ID.to_owned(),
        learner: model.kind.clone(),
        learner_params: Params::default()
            .with("method", options.method.id())
            .with("k", k as i64),
        dataset: job.dataset.to_owned(),
        n_rows: data.design.x.nrows() as u64,
        seed: run.seed(),
        id: job.roles.get(Role::Id).map(str::to_owned),
        target: String::new(),
        classes,
        threshold: 0.5,
        metrics: metrics.iter().map(|m| (m.key.clone(), m.value)).collect(),
        recipe: data.recipe.clone(),
        pipeline: data.pipeline.save()?,
        model,
        calibration: Calibration::None,
        extras: Vec::new(),
    }))
}
