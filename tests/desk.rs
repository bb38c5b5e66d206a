//! Books of customers through the engine's state: a morning's work, restarts, odd questions, windows against a plain rule.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used)]
mod common;
#[path = "common/engine.rs"]
mod engine;

use engine::{ask, churn, demo, load, numbers, predict, texts};
use kept::{
    base::{Cell, Error, Params, Result, Role, Roles, Value, block_on},
    engine::{Beside, State},
    protocol::{
        Appended, DatasetId, Desk, DeskAnswer, ModelId, Output, Request, decode,
        desk::{
            Ask, BookCard, CustomerPage, Filter, HealthCard, Key, LEAST_SHARE, Mark, Op, Overview,
            Query, Scope, Terms, Turn, Window,
        },
    },
    report::{Report, Sentence, Why, WhyOf},
    table::read::Bytes,
    ui::i18n::{Lang, phrases, sentence},
};

/// The page's side of a book.
struct Page {
    state: State,
    terms: Terms,
    revision: u64,
    marks: Vec<Mark>,
}

fn costs(pairs: &[(&str, Value)]) -> Params {
    let pair = |(n, v): &(&str, Value)| ((*n).to_owned(), v.clone());
    Params(pairs.iter().map(pair).collect())
}

impl Page {
    fn new(state: State) -> Self {
        Self {
            state,
            terms: Terms::default(),
            revision: 0,
            marks: Vec::new(),
        }
    }

    fn raw(&mut self, ask_: Ask) -> Result<(DeskAnswer, Option<Vec<u8>>)> {
        let desk = Desk {
            model: ModelId(1),
            dataset: Some(DatasetId(1)),
            terms: self.terms.clone(),
            revision: self.revision,
            ask: ask_,
        };
        let answer = ask(&mut self.state, Request::Desk(Box::new(desk)))?;
        match answer.output {
            Output::Desk(bytes) => Ok((decode(&bytes)?, answer.bytes)),
            other => panic!("{other:?}"),
        }
    }

    /// Sends the marks when the engine has others.
    fn ask(&mut self, ask: Ask) -> Result<(DeskAnswer, Option<Vec<u8>>)> {
        match self.raw(ask.clone())? {
            (DeskAnswer::Behind { .. }, _) => {
                let marks = self.marks.clone();
                self.raw(Ask::Mark { marks, all: true })?;
                self.raw(ask)
            }
            answer => Ok(answer),
        }
    }

    fn card(&mut self) -> BookCard {
        match self.ask(Ask::Open).unwrap().0 {
            DeskAnswer::Book(card) => card,
            other => panic!("{other:?}"),
        }
    }

    fn rows(&mut self, query: &Query, offset: u64, n: u32) -> Result<Window> {
        let ask = Ask::Rows {
            query: query.clone(),
            offset,
            n,
            n_reasons: 0,
        };
        match self.ask(ask)?.0 {
            DeskAnswer::Rows(window) => Ok(window),
            other => panic!("{other:?}"),
        }
    }

    fn health(&mut self) -> Option<HealthCard> {
        match self.ask(Ask::Health).unwrap().0 {
            DeskAnswer::Health(card) => card,
            other => panic!("{other:?}"),
        }
    }

    fn overview(&mut self) -> Overview {
        match self.ask(Ask::Overview).unwrap().0 {
            DeskAnswer::Overview(it) => it,
            other => panic!("{other:?}"),
        }
    }

    fn customer(&mut self, row: u64) -> CustomerPage {
        let ask = Ask::Customer {
            row,
            n_similar: 0,
            actionable: Vec::new(),
        };
        match self.ask(ask).unwrap().0 {
            DeskAnswer::Customer(it) => *it,
            other => panic!("{other:?}"),
        }
    }

    /// The list as a file, by line and cell.
    fn customer_turn(&mut self, row: u64, actionable: &[&str]) -> Turn {
        let ask = Ask::Customer {
            row,
            n_similar: 0,
            actionable: actionable.iter().map(|a| (*a).to_owned()).collect(),
        };
        match self.ask(ask).unwrap().0 {
            DeskAnswer::Customer(it) => it.turn.unwrap(),
            other => panic!("{other:?}"),
        }
    }

    fn csv(&mut self, query: &Query) -> Vec<Vec<String>> {
        let ask = Ask::Export {
            query: query.clone(),
            n_reasons: 0,
            phrases: None,
        };
        let text = String::from_utf8(self.ask(ask).unwrap().1.unwrap()).unwrap();
        let text = text.trim_start_matches('\u{feff}').trim_end();
        let cells = |line: &str| line.split(',').map(str::to_owned).collect();
        text.split("\r\n").map(cells).collect()
    }

    fn mark(&mut self, changed: Vec<Mark>) -> (u64, u64) {
        self.revision += 1;
        for mark in &changed {
            self.marks.retain(|m| m.id != mark.id);
            self.marks.push(mark.clone());
        }
        let ask = Ask::Mark {
            marks: changed,
            all: false,
        };
        match self.raw(ask).unwrap().0 {
            DeskAnswer::Marked {
                n_marked,
                n_unknown,
            } => (n_marked, n_unknown),
            other => panic!("{other:?}"),
        }
    }

    fn append(&mut self, text: &str, optional: &[&str]) -> Result<(u64, Appended)> {
        let request = Request::Append {
            dataset: DatasetId(1),
            id: self.card().id,
            optional: optional.iter().map(|o| (*o).to_owned()).collect(),
            book: None,
        };
        let beside = Beside {
            source: Some(Box::new(Bytes(text.as_bytes().to_vec()))),
            bytes: None,
        };
        let ear = engine::Ear::default();
        let answer = self.state.handle(request, beside, &ear);
        match block_on(answer)?.output {
            Output::Appended { profile, appended } => Ok((profile.n_rows, appended)),
            other => panic!("{other:?}"),
        }
    }
}

fn quick() -> Params {
    Params::default()
        .with("learners", vec![Value::Text("logistic".into())])
        .with("cv", 3_i64)
        .with("n_repeats", 1_i64)
}

/// A run, with weights of the health score by hand where some are named.
fn run(
    bytes: &[u8],
    roles: &[(Role, &str)],
    weights: &[(String, f64)],
) -> (State, Report, Vec<u8>) {
    let mut state = State::default();
    load(&mut state, 1, bytes.to_vec()).unwrap();
    let roles = roles.iter().map(|(r, c)| (*r, (*c).to_owned())).collect();
    let mut params = quick();
    if !weights.is_empty() {
        let weight = |(part, w): &(String, f64)| (part.clone(), Value::Float(*w));
        let weights = Value::Map(weights.iter().map(weight).collect());
        let health = [("weights".to_owned(), weights)].into_iter().collect();
        params.0.insert("health".to_owned(), Value::Map(health));
    }
    let request = Request::Run {
        analysis: "churn".into(),
        dataset: DatasetId(1),
        roles: Roles(roles),
        params,
        recipe: None,
        model: ModelId(1),
    };
    let answer = ask(&mut state, request).unwrap();
    match answer.output {
        Output::Report(report) => (state, report, answer.bytes.unwrap()),
        other => panic!("{other:?}"),
    }
}

