//! How fast the machine is taken to be, where a case cannot do without time-outs.

use std::cell::Cell;
use std::time::Duration;

/// How many times longer each try waits than what suits a machine with nothing else to do.
const PACES: [u32; 4] = [1, 4, 16, 64];

/// The pace of one try.
pub struct Pace {
    slower: u32,
    is_used: Cell<bool>,
}

impl Pace {
    fn new(slower: u32) -> Self {
        Self {
            slower,
            is_used: Cell::new(false),
        }
    }

    /// A time-out at this pace.
    pub fn stretch(&self, ms: u64) -> u64 {
        self.is_used.set(true);
        ms * u64::from(self.slower)
    }

    /// Whether something was as fast as it is to be.
    pub fn is_within(&self, took: Duration, limit: Duration) -> bool {
        let is_within = took <= limit * self.slower;
        if !is_within {
            self.is_used.set(true);
        }
        is_within
    }
}

impl Default for Pace {
    fn default() -> Self {
        Self::new(PACES[0])
    }
}

/// Runs something. If it fails, and time-outs of a test play a part in it, the machine may just have been too busy for
/// them: then it runs once more with longer ones. What is wrong is so at each pace; what needs no time-outs runs once.
pub fn at_any_pace<T>(mut run: impl FnMut(&Pace) -> T, is_good: impl Fn(&T) -> bool) -> T {
    let mut paces = PACES.into_iter().map(Pace::new);
    let mut pace = Pace::default();
    loop {
        let outcome = run(&pace);
        if is_good(&outcome) || !pace.is_used.get() {
            return outcome;
        }
        let slower = pace.slower;
        match paces.find(|next| next.slower > slower) {
            Some(next) => pace = next,
            None => return outcome,
        }
        eprintln!("once more, with time-outs {} times as long", pace.slower);
    }
}
