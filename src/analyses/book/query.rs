//! Lists: whom, in which order, in which groups.
use super::{
    Bits, Book, Marks,
    keys::{self, Ctx},
    order::by_key,
};
use crate::{
    base::{Filter, Key, Query, Result},
    table::Table,
};
use std::rc::Rc;

/// Orders kept.
const N_ORDERS: usize = 6;
/// Lists kept.
const N_VIEWS: usize = 3;

/// Customers and money.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Money {
    /// Customers.
    pub n: u64,
    /// What they are worth.
    pub value: f64,
    /// Probability × value.
    pub at_risk: f64,
    /// Gain of offers to those for whom it is positive.
    pub gain: f64,
}

impl Money {
    /// Counts one more customer.
    pub fn add(&mut self, book: &Book, customer: usize) {
        self.n += 1;
        self.value += book.value(customer).unwrap_or(0.0);
        self.at_risk += book.at_risk(customer);
        self.gain += book.gain(customer).max(0.0);
    }

    /// Of some customers.
    pub fn of(book: &Book, customers: impl Iterator<Item = usize>) -> Self {
        let mut money = Self::default();
        for customer in customers {
            money.add(book, customer);
        }
        money
    }
}

/// Customers of a list with the same level.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupOf {
    /// The level; `None` for those without one.
    pub level: Option<String>,
    /// Them.
    pub money: Money,
}

/// A list.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct View {
    /// Its customers in order.
    pub customers: Vec<u32>,
    /// All of them.
    pub money: Money,
    /// Its groups in order, where the query has them.
    pub groups: Vec<GroupOf>,
}

/// What was worked out for lists so far.
#[derive(Debug, Default)]
pub struct Lists {
    orders: Vec<(Key, bool, Rc<Vec<u32>>)>,
    views: Vec<(Query, Rc<View>)>,
}

/// Puts something in front of what is kept.
fn keep<T>(all: &mut Vec<T>, new: T, most: usize) {
    all.insert(0, new);
    all.truncate(most);
}

impl Lists {
    /// Forgets everything: customers have changed.
    pub fn clear(&mut self) {
        self.orders.clear();
        self.views.clear();
    }

    /// Forgets what goes by marks.
    pub fn forget_marks(&mut self) {
        self.forget(keys::is_mark);
    }

    /// Forgets what goes by the weights of the health score.
    pub fn forget_health(&mut self) {
        self.forget(keys::is_health);
    }

    fn forget(&mut self, is_it: fn(&Key) -> bool) {
        self.orders.retain(|(key, ..)| !is_it(key));
        let goes_by = |q: &Query| {
            is_it(&q.sort)
                || q.group.as_ref().is_some_and(is_it)
                || q.filters.iter().any(|f| is_it(&f.key))
        };
        self.views.retain(|(query, _)| !goes_by(query));
    }

    /// The list that `query` asks for.
    ///
    /// # Errors
    /// [`crate::base::Error::MissingColumn`], [`crate::base::Error::ColumnKind`] and [`crate::base::Error::Param`] for
    /// conditions, orders and groups that make no sense.
    pub fn view(
        &mut self,
        book: &Book,
        table: &Table,
        marks: &Marks,
        query: &Query,
    ) -> Result<Rc<View>> {
        if let Some(at) = self.views.iter().position(|(q, _)| q == query) {
            let known = self.views.remove(at);
            let view = known.1.clone();
            self.views.insert(0, known);
            return Ok(view);
        }
        let ctx = Ctx { book, table, marks };
        let matching = matching(&ctx, &query.search, &query.filters)?;
        let groups = query
            .group
            .as_ref()
            .map(|key| keys::groups(&ctx, key))
            .transpose()?;
        let order = self.order(&ctx, &query.sort, query.descending)?;
        let is_in = |c: &&u32| matching.get(**c as usize);
        let mut view = View {
            customers: order.iter().filter(is_in).copied().collect(),
            money: Money::of(book, matching.iter()),
            groups: Vec::new(),
        };
        if let Some(groups) = groups {
            groups.arrange(book, &mut view);
        }
        let view = Rc::new(view);
        keep(&mut self.views, (query.clone(), view.clone()), N_VIEWS);
        Ok(view)
    }

    fn order(&mut self, ctx: &Ctx<'_>, key: &Key, descending: bool) -> Result<Rc<Vec<u32>>> {
        let is_it = |o: &(Key, bool, Rc<Vec<u32>>)| o.0 == *key && o.1 == descending;
        if let Some(at) = self.orders.iter().position(is_it) {
            let known = self.orders.remove(at);
            let order = known.2.clone();
            self.orders.insert(0, known);
            return Ok(order);
        }
        let order = Rc::new(by_key(keys::sort_keys(ctx, key, descending)?));
        keep(
            &mut self.orders,
            (key.clone(), descending, order.clone()),
            N_ORDERS,
        );
        Ok(order)
    }
}

/// Listed customers that meet all conditions.
fn matching(ctx: &Ctx<'_>, search: &str, filters: &[Filter]) -> Result<Bits> {
    let mut bits = ctx.book.listed.clone();
    for filter in filters {
        bits.and(&super::filter::which(ctx, filter)?);
    }
    if let Some(found) = keys::search(ctx, search) {
        bits.and(&found);
    }
    Ok(bits)
}