fn telco() -> (Vec<u8>, State, Vec<u8>) {
    let bytes = std::fs::read(common::data("telco_churn.csv")).unwrap();
    let mut state = State::default();
    load(&mut state, 1, bytes.clone()).unwrap();
    let roles = Roles(vec![
        (Role::Id, "customerID".into()),
        (Role::Target, "Churn".into()),
    ]);
    let request = Request::Run {
        analysis: "churn".into(),
        dataset: DatasetId(1),
        roles,
        params: quick(),
        recipe: None,
        model: ModelId(1),
    };
    let model = ask(&mut state, request).unwrap().bytes.unwrap();
    (bytes, state, model)
}

#[test]
fn of_any_other_outcome_both_sides_can_be_reached() {
    let bytes = std::fs::read(common::data("telco_churn.csv")).unwrap();
    let mut state = State::default();
    load(&mut state, 1, bytes).unwrap();
    let roles = Roles(vec![
        (Role::Id, "customerID".into()),
        (Role::Target, "PaperlessBilling".into()),
    ]);
    let request = Request::Run {
        analysis: "behaviour".into(),
        dataset: DatasetId(1),
        roles,
        params: quick(),
        recipe: None,
        model: ModelId(1),
    };
    ask(&mut state, request).unwrap();
    let mut page = Page::new(state);
    let over = page.card().over.n;
    for (at, likely) in [(over - 1, true), (over, false)] {
        let row = page.rows(&Query::default(), at, 1).unwrap().rows[0].clone();
        let turn = page.customer_turn(row.row, &["InternetService", "PaymentMethod", "Contract"]);
        assert_eq!(row.probability >= turn.limit, likely);
        assert!(!turn.is_met && !turn.found.is_empty(), "{at}");
        for it in &turn.found {
            assert_eq!(it.prediction < turn.limit, likely);
        }
    }
}

fn filter(key: Key, op: Op) -> Filter {
    Filter { key, op }
}

fn column(name: &str) -> Key {
    Key::Column(name.into())
}

fn one_of(levels: &[&str]) -> Op {
    Op::OneOf(levels.iter().map(|l| (*l).to_owned()).collect())
}

fn restarted(bytes: &[u8], model: &[u8]) -> State {
    let mut state = State::default();
    load(&mut state, 1, bytes.to_vec()).unwrap();
    let beside = Beside {
        source: None,
        bytes: Some(model.to_vec()),
    };
    let request = Request::LoadModel { model: ModelId(1) };
    block_on(state.handle(request, beside, &engine::Ear::default())).unwrap();
    state
}

