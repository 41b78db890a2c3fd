//! What SQLite's writer, readers and lock promise. Nothing to see when another engine is under test.

use std::{
    fs::OpenOptions,
    os::unix::fs::{FileExt, PermissionsExt},
    path::PathBuf,
    sync::{Arc, mpsc},
    time::Duration,
};

use crate::numbers::{add, names, numbers};
use store::{Store, StoreError, Target, testing};
use world::World;

fn skip() -> bool {
    testing::engine_under_test().is_some()
}

fn file(guard: &testing::Guard) -> PathBuf {
    match guard.options().target {
        Target::Sqlite(path) => path,
        other => panic!("{other:?}"),
    }
}

/// A closure that stays in the writer until it is let go.
fn hold(store: &Store, name: &'static str) -> (mpsc::Sender<()>, tokio::task::JoinHandle<Result<(), StoreError>>) {
    let (started, has_started) = mpsc::channel();
    let (release, released) = mpsc::channel::<()>();
    let store = store.clone();
    let held = tokio::spawn(async move {
        store
            .write(move |tx| {
                add(tx, name, 1)?;
                started.send(()).unwrap();
                released.recv().unwrap();
                Ok(())
            })
            .await
    });
    has_started.recv_timeout(Duration::from_secs(10)).unwrap();
    (release, held)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_is_answered_after_its_commit_and_not_before() {
    if skip() {
        return;
    }
    let (store, guard) = numbers().await;
    let (release, first) = hold(&store, "first");
    let (ran, has_run) = mpsc::channel();
    let inner = store.clone();
    let second = tokio::spawn(async move {
        inner
            .write(move |tx| {
                add(tx, "second", 2)?;
                ran.send(()).unwrap();
                Ok::<_, StoreError>(())
            })
            .await
    });
    while store.queue_depth() < 1 {
        tokio::task::yield_now().await;
    }
    // The third keeps the group open after the second has run.
    let (started, has_started) = mpsc::channel();
    let (release_third, released) = mpsc::channel::<()>();
    let inner = store.clone();
    let third = tokio::spawn(async move {
        inner
            .write(move |_| {
                started.send(()).unwrap();
                released.recv().unwrap();
                Ok::<_, StoreError>(())
            })
            .await
    });
    while store.queue_depth() < 2 {
        tokio::task::yield_now().await;
    }
    release.send(()).unwrap();
    has_run.recv_timeout(Duration::from_secs(10)).unwrap();
    has_started.recv_timeout(Duration::from_secs(10)).unwrap();
    assert!(
        !first.is_finished() && !second.is_finished(),
        "answered before the commit"
    );
    assert_eq!(
        names(&store).await,
        Vec::<String>::new(),
        "readers see what is committed, without waiting"
    );

    release_third.send(()).unwrap();
    assert_eq!(first.await.unwrap(), Ok(()));
    let other = rusqlite::Connection::open(file(&guard)).unwrap();
    let seen: i64 = other
        .query_row("SELECT COUNT(*) FROM numbers", [], |row| row.get(0))
        .unwrap();
    assert_eq!(seen, 2, "another process sees what was answered");
    assert_eq!((second.await.unwrap(), third.await.unwrap()), (Ok(()), Ok(())));
}

#[tokio::test]
async fn nobody_but_its_owner_may_read_the_file_and_its_log() {
    if skip() {
        return;
    }
    let (store, guard) = numbers().await;
    store.write(|tx| add(tx, "first", 1)).await.unwrap();
    for suffix in ["", "-wal", "-shm"] {
        let mut path = file(&guard).into_os_string();
        path.push(suffix);
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{path:?}");
    }
}

#[tokio::test]
async fn a_second_owner_is_refused_with_the_file_and_the_process() {
    if skip() {
        return;
    }
    let (store, guard) = numbers().await;
    let refused = Store::open(guard.options(), World::system())
        .err()
        .expect("refused")
        .to_string();
    assert!(refused.contains("cowry.db is in use"), "{refused}");
    assert!(refused.contains(&format!("pid {}", std::process::id())), "{refused}");
    assert!(store::migrate(&guard.options(), &World::system()).is_err());
    store.close().await;
    // The file itself goes when the last reader's connection does, if that is after the writer's.
    let log_bytes = std::fs::metadata(file(&guard).with_extension("db-wal")).map_or(0, |facts| facts.len());
    assert_eq!(log_bytes, 0, "the log is copied into the file at close");
    assert!(Store::open(guard.options(), World::system()).is_ok());
}

#[tokio::test]
async fn a_full_disk_refuses_writes_and_lets_reads_go_on() {
    if skip() {
        return;
    }
    let (store, _guard) = numbers().await;
    store.write(|tx| add(tx, "small", 1)).await.unwrap();
    let pages = |text: &'static str| store.write(move |tx| tx.sql(text).one::<i64>());
    pages("PRAGMA max_page_count = 1").await.unwrap();
    let long = "x".repeat(1_000_000);
    let (big, bystander) = (
        store.write(move |tx| add(tx, &long, 2)),
        store.write(|tx| add(tx, "bystander", 3)),
    );
    let (big, bystander) = tokio::join!(big, bystander);
    assert_eq!(big, Err(StoreError::Full));
    let kept = bystander.is_ok();
    assert_eq!(
        names(&store).await.contains(&"bystander".to_owned()),
        kept,
        "answered as it is"
    );
    pages("PRAGMA max_page_count = 1000000").await.unwrap();
    assert_eq!(store.write(|tx| add(tx, "room again", 4)).await, Ok(()));
    assert!(names(&store).await.contains(&"small".to_owned()));
}

#[tokio::test]
async fn a_transaction_that_a_closure_ended_takes_its_group_with_it() {
    if skip() {
        return;
    }
    let (store, _guard) = numbers().await;
    let rollback = |tx: &mut store::Tx<'_>| {
        add(tx, "lost", 1)?;
        tx.sql("ROLLBACK").execute().map(drop)
    };
    let (rogue, beside) = tokio::join!(store.write(rollback), store.write(|tx| add(tx, "beside", 2)));
    assert!(rogue.is_err());
    let there = names(&store).await;
    assert_eq!(
        there.contains(&"beside".to_owned()),
        beside.is_ok(),
        "{there:?} {beside:?}"
    );
    assert!(!there.contains(&"lost".to_owned()));
    assert_eq!(store.write(|tx| add(tx, "after", 3)).await, Ok(()));
}

