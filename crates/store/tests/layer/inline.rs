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

#[test]
fn who_watches_from_outside_sees_what_is_committed_and_leaves_nothing() {
    let memory = fresh();
    let store = Store::open_inline(&memory, World::system()).unwrap();
    now(create(&store));
    memory.crash_at(3, CrashSide::Before);
    assert_eq!(now(store.write(|tx| add(tx, "a", 1))), Ok(()));
    assert_eq!(now(store.write(|tx| add(tx, "b", 2))), Err(StoreError::Crashed));
    let peek = || memory.peek(|tx| tx.sql("SELECT name FROM numbers ORDER BY name").all::<String>());
    assert_eq!(peek().unwrap(), ["a"], "also while nobody is up");
    assert_eq!(memory.peek(|tx| add(tx, "c", 3)), Ok(()));
    assert!(memory.peek(|tx| add(tx, "a", 1)).is_err());
    assert_eq!(peek().unwrap(), ["a"]);
    assert!(memory.is_down());
}

#[test]
fn a_template_of_what_is_committed_goes_its_own_way() {
    let memory = fresh();
    let store = Store::open_inline(&memory, World::system()).unwrap();
    now(create(&store));
    assert_eq!(now(store.write(|tx| add(tx, "a", 1))), Ok(()));
    let template = memory.to_template().unwrap();
    assert_eq!(now(store.write(|tx| add(tx, "b", 2))), Ok(()));
    let copies = [1, 2].map(|_| Memory::from_template(&template).unwrap());
    for copy in &copies {
        let copied = Store::open_inline(copy, World::system()).unwrap();
        assert_eq!(now(names(&copied)), ["a"]);
        assert_eq!(now(copied.write(|tx| add(tx, "c", 3))), Ok(()));
        assert_eq!(now(names(&copied)), ["a", "c"]);
    }
    assert_eq!(now(names(&store)), ["a", "b"]);
}