#[test]
fn a_morning_with_the_list() {
    let (bytes, state, model) = telco();
    let mut page = Page::new(state);
    page.terms.costs = costs(&[
        ("contact", Value::Int(10)),
        ("success", Value::Float(0.3)),
        ("value", Value::Text("MonthlyCharges".into())),
        ("capacity", Value::Int(500)),
    ]);
    // Of 7,043 customers 1,869 have left.
    let card = page.card();
    assert_eq!((card.n_rows, card.n_customers), (7043, 7043));
    assert_eq!(card.listed.n, 5174);
    assert_eq!(card.class.as_deref(), Some("Yes"));
    assert_eq!(card.id.as_deref(), Some("customerID"));
    assert!(card.over.n > 300 && card.over.n < 2000, "{}", card.over.n);
    let contract = card.columns.iter().find(|c| c.name == "Contract").unwrap();
    assert!(contract.groups && contract.is_used && contract.levels.len() == 3);

    // Money at risk is what predict says, times what the file says.
    let scores = predict(&mut page.state, 1).unwrap();
    let (ids, p) = (
        texts(&scores, "predictions", "id"),
        numbers(&scores, "predictions", "probability"),
    );
    let window = page.rows(&Query::default(), 0, 50).unwrap();
    assert_eq!(window.matching.n, 5174);
    assert_eq!(window.rows.len(), 50);
    for row in &window.rows {
        let at = ids.iter().position(|id| *id == row.id).unwrap();
        assert_eq!(row.row, at as u64 + 1);
        assert_eq!(row.probability, p[at]);
        let value = row.value.unwrap();
        assert_eq!(row.at_risk, p[at] * value);
        assert!((row.gain - (0.3 * p[at] * value - 10.0)).abs() < 1e-9);
    }
    assert!(window.rows.windows(2).all(|w| w[0].gain >= w[1].gain));

    // Filter, search, group.
    let monthly = Query {
        filters: vec![
            filter(column("Contract"), one_of(&["Month-to-month"])),
            filter(
                column("tenure"),
                Op::Range {
                    min: Some(12.0),
                    max: None,
                },
            ),
            filter(Key::OverThreshold, one_of(&["true"])),
        ],
        group: Some(column("PaymentMethod")),
        ..Query::default()
    };
    let found = page.rows(&monthly, 0, 1000).unwrap();
    assert!(found.matching.n > 20 && found.matching.n < 1000);
    assert_eq!(found.groups.len(), 4);
    assert_eq!(
        found.groups.iter().map(|g| g.counts.n).sum::<u64>(),
        found.matching.n
    );
    let first = found.groups[0].counts.n as usize;
    let head = &found.rows[..first];
    assert!(head.windows(2).all(|w| w[0].gain >= w[1].gain));
    let named = Query {
        search: " 7590-vhv".into(),
        ..Query::default()
    };
    let one = page.rows(&named, 0, 10).unwrap();
    assert_eq!(one.rows[0].id, "7590-VHVEG");
    assert_eq!(one.matching.n, 1);

    // Somebody looks after the first three.
    let marks: Vec<Mark> = window.rows[..3]
        .iter()
        .map(|r| Mark {
            id: r.id.clone(),
            owner: "Ana".into(),
            note: "call on Monday".into(),
            done: r.id == window.rows[0].id,
            ..Mark::default()
        })
        .collect();
    assert_eq!(page.mark(marks), (3, 0));
    let hers = Query {
        filters: vec![
            filter(Key::Owner, one_of(&["Ana"])),
            filter(Key::Done, one_of(&["false"])),
        ],
        ..Query::default()
    };
    let todo = page.rows(&hers, 0, 10).unwrap();
    assert_eq!(
        todo.rows.iter().map(|r| &r.id).collect::<Vec<_>>(),
        [&window.rows[1].id, &window.rows[2].id]
    );

    // A fifth of the first 500 are left alone.
    let draw = Ask::HoldOut {
        query: Query::default(),
        n: Some(500),
        share: 0.2,
        seed: 7,
    };
    let DeskAnswer::Drawn {
        marks,
        n_held_out,
        n_rows,
    } = page.ask(draw.clone()).unwrap().0
    else {
        panic!()
    };
    assert_eq!((marks.len(), n_held_out, n_rows), (500, 100, 7043));
    assert_eq!(marks.iter().filter(|m| m.owner == "Ana").count(), 3);
    assert!(matches!(
        page.ask(draw).unwrap().0,
        DeskAnswer::Drawn { marks: again, .. } if again == marks
    ));
    // Both halves have about the same risk, for they were drawn side by side.
    let rows = page.rows(&Query::default(), 0, 500).unwrap().rows;
    let risk = |held_out: bool| {
        let of: Vec<f64> = rows
            .iter()
            .filter(|r| {
                let mark = marks.iter().find(|m| m.id == r.id).unwrap();
                mark.held_out == Some(held_out)
            })
            .map(|r| r.probability)
            .collect();
        of.iter().sum::<f64>() / of.len() as f64
    };
    assert!((risk(true) - risk(false)).abs() < 0.01);
    page.mark(marks.clone());
    let treated = Query {
        filters: vec![filter(Key::Arm, one_of(&["treated"]))],
        ..Query::default()
    };
    assert_eq!(page.rows(&treated, 0, 1).unwrap().matching.n, 400);

    // Later: of those left alone 40 have left, of the others 100.
    let (mut alone, mut others) = (0, 0);
    let later: Vec<Mark> = marks
        .into_iter()
        .map(|m| {
            let n = if m.held_out == Some(true) {
                alone += 1;
                alone <= 40
            } else {
                others += 1;
                others <= 100
            };
            Mark {
                outcome: Some(n),
                ..m
            }
        })
        .collect();
    page.mark(later);
    let DeskAnswer::Effect(effect) = page.ask(Ask::Effect { since_row: 7043 }).unwrap().0 else {
        panic!()
    };
    assert_eq!(effect.held_out.n_happened, 40);
    assert_eq!(effect.treated.n_known, 400);
    let (d, low, high) = effect.difference.unwrap();
    assert!(
        (d - 0.15).abs() < 1e-12 && low > 0.03 && high < 0.27,
        "{low} {high}"
    );
    assert!((effect.kept.unwrap().0 - 60.0).abs() < 1e-9);

    // The engine is gone; the page has the file, the model, its marks.
    let kept = page.rows(&monthly, 3, 20).unwrap();
    page.state = restarted(&bytes, &model);
    assert_eq!(page.rows(&monthly, 3, 20).unwrap(), kept);
    let DeskAnswer::Overview(overview) = page.ask(Ask::Overview).unwrap().0 else {
        panic!()
    };
    assert_eq!(overview.risk.iter().map(|b| b.counts.n).sum::<u64>(), 5174);
    for band in overview.risk.clone() {
        let listed = page.rows(&band.query, 0, 0).unwrap();
        assert_eq!(listed.matching, band.counts);
    }
    // Causes: every customer explained has one, the most money first, each with its list.
    assert!(overview.causes.len() > 2);
    let n: u64 = overview.causes.iter().map(|c| c.counts.n).sum();
    assert_eq!(n, overview.explained.n);
    assert_eq!(n, overview.over.n.min(2000));
    let money: Vec<f64> = overview.causes.iter().map(|c| c.counts.at_risk).collect();
    assert!(money.windows(2).all(|w| w[0] >= w[1]));
    for cause in &overview.causes {
        let ask = Ask::Rows {
            query: cause.query.clone(),
            offset: 0,
            n: 5,
            n_reasons: 2,
        };
        let DeskAnswer::Rows(listed) = page.ask(ask).unwrap().0 else {
            panic!()
        };
        assert_eq!(listed.matching, cause.counts);
        for row in &listed.rows {
            assert_eq!(row.reasons[0].column, cause.column);
            assert!(row.reasons.len() <= 2 && row.action.is_some());
            assert!(row.reasons.windows(2).all(|w| w[0].points >= w[1].points));
        }
    }
    let (mean, low, high) = overview.expected;
    let sum: f64 = page
        .rows(&Query::default(), 0, 1000)
        .unwrap()
        .rows
        .iter()
        .map(|r| r.probability)
        .sum();
    assert!(mean > sum && low < mean && mean < high && high - low < 400.0);
    assert_eq!(overview.worth_it.n, 500);

    // The list as a file: in its order, marks included.
    let (answer, csv) = page
        .ask(Ask::Export {
            query: monthly.clone(),
            n_reasons: 0,
            phrases: None,
        })
        .unwrap();
    let csv = String::from_utf8(csv.unwrap()).unwrap();
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(
        answer,
        DeskAnswer::Exported {
            n: found.matching.n
        }
    );
    assert_eq!(lines.len() as u64, found.matching.n + 1);
    assert!(lines[0].contains("id,row,probability,value,at_risk,expected_gain"));
    for (line, row) in lines[1..].iter().zip(&found.rows) {
        assert!(line.starts_with(&format!("{},{},", row.id, row.row)));
    }
}

/// The file says of a customer what the page says, whatever the language.
#[test]
fn a_list_as_a_file_says_why_in_the_words_of_the_page() {
    let (_, state, _) = telco();
    let mut page = Page::new(state);
    let rows = page.rows(&Query::default(), 0, 40).unwrap().rows;
    for lang in [Lang::En, Lang::Zh] {
        let ask = Ask::Export {
            query: Query::default(),
            n_reasons: 1,
            phrases: Some(Box::new(phrases(lang, &WhyOf::Leaving))),
        };
        let text = String::from_utf8(page.ask(ask).unwrap().1.unwrap()).unwrap();
        let mut lines = text.trim_start_matches('\u{feff}').split("\r\n");
        assert!(lines.next().unwrap().contains(",reason_1,why,action,"));
        for (line, row) in lines.zip(&rows) {
            let ask = Ask::Customer {
                row: row.row,
                n_similar: 0,
                actionable: vec![],
            };
            let DeskAnswer::Customer(it) = page.ask(ask).unwrap().0 else {
                panic!()
            };
            let why = it.explanation.unwrap();
            let prediction = it.customer.probability;
            let cell = |text: &Option<String>| text.as_deref().map_or(Cell::Missing, Cell::from);
            let told = why.told(prediction, LEAST_SHARE).into_iter().map(|w| Why {
                column: w.column.clone(),
                value: cell(&w.value),
                typical: (w.typical != w.value).then(|| cell(&w.typical)),
                points: w.points,
            });
            let said = sentence(
                lang,
                &Sentence::WhyScore {
                    of: WhyOf::Leaving,
                    prediction,
                    base: why.base,
                    reasons: told.collect(),
                },
            );
            assert!(line.contains(&said), "{line}\n{said}");
        }
    }
}

