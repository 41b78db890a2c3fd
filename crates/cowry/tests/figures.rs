//! The figures for machines tell how the house is, also right after a restart.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    missing_docs
)]

mod support;

use store::{Store, StoreError, Target};
use support::{Options, Server};
use world::World;

/// The values of a figure, however labelled.
async fn values(server: &Server, figure: &str) -> Vec<String> {
    let asked = support::client().get(format!("{}/metrics", server.url)).send().await;
    let text = asked.unwrap().text().await.unwrap();
    let lines = text
        .lines()
        .filter(|line| line.starts_with(figure) && !line.starts_with(&format!("{figure}_")));
    lines.map(|line| line.rsplit(' ').next().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn an_account_that_is_down_is_shown_after_a_restart() {
    let mut server = Server::start(Options::default());
    server.pay("144").await; // the operator takes another amount: somebody must look at it
    support::eventually("the payment's account is well", async || {
        values(&server, "cowry_gateway_health").await == ["0"] && values(&server, "cowry_attention_open").await == ["1"]
    })
    .await;
    server.kill9();
    let target = match server.home.database_url() {
        Some(url) => Target::Postgres(url),
        None => Target::Sqlite(server.home.data_dir().join("cowry.db")),
    };
    let store = Store::open(store::Options::new(target), World::system()).unwrap();
    let broken = store.write(|tx| {
        tx.sql("UPDATE health SET state = 'open', probe_at = 4000000000000, probe_wait_ms = 60000")
            .execute()
    });
    assert_eq!(broken.await, Ok::<_, StoreError>(1));
    store.close().await;
    server.restart();
    support::eventually("the figures show that it is down", async || {
        values(&server, "cowry_gateway_health").await == ["2"]
    })
    .await;
    assert_eq!(values(&server, "cowry_attention_open").await, ["1"]);
}
