//! What the PostgreSQL workers promise. Nothing to see when another engine is under test.

use std::sync::{
    Arc, Barrier,
    atomic::{AtomicU32, Ordering},
};

use crate::numbers::{add, names, numbers};
use store::{Store, StoreError, testing};
use world::World;

fn skip() -> bool {
    testing::engine_under_test().is_none()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_closures_that_deadlock_both_end_well() {
    if skip() {
        return;
    }
    let (store, _guard) = numbers().await;
    let fill = |tx: &mut store::Tx<'_>| add(tx, "a", 0).and_then(|()| add(tx, "b", 0));
    store.write(fill).await.unwrap();
    let barrier = Arc::new(Barrier::new(2));
    let runs = Arc::new(AtomicU32::new(0));
    let cross = |first: &'static str, second: &'static str| {
        let (barrier, runs) = (Arc::clone(&barrier), Arc::clone(&runs));
        store.write(move |tx| {
            let text = "UPDATE numbers SET number = number + 1 WHERE name = ?1";
            tx.sql(text).bind(first).execute()?;
            if runs.fetch_add(1, Ordering::SeqCst) < 2 {
                barrier.wait();
            }
            tx.sql(text).bind(second).execute()
        })
    };
    let (one, other) = tokio::join!(cross("a", "b"), cross("b", "a"));
    assert_eq!((one, other), (Ok(1), Ok(1)));
    assert!(runs.load(Ordering::SeqCst) > 2, "one of them ran again");
    let sums = store.read(|tx| tx.sql("SELECT number FROM numbers").all::<i64>()).await;
    assert_eq!(sums, Ok(vec![2, 2]));
}

#[tokio::test]
async fn a_conflict_that_stays_is_given_up() {
    if skip() {
        return;
    }
    let (store, _guard) = numbers().await;
    let runs = Arc::new(AtomicU32::new(0));
    let seen = Arc::clone(&runs);
    let answer = store.write(move |tx| {
        seen.fetch_add(1, Ordering::SeqCst);
        tx.sql("DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '40001'; END $$")
            .execute()
    });
    assert_eq!(answer.await, Err(StoreError::Conflict));
    assert_eq!(runs.load(Ordering::SeqCst), 4);
}

const SUICIDE: &str = "SELECT pg_terminate_backend(pg_backend_pid())";

#[tokio::test]
async fn a_connection_lost_before_commit_costs_nothing() {
    if skip() {
        return;
    }
    let (store, _guard) = numbers().await;
    let mut runs = 0;
    let answer = store.write(move |tx| {
        runs += 1;
        add(tx, "once", runs)?;
        if runs == 1 {
            tx.sql(SUICIDE).one::<bool>()?;
        }
        Ok::<_, StoreError>(runs)
    });
    assert_eq!(answer.await, Ok(2));
    assert_eq!(names(&store).await, ["once"]);
}

#[tokio::test]
async fn connections_lost_while_idle_are_not_noticed() {
    if skip() {
        return;
    }
    let (store, _guard) = numbers().await;
    let others = "SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity \
        WHERE datname = current_database() AND pid <> pg_backend_pid()";
    let killed = store.write(move |tx| tx.sql(others).one::<i64>()).await;
    assert!(killed.unwrap() > 0);
    let writes = (0..20).map(|number| store.write(move |tx| add(tx, &format!("{number}"), number)));
    for write in writes {
        assert_eq!(write.await, Ok(()));
    }
    assert_eq!(names(&store).await.len(), 20);
}

#[tokio::test]
async fn a_connection_lost_in_commit_is_never_run_again() {
    if skip() {
        return;
    }
    let (store, _guard) = numbers().await;
    for text in [
        "CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS \
            'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(1); RETURN NULL; END'",
        "CREATE CONSTRAINT TRIGGER die AFTER INSERT ON numbers DEFERRABLE INITIALLY DEFERRED \
            FOR EACH ROW EXECUTE FUNCTION die()",
    ] {
        store.write(move |tx| tx.sql(text).execute()).await.unwrap();
    }
    let runs = Arc::new(AtomicU32::new(0));
    let seen = Arc::clone(&runs);
    let answer = store.write(move |tx| {
        seen.fetch_add(1, Ordering::SeqCst);
        add(tx, "who knows", 1)
    });
    assert_eq!(answer.await, Err(StoreError::CommitUnknown));
    assert_eq!(runs.load(Ordering::SeqCst), 1);
    assert_eq!(
        store.write(|tx| tx.sql("SELECT 1").one::<i64>()).await,
        Ok(1),
        "the next one finds a connection"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_row_is_passed_over_or_waited_for_in_bounds() {
    if skip() {
        return;
    }
    let (store, guard) = numbers().await;
    let fill = |tx: &mut store::Tx<'_>| add(tx, "a", 0).and_then(|()| add(tx, "b", 0));
    store.write(fill).await.unwrap();
    let (started, has_started) = std::sync::mpsc::channel();
    let (release, released) = std::sync::mpsc::channel::<()>();
    let holder = store.clone();
    let held = tokio::spawn(async move {
        holder
            .write(move |tx| {
                tx.sql("SELECT name FROM numbers WHERE name = 'a'")
                    .for_update()
                    .one::<String>()?;
                started.send(()).unwrap();
                released.recv().unwrap();
                Ok::<_, StoreError>(())
            })
            .await
    });
    has_started.recv().unwrap();
    let other = Store::open(guard.options(), World::system()).unwrap();
    let all = "SELECT name FROM numbers ORDER BY name";
    let free = other.write(move |tx| tx.sql(all).skip_locked().all::<String>()).await;
    assert_eq!(free, Ok(vec!["b".to_owned()]));
    let waited = other.write(move |tx| tx.sql(all).for_update().all::<String>()).await;
    assert_eq!(waited, Err(StoreError::Busy), "lock_timeout");
    release.send(()).unwrap();
    assert_eq!(held.await.unwrap(), Ok(()));
}
