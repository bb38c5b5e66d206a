//! What waits while something is under way: only the newest counts.

/// One thing under way and at most one that waits behind it. Whatever is offered meanwhile takes the place of what waits,
/// so a control that moves faster than the engine answers is answered at its pace, and last of all where it came to rest.
#[derive(Debug)]
pub struct Latest<T> {
    is_busy: bool,
    waiting: Option<T>,
}

impl<T> Default for Latest<T> {
    fn default() -> Self {
        Self {
            is_busy: false,
            waiting: None,
        }
    }
}

impl<T> Latest<T> {
    /// Gives back what is to be done now; nothing where it has to wait.
    pub fn offer(&mut self, it: T) -> Option<T> {
        if self.is_busy {
            self.waiting = Some(it);
            return None;
        }
        self.is_busy = true;
        Some(it)
    }

    /// What was under way is done: gives back what is to be done next.
    pub fn done(&mut self) -> Option<T> {
        let next = self.waiting.take();
        self.is_busy = next.is_some();
        next
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_newest_is_kept() {
        let mut latest = Latest::default();
        assert_eq!(latest.offer(1), Some(1));
        for i in 2..100 {
            assert_eq!(latest.offer(i), None);
        }
        assert_eq!(latest.done(), Some(99));
        // Still one under way: what comes now waits again.
        assert_eq!(latest.offer(100), None);
        assert_eq!(latest.done(), Some(100));
        assert_eq!(latest.done(), None);
        assert_eq!(latest.offer(101), Some(101));
    }
}
