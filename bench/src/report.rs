//! What a run came to, as one value: printed by `table`, written as JSON. Owns which row stands against which floor.

use serde::Serialize;

use crate::arguments::{Engine, Scenario};
use crate::drain::Drain;
use crate::figures::Figures;
use crate::machine::Machine;
use crate::outage::Outage;
use crate::tarpits::Tarpits;

/// A whole run.
#[derive(Serialize)]
pub(crate) struct Report {
    pub(crate) machine: Machine,
    /// The floor of HTTP: one for all engines.
    pub(crate) echo: Vec<Figures>,
    pub(crate) engines: Vec<EngineReport>,
    /// What is missing and what was found out besides.
    pub(crate) notes: Vec<String>,
}

/// One database engine.
#[derive(Serialize)]
pub(crate) struct EngineReport {
    pub(crate) engine: Engine,
    pub(crate) rows: Vec<Row>,
    /// What an outage looked like.
    pub(crate) outage: Option<Outage>,
    /// How fast a receiver that was away gets what it missed.
    pub(crate) drain: Option<Drain>,
    /// Whether receivers that never answer slow others down.
    pub(crate) tarpits: Option<Tarpits>,
}

/// One cell.
#[derive(Serialize)]
pub(crate) struct Row {
    pub(crate) scenario: Scenario,
    #[serde(flatten)]
    pub(crate) figures: Figures,
}

impl Report {
    /// Every row of one engine, the floor of HTTP first.
    pub(crate) fn rows(&self, engine: &EngineReport) -> Vec<(Scenario, Figures)> {
        let echo = self.echo.iter().map(|figures| (Scenario::Echo, figures.clone()));
        let own = engine.rows.iter().map(|row| (row.scenario, row.figures.clone()));
        echo.chain(own).collect()
    }

    /// The floor of HTTP at that many connections.
    pub(crate) fn http_floor(&self, connections: u32) -> Option<&Figures> {
        self.echo.iter().find(|figures| figures.connections == connections)
    }

    /// Cells that were not served, or not without errors.
    pub(crate) fn unsound(&self) -> Vec<String> {
        let none = EngineReport {
            engine: Engine::Sqlite,
            rows: Vec::new(),
            outage: None,
            drain: None,
            tarpits: None,
        };
        let echo = self.rows(&none).into_iter().map(|row| ("HTTP", row));
        let own = self.engines.iter().flat_map(|engine| {
            let rows = engine.rows.iter().map(|row| (row.scenario, row.figures.clone()));
            rows.map(|row| (engine.engine.title(), row))
        });
        echo.chain(own)
            .filter(|(_, (_, figures))| !figures.is_sound())
            .map(|(engine, (scenario, figures))| {
                let first = figures.first_error.unwrap_or_else(|| "nothing was served".to_owned());
                let (title, connections, errors) = (scenario.title(), figures.connections, figures.errors);
                format!("{engine}, {title}, {connections} connections: {errors} errors, the first: {first}")
            })
            .collect()
    }
}

impl EngineReport {
    /// The figures of a scenario at that many connections.
    pub(crate) fn find(&self, scenario: Scenario, connections: u32) -> Option<&Figures> {
        self.rows
            .iter()
            .find(|row| row.scenario == scenario && row.figures.connections == connections)
            .map(|row| &row.figures)
    }
}
