//! What a closure may rely on, on either engine.

use std::time::Duration;

use crate::numbers::{add, names, numbers};
use store::{Access, Migrate, OpenError, Store, StoreError, clock, testing};
use world::World;

#[tokio::test]
async fn values_come_back_as_they_went_in() {
    let (store, _guard) = numbers().await;
    let rows = store.write(|tx| {
        add(tx, "café \u{1F41A} it's", i64::MAX)?;
        tx.sql("INSERT INTO numbers (name, number, even) VALUES (?2, ?1, ?3)")
            .bind(0)
            .bind("")
            .bind(None::<bool>)
            .execute()?;
        let again =
            "SELECT name, number, even FROM numbers WHERE number = ?2 OR name = ?1 OR number = ?2 ORDER BY number";
        tx.sql(again)
            .bind("")
            .bind(i64::MAX)
            .for_update()
            .all::<(String, i64, Option<bool>)>()
    });
    let expected = vec![
        (String::new(), 0, None),
        ("café \u{1F41A} it's".to_owned(), i64::MAX, Some(false)),
    ];
    assert_eq!(rows.await, Ok(expected));

    let count = |text: &'static str| store.write(move |tx| tx.sql(text).bind("").execute());
    assert_eq!(count("UPDATE numbers SET number = 5 WHERE name = ?1").await, Ok(1));
    assert_eq!(
        count("UPDATE numbers SET number = 5 WHERE name = ?1 AND number = 6").await,
        Ok(0)
    );
    assert_eq!(
        count("INSERT INTO numbers (name, number) VALUES (?1, 1) ON CONFLICT DO NOTHING").await,
        Ok(0)
    );
}

#[tokio::test]
async fn a_refusal_or_a_panic_undoes_its_own_closure_only() {
    let (store, _guard) = numbers().await;
    let kept = store.write(|tx| add(tx, "kept", 1));
    let refused = store.write(|tx| {
        add(tx, "refused", 2)?;
        Err::<(), _>(StoreError::Other("no".to_owned()))
    });
    let panicked = store.write(|tx| {
        add(tx, "panicked", 3)?;
        assert_eq!(names_in(tx)?, 0, "on purpose");
        Ok::<(), StoreError>(())
    });
    let also_kept = store.write(|tx| add(tx, "also kept", 4));
    let (kept, refused, panicked, also_kept) = tokio::join!(kept, refused, panicked, also_kept);
    assert_eq!((kept, also_kept), (Ok(()), Ok(())));
    assert_eq!(refused, Err(StoreError::Other("no".to_owned())));
    assert!(matches!(panicked, Err(StoreError::Panicked(words)) if words.contains("on purpose")));
    assert_eq!(names(&store).await, ["also kept", "kept"]);
}

fn names_in(tx: &mut store::Tx<'_>) -> Result<i64, StoreError> {
    tx.sql("SELECT COUNT(*) FROM numbers").one()
}

#[tokio::test]
async fn a_closure_that_goes_on_after_a_refused_statement_is_undone() {
    let (store, _guard) = numbers().await;
    let answer = store.write(|tx| {
        add(tx, "a", 1)?;
        assert!(matches!(add(tx, "a", 2), Err(StoreError::Unique { .. })));
        assert_eq!(add(tx, "b", 3), Err(StoreError::Aborted));
        Ok::<_, StoreError>(())
    });
    assert!(matches!(answer.await, Err(StoreError::Unique { .. })));
    assert_eq!(names(&store).await, Vec::<String>::new());
}

