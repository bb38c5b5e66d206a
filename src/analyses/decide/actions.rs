//! Whom to contact, why, and what to do: the action list.
//!
//! Customers who are still there are ranked by what a contact brings on average, `success · probability · value − contact`,
//! which is the order of the money at risk, `probability · value`; of equals the earlier row stands first. Reasons are
//! worked out for the customers at the top, as many as can be contacted, at most [`N_EXPLAINED`]: it is these rows that
//! somebody acts on today, fewer where reasons are sampled. Further down the cells of reasons are empty.
use super::playbook;
use crate::base::order::Ordered;
use crate::{
    base::{Costs, Direction, Playbook, Result, Run, ValueOf},
    evaluate::profit::{Customers, best_depth},
    report::{ReportTable, Sentence},
    table::{Column, Table, cell_text},
};
use ndarray::{Array2, ArrayView1};

/// Rows of the list whose reasons are worked out where no capacity is given.
pub const N_EXPLAINED: u64 = 1_000;
/// Most rows of a report's list; a book of customers holds all.
pub const MOST_ROWS: usize = 50_000;
/// The same where reasons are sampled, which takes thousands of predictions for each row.
pub const N_SAMPLED: usize = 20;
/// Rows explained at a time: between two such pieces a job can be cancelled.
const BATCH: usize = 200;
/// Columns from which on fewer rows than [`N_SAMPLED`] are explained where reasons are sampled.
const WIDE: usize = 500;

/// How far columns move each row's probability; positive points move it up.
#[derive(Debug, Clone, PartialEq)]
pub struct Reasons {
    /// Columns of the file.
    pub columns: Vec<String>,
    /// `(rows, columns)`, in shares of 1.
    pub points: Array2<f64>,
    /// Whether they were sampled.
    pub is_sampled: bool,
}

/// Works reasons out for the rows of a table; nothing where the model cannot be explained.
pub type Explain<'a> = dyn FnMut(&Table, &mut Run<'_>) -> Result<Option<Reasons>> + 'a;

/// Customers who are still there, scored.
#[derive(Debug, Clone, Copy)]
pub struct Present<'a> {
    /// Their rows, in any order.
    pub table: &'a Table,
    /// Column of their names; row numbers where there is none.
    pub id: Option<&'a str>,
    /// Row of the file, from 0, per row.
    pub rows: &'a [u32],
    /// Probability of leaving.
    pub proba: &'a [f64],
    /// What they are worth; nothing where all are worth the same.
    pub value: Option<&'a [f64]>,
}

/// The list and what it adds up to.
#[derive(Debug, Clone, PartialEq)]
pub struct Actions {
    /// Columns `id, probability, value, at_risk, expected_gain, reason_1, reason_2, action`, then `points_1, points_2,
    /// value_1, value_2`: how far each reason moves the probability, and the customer's value there.
    pub table: ReportTable,
    /// How many are worth contacting, within the capacity, and what that brings by the probabilities.
    pub sentence: Sentence,
}

/// One reason of one row.
struct Reason<'a> {
    column: &'a str,
    points: f64,
}

/// The two columns that raise the probability most, the larger first; of equals the earlier column.
fn strongest<'a>(columns: &'a [String], points: ArrayView1<'_, f64>) -> Vec<Reason<'a>> {
    let mut up: Vec<Reason<'a>> = columns
        .iter()
        .zip(points)
        .filter(|(_, p)| **p > 0.0)
        .map(|(column, p)| Reason { column, points: *p })
        .collect();
    up.order_by(|a, b| b.points.total_cmp(&a.points));
    up.truncate(2);
    up
}

/// On which side of the others a cell is: numbers of their median, flags of no and yes.
struct Sides<'a> {
    table: &'a Table,
    medians: Vec<(String, f64)>,
}

impl Sides<'_> {
    fn median(&mut self, name: &str, column: &Column) -> f64 {
        if let Some((_, median)) = self.medians.iter().find(|(n, _)| n == name) {
            return *median;
        }
        let mut all: Vec<f64> = (0..column.len())
            .filter_map(|i| column.number(i))
            .filter(|v| v.is_finite())
            .collect();
        let middle = all.len() / 2;
        let median = if all.is_empty() {
            f64::NAN
        } else {
            *all.select_nth_unstable_by(middle, f64::total_cmp).1
        };
        self.medians.push((name.to_owned(), median));
        median
    }

    fn of(&mut self, name: &str, row: usize) -> Option<Direction> {
        let column = self.table.column(name).ok()?;
        let value = column.number(row)?;
        let middle = match column {
            Column::Bool(_) => 0.5,
            _ => self.median(name, column),
        };
        match value.partial_cmp(&middle)? {
            std::cmp::Ordering::Greater => Some(Direction::High),
            std::cmp::Ordering::Less => Some(Direction::Low),
            std::cmp::Ordering::Equal => None,
        }
    }
}

