//! The floor of storage: the store alone, told by `n` tasks at once to write what one created intent writes. No reads,
//! no keys, no JSON: what is left is what any server would have to pay.

mod data;

use std::path::PathBuf;
use std::time::Duration;

use data::{Written, tenant};
use domain::scope::Scope;
use store::{Options, Store, StoreError, Target, Tx, instances};
use world::World;

use crate::Result;
use crate::arguments::{Cell, StoreFloor};
use crate::load::{self, Work};
use crate::meter::Meter;
use crate::order::Order;

/// Measures each width on one database and prints a line of JSON for each.
pub(crate) async fn run(asked: &StoreFloor) -> Result<()> {
    let world = World::system();
    let store = Store::open(Options::new(target(&asked.database)), world.clone())?;
    let scope = tenant(&world);
    let epoch = store.write(move |tx| make_tenant(tx, scope)).await?;
    for &connections in &asked.connections {
        let cell = Cell {
            connections,
            measured: Duration::from_millis(asked.measured_ms),
        };
        let house = House {
            store: store.clone(),
            world: world.clone(),
            scope,
            epoch,
        };
        let workers = (0..connections).map(|worker| Write {
            house: house.clone(),
            place: (connections, worker),
            number: 0,
        });
        let (figures, _) = load::run(cell, workers.collect(), Meter::own()).await?;
        println!("{}", serde_json::to_string(&figures)?);
    }
    store.close().await;
    Ok(())
}

fn target(database: &str) -> Target {
    match database.strip_prefix("sqlite:") {
        Some(path) => Target::Sqlite(PathBuf::from(path)),
        None => Target::Postgres(database.to_owned()),
    }
}

fn make_tenant(tx: &mut Tx<'_>, scope: Scope) -> std::result::Result<i64, StoreError> {
    let at_ms = store::clock(tx)?;
    data::insert_tenant(tx, scope, at_ms)?;
    instances::start(tx, "bench", at_ms)
}

#[derive(Clone)]
struct House {
    store: Store,
    world: World,
    scope: Scope,
    epoch: i64,
}

/// One task.
struct Write {
    house: House,
    place: (u32, u32),
    number: u64,
}

impl Work for Write {
    async fn once(&mut self) -> Result<()> {
        self.number += 1;
        let (cell, worker) = self.place;
        let order = Order::new(cell, worker, self.number);
        let House {
            store,
            world,
            scope,
            epoch,
        } = &self.house;
        let written = Written::new(&order, world, *epoch)?;
        let scope = *scope;
        Ok(store.write(move |tx| written.write(tx, &scope)).await?)
    }
}