#[tokio::test]
async fn each_refusal_has_its_name() {
    let (store, _guard) = numbers().await;
    let child = "CREATE TABLE children (name TEXT REFERENCES numbers (name))";
    store.write(move |tx| tx.sql(child).execute()).await.unwrap();
    let write = |text: &'static str| store.write(move |tx| tx.sql(text).execute());
    let check = write("INSERT INTO numbers (name, number) VALUES ('a', -1)").await;
    assert_eq!(
        check,
        Err(StoreError::Check {
            constraint: "positive".to_owned()
        })
    );
    assert_eq!(
        write("INSERT INTO numbers (name) VALUES ('a')").await,
        Err(StoreError::NotNull)
    );
    assert_eq!(
        write("INSERT INTO children (name) VALUES ('orphan')").await,
        Err(StoreError::Foreign)
    );
    assert!(matches!(
        write("SELECT \"no such column\" FROM numbers").await,
        Err(StoreError::Other(_))
    ));
    assert!(
        matches!(
            write("DELETE FROM numbers WHERE name = ?1").await,
            Err(StoreError::Other(_))
        ),
        "no value bound"
    );
    let nul = store.write(|tx| add(tx, "a\0b", 1)).await;
    assert!(matches!(nul, Err(StoreError::Other(_))));

    let write_in_read = store.read(|tx| add(tx, "a", 1)).await;
    assert_eq!(write_in_read, Err(StoreError::ReadOnly));
    let missing = store.read(|tx| tx.sql("SELECT number FROM numbers").one::<i64>()).await;
    assert_eq!(missing, Err(StoreError::Missing));
    let wrong = store
        .read(|tx| tx.sql("SELECT 'x' AS word, 1").one::<(i64, i64)>())
        .await;
    assert!(matches!(wrong, Err(StoreError::InvalidRow { column, .. }) if column == "word"));
}

#[tokio::test]
async fn the_shared_clock_is_near_ours() {
    let world = World::system();
    let (store, _guard) = testing::fresh(&world).unwrap();
    let shared = store.read(clock).await.unwrap();
    assert!((shared - world.now_ms()).abs() < 5_000);
}

#[tokio::test]
async fn closing_serves_what_waits_and_refuses_what_comes_later() {
    let (store, guard) = numbers().await;
    let other = store.clone();
    let waiting: Vec<_> = (0..300)
        .map(|number| {
            let store = store.clone();
            tokio::spawn(async move { store.write(move |tx| add(tx, &format!("{number:03}"), number)).await })
        })
        .collect();
    tokio::task::yield_now().await;
    let answers = async {
        let mut kept = 0;
        for answer in waiting {
            kept += usize::from(answer.await.unwrap().is_ok());
        }
        kept
    };
    let (kept, ()) = tokio::join!(answers, store.close());
    assert!(matches!(other.read(names_in).await, Err(StoreError::Unavailable(_))));

    let again = Store::open(guard.options(), World::system()).unwrap();
    assert_eq!(names(&again).await.len(), kept);
}

#[tokio::test]
async fn a_full_queue_refuses_at_once() {
    let guard = testing::fresh_database(&World::system()).unwrap();
    let mut options = guard.options();
    (options.queue, options.connections) = (2, 1);
    let store = Store::open(options, World::system()).unwrap();
    let (started, has_started) = std::sync::mpsc::channel();
    let (release, released) = std::sync::mpsc::channel::<()>();
    let write = |work: Box<dyn FnMut() + Send>| {
        let (store, mut work) = (store.clone(), work);
        tokio::spawn(async move {
            store
                .write(move |_| {
                    work();
                    Ok::<_, StoreError>(())
                })
                .await
        })
    };
    let long = write(Box::new(move || {
        started.send(()).unwrap();
        released.recv().unwrap();
    }));
    while has_started.try_recv().is_err() {
        tokio::task::yield_now().await;
    }
    let waiting = [write(Box::new(|| ())), write(Box::new(|| ()))];
    while store.queue_depth() < 2 {
        tokio::task::yield_now().await;
    }
    assert_eq!(store.write(|_| Ok(())).await, Err(StoreError::Busy));
    release.send(()).unwrap();
    assert_eq!(long.await.unwrap(), Ok(()));
    for answer in waiting {
        assert_eq!(answer.await.unwrap(), Ok(()));
    }
}