#[test]
fn a_customer_in_full_and_what_would_change() {
    let (_, state, _) = telco();
    let mut page = Page::new(state);
    let top = page.rows(&Query::default(), 0, 1).unwrap().rows[0].clone();
    let ask = Ask::Customer {
        row: top.row,
        n_similar: 10,
        actionable: vec![],
    };
    let DeskAnswer::Customer(it) = page.ask(ask).unwrap().0 else {
        panic!()
    };
    assert_eq!(it.customer.id, top.id);
    assert!(!it.customer.reasons.is_empty());
    let why = it.explanation.as_ref().unwrap();
    let sum: f64 = why.reasons.iter().map(|w| w.points).sum();
    assert!((why.base + sum - top.probability).abs() < 1e-9);
    assert!(
        why.reasons
            .iter()
            .any(|w| w.column == "Contract" && w.points > 0.0)
    );
    assert!(it.is_listed && it.percentile > 0.99);
    assert_eq!(it.fields.len(), 21);
    assert_eq!(it.outcome.as_deref(), Some("No"));
    let tenure = it.fields.iter().find(|f| f.name == "tenure").unwrap();
    assert_eq!(tenure.typical.as_deref(), Some("29"));
    assert!(tenure.share.unwrap() < 0.1, "the riskiest are new");
    assert_eq!((it.similar.len(), it.n_searched), (10, 7042));
    assert_eq!(it.similar_outcomes.1, 10);
    assert!(it.similar_outcomes.0 >= 4, "like customers leave alike");
    assert!(
        it.similar
            .windows(2)
            .all(|w| w[0].distance <= w[1].distance)
    );
    assert_eq!(it.history.len(), 1);

    let mut what_if = |row, record: &[(&str, Option<&str>)]| {
        let record = record
            .iter()
            .map(|(n, v)| ((*n).to_owned(), v.map(str::to_owned)))
            .collect();
        let ask = Ask::WhatIf {
            row,
            record,
            actionable: vec![],
        };
        match page.ask(ask) {
            Ok((DeskAnswer::WhatIf(it), _)) => Ok(it),
            Ok(other) => panic!("{other:?}"),
            Err(e) => Err(e),
        }
    };
    let same = what_if(Some(top.row), &[]).unwrap();
    assert_eq!(same.prediction, top.probability);
    assert_eq!(same.before, Some(top.probability));
    let long = what_if(
        Some(top.row),
        &[("Contract", Some("Two year")), ("tenure", Some("60"))],
    )
    .unwrap();
    assert!(long.prediction < top.probability / 2.0);
    let why = long.explanation.as_ref().unwrap();
    let sum: f64 = why.reasons.iter().map(|w| w.points).sum();
    assert!((why.base + sum - long.prediction).abs() < 1e-9);
    assert_eq!(long.changes.len(), 2);
    assert_eq!(long.changes[0].to.as_deref(), Some("60"));
    let control = long.controls.iter().find(|c| c.column == "tenure").unwrap();
    assert_eq!(
        (control.range, control.number),
        (Some((0.0, 72.0)), Some(60.0))
    );
    // All cells named by hand make the same customer.
    let typed: Vec<(&str, Option<&str>)> = it
        .fields
        .iter()
        .map(|f| (f.name.as_str(), f.text.as_deref()))
        .collect();
    assert!((what_if(None, &typed).unwrap().prediction - top.probability).abs() < 1e-12);
    for (record, code, name) in [
        (("tenure", Some("long")), "cell", "tenure"),
        (("Tenure", Some("3")), "unknown", "Tenure"),
    ] {
        let error = what_if(None, &[record]).unwrap_err();
        assert_eq!(error.code(), code);
        assert!(error.to_string().contains(name));
    }
}

#[test]
fn rows_come_in_and_the_state_can_be_made_again() {
    let (bytes, _, model) = telco();
    let text = String::from_utf8(bytes.clone()).unwrap();
    let header = text.lines().next().unwrap();
    let lines: Vec<&str> = text.lines().skip(1).collect();
    let fresh = || {
        let mut page = Page::new(restarted(&bytes, &model));
        page.terms.costs = costs(&[("value", Value::Text("MonthlyCharges".into()))]);
        page
    };
    let mut page = fresh();
    let before = page.card();
    // A calm customer is now as the riskiest one is; so is an unknown one. Neither says whether they leave.
    let names: Vec<&str> = header.split(',').collect();
    let at = |n: &str| names.iter().position(|c| *c == n).unwrap();
    let calm = Query {
        filters: vec![filter(column("Contract"), one_of(&["Two year"]))],
        descending: false,
        sort: Key::Probability,
        ..Query::default()
    };
    let calm = page.rows(&calm, 0, 1).unwrap().rows[0].clone();
    let risky = Query {
        sort: Key::Probability,
        ..Query::default()
    };
    let risky = page.rows(&risky, 0, 1).unwrap().rows[0].clone();
    let mut cells: Vec<&str> = lines[risky.row as usize - 1].split(',').collect();
    cells[at("Churn")] = "";
    cells[0] = &calm.id;
    let worse = cells.join(",");
    cells[0] = "NEW-1";
    let newcomer = cells.join(",");
    let first = format!("{header}\n{worse}\n{newcomer}\n");
    let (n_rows, added) = page.append(&first, &[]).unwrap();
    assert_eq!((n_rows, added.n_rows), (7045, 2));
    assert_eq!((added.n_new, added.n_updated), (1, 1));
    assert_eq!(added.n_crossed, 2);
    let crossed = added.crossed.iter().find(|c| c.id == calm.id).unwrap();
    assert_eq!(crossed.before, Some(calm.probability));
    assert!(crossed.after > 0.5 && crossed.row == 7044);
    let newcomer = added.crossed.iter().find(|c| c.id == "NEW-1").unwrap();
    assert_eq!((newcomer.before, newcomer.row), (None, 7045));
    let card = page.card();
    assert_eq!(card.n_customers, before.n_customers + 1);
    assert_eq!(card.listed.n, before.listed.n + 1);
    assert!(card.has_history);
    let trend = Query {
        sort: Key::Trend,
        ..Query::default()
    };
    let up = page.rows(&trend, 0, 2).unwrap().rows;
    assert_eq!(up[0].id, calm.id);
    assert_eq!(up[0].before, Some(calm.probability));
    assert_eq!(up[1].before, None);
    let ask = Ask::Customer {
        row: 7044,
        n_similar: 0,
        actionable: vec![],
    };
    let DeskAnswer::Customer(it) = page.ask(ask).unwrap().0 else {
        panic!()
    };
    assert_eq!(it.history.len(), 2);
    let changed: Vec<&str> = it.history[1].changes.iter().map(|c| c.0.as_str()).collect();
    assert!(changed.contains(&"Contract") && changed.contains(&"tenure"));

    // Other columns, other order, the target absent and allowed to be.
    let second = "tenure,customerID,extra\n3,NEW-2,x\n";
    let refused = page.append(second, &["Churn"]).unwrap_err();
    assert_eq!(refused.code(), "missing_column");
    assert_eq!(page.card(), card, "nothing has changed");
    let third: String = std::iter::once(header)
        .chain(lines[..300].iter().copied())
        .map(|l| l.rsplit_once(',').unwrap().0.to_owned() + "\n")
        .collect();
    // The open book's target may be absent without being named.
    let (n_rows, added) = page.append(&third, &[]).unwrap();
    assert_eq!((n_rows, added.n_new, added.n_updated), (7345, 0, 300));
    // Who had left is back on the list, for the newest row does not say so.
    assert!(page.card().listed.n > card.listed.n);

    // From the file and what came in, in order, everything is as it was: with the book opened first, or last.
    let query = Query {
        group: Some(column("Contract")),
        ..Query::default()
    };
    let kept = (page.card(), page.rows(&query, 0, 1000).unwrap());
    let mut early = fresh();
    early.card();
    for (rows, optional) in [(&first, vec![]), (&third, vec!["Churn"])] {
        early.append(rows, &optional).unwrap();
    }
    assert_eq!((early.card(), early.rows(&query, 0, 1000).unwrap()), kept);
    let mut late = fresh();
    late.terms.scope = Scope::Everybody;
    for (rows, optional) in [(&first, vec![]), (&third, vec!["Churn"])] {
        late.append(rows, &optional).unwrap();
    }
    let terms = early.terms.clone();
    late.state = {
        let mut state = late.state;
        // Another model id: its book is opened from scratch on the grown data.
        let beside = Beside {
            source: None,
            bytes: Some(model.clone()),
        };
        let request = Request::LoadModel { model: ModelId(1) };
        block_on(state.handle(request, beside, &engine::Ear::default())).unwrap();
        state
    };
    late.terms = terms;
    assert_eq!((late.card(), late.rows(&query, 0, 1000).unwrap()), kept);
}

