//! A run, for people. Owns columns and units; never the figures.

use comfy_table::{CellAlignment, Table, presets};

use crate::arguments::Scenario;
use crate::drain::Drain;
use crate::figures::Figures;
use crate::outage::Outage;
use crate::report::{EngineReport, Report};
use crate::tarpits::Tarpits;

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
const OUTAGE_HEAD: [&str; 8] = [
    "minute",
    "from s",
    "payments",
    "paid %",
    "on sim_a %",
    "on sim_b %",
    "p50 ms",
    "p99 ms",
];
/// Letters per second that a receiver which was away is to get at least, on two cores.
const AIM_LETTERS: u64 = 1_000;
/// What tarpits may do to the slowest letters of others.
const AIM_TARPITS_PERCENT: u64 = 110;
/// Creating an intent is to reach this share of the lower floor.
const AIM_PERCENT: u64 = 50;

/// The whole run.
pub(crate) fn render(report: &Report) -> String {
    let mut parts = vec![report.machine.describe()];
    for engine in &report.engines {
        if !engine.rows.is_empty() {
            parts.push(format!("{}\n{}", engine.engine.title(), table(report, engine)));
        }
        parts.extend(aim(report, engine));
        parts.extend(engine.outage.as_ref().map(|outage| outage_table(engine, outage)));
        parts.extend(engine.drain.as_ref().map(|drain| drain_told(engine, drain)));
        parts.extend(engine.tarpits.as_ref().map(|tarpits| tarpits_told(engine, tarpits)));
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

fn outage_table(engine: &EngineReport, outage: &Outage) -> String {
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN).set_header(OUTAGE_HEAD);
    for minute in &outage.minutes {
        table.add_row([
            minute.title.to_owned(),
            seconds(minute.from_ms),
            minute.payments.to_string(),
            minute.percent_paid().to_string(),
            minute.percent_on_first().to_string(),
            minute.percent_on_second().to_string(),
            millis(minute.p50_us),
            millis(minute.p99_us),
        ]);
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    let returned = outage.returned_ms.map_or_else(
        || "did not take payments again before the end".to_owned(),
        |at_ms| format!("took payments again from {} s", seconds(at_ms)),
    );
    let first_error = outage.first_error.as_ref();
    let first_error = first_error.map_or_else(String::new, |error| {
        format!("\n\nThe first payment that was not paid: {error}")
    });
    format!(
        "{}, outage: {} payments per second; sim_a was down from {} s to {} s and {returned}.\n{table}{first_error}",
        engine.engine.title(),
        outage.per_second,
        seconds(outage.down_ms),
        seconds(outage.up_ms),
    )
}

fn drain_told(engine: &EngineReport, drain: &Drain) -> String {
    format!(
        "{}, deliver: {} events that a receiver had missed were delivered within {} s of its return: {} per second (aim: \
         {AIM_LETTERS} or more), {} % of what it takes from a bare client ({} per second), with {} µs of the server's CPU each; \
         {} came twice.",
        engine.engine.title(),
        drain.letters,
        seconds(drain.window_us / 1_000),
        drain.per_second(),
        drain.percent_of_floor(),
        drain.floor.per_second(),
        drain.cpu_us_each(),
        drain.repeated,
    )
}

fn tarpits_told(engine: &EngineReport, tarpits: &Tarpits) -> String {
    let Tarpits { servers, without, with } = tarpits;
    format!(
        "{}, tarpits: events reach {servers} receivers after {} ms (median) and {} ms (99 of 100), and beside {servers} others \
         that never answer after {} ms and {} ms: {} % and {} % of that (aim: at most {AIM_TARPITS_PERCENT} %). {} and {} letters.",
        engine.engine.title(),
        without.p50_ms,
        without.p99_ms,
        with.p50_ms,
        with.p99_ms,
        tarpits.percent_p50(),
        tarpits.percent_p99(),
        without.letters,
        with.letters,
    )
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

/// Milliseconds as seconds with one decimal.
fn seconds(ms: u64) -> String {
    format!("{}.{}", ms / 1_000, ms % 1_000 / 100)
}
