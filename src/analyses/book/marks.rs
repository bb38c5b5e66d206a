//! What people noted about customers, by customer of a book.
use super::{Bits, Book, customers::id_text};
use crate::{
    base::Mark,
    table::{Column, Table},
};
use std::collections::{BTreeMap, HashMap};

/// Marks of a book.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Marks {
    of: BTreeMap<u32, Mark>,
    /// Marks of ids that are not in the data, by id.
    unknown: BTreeMap<String, Mark>,
}

fn is_empty(mark: &Mark) -> bool {
    *mark
        == Mark {
            id: mark.id.clone(),
            ..Mark::default()
        }
}

/// The customers that `ids` name.
fn find(book: &Book, table: &Table, ids: &HashMap<&str, u32>) -> Vec<(u32, u32)> {
    let mut found = Vec::new();
    let named = book.plan.id.as_deref().and_then(|id| table.column(id).ok());
    let rows = book.customers.rows();
    if let Some(Column::Text(c) | Column::Category(c)) = named {
        // Once per level, not once per customer.
        let of_level: Vec<Option<u32>> = c.levels.iter().map(|l| ids.get(l).copied()).collect();
        for (customer, row) in rows.iter().enumerate() {
            let code = c.codes.get(*row as usize);
            if let Some(Some(at)) = code.and_then(|code| of_level.get(code as usize)) {
                found.push((*at, customer as u32));
            }
        }
        return found;
    }
    let Some(column) = named else {
        for (text, at) in ids {
            let row = text.parse::<usize>().ok().and_then(|n| n.checked_sub(1));
            if let Some(customer) = row.and_then(|row| book.customers.at(row)) {
                found.push((*at, customer as u32));
            }
        }
        return found;
    };
    if let Column::Int(v) = column {
        let numbers: HashMap<i64, u32> = ids
            .iter()
            .filter_map(|(text, at)| Some((text.parse().ok()?, *at)))
            .collect();
        for (customer, row) in rows.iter().enumerate() {
            if let Some(at) = v.get(*row as usize).and_then(|n| numbers.get(&n)) {
                found.push((*at, customer as u32));
            }
        }
        return found;
    }
    for customer in 0..book.len() {
        let text = id_text(table, book.plan.id.as_deref(), book.row(customer));
        if let Some(at) = ids.get(text.as_str()) {
            found.push((*at, customer as u32));
        }
    }
    found
}

impl Marks {
    /// Takes in marks; a mark that says nothing removes what was said.
    pub fn put(&mut self, book: &Book, table: &Table, marks: Vec<Mark>) {
        let ids: HashMap<&str, u32> = marks
            .iter()
            .enumerate()
            .map(|(i, m)| (m.id.as_str(), i as u32))
            .collect();
        let mut customers = vec![None; marks.len()];
        for (at, customer) in find(book, table, &ids) {
            if let Some(slot) = customers.get_mut(at as usize) {
                *slot = Some(customer);
            }
        }
        for (mark, customer) in marks.into_iter().zip(customers) {
            match customer {
                Some(customer) if is_empty(&mark) => {
                    self.of.remove(&customer);
                }
                Some(customer) => {
                    self.of.insert(customer, mark);
                }
                None if is_empty(&mark) => {
                    self.unknown.remove(&mark.id);
                }
                None => {
                    self.unknown.insert(mark.id.clone(), mark);
                }
            }
        }
    }

    /// Looks again for those whose id was not in the data.
    pub fn look_again(&mut self, book: &Book, table: &Table) {
        let unknown = std::mem::take(&mut self.unknown);
        if !unknown.is_empty() {
            self.put(book, table, unknown.into_values().collect());
        }
    }

    /// The mark of a customer.
    pub fn get(&self, customer: usize) -> Option<&Mark> {
        self.of.get(&u32::try_from(customer).ok()?)
    }

    /// The mark of a customer, or an empty one.
    pub fn or_new(&self, book: &Book, table: &Table, customer: usize) -> Mark {
        self.get(customer).cloned().unwrap_or_else(|| Mark {
            id: id_text(table, book.plan.id.as_deref(), book.row(customer)),
            ..Mark::default()
        })
    }

    /// Customers with their marks, rising.
    pub fn iter(&self) -> impl Iterator<Item = (usize, &Mark)> {
        self.of.iter().map(|(c, m)| (*c as usize, m))
    }

    /// Customers whose mark holds what is asked.
    pub fn which(&self, n_customers: usize, is_in: impl Fn(&Mark) -> bool) -> Bits {
        let mut bits = Bits::new(n_customers, false);
        for (customer, _) in self.iter().filter(|(_, m)| is_in(m)) {
            bits.set(customer, true);
        }
        bits
    }

    /// Customers with a mark, and marks of nobody.
    pub fn counts(&self) -> (usize, usize) {
        (self.of.len(), self.unknown.len())
    }
}
