//! A run: every floor and every scenario, each on processes and a database of its own, one after the other. Owns the
//! order of things; never a figure.

mod scenarios;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use tokio::process::Command;

use crate::Result;
use crate::arguments::{Engine, Options, Scenario};
use crate::connection::Peer;
use crate::figures::Figures;
use crate::machine::Machine;
use crate::place::{self, Place};
use crate::program::Program;
use crate::report::{EngineReport, Report, Row};
use crate::subject::Subject;
use crate::{load, table, works};

use scenarios::Measured;

const NO_POSTGRES: &str = "PostgreSQL was not measured: COWRY_TEST_DATABASE names no server. Its rows come with\n  cargo xtask \
                           with-postgres cargo run --release -p bench";

/// Measures what was asked for and prints it.
///
/// # Errors
/// When something cannot be started or measured, or when a cell was not served without errors; what was measured is
/// printed all the same.
pub(crate) async fn run(options: &Options) -> Result<()> {
    let program = if options.wants_cowry() {
        Some(Program::make(options).await?)
    } else {
        None
    };
    let folder = folder(options)?;
    let mut report = Report {
        machine: Machine::look(&folder)?,
        echo: Vec::new(),
        engines: Vec::new(),
        notes: Vec::new(),
    };
    if options.wants(Scenario::Echo) {
        report.echo = echo(options, &folder).await?;
    }
    for &engine in &options.engines {
        if engine == Engine::Postgres && !place::has_postgres() {
            report.notes.push(NO_POSTGRES.to_owned());
            continue;
        }
        let measured = measure(options, program.as_ref(), (engine, &folder)).await?;
        report.notes.extend(measured.notes);
        report.engines.push(EngineReport {
            engine,
            rows: measured.rows,
            outage: measured.outage,
            drain: measured.drain,
            tarpits: measured.tarpits,
        });
    }
    if options.is_smoke() {
        report
            .notes
            .push("A smoke run: the figures have no meaning.".to_owned());
    }
    println!("{}", table::render(&report));
    if let Some(path) = &options.json {
        fs::write(path, serde_json::to_string_pretty(&report)?)?;
    }
    let unsound = report.unsound();
    if unsound.is_empty() {
        Ok(())
    } else {
        Err(unsound.join("\n").into())
    }
}

fn folder(options: &Options) -> Result<PathBuf> {
    let beside = env::current_exe()?;
    let folder = options.folder.as_deref().or_else(|| beside.parent());
    Ok(folder.ok_or("there is no folder for the databases")?.to_path_buf())
}

async fn echo(options: &Options, folder: &Path) -> Result<Vec<Figures>> {
    #[derive(serde::Deserialize)]
    struct Ready {
        url: String,
    }
    eprintln!("bench: {}", Scenario::Echo.title());
    let place = Place::new(folder, Engine::Sqlite)?;
    let mut command = Command::new(env::current_exe()?);
    command.arg("echo");
    let mut server = Subject::start("echo", command, place.folder())?;
    let ready: Ready = server.say().await?;
    let peer = Peer::new(&ready.url)?;
    let mut all = Vec::new();
    for cell in options.cells() {
        let mut workers = Vec::new();
        for worker in 0..cell.connections {
            workers.push(works::Echo {
                connection: peer.connect().await?,
                cell: cell.connections,
                worker,
                number: 0,
            });
        }
        all.push(load::run(cell, workers, server.meter()?).await?.0);
    }
    server.stop().await?;
    Ok(all)
}

async fn store_floor(options: &Options, place: &Place) -> Result<Vec<Figures>> {
    let mut command = Command::new(env::current_exe()?);
    let widths: Vec<String> = options.connections().iter().map(u32::to_string).collect();
    command
        .args([
            "store-floor",
            "--database",
            &place.address(),
            "--connections",
            &widths.join(","),
        ])
        .args(["--measured-ms", &options.measured().as_millis().to_string()]);
    let mut floor = Subject::start("store-floor", command, place.folder())?;
    let mut all = Vec::new();
    for _ in options.cells() {
        all.push(floor.say().await?);
    }
    floor.stop().await?;
    Ok(all)
}

async fn measure(options: &Options, program: Option<&Program>, on: (Engine, &Path)) -> Result<Measured> {
    let (engine, folder) = on;
    let mut measured = Measured::default();
    for scenario in [
        Scenario::Store,
        Scenario::Create,
        Scenario::Pay,
        Scenario::Retrieve,
        Scenario::Outage,
        Scenario::Deliver,
        Scenario::Tarpits,
    ] {
        if !options.wants(scenario) {
            continue;
        }
        eprintln!("bench: {}, {}", engine.title(), scenario.title());
        let place = Place::new(folder, engine)?;
        let figures = match (scenario, program) {
            (Scenario::Store, _) => store_floor(options, &place).await?,
            (Scenario::Create, Some(program)) => scenarios::create(options, program, &place).await?,
            (Scenario::Retrieve, Some(program)) => scenarios::retrieve(options, program, &place).await?,
            (Scenario::Pay, Some(program)) => {
                let (figures, note) = scenarios::pay(options, program, &place).await?;
                measured.notes.push(format!("{}: {note}", engine.title()));
                figures
            }
            (Scenario::Outage, Some(program)) => {
                measured.outage = Some(scenarios::outage(options, program, &place).await?);
                continue;
            }
            (Scenario::Deliver, Some(program)) => {
                measured.drain = Some(scenarios::deliver(options, program, &place).await?);
                continue;
            }
            (Scenario::Tarpits, Some(program)) => {
                measured.tarpits = Some(scenarios::tarpits(options, program, on).await?);
                continue;
            }
            (Scenario::Echo, _) | (_, None) => continue,
        };
        let rows = figures.into_iter().map(|figures| Row { scenario, figures });
        measured.rows.extend(rows);
    }
    Ok(measured)
}
