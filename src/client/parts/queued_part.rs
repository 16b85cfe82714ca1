//! A part that is still to be sent, and how often the permission may be renewed for it.

use super::layout::Part;

/// A part that is still to be sent.
#[derive(Clone, Copy)]
pub(super) struct QueuedPart<'p> {
    pub(super) part: &'p Part,
    /// How often the permission was renewed for it.
    pub(super) renewals: u32,
    /// How often the permission had been refused when it was handed out.
    generation: u32,
}

impl<'p> QueuedPart<'p> {
    pub(super) fn new(part: &'p Part) -> Self {
        Self {
            part,
            renewals: 0,
            generation: 0,
        }
    }

    /// It is sent with the permission of this generation.
    pub(super) fn handed_out(self, generation: u32) -> Self {
        Self { generation, ..self }
    }

    /// The same with another permission, after that of its generation was
    /// refused; `None` if as many as are `allowed` were got for it.
    pub(super) fn again(self, present: u32, allowed: u32) -> Option<Self> {
        // Another part that was sent with the same may have been first: then there
        // are newer ones, which this part has for nothing, as often as that happens.
        let is_own = u32::from(self.generation == present);
        let is_allowed = allowed > 0 && self.renewals + is_own <= allowed;
        is_allowed.then_some(Self {
            renewals: self.renewals + is_own,
            ..self
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_sibling_has_renewed_is_no_renewal_of_ones_own() {
        let part = Part {
            number: 1,
            section: 0..1,
        };
        let mut queued = Some(QueuedPart::new(&part));
        for generation in 1..100 {
            queued = queued.and_then(|queued| queued.again(generation, 3));
        }
        for generation in 100..103 {
            let own = queued.map(|queued| queued.handed_out(generation));
            queued = own.and_then(|queued| queued.again(generation, 3));
        }
        assert_eq!(queued.map(|queued| queued.renewals), Some(3));
        let last = queued.and_then(|queued| queued.again(102, 3));
        assert!(last.is_none());
        // What a new permission does not help against is not tried again at all.
        assert!(QueuedPart::new(&part).again(1, 0).is_none());
    }
}