#[test]
fn rows_that_come_in_before_anybody_looked_tell_who_crossed() {
    let (bytes, _, model) = telco();
    let text = String::from_utf8(bytes.clone()).unwrap();
    let header = text.lines().next().unwrap();
    // Somebody of the file who is likely to leave, as a newcomer.
    let mut page = Page::new(restarted(&bytes, &model));
    let risky = Query {
        sort: Key::Probability,
        ..Query::default()
    };
    let risky = page.rows(&risky, 0, 1).unwrap().rows[0].clone();
    let line = text.lines().nth(risky.row as usize).unwrap();
    let (_, rest) = line.split_once(',').unwrap();
    let rows = format!("{header}\nNEW-1,{rest}\n");
    let crossed = |model_id: Option<u32>| {
        let request = Request::Append {
            dataset: DatasetId(1),
            id: Some("customerID".into()),
            optional: Vec::new(),
            book: model_id.map(|id| (ModelId(id), Box::default())),
        };
        let beside = Beside {
            source: Some(Box::new(Bytes(rows.as_bytes().to_vec()))),
            bytes: None,
        };
        let mut state = restarted(&bytes, &model);
        let answer = block_on(state.handle(request, beside, &engine::Ear::default()));
        match answer.unwrap().output {
            Output::Appended { appended, .. } => {
                assert_eq!((appended.n_rows, appended.n_new), (1, 1));
                appended
                    .crossed
                    .into_iter()
                    .map(|c| c.id)
                    .collect::<Vec<_>>()
            }
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(crossed(Some(1)), ["NEW-1"]);
    // Without a model nobody can cross; one that is gone is no error.
    assert!(crossed(None).is_empty());
    assert!(crossed(Some(9)).is_empty());
}

#[test]
fn odd_questions_are_refused_by_name() {
    let (_, state, _) = telco();
    let mut page = Page::new(state);
    let query = |filters: Vec<Filter>, sort: Key, group: Option<Key>| Query {
        filters,
        sort,
        group,
        ..Query::default()
    };
    let range = |min, max| Op::Range { min, max };
    for (asked, code) in [
        (
            query(vec![filter(column("none"), Op::Present)], Key::Gain, None),
            "missing_column",
        ),
        (
            query(
                vec![filter(column("Contract"), range(None, None))],
                Key::Gain,
                None,
            ),
            "column_kind",
        ),
        (
            query(
                vec![filter(column("MonthlyCharges"), one_of(&["1"]))],
                Key::Gain,
                None,
            ),
            "column_kind",
        ),
        (
            query(vec![filter(Key::Owner, range(None, None))], Key::Gain, None),
            "param",
        ),
        (
            query(
                vec![filter(Key::Gain, Op::Contains("1".into()))],
                Key::Gain,
                None,
            ),
            "param",
        ),
        (
            query(
                vec![filter(Key::Gain, range(Some(f64::NAN), None))],
                Key::Gain,
                None,
            ),
            "param",
        ),
        (query(vec![], column("none"), None), "missing_column"),
        (
            query(vec![], Key::Gain, Some(column("customerID"))),
            "param",
        ),
        (
            query(vec![], Key::Gain, Some(column("tenure"))),
            "column_kind",
        ),
        (query(vec![], Key::Gain, Some(Key::Probability)), "param"),
    ] {
        assert_eq!(
            page.rows(&asked, 0, 10).unwrap_err().code(),
            code,
            "{asked:?}"
        );
    }
    assert!(page.rows(&Query::default(), 0, 1001).is_err());
    let beyond = page.rows(&Query::default(), u64::MAX, 10).unwrap();
    assert!(beyond.rows.is_empty() && beyond.matching.n == 5174);
    for row in [0, 7044, u64::MAX] {
        let ask = Ask::Customer {
            row,
            n_similar: 1,
            actionable: vec![],
        };
        assert_eq!(page.ask(ask).unwrap_err().param(), Some("row"));
        let ask = Ask::WhatIf {
            row: Some(row),
            record: vec![],
            actionable: vec![],
        };
        assert_eq!(page.ask(ask).unwrap_err().param(), Some("row"));
    }
    for share in [0.0, 1.0, -1.0, f64::NAN] {
        let ask = Ask::HoldOut {
            query: Query::default(),
            n: None,
            share,
            seed: 1,
        };
        assert_eq!(page.ask(ask).unwrap_err().param(), Some("share"));
    }
    let nobody = Query {
        search: "no such customer".into(),
        ..Query::default()
    };
    let ask = Ask::HoldOut {
        query: nobody.clone(),
        n: None,
        share: 0.5,
        seed: 1,
    };
    assert_eq!(page.ask(ask).unwrap_err().code(), "too_few_rows");
    assert!(page.rows(&nobody, 0, 10).unwrap().rows.is_empty());
    // Marks of people who are not there are kept for when they come.
    let mark = |id: &str| Mark {
        id: id.into(),
        owner: "Ana".into(),
        ..Mark::default()
    };
    assert_eq!(page.mark(vec![mark("nobody"), mark("7590-VHVEG")]), (1, 1));
    let empty = Mark {
        id: "7590-VHVEG".into(),
        ..Mark::default()
    };
    assert_eq!(page.mark(vec![empty]), (0, 1));
    for (terms, code) in [
        (
            Terms {
                class: Some("Maybe".into()),
                ..Terms::default()
            },
            "target",
        ),
        (
            Terms {
                threshold: Some(1.5),
                ..Terms::default()
            },
            "param",
        ),
        (
            Terms {
                date: Some("Contract".into()),
                ..Terms::default()
            },
            "column_kind",
        ),
        (
            Terms {
                value: Some("Contract".into()),
                ..Terms::default()
            },
            "column_kind",
        ),
        (
            Terms {
                value: Some("none".into()),
                ..Terms::default()
            },
            "missing_column",
        ),
        (
            Terms {
                costs: costs(&[("contact", Value::Int(-1))]),
                ..Terms::default()
            },
            "param",
        ),
    ] {
        let known = std::mem::replace(&mut page.terms, terms);
        let error: Error = page.ask(Ask::Open).unwrap_err();
        assert_eq!(error.code(), code, "{:?}", page.terms);
        page.terms = known;
    }
    // The other class is the other side.
    page.terms.class = Some("No".into());
    let stay = page.card();
    assert_eq!(stay.listed.n, 1869);
    // Without a dataset there is nothing to list.
    let desk = Desk {
        model: ModelId(1),
        dataset: None,
        terms: Terms::default(),
        revision: 0,
        ask: Ask::Open,
    };
    assert_eq!(
        engine::ask(&mut page.state, Request::Desk(Box::new(desk.clone()))).unwrap_err(),
        Error::Protocol
    );
    let record = Desk {
        ask: Ask::WhatIf {
            row: None,
            record: vec![("tenure".into(), Some("3".into()))],
            actionable: vec![],
        },
        ..desk
    };
    assert!(engine::ask(&mut page.state, Request::Desk(Box::new(record))).is_ok());
}

#[test]
fn what_may_change_is_said_and_the_id_never_counts() {
    let (_, state, _) = telco();
    let mut page = Page::new(state);
    let top = page.rows(&Query::default(), 0, 1).unwrap().rows[0].clone();
    let threshold = page.card().threshold;
    let mut turn = |row: u64, actionable: &[&str]| {
        let actionable: Vec<String> = actionable.iter().map(|a| (*a).to_owned()).collect();
        let ask = Ask::Customer {
            row,
            n_similar: 0,
            actionable: actionable.clone(),
        };
        let of_page = match page.ask(ask)?.0 {
            DeskAnswer::Customer(it) => it.turn,
            other => panic!("{other:?}"),
        };
        let ask = Ask::WhatIf {
            row: Some(row),
            record: vec![],
            actionable,
        };
        match page.ask(ask)?.0 {
            DeskAnswer::WhatIf(it) => {
                assert_eq!(it.turn, of_page);
                assert_eq!(it.controls.len(), 19);
                assert!(it.controls.iter().all(|c| c.column != "customerID"));
                let why = it.explanation.unwrap().reasons;
                assert!(why.iter().all(|w| w.column != "customerID"));
            }
            other => panic!("{other:?}"),
        }
        Ok::<_, Error>(of_page)
    };
    assert_eq!(turn(top.row, &[]).unwrap(), None);
    let found = turn(top.row, &["Contract", "tenure", "InternetService"])
        .unwrap()
        .unwrap();
    assert_eq!((found.limit, found.is_met), (threshold, false));
    assert!(!found.found.is_empty());
    for it in &found.found {
        assert!(it.prediction < threshold);
        assert!(it.changes.iter().all(|c| c.from != c.to));
    }
    // What was promised is what a record with these changes is given.
    let first = &found.found[0];
    let none = turn(top.row, &["gender"]).unwrap().unwrap();
    assert!(none.found.is_empty() && !none.is_met);
    for name in ["customerID", "Churn", "nothing"] {
        assert_eq!(turn(top.row, &[name]).unwrap_err().code(), "unknown");
    }
    let record = first.changes.iter();
    let ask = Ask::WhatIf {
        row: Some(top.row),
        record: record.map(|c| (c.column.clone(), c.to.clone())).collect(),
        actionable: vec!["tenure".into()],
    };
    let DeskAnswer::WhatIf(it) = page.ask(ask).unwrap().0 else {
        panic!()
    };
    assert!((it.prediction - first.prediction).abs() < 1e-9);
    assert!(it.turn.unwrap().is_met);
    let card = page.card();
    let used = |name: &str| {
        card.columns
            .iter()
            .find(|c| c.name == name)
            .unwrap()
            .is_used
    };
    assert!(!used("customerID") && !used("Churn") && used("tenure"));
}

#[test]
fn windows_are_what_a_plain_rule_gives() {
    let mut state = State::default();
    let csv = demo(&mut state, 1200, 5);
    let profile = load(&mut state, 1, csv).unwrap();
    churn(&mut state, 1, engine::guessed(&profile), quick()).unwrap();
    let mut page = Page::new(state);
    page.terms.scope = Scope::Everybody;
    let value = profile
        .roles
        .iter()
        .find(|g| g.role == Role::Value)
        .map(|g| g.column.clone());
    page.terms.value = value;
    let card = page.card();
    let all: Vec<_> = {
        let by_id = Query {
            sort: Key::Value,
            ..Query::default()
        };
        let mut rows = page.rows(&by_id, 0, 1000).unwrap().rows;
        rows.extend(page.rows(&by_id, 1000, 1000).unwrap().rows);
        rows.sort_by_key(|r| r.row);
        rows
    };
    assert_eq!(all.len(), 1200);
    let mut cells = Vec::new();
    for row in &all {
        let ask = Ask::Customer {
            row: row.row,
            n_similar: 0,
            actionable: vec![],
        };
        let DeskAnswer::Customer(it) = page.ask(ask).unwrap().0 else {
            panic!()
        };
        cells.push(it.fields);
    }
    let mut state = 11_u32;
    let mut next = move |n: usize| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as usize % n
    };
    let mut shown = 0;
    for round in 0..300 {
        let mut filters = Vec::new();
        let mut keep: Vec<Box<dyn Fn(usize) -> bool>> = Vec::new();
        for _ in 0..next(3) {
            let at = next(card.columns.len());
            let c = &card.columns[at];
            let cell = |i: usize| cells[i].iter().find(|f| f.name == c.name).unwrap();
            let pick = cell(next(1200)).clone();
            match (&pick.text, pick.number, next(4)) {
                (_, _, 0) => {
                    filters.push(filter(column(&c.name), Op::Missing));
                    keep.push(Box::new(move |i| cell(i).text.is_none()));
                }
                (Some(text), None, _) => {
                    let text = text.clone();
                    filters.push(filter(column(&c.name), one_of(&[&text])));
                    keep.push(Box::new(move |i| cell(i).text.as_ref() == Some(&text)));
                }
                (_, Some(number), _) => {
                    filters.push(filter(
                        column(&c.name),
                        Op::Range {
                            min: None,
                            max: Some(number),
                        },
                    ));
                    keep.push(Box::new(move |i| {
                        cell(i).number.is_some_and(|v| v <= number)
                    }));
                }
                _ => {}
            }
        }
        let search = ["", "1", "a", "basic", "é"][next(5)].to_owned();
        let descending = next(2) == 0;
        let keys = [
            Key::Probability,
            Key::AtRisk,
            Key::Gain,
            Key::Value,
            Key::Id,
        ];
        let sort = if next(2) == 0 {
            keys[next(5)].clone()
        } else {
            column(&card.columns[next(card.columns.len())].name)
        };
        let query = Query {
            search: search.clone(),
            filters,
            sort: sort.clone(),
            descending,
            group: None,
        };
        let id_name = card.id.as_deref().unwrap_or_default();
        let finds = |i: usize| {
            search.is_empty()
                || cells[i].iter().any(|f| {
                    let is_text = f.number.is_none() || f.name == id_name;
                    let text = f.text.as_deref().filter(|_| is_text);
                    text.is_some_and(|t| t.to_lowercase().contains(&search))
                })
        };
        let mut expected: Vec<usize> = (0..1200)
            .filter(|i| finds(*i) && keep.iter().all(|k| k(*i)))
            .collect();
        expected.sort_by(|a, b| {
            let cell = |i: usize, n: &str| cells[i].iter().find(|f| f.name == n).unwrap().clone();
            let of = |i: usize| match &sort {
                Key::Probability => (Some(all[i].probability), None),
                Key::AtRisk => (Some(all[i].at_risk), None),
                Key::Gain => (Some(all[i].gain), None),
                Key::Value => (all[i].value, None),
                Key::Id => (cell(i, id_name).number, cell(i, id_name).text),
                Key::Column(n) => (cell(i, n).number, cell(i, n).text),
                other => panic!("{other:?}"),
            };
            let ((x, s), (y, t)) = (of(*a), of(*b));
            let missing = |n: &Option<f64>, t: &Option<String>| n.is_none() && t.is_none();
            match (missing(&x, &s), missing(&y, &t)) {
                (true, true) => std::cmp::Ordering::Equal,
                (true, false) => std::cmp::Ordering::Greater,
                (false, true) => std::cmp::Ordering::Less,
                _ => {
                    let order = match (x, y) {
                        (Some(x), Some(y)) => x.total_cmp(&y),
                        _ => s.cmp(&t),
                    };
                    if descending { order.reverse() } else { order }
                }
            }
        });
        let (offset, n) = (next(60), next(40));
        let window = page.rows(&query, offset as u64, n as u32).unwrap();
        let rows: Vec<u64> = expected
            .iter()
            .skip(offset)
            .take(n)
            .map(|i| *i as u64 + 1)
            .collect();
        assert_eq!(
            window.matching.n,
            expected.len() as u64,
            "{round} {query:?}"
        );
        let ours: Vec<u64> = window.rows.iter().map(|r| r.row).collect();
        assert_eq!(ours, rows, "{round} {query:?}");
        shown += rows.len();
        let risk: f64 = expected.iter().map(|i| all[*i].at_risk).sum();
        assert!((window.matching.at_risk - risk).abs() < 1e-6 * risk.max(1.0));
    }
    assert!(shown > 1000, "{shown}");
}

const TELCO: [(Role, &str); 3] = [
    (Role::Id, "customerID"),
    (Role::Target, "Churn"),
    (Role::Value, "MonthlyCharges"),
];

fn by_health() -> Query {
    Query {
        sort: Key::Health,
        descending: false,
        ..Query::default()
    }
}

/// Weights by hand in the book say what the same weights say in a run: scores, back-test, list, bands, file.
#[test]
fn weights_of_health_hold_everywhere_at_once() {
    let bytes = std::fs::read(common::data("telco_churn.csv")).unwrap();
    let (state, learned, model) = run(&bytes, &TELCO, &[]);
    let by_hand = vec![("billing".to_owned(), 1.0), ("other".to_owned(), 3.0)];
    let (_, wanted, _) = run(&bytes, &TELCO, &by_hand);
    let mut page = Page::new(state);
    page.terms.value = Some("MonthlyCharges".into());
    assert!(page.card().has_health);
    let told = page.health().unwrap();
    let test = told.test.unwrap();
    assert_eq!((test.by_hand, test.difference), (None, None));
    let of = |report: &Report, column: &str| numbers(report, "health_test", column);
    let n_test = learned.metric("n_test").unwrap();
    assert_eq!(test.n as f64, n_test);
    assert_eq!(test.learned.0, of(&learned, "roc_auc")[0]);
    assert_eq!(test.equal.0, of(&learned, "roc_auc")[1]);
    let agree = |page: &mut Page, report: &Report| {
        let (ids, health) = (
            texts(report, "health", "id"),
            numbers(report, "health", "health"),
        );
        let window = page.rows(&by_health(), 0, 1000).unwrap();
        assert_eq!(window.matching.n, 5174);
        let rows = &window.rows;
        assert!(rows.windows(2).all(|w| w[0].health <= w[1].health));
        for row in rows {
            let at = ids.iter().position(|id| *id == row.id).unwrap();
            assert!(
                (row.health.unwrap() - health[at]).abs() < 1e-4,
                "{}",
                row.id
            );
            assert_eq!(row.health_before, None);
        }
        // Every customer is in one band, and its link lists those it counts.
        let bands = page.overview().health;
        assert_eq!(bands.iter().map(|b| b.counts.n).sum::<u64>(), 5174);
        for band in &bands {
            assert!(band.counts.n > 0 && band.counts.at_risk > 0.0);
            let listed = page.rows(&band.query, 0, 1000).unwrap();
            assert_eq!(listed.matching, band.counts);
            let is_in = |h: f64| h >= band.from && (h < band.to || band.to == 100.0);
            assert!(listed.rows.iter().all(|r| is_in(r.health.unwrap())));
        }
        let csv = page.csv(&by_health());
        assert_eq!(csv[0][6], "health");
        assert_eq!(csv.len(), 5175);
        let first: f64 = csv[1][6].parse().unwrap();
        assert!((first - rows[0].health.unwrap()).abs() < 1e-9);
        bands
    };
    let before = agree(&mut page, &learned);

    page.terms.weights = by_hand.clone();
    let told = page.health().unwrap();
    let test = told.test.unwrap();
    assert_eq!(of(&wanted, "roc_auc").len(), 3);
    assert_eq!(test.learned.0, of(&wanted, "roc_auc")[0]);
    let hand = test.by_hand.unwrap();
    assert_eq!(
        [hand.0, hand.1, hand.2],
        ["roc_auc", "low", "high"].map(|c| of(&wanted, c)[2])
    );
    let (difference, low, high) = test.difference.unwrap();
    assert!((difference - (hand.0 - test.learned.0)).abs() < 1e-12);
    assert!(low < difference && difference < high);
    for (part, weight) in told
        .parts
        .iter()
        .zip(numbers(&wanted, "health_parts", "weight"))
    {
        assert_eq!(part.weight, weight);
        assert_eq!(part.own, part.learned);
        assert!(!part.columns.is_empty());
    }
    assert_ne!(agree(&mut page, &wanted), before);

    // The page of a customer adds up.
    let row = page.rows(&by_health(), 0, 1).unwrap().rows[0].clone();
    let it = page.customer(row.row);
    let sum: f64 = it.health.iter().map(|p| p.weight * p.score).sum();
    assert!((sum - row.health.unwrap()).abs() < 1e-9);
    assert!(it.health.iter().all(|p| p.before.is_none()));
    assert_eq!(it.history[0].health, row.health);

    // The same from the file of the model, and back again.
    let mut later = Page::new(restarted(&bytes, &model));
    later.terms.weights = by_hand;
    later.terms.value = Some("MonthlyCharges".into());
    assert_eq!(later.health().unwrap(), told);
    later.terms.weights = Vec::new();
    assert_eq!(agree(&mut later, &learned), before);

    // The learned weights said by hand are the learned ones, whatever their scale.
    let parts = told.parts.iter();
    later.terms.weights = parts.map(|p| (p.part.clone(), p.learned * 7.0)).collect();
    let same = later.health().unwrap();
    assert!(same.test.unwrap().by_hand.is_none());
    assert!(same.parts.iter().all(|p| p.weight == p.learned));

    // Parts that the model has none of count for nothing; what makes no score is refused by name, and changes nothing.
    later.terms.weights = vec![("sentiment".into(), 2.0)];
    assert_eq!(later.overview().health, before);
    for (part, weight, param) in [
        ("mood", 1.0, "health.weights.mood"),
        ("other", -1.0, "health.weights.other"),
        ("other", f64::NAN, "health.weights.other"),
        ("other", 0.0, "health.weights"),
    ] {
        later.terms.weights = vec![(part.into(), weight)];
        let error = later.ask(Ask::Health).unwrap_err();
        assert_eq!((error.code(), error.param()), ("param", Some(param)));
    }
    later.terms.weights = Vec::new();
    assert_eq!(later.overview().health, before);
}

/// Two snapshots of each customer: logins of every other one fell.
fn snapshots() -> String {
    let mut csv = "customer_id,month,logins,support_tickets,churned\n".to_owned();
    for i in 0..400_u32 {
        let noise = i * 7919 % 13;
        let falls = i % 2 == 0;
        let late = if falls { 3 + noise } else { 20 + noise };
        let gone = if falls && i % 4 == 0 { "yes" } else { "no" };
        csv += &format!("c{i},2026-01-01,{},{},no\n", 12 + noise, i % 3);
        csv += &format!("c{i},2026-02-01,{late},{},{gone}\n", i % 3);
    }
    csv
}

#[test]
fn snapshots_give_health_a_direction() {
    let roles = [
        (Role::Id, "customer_id"),
        (Role::Date, "month"),
        (Role::Target, "churned"),
    ];
    let (state, report, _) = run(snapshots().as_bytes(), &roles, &[]);
    let mut page = Page::new(state);
    page.terms.date = Some("month".into());
    let trend: Vec<f64> = numbers(&report, "health", "trend");
    let ids = texts(&report, "health", "id");
    let falling = Query {
        sort: Key::HealthTrend,
        descending: false,
        ..Query::default()
    };
    let rows = page.rows(&falling, 0, 1000).unwrap().rows;
    assert_eq!(rows.len(), ids.len());
    let change =
        |row: &kept::protocol::desk::CustomerRow| row.health.unwrap() - row.health_before.unwrap();
    assert!(rows.windows(2).all(|w| change(&w[0]) <= change(&w[1])));
    for row in &rows {
        let at = ids.iter().position(|id| *id == row.id).unwrap();
        assert!((change(row) - trend[at]).abs() < 1e-4, "{}", row.id);
    }
    let worse = Query {
        filters: vec![filter(
            Key::HealthTrend,
            Op::Range {
                min: None,
                max: Some(-1.0),
            },
        )],
        ..Query::default()
    };
    let n = trend.iter().filter(|t| **t <= -1.0).count() as u64;
    assert!(n > 50);
    assert_eq!(page.rows(&worse, 0, 1).unwrap().matching.n, n);
    let csv = page.csv(&falling);
    assert_eq!(csv[0][6..8], ["health", "health_change"]);
    let first: f64 = csv[1][7].parse().unwrap();
    assert!((first - change(&rows[0])).abs() < 1e-9);
    let it = page.customer(rows[0].row);
    assert_eq!(it.history[0].health, rows[0].health_before);
    assert_eq!(it.history[1].health, rows[0].health);
    let sum: f64 = it.health.iter().map(|p| p.weight * p.before.unwrap()).sum();
    assert!((sum - rows[0].health_before.unwrap()).abs() < 1e-9);

    // Rows that come in move the customer on, and bring new ones.
    let id = rows[0].id.clone();
    let text = format!(
        "customer_id,month,logins,support_tickets\n{id},2026-03-01,30,0\nnew,2026-03-01,3,2\n"
    );
    page.append(&text, &["churned"]).unwrap();
    let whole = page.rows(&falling, 0, 1000).unwrap().rows;
    let moved = whole.iter().find(|r| r.id == id).unwrap();
    assert_eq!(moved.health_before, rows[0].health);
    assert!(change(moved) > 0.0);
    let new = whole.iter().find(|r| r.id == "new").unwrap();
    assert!(new.health.is_some() && new.health_before.is_none());
    assert_eq!(whole.last().unwrap().id, "new");
    // As if the book had been opened with them.
    page.terms.date = None;
    page.card();
    page.terms.date = Some("month".into());
    assert_eq!(page.rows(&falling, 0, 1000).unwrap().rows, whole);
}

/// Models of earlier versions have no health score, or no rows to test weights on.
#[test]
fn models_without_held_out_rows_have_no_back_test() {
    let bytes = std::fs::read(common::data("telco_churn.csv")).unwrap();
    let (_, _, model) = run(&bytes, &TELCO, &[]);
    let without = |kinds: &[&str]| {
        let mut artifact = kept::artifact::Artifact::from_bytes(&model).unwrap();
        artifact
            .extras
            .retain(|p| !kinds.contains(&p.kind.as_str()));
        artifact.to_bytes().unwrap()
    };
    println!(
        "the rows take {} of {} bytes",
        model.len() - without(&["health_test"]).len(),
        model.len()
    );
    let mut page = Page::new(restarted(&bytes, &without(&["health_test"])));
    page.terms.weights = vec![("other".into(), 1.0)];
    let card = page.health().unwrap();
    assert!(card.test.is_none() && card.parts.len() > 1);
    assert!(
        page.rows(&by_health(), 0, 1).unwrap().rows[0]
            .health
            .is_some()
    );

    let mut page = Page::new(restarted(&bytes, &without(&["health", "health_test"])));
    page.terms.weights = vec![("other".into(), 1.0)];
    assert!(!page.card().has_health);
    assert_eq!(page.health(), None);
    assert!(page.overview().health.is_empty());
    let window = page.rows(&by_health(), 0, 3).unwrap();
    assert!(window.rows.iter().all(|r| r.health.is_none()));
    assert!(!page.csv(&Query::default())[0].contains(&"health".to_owned()));
    assert!(page.customer(1).health.is_empty());

    // A part that is not whole is refused.
    let mut artifact = kept::artifact::Artifact::from_bytes(&model).unwrap();
    for part in &mut artifact.extras {
        if part.kind == "health_test" {
            part.body.truncate(part.body.len() / 2);
        }
    }
    let mut page = Page::new(restarted(&bytes, &artifact.to_bytes().unwrap()));
    assert_eq!(page.ask(Ask::Health).unwrap_err().code(), "artifact");
}
