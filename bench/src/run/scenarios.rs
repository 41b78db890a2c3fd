//! The scenarios on a real server, with the simulated operators in a process of their own. Owns their set-up and what is
//! checked at their end.

use std::path::Path;
use std::sync::Arc;

use serde::Deserialize;

use crate::Result;
use crate::arguments::{Engine, Options};
use crate::connection::{Peer, parse};
use crate::drain::{self, Drain};
use crate::figures::Figures;
use crate::order::Order;
use crate::outage::{self, Outage};
use crate::place::Place;
use crate::program::Program;
use crate::report::Row;
use crate::subject::Subject;
use crate::tarpits::{self, OtherHalf, Tarpits};
use crate::works::{self, INTENTS};
use crate::{ledger, load};

/// How many intents there are to be read.
const INTENTS_TO_READ: u64 = 200;

/// What one engine came to.
#[derive(Default)]
pub(super) struct Measured {
    pub(super) rows: Vec<Row>,
    pub(super) notes: Vec<String>,
    pub(super) outage: Option<Outage>,
    pub(super) drain: Option<Drain>,
    pub(super) tarpits: Option<Tarpits>,
}

/// A server and its operators.
struct House {
    server: Subject,
    simulator: Subject,
    merchant: Peer,
    operators: Peer,
}

impl House {
    async fn open(program: &Program, place: &Place) -> Result<Self> {
        let (simulator, operators) = program.simulator(place.folder()).await?;
        let (server, merchant) = program.serve(place.folder(), place.database(), &operators).await?;
        Ok(Self {
            server,
            simulator,
            merchant,
            operators,
        })
    }

    async fn close(self) -> Result<()> {
        self.server.stop().await?;
        self.simulator.stop().await
    }
}

/// Creating intents.
pub(super) async fn create(options: &Options, program: &Program, place: &Place) -> Result<Vec<Figures>> {
    let house = House::open(program, place).await?;
    let mut all = Vec::new();
    for cell in options.cells() {
        let mut workers = Vec::new();
        for worker in 0..cell.connections {
            workers.push(works::Create {
                connection: house.merchant.connect().await?,
                cell: cell.connections,
                worker,
                number: 0,
            });
        }
        all.push(load::run(cell, workers, house.server.meter()?).await?.0);
    }
    house.close().await?;
    Ok(all)
}

/// Payments to completion. The note says how they stand to the operators' own book.
pub(super) async fn pay(options: &Options, program: &Program, place: &Place) -> Result<(Vec<Figures>, String)> {
    let house = House::open(program, place).await?;
    let mut all = Vec::new();
    let mut paid = Vec::new();
    for cell in options.cells() {
        let mut workers = Vec::new();
        for worker in 0..cell.connections {
            let connection = house.merchant.connect().await?;
            workers.push(works::Pay::new(connection, cell.connections, worker));
        }
        let (figures, workers) = load::run(cell, workers, house.server.meter()?).await?;
        all.push(figures);
        paid.extend(workers.into_iter().flat_map(|worker| worker.paid));
    }
    let agreement = ledger::compare(&mut house.operators.connect().await?, &paid).await?;
    let errors: u64 = all.iter().map(|figures| figures.errors).sum();
    if errors == 0 && agreement.unclaimed > 0 {
        let count = agreement.unclaimed;
        return Err(format!("the operators took {count} charges that no completed payment accounts for").into());
    }
    house.close().await?;
    let completed = agreement.completed;
    let note =
        format!("{completed} payments were completed; the operators' book has each of them once, with its amount.");
    Ok((all, note))
}

/// Reading intents.
pub(super) async fn retrieve(options: &Options, program: &Program, place: &Place) -> Result<Vec<Figures>> {
    let house = House::open(program, place).await?;
    let paths: Arc<[String]> = make_intents(&house.merchant).await?.into();
    let mut all = Vec::new();
    for cell in options.cells() {
        let mut workers = Vec::new();
        for worker in 0..cell.connections {
            workers.push(works::Retrieve {
                connection: house.merchant.connect().await?,
                paths: Arc::clone(&paths),
                next: usize::try_from(worker)?,
            });
        }
        all.push(load::run(cell, workers, house.server.meter()?).await?.0);
    }
    house.close().await?;
    Ok(all)
}

/// Payments at a steady rate; the first account is down in the second of three minutes.
pub(super) async fn outage(options: &Options, program: &Program, place: &Place) -> Result<Outage> {
    let house = House::open(program, place).await?;
    // Payers pay at once at both accounts, so that times tell of routing and not of payers.
    let merchant = house.merchant.clone().with_scenario("both:approve_now");
    let (outage, paid) = outage::run(options.minute(), &merchant, &house.operators).await?;
    ledger::compare(&mut house.operators.connect().await?, &paid).await?;
    house.close().await?;
    Ok(outage)
}

/// A receiver that was away gets what it missed.
pub(super) async fn deliver(options: &Options, program: &Program, place: &Place) -> Result<Drain> {
    let house = House::open(program, place).await?;
    let meter = house.server.meter()?;
    let drain = drain::run(options.missed(), &house.merchant, (meter, options.measured())).await?;
    house.close().await?;
    Ok(drain)
}

/// Receivers that never answer beside others, on databases of their own.
pub(super) async fn tarpits(options: &Options, program: &Program, on: (Engine, &Path)) -> Result<Tarpits> {
    let mut times = Vec::new();
    for other in [OtherHalf::Nobody, OtherHalf::Tarpits] {
        let place = Place::new(on.1, on.0)?;
        let house = House::open(program, &place).await?;
        times.push(tarpits::run(other, &house.merchant, options.minute()).await?);
        house.close().await?;
    }
    let mut times = times.into_iter();
    match (times.next(), times.next()) {
        (Some(without), Some(with)) => Ok(Tarpits::of(without, with)),
        _ => Err("there were no two runs".into()),
    }
}

async fn make_intents(merchant: &Peer) -> Result<Vec<String>> {
    #[derive(Deserialize)]
    struct Answer {
        data: Intent,
    }
    #[derive(Deserialize)]
    struct Intent {
        id: String,
    }
    let mut connection = merchant.connect().await?;
    let mut paths = Vec::new();
    for number in 0..INTENTS_TO_READ {
        let order = Order::new(0, 0, number);
        let answer = connection
            .post(INTENTS, order.key(), order.create().to_string())
            .await?;
        let answer: Answer = parse(&answer)?;
        paths.push(format!("{INTENTS}/{}", answer.data.id));
    }
    Ok(paths)
}
