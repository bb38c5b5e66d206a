//! Values by name: a sorted list with the manners of a map. There are never many, and a tree is much more code.
use super::{Value, order};
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{MapAccess, Visitor},
};
use std::fmt;

/// Named values in the order of their names. Written as a map.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Named(Vec<(String, Value)>);

impl Named {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    fn place(&self, name: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(n, _)| n.as_str().cmp(name))
    }

    /// The value of that name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        let i = self.place(name).ok()?;
        self.0.get(i).map(|(_, v)| v)
    }

    /// Gives a name a value, in place of the one it had.
    pub fn insert(&mut self, name: String, value: Value) -> Option<Value> {
        match self.place(&name) {
            Ok(i) => self
                .0
                .get_mut(i)
                .map(|p| std::mem::replace(&mut p.1, value)),
            Err(i) => {
                self.0.insert(i, (name, value));
                None
            }
        }
    }

    /// Takes a name and its value away.
    pub fn remove(&mut self, name: &str) -> Option<Value> {
        let i = self.place(name).ok()?;
        Some(self.0.remove(i).1)
    }

    /// Keeps what `wanted` says.
    pub fn retain(&mut self, mut wanted: impl FnMut(&str, &Value) -> bool) {
        self.0.retain(|(n, v)| wanted(n, v));
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Names with their values, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.0.iter().map(|(n, v)| (n, v))
    }

    /// Names, in order.
    pub fn keys(&self) -> impl Iterator<Item = &String> {
        self.0.iter().map(|(n, _)| n)
    }

    /// From pairs in any order; of several with one name the last one counts.
    fn from_pairs(pairs: Vec<(String, Value)>) -> Self {
        if pairs.windows(2).all(|p| p[0].0 < p[1].0) {
            return Self(pairs);
        }
        let order = order::sorted(pairs.len(), &mut |a, b| pairs[a].0.cmp(&pairs[b].0));
        let mut pairs: Vec<_> = pairs.into_iter().map(Some).collect();
        let mut out: Vec<(String, Value)> = Vec::with_capacity(pairs.len());
        for pair in order.into_iter().filter_map(|i| pairs[i].take()) {
            match out.last_mut().filter(|last| last.0 == pair.0) {
                Some(last) => *last = pair,
                None => out.push(pair),
            }
        }
        Self(out)
    }
}

impl FromIterator<(String, Value)> for Named {
    fn from_iter<I: IntoIterator<Item = (String, Value)>>(pairs: I) -> Self {
        Self::from_pairs(pairs.into_iter().collect())
    }
}

impl<const N: usize> From<[(String, Value); N]> for Named {
    fn from(pairs: [(String, Value); N]) -> Self {
        Self::from_pairs(pairs.into())
    }
}

impl IntoIterator for Named {
    type Item = (String, Value);
    type IntoIter = std::vec::IntoIter<(String, Value)>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl Serialize for Named {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl<'de> Deserialize<'de> for Named {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs;
        impl<'de> Visitor<'de> for Pairs {
            type Value = Named;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Named, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Named::from_pairs(pairs))
            }
        }
        deserializer.deserialize_map(Pairs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn pairs() -> Vec<(String, Value)> {
        let pair = |(n, v): &(&str, i64)| ((*n).to_owned(), Value::Int(*v));
        [("c", 1), ("a", 2), ("b", 3), ("a", 4)]
            .iter()
            .map(pair)
            .collect()
    }

    #[test]
    fn it_keeps_order_and_the_last_value() {
        let mut named: Named = pairs().into_iter().collect();
        let names: Vec<&String> = named.keys().collect();
        assert_eq!(names, ["a", "b", "c"]);
        assert_eq!(named.get("a"), Some(&Value::Int(4)));
        assert_eq!(named.insert("b".into(), true.into()), Some(Value::Int(3)));
        assert_eq!(named.insert("ab".into(), false.into()), None);
        assert_eq!(named.remove("b"), Some(Value::Flag(true)));
        assert_eq!(named.remove("x"), None);
        let names: Vec<&String> = named.keys().collect();
        assert_eq!(names, ["a", "ab", "c"]);
    }

    #[test]
    fn its_bytes_are_those_of_a_map() {
        let tree: BTreeMap<String, Value> = pairs().into_iter().collect();
        let named: Named = pairs().into_iter().collect();
        let bytes = postcard::to_stdvec(&tree).unwrap();
        assert_eq!(postcard::to_stdvec(&named).unwrap(), bytes);
        assert_eq!(postcard::from_bytes::<Named>(&bytes).unwrap(), named);
        // Bytes that no map wrote: out of order, a name twice.
        let odd = postcard::to_stdvec(&pairs()).unwrap();
        assert_eq!(postcard::from_bytes::<Named>(&odd).unwrap(), named);
    }
}
