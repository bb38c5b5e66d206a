//! A handful of things by their ids. There are never many, and a hash table is more code than the rest of the client.

pub(super) struct Few<K, V>(Vec<(K, V)>);

impl<K, V> Default for Few<K, V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<K: Copy + PartialEq, V> Few<K, V> {
    pub(super) fn get(&self, id: K) -> Option<&V> {
        self.0.iter().find(|(k, _)| *k == id).map(|(_, v)| v)
    }

    pub(super) fn get_mut(&mut self, id: K) -> Option<&mut V> {
        self.0.iter_mut().find(|(k, _)| *k == id).map(|(_, v)| v)
    }

    /// Puts a thing in the place of the one of that id.
    pub(super) fn insert(&mut self, id: K, thing: V) {
        self.remove(id);
        self.0.push((id, thing));
    }

    pub(super) fn remove(&mut self, id: K) -> Option<V> {
        let i = self.0.iter().position(|(k, _)| *k == id)?;
        Some(self.0.swap_remove(i).1)
    }

    /// Takes all of them.
    pub(super) fn take(&mut self) -> Vec<(K, V)> {
        std::mem::take(&mut self.0)
    }
}
