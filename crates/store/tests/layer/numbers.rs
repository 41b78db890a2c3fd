//! A table of numbers to try the layer on, and a runtime to await it with.

use store::{Store, StoreError, Tx, testing};
use world::World;

/// A fresh database on the engine under test with the table `numbers (name, number, parity)`.
pub(crate) async fn numbers() -> (Store, testing::Guard) {
    let (store, guard) = testing::fresh(&World::system()).unwrap();
    create(&store).await;
    (store, guard)
}

/// Makes the table.
pub(crate) async fn create(store: &Store) {
    let text = "CREATE TABLE numbers (name TEXT NOT NULL PRIMARY KEY, number BIGINT NOT NULL, \
        even BOOLEAN, CONSTRAINT positive CHECK (number >= 0))";
    store.write(move |tx| tx.sql(text).execute().map(drop)).await.unwrap();
}

/// Adds a row.
pub(crate) fn add(tx: &mut Tx<'_>, name: &str, number: i64) -> Result<(), StoreError> {
    let text = "INSERT INTO numbers (name, number, even) VALUES (?1, ?2, ?3)";
    let even = number % 2 == 0;
    tx.sql(text).bind(name).bind(number).bind(even).execute().map(drop)
}

/// All names, in order.
pub(crate) async fn names(store: &Store) -> Vec<String> {
    store
        .read(|tx| tx.sql("SELECT name FROM numbers ORDER BY name").all())
        .await
        .unwrap_or_else(|error: StoreError| panic!("{error}"))
}