/// What the columns of reasons hold, filled from the top.
#[derive(Default)]
struct Told {
    reason: [Vec<Option<String>>; 2],
    points: [Vec<f64>; 2],
    value: [Vec<Option<String>>; 2],
    action: Vec<Option<String>>,
}

impl Told {
    fn push(&mut self, table: &Table, row: usize, reasons: &[Reason<'_>], action: Option<String>) {
        for k in 0..2 {
            let reason = reasons.get(k);
            let cell = reason.and_then(|r| {
                let (field, column) = table.iter().find(|(f, _)| f.name == r.column)?;
                cell_text(field, column, row)
            });
            self.reason[k].push(reason.map(|r| r.column.to_owned()));
            self.points[k].push(reason.map_or(f64::NAN, |r| r.points));
            self.value[k].push(cell);
        }
        self.action.push(action);
    }

    fn fill(&mut self, n: usize) {
        for k in 0..2 {
            self.reason[k].resize(n, None);
            self.points[k].resize(n, f64::NAN);
            self.value[k].resize(n, None);
        }
        self.action.resize(n, None);
    }
}

fn explained(
    present: &Present<'_>,
    top: &[u32],
    playbook: &Playbook,
    explain: &mut Explain<'_>,
    run: &mut Run<'_>,
) -> Result<Told> {
    let mut told = Told::default();
    let mut sides = Sides {
        table: present.table,
        medians: Vec::new(),
    };
    // What a sampled row costs grows with the square of the columns.
    let n_first = (N_SAMPLED * WIDE.pow(2) / present.table.n_columns().max(WIDE).pow(2)).max(1);
    let (first, rest) = top.split_at(n_first.min(top.len()));
    for batch in std::iter::once(first).chain(rest.chunks(BATCH)) {
        run.check()?;
        if batch.is_empty() {
            break;
        }
        let Some(reasons) = explain(&present.table.take(batch), run)? else {
            break;
        };
        for (row, points) in batch.iter().zip(reasons.points.rows()) {
            let row = *row as usize;
            let strongest = strongest(&reasons.columns, points);
            let with_side = strongest
                .iter()
                .map(|r| (r.column, sides.of(r.column, row)));
            let with_side: Vec<_> = with_side.collect();
            let action = playbook::action(playbook, &with_side);
            let action = Some(action.as_str().to_owned());
            told.push(present.table, row, &strongest, action);
        }
        if reasons.is_sampled {
            break;
        }
    }
    Ok(told)
}

/// The list of `present`, cut at [`MOST_ROWS`].
///
/// # Errors
/// [`crate::base::Error::Shape`] when lengths disagree, [`crate::base::Error::Param`] for probabilities and values that
/// are none, those of `explain`.
pub fn actions(
    present: &Present<'_>,
    costs: &Costs,
    playbook: &Playbook,
    explain: &mut Explain<'_>,
    run: &mut Run<'_>,
) -> Result<Actions> {
    let Present {
        table,
        id,
        rows,
        proba,
        value,
    } = *present;
    let customers = Customers {
        proba,
        value,
        truth: None,
    };
    let mut order = customers.ranked()?;
    let n_worth = best_depth(&customers, &order, costs);
    let unit = match costs.value {
        ValueOf::Number(v) => v,
        ValueOf::Column(_) => 1.0,
    };
    let worth = |i: &u32| unit * value.map_or(1.0, |v| v[*i as usize]);
    let chance = |i: &u32| proba[*i as usize];
    let (mut at_risk, mut gain) = (0.0, 0.0);
    for i in order.iter().take(n_worth as usize) {
        at_risk += chance(i) * worth(i);
        gain += costs.gain(chance(i), worth(i));
    }
    let n_rows = order.len() as u64;
    order.truncate(MOST_ROWS);
    let n_top = costs.capacity.unwrap_or(N_EXPLAINED).min(N_EXPLAINED) as usize;
    let top = order.get(..n_top.min(order.len())).unwrap_or_default();
    let mut told = explained(present, top, playbook, explain, run)?;
    told.fill(order.len());
    let named = id.and_then(|id| table.iter().find(|(f, _)| f.name == id));
    let name = |i: &u32| match named {
        Some((field, column)) => cell_text(field, column, *i as usize),
        None => rows.get(*i as usize).map(|r| (r + 1).to_string()),
    };
    let numbers = |of: &dyn Fn(&u32) -> f64| order.iter().map(of).collect::<Vec<f64>>();
    let [reason_1, reason_2] = told.reason;
    let [points_1, points_2] = told.points;
    let [value_1, value_2] = told.value;
    let table = ReportTable::default()
        .optional_text("id", order.iter().map(name).collect())
        .number("probability", numbers(&chance))
        .number("value", numbers(&worth))
        .number("at_risk", numbers(&|i| chance(i) * worth(i)))
        .number(
            "expected_gain",
            numbers(&|i| costs.gain(chance(i), worth(i))),
        )
        .optional_text("reason_1", reason_1)
        .optional_text("reason_2", reason_2)
        .optional_text("action", told.action)
        .number("points_1", points_1)
        .number("points_2", points_2)
        .optional_text("value_1", value_1)
        .optional_text("value_2", value_2);
    Ok(Actions {
        table,
        sentence: Sentence::WorthContacting {
            n: n_worth,
            n_rows,
            at_risk,
            gain,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        base::{ColumnKind, Field, Quiet},
        report::Cells,
        table::{Coded, Values},
    };
    use ndarray::arr2;

    fn table() -> Table {
        let field = |name: &str, kind| Field::new(name, kind);
        let ids = ["a", "b", "c", "d"].map(Some);
        let contracts = ["month", "year", "month", "month"].map(Some);
        let logins = Values::from_options(&[Some(1_i64), Some(9), Some(5), None], 0);
        let columns = vec![
            (
                field("customer_id", ColumnKind::Id),
                Column::Text(Coded::from_cells(ids)),
            ),
            (field("logins", ColumnKind::Int), Column::Int(logins)),
            (
                field("Contract", ColumnKind::Category),
                Column::Category(Coded::from_cells(contracts)),
            ),
        ];
        Table::new(columns, 4).unwrap()
    }

    fn texts(table: &ReportTable, key: &str) -> Vec<String> {
        match table.column(key).unwrap() {
            Cells::Text(v) => v.iter().map(|t| t.clone().unwrap_or_default()).collect(),
            Cells::Number(_) => panic!("{key} holds numbers"),
        }
    }

    fn numbers(table: &ReportTable, key: &str) -> Vec<f64> {
        match table.column(key).unwrap() {
            Cells::Number(v) => v.clone(),
            Cells::Text(_) => panic!("{key} is text"),
        }
    }

    #[test]
    fn customers_are_ranked_explained_and_told_what_to_do() {
        let (table, mut quiet) = (table(), Quiet);
        let mut run = Run::new(&mut quiet, 1);
        let present = Present {
            table: &table,
            id: Some("customer_id"),
            rows: &[0, 1, 2, 3],
            proba: &[0.5, 0.2, 0.5, 0.1],
            value: Some(&[10.0, 50.0, 10.0, 20.0]),
        };
        let costs = Costs {
            contact: 1.5,
            success: 0.5,
            value: ValueOf::Column("v".into()),
            capacity: Some(3),
            ..Costs::default()
        };
        let mut asked = Vec::new();
        let mut explain = |rows: &Table, _: &mut Run<'_>| {
            asked.push(rows.n_rows());
            Ok(Some(Reasons {
                columns: vec!["logins".into(), "Contract".into()],
                points: arr2(&[[-0.1, 0.2], [0.3, 0.1], [0.0, -0.2]]),
                is_sampled: false,
            }))
        };
        let got = actions(
            &present,
            &costs,
            &Playbook::default(),
            &mut explain,
            &mut run,
        )
        .unwrap();
        assert_eq!(asked, [3]);
        // At risk: 10 for b, 5 for a and for c, whose row is later, 2 for d.
        assert_eq!(texts(&got.table, "id"), ["b", "a", "c", "d"]);
        assert_eq!(numbers(&got.table, "at_risk"), [10.0, 5.0, 5.0, 2.0]);
        assert_eq!(numbers(&got.table, "expected_gain"), [3.5, 1.0, 1.0, -0.5]);
        assert_eq!(
            texts(&got.table, "reason_1"),
            ["Contract", "logins", "", ""]
        );
        assert_eq!(texts(&got.table, "reason_2"), ["", "Contract", "", ""]);
        assert_eq!(texts(&got.table, "value_1"), ["year", "1", "", ""]);
        assert_eq!(numbers(&got.table, "points_1")[..2], [0.2, 0.3]);
        let wanted = ["offer_contract", "show_usage", "check_in", ""];
        assert_eq!(texts(&got.table, "action"), wanted);
        let sentence = Sentence::WorthContacting {
            n: 3,
            n_rows: 4,
            at_risk: 20.0,
            gain: 5.5,
        };
        assert_eq!(got.sentence, sentence);
    }

    #[test]
    fn without_reasons_the_list_still_stands() {
        let (table, mut quiet) = (table(), Quiet);
        let mut run = Run::new(&mut quiet, 1);
        let present = Present {
            table: &table,
            id: None,
            rows: &[4, 5, 7, 9],
            proba: &[0.4, 0.3, 0.2, 0.1],
            value: None,
        };
        let costs = Costs::default();
        let mut none = |_: &Table, _: &mut Run<'_>| Ok(None);
        let got = actions(&present, &costs, &Playbook::default(), &mut none, &mut run).unwrap();
        assert_eq!(texts(&got.table, "id"), ["5", "6", "8", "10"]);
        assert_eq!(texts(&got.table, "action"), [""; 4]);
        assert!(numbers(&got.table, "points_2").iter().all(|p| p.is_nan()));
        assert_eq!(got.table.n_rows(), 4);
    }
}