#[tokio::test]
async fn a_schema_of_another_release_is_told_apart() {
    let (store, guard) = numbers().await;
    let future = |min_binary: i64| {
        let text = "INSERT INTO schema_version (version, name, applied_at, min_binary, sha256)
            VALUES (?1, 'later', 0, ?2, 'x')";
        store.write(move |tx| tx.sql(text).bind(1000 + min_binary).bind(min_binary).execute())
    };
    future(1).await.unwrap();
    let mut look = guard.options();
    look.access = Access::ReadOnly;
    let seen = Store::open(look.clone(), World::system()).expect("a newer schema that older programs can use");
    assert_eq!(seen.write(|tx| add(tx, "a", 1)).await, Err(StoreError::ReadOnly));
    assert_eq!(names(&seen).await, Vec::<String>::new());

    future(999).await.unwrap();
    store.close().await;
    for options in [guard.options(), look] {
        let refused = Store::open(options, World::system()).err().expect("refused");
        assert!(matches!(refused, OpenError::TooNew { needs: 999, .. }), "{refused}");
    }
}

#[tokio::test]
async fn an_open_database_is_inspected() {
    let (store, guard) = numbers().await;
    let seen = store::inspect(&guard.options()).unwrap();
    assert_eq!(seen.schema.schema, seen.schema.knows);
    assert!(seen.size_bytes > 0);
    let unsafe_ones: Vec<_> = seen.settings.iter().filter(|setting| !setting.is_safe()).collect();
    assert!(unsafe_ones.is_empty(), "{unsafe_ones:?}");
    assert!(seen.engine.to_lowercase().starts_with(store.engine_name()));
}

#[tokio::test]
async fn thirty_two_racers_for_one_row_are_put_in_order() {
    let (store, _guard) = numbers().await;
    store.write(|tx| add(tx, "counter", 0)).await.unwrap();
    let racers: Vec<_> = (0..32)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move {
                store
                    .write(|tx| {
                        let read = "SELECT number FROM numbers WHERE name = 'counter'";
                        let number: i64 = tx.sql(read).for_update().one()?;
                        tx.sql("UPDATE numbers SET number = ?1 WHERE name = 'counter'")
                            .bind(number + 1)
                            .execute()
                    })
                    .await
            })
        })
        .collect();
    for racer in racers {
        assert_eq!(
            tokio::time::timeout(Duration::from_secs(30), racer)
                .await
                .unwrap()
                .unwrap(),
            Ok(1)
        );
    }
    let last = store.read(|tx| tx.sql("SELECT number FROM numbers").one::<i64>()).await;
    assert_eq!(last, Ok(32));
}

#[tokio::test]
async fn waiting_migrations_are_refused_when_only_checking() {
    let world = World::system();
    let guard = testing::fresh_database(&world).unwrap();
    let mut options = guard.options();
    if testing::engine_under_test().is_some() {
        // The test databases there are migrated when they are made.
        let store = Store::open(options.clone(), world.clone()).unwrap();
        for text in ["DROP SCHEMA public CASCADE", "CREATE SCHEMA public"] {
            let done: Result<u64, StoreError> = store.write(move |tx| tx.sql(text).execute()).await;
            done.unwrap();
        }
        store.close().await;
    }
    options.migrate = Migrate::Check;
    let refused = Store::open(options.clone(), world.clone()).err().expect("refused");
    assert!(matches!(refused, OpenError::Behind { schema: 0, .. }), "{refused}");

    options.migrate = Migrate::Auto;
    Store::open(options.clone(), world.clone()).unwrap().close().await;
    let first = store::migrate(&options, &world).unwrap();
    assert_eq!(first.schema, first.knows);
    assert_eq!(store::migrate(&options, &world).unwrap(), first);
    options.migrate = Migrate::Check;
    assert!(Store::open(options, world).is_ok());
}
