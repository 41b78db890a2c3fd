//! A run, for people. Owns columns and units; never the figures.

use comfy_table::{CellAlignment, Table, presets};

use crate::arguments::Scenario;
use crate::figures::Figures;
use crate::report::{EngineReport, Report};

const HEAD: [&str; 9] = [
    "scenario",
    "connections",
    "req/s",
    "p50 ms",
    "p99 ms",
    "% of HTTP floor",
    "% of storage floor",
    "CPU µs/req",
    "RSS MiB",
];
/// Creating an intent is to reach this share of the lower floor.
const AIM_PERCENT: u64 = 50;

/// The whole run.
pub(crate) fn render(report: &Report) -> String {
    let mut parts = vec![report.machine.describe()];
    for engine in &report.engines {
        parts.push(format!("{}\n{}", engine.engine.title(), table(report, engine)));
        parts.extend(aim(report, engine));
    }
    parts.extend(report.notes.iter().cloned());
    parts.join("\n\n")
}

fn table(report: &Report, engine: &EngineReport) -> Table {
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN).set_header(HEAD);
    for (scenario, figures) in report.rows(engine) {
        let http = report.http_floor(figures.connections);
        let storage = engine
            .find(Scenario::Store, figures.connections)
            .filter(|_| scenario.writes());
        table.add_row([
            scenario.title().to_owned(),
            figures.connections.to_string(),
            figures.per_second().to_string(),
            millis(figures.p50_us),
            millis(figures.p99_us),
            percent(&figures, http.filter(|_| scenario != Scenario::Store)),
            percent(&figures, storage),
            figures.cpu_us_each().to_string(),
            (figures.resident_bytes >> 20).to_string(),
        ]);
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

/// How creating an intent stands to the lower of the two floors.
fn aim(report: &Report, engine: &EngineReport) -> Option<String> {
    let shares: Vec<String> = engine
        .rows
        .iter()
        .filter(|row| row.scenario == Scenario::Create)
        .filter_map(|row| {
            let connections = row.figures.connections;
            let floors = [
                report.http_floor(connections),
                engine.find(Scenario::Store, connections),
            ];
            let [Some(http), Some(storage)] = floors else {
                return None;
            };
            let share = row.figures.percent_of(http).max(row.figures.percent_of(storage));
            Some(format!("{share} % at {connections}"))
        })
        .collect();
    (!shares.is_empty()).then(|| {
        let shares = shares.join(", ");
        format!(
            "Create intent against the lower of the two floors: {shares} connections (aim: {AIM_PERCENT} % or more)."
        )
    })
}

fn percent(figures: &Figures, floor: Option<&Figures>) -> String {
    floor.map_or_else(|| "–".to_owned(), |floor| figures.percent_of(floor).to_string())
}

/// Microseconds as milliseconds with two decimals.
fn millis(us: u64) -> String {
    format!("{}.{:02}", us / 1_000, us % 1_000 / 10)
}
