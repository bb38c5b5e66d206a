//! What was spent of the privacy of data, by all engines of the page, for as long as the page is open.
//!
//! Data are the same where at least half of the columns of one are in the other: a file that is read again, with other
//! kinds, fewer columns or more rows, is still about the same people.
use super::{Error, Result};
use std::cell::RefCell;

/// Millionths of epsilon, and delta.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Price {
    /// Millionths.
    pub epsilon: u32,
    /// As it is.
    pub delta: f64,
}

/// What may be spent in all where the host does not say otherwise.
pub const TOTAL: Price = Price {
    epsilon: 3_000_000,
    delta: 1e-5,
};

struct Ledger {
    columns: Vec<String>,
    spent: Price,
}

thread_local! {
    static LEDGERS: RefCell<Vec<Ledger>> = const { RefCell::new(Vec::new()) };
}

fn same(a: &[String], b: &[String]) -> bool {
    let common = a.iter().filter(|name| b.contains(name)).count();
    common > 0 && 2 * common >= a.len().min(b.len())
}

/// What was spent of data with these columns.
pub fn spent(columns: &[String]) -> Price {
    let mut most = Price {
        epsilon: 0,
        delta: 0.0,
    };
    LEDGERS.with_borrow(|all| {
        for it in all.iter().filter(|it| same(&it.columns, columns)) {
            most.epsilon = most.epsilon.max(it.spent.epsilon);
            most.delta = most.delta.max(it.spent.delta);
        }
    });
    most
}

fn book(columns: &[String], change: impl Fn(&mut Price)) {
    LEDGERS.with_borrow_mut(|all| {
        for it in all.iter_mut().filter(|it| same(&it.columns, columns)) {
            change(&mut it.spent);
        }
    });
}

/// Spends; every answer counts in full, and their prices add up.
///
/// # Errors
/// [`Error::Budget`] where more is asked for than is left; nothing is spent then.
pub fn spend(columns: &[String], price: Price, total: Price) -> Result<()> {
    let before = spent(columns);
    let left = total.epsilon.saturating_sub(before.epsilon);
    // A hair of rounding is no spending.
    if price.epsilon > left || before.delta + price.delta > total.delta * (1.0 + 1e-9) {
        return Err(Error::Budget {
            left: f64::from(left) / 1e6,
        });
    }
    let known = LEDGERS.with_borrow(|all| all.iter().any(|it| it.columns == columns));
    if !known {
        LEDGERS.with_borrow_mut(|all| {
            all.push(Ledger {
                columns: columns.to_vec(),
                spent: before,
            });
        });
    }
    book(columns, |spent| {
        spent.epsilon += price.epsilon;
        spent.delta += price.delta;
    });
    Ok(())
}

/// Takes a price back: nothing was answered.
pub fn refund(columns: &[String], price: Price) {
    book(columns, |spent| {
        spent.epsilon = spent.epsilon.saturating_sub(price.epsilon);
        spent.delta = (spent.delta - price.delta).max(0.0);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(all: &[&str]) -> Vec<String> {
        all.iter().map(|&n| n.to_owned()).collect()
    }

    const HALF: Price = Price {
        epsilon: 1_500_000,
        delta: 1e-6,
    };

    // Each test has a thread, and so ledgers, of its own.
    #[test]
    fn what_is_used_up_is_refused_and_stays_so() {
        let data = names(&["id", "plan", "fee", "left"]);
        spend(&data, HALF, TOTAL).unwrap();
        // Read again with a column hidden, one added, another order: the same people.
        let again = names(&["left", "plan", "id", "note", "when"]);
        assert_eq!(spent(&again).epsilon, HALF.epsilon);
        spend(&again, HALF, TOTAL).unwrap();
        for of in [&data, &again] {
            let little = Price {
                epsilon: 1000,
                delta: 1e-9,
            };
            assert_eq!(spend(of, little, TOTAL), Err(Error::Budget { left: 0.0 }));
            assert_eq!(spent(of).epsilon, TOTAL.epsilon);
        }
        let other = names(&["sku", "price", "stock"]);
        assert_eq!(spent(&other).epsilon, 0);
        spend(&other, HALF, TOTAL).unwrap();
        assert_eq!(spent(&data).epsilon, TOTAL.epsilon);
    }

    #[test]
    fn delta_runs_out_as_well_and_what_failed_is_given_back() {
        let data = names(&["id"]);
        let dear = Price {
            epsilon: 1000,
            delta: 9e-6,
        };
        spend(&data, dear, TOTAL).unwrap();
        assert_eq!(
            spend(&data, dear, TOTAL),
            Err(Error::Budget { left: 2.999 })
        );
        refund(&data, dear);
        assert_eq!(spent(&data).epsilon, 0);
        spend(&data, dear, TOTAL).unwrap();
        // The very last millionth can be spent, and ten tenths make a whole.
        let other = names(&["x", "y"]);
        let tenth = Price {
            epsilon: 300_000,
            delta: 1e-6,
        };
        for _ in 0..10 {
            spend(&other, tenth, TOTAL).unwrap();
        }
        assert!(spend(&other, tenth, TOTAL).is_err());
    }
}
