//! A permit that died, and the one after it.

use domain::attempt::AttemptEvent;
use domain::permit::DeathProof;
use store::facts::FactKind;
use store::permits::{self, Death, Permit};
use store::{StoreError, Tx, attempts, facts};

use super::Belongings;
use crate::calls::fact;
use crate::house::{NOON_MS, id};

impl Belongings {
    /// The other payment's permit was sent, and dies by a fact in a way that may leave a prompt.
    pub(super) fn bury(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        let (scope, dead) = (&self.owner.scope, &self.dead);
        let fact = fact(dead, 3, FactKind::Closed);
        facts::insert(tx, scope, &fact)?;
        permits::send(tx, scope, dead.permit.id, NOON_MS)?;
        let sent = permits::of_intent(tx, scope, dead.intent.id)?.remove(0);
        let death = Death {
            proof: DeathProof::ClosedByUs,
            fact_id: Some(fact.id),
            at_ms: NOON_MS,
        };
        assert_eq!(permits::kill(tx, scope, &sent, death)?, 1);
        let completed = dead
            .attempt
            .state
            .clone()
            .apply(AttemptEvent::Complete, NOON_MS)
            .unwrap();
        assert_eq!(attempts::save(tx, scope, &dead.attempt, &completed)?, 1);
        permits::insert(tx, scope, &self.successor())
    }

    /// The permit after the one that died.
    pub(super) fn successor(&self) -> Permit {
        let dead = &self.dead.permit;
        Permit {
            id: id(3),
            number: 2,
            merchant_ref: "REF3".to_owned(),
            ..dead.clone()
        }
    }
}
