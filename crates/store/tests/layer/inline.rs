//! The executor for `verify`: in order, without awaiting, and it crashes where it is told to.

use std::{
    pin::pin,
    task::{Context, Poll, Waker},
};

use crate::numbers::{add, create, names};
use store::{CrashSide, Memory, Store, StoreError, Template};
use world::World;

fn fresh() -> Memory {
    let template = Template::migrated(&World::system()).unwrap();
    Memory::from_template(&template).unwrap()
}

/// The answer of a future that does not wait.
fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(answer) => answer,
        Poll::Pending => panic!("it awaits"),
    }
}

#[test]
fn closures_run_where_they_are_called() {
    let memory = fresh();
    let store = Store::open_inline(&memory, World::system()).unwrap();
    now(create(&store));
    assert_eq!(now(store.write(|tx| add(tx, "a", 1))), Ok(()));
    assert!(now(store.write(|tx| add(tx, "a", 2))).is_err());
    assert_eq!(now(store.read(|tx| add(tx, "b", 2))), Err(StoreError::ReadOnly));
    assert_eq!(now(names(&store)), ["a"]);
    assert_eq!(memory.commits(), 2);
}

#[test]
fn a_crash_keeps_or_loses_exactly_the_commit_it_hits() {
    for (side, left) in [(CrashSide::Before, vec!["a"]), (CrashSide::After, vec!["a", "b"])] {
        let memory = fresh();
        let store = Store::open_inline(&memory, World::system()).unwrap();
        now(create(&store));
        memory.crash_at(3, side);
        assert_eq!(now(store.write(|tx| add(tx, "a", 1))), Ok(()));
        assert_eq!(now(store.write(|tx| add(tx, "b", 2))), Err(StoreError::Crashed));
        assert!(memory.is_down());
        assert_eq!(now(store.write(|tx| add(tx, "c", 3))), Err(StoreError::Crashed));

        let restarted = Store::open_inline(&memory, World::system()).unwrap();
        assert_eq!(now(names(&restarted)), left);
        assert_eq!(now(restarted.write(|tx| add(tx, "d", 4))), Ok(()));
        let ghost = now(store.read(|tx| tx.sql("SELECT name FROM numbers").all::<String>()));
        assert_eq!(
            ghost,
            Err(StoreError::Crashed),
            "the store from before the crash stays dead"
        );
    }
}
