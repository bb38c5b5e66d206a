//! Turns: one request at a time, first come first served.
use std::{
    cell::RefCell,
    collections::VecDeque,
    future::Future,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, Waker},
};

#[derive(Debug, Default)]
struct Queue {
    busy: bool,
    next: u64,
    waiting: VecDeque<(u64, Option<Waker>)>,
}

/// Hands out turns.
#[derive(Debug, Default)]
pub(super) struct Turns(Rc<RefCell<Queue>>);

/// Held while it is somebody's turn.
#[derive(Debug)]
pub(super) struct Turn(Rc<RefCell<Queue>>);

/// Waits for a turn.
#[derive(Debug)]
pub(super) struct Waiting {
    queue: Rc<RefCell<Queue>>,
    ticket: Option<u64>,
}

impl Turns {
    /// Waits for a turn.
    pub(super) fn take(&self) -> Waiting {
        Waiting {
            queue: self.0.clone(),
            ticket: None,
        }
    }
}

impl Future for Waiting {
    type Output = Turn;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Turn> {
        let queue = self.queue.clone();
        let mut q = queue.borrow_mut();
        let ticket = match self.ticket {
            Some(ticket) => ticket,
            None => {
                let ticket = q.next;
                q.next += 1;
                q.waiting.push_back((ticket, None));
                self.ticket = Some(ticket);
                ticket
            }
        };
        if !q.busy && q.waiting.front().is_some_and(|(t, _)| *t == ticket) {
            q.waiting.pop_front();
            q.busy = true;
            self.ticket = None;
            return Poll::Ready(Turn(queue.clone()));
        }
        if let Some(entry) = q.waiting.iter_mut().find(|(t, _)| *t == ticket) {
            entry.1 = Some(cx.waker().clone());
        }
        Poll::Pending
    }
}

fn wake_first(queue: &Rc<RefCell<Queue>>) {
    let waker = queue
        .borrow_mut()
        .waiting
        .front_mut()
        .and_then(|(_, w)| w.take());
    if let Some(waker) = waker {
        waker.wake();
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket {
            self.queue
                .borrow_mut()
                .waiting
                .retain(|(t, _)| *t != ticket);
            wake_first(&self.queue);
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.borrow_mut().busy = false;
        wake_first(&self.0);
    }
}