#[tokio::test]
async fn a_damaged_file_stops_the_process() {
    if skip() {
        return;
    }
    let (store, guard) = numbers().await;
    let fill = |tx: &mut store::Tx<'_>| (0..500).try_for_each(|number| add(tx, &format!("{number}"), number));
    store.write(fill).await.unwrap();
    let root = "SELECT rootpage FROM sqlite_schema WHERE name = 'numbers'";
    let page = store.read(move |tx| tx.sql(root).one::<u64>()).await.unwrap();
    store.close().await;
    let damaged = OpenOptions::new().write(true).open(file(&guard)).unwrap();
    damaged.write_all_at(&[0xff; 4096], (page - 1) * 4096).unwrap();

    let (told, hears) = mpsc::channel();
    let mut options = guard.options();
    options.on_fatal = Arc::new(move |reason: &str| told.send(reason.to_owned()).unwrap());
    let store = Store::open(options, World::system()).unwrap();
    let read = store.read(|tx| tx.sql("SELECT number FROM numbers").all::<i64>()).await;
    assert!(matches!(read, Err(StoreError::Disk(_))), "{read:?}");
    assert!(hears.try_recv().unwrap().contains("malformed"));
    let write = store.write(|tx| add(tx, "more", 1)).await;
    assert!(matches!(write, Err(StoreError::Disk(_))), "{write:?}");
    assert!(hears.try_recv().is_ok());
}
