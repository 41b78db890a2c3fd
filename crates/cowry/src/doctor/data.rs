//! The database: reachable, durable, of the right schema, its queues and the processes on it. Reads only.

use engine::store::instances::{self, Instance};
use engine::store::{self, Inspection, Options, StoreError, Target, api_keys, attention, calls, timers};
use engine::world::World;

use super::Finding;
use crate::failure::Failure;
use crate::place::Place;
use crate::{house, output};

/// A due step that nobody took for so long means that no worker works.
const LATE_MS: i64 = 30_000;
/// A process that gave no sign of life for so long does not run, or is stuck.
const SILENT_MS: i64 = 20_000;
/// Clocks that differ more make send windows and signatures unreliable.
const CLOCK_DRIFT_MS: i64 = 2_000;

/// What the tables say.
struct Looked {
    clock_ms: i64,
    due: i64,
    oldest_due_ms: Option<i64>,
    parked: i64,
    open_calls: i64,
    waiting_for_people: i64,
    instances: Vec<Instance>,
    has_live: bool,
}

/// Examines the database.
pub(super) async fn examine(place: &Place, world: &World, smtp_host: Option<&str>) -> Vec<Finding> {
    let inspected = place.must_exist().and_then(|()| {
        store::inspect(&Options::new(place.target.clone())).map_err(|error| house::refused_to_open(place, error))
    });
    let inspection = match inspected {
        Ok(inspection) => inspection,
        Err(failure) => return vec![Finding::wrong("database", "not to be had", failure.to_string())],
    };
    let mut findings = vec![Finding::ok("database", size(&inspection))];
    findings.push(durability(&inspection));
    findings.push(schema(&inspection));
    let is_current = inspection.schema.foreign.is_none() && inspection.schema.schema >= inspection.schema.knows;
    if !is_current {
        return findings; // its tables cannot be read yet
    }
    let before_ms = world.now_ms();
    match look(place).await {
        Ok(looked) => {
            let local_ms = before_ms + (world.now_ms() - before_ms) / 2;
            findings.push(clock(place, &looked, local_ms));
            findings.extend(queues(&looked));
            findings.push(processes(&looked));
            findings.push(mail_server(smtp_host, looked.has_live));
        }
        Err(failure) => findings.push(Finding::wrong("tables", "cannot be read", failure.to_string())),
    }
    findings
}

async fn look(place: &Place) -> Result<Looked, Failure> {
    let store = house::look(place)?;
    let looked = store
        .read(|tx| {
            let clock_ms = store::clock(tx)?;
            let (due, oldest_due_ms) = timers::backlog(tx, clock_ms)?;
            Ok::<_, StoreError>(Looked {
                clock_ms,
                due,
                oldest_due_ms,
                parked: timers::count_parked(tx)?,
                open_calls: calls::count_open(tx)?,
                waiting_for_people: attention::count_open(tx)?,
                instances: instances::all(tx)?,
                has_live: api_keys::has_live(tx)?,
            })
        })
        .await;
    store.close().await;
    Ok(looked?)
}

fn size(inspection: &Inspection) -> String {
    let mib = |bytes: u64| format!("{}.{} MiB", bytes >> 20, ((bytes & 0xf_ffff) * 10) >> 20);
    let log = inspection.wal_bytes.map(|bytes| format!(", log {}", mib(bytes)));
    format!(
        "{}, {}{}",
        inspection.engine,
        mib(inspection.size_bytes),
        log.unwrap_or_default()
    )
}

fn durability(inspection: &Inspection) -> Finding {
    let settings = inspection.settings.iter();
    let unsafe_ones: Vec<String> = settings
        .clone()
        .filter(|setting| !setting.is_safe())
        .map(|setting| format!("{}={} (must be {})", setting.name, setting.value, setting.wanted))
        .collect();
    if unsafe_ones.is_empty() {
        let all: Vec<String> = settings
            .map(|setting| format!("{}={}", setting.name, setting.value))
            .collect();
        return Finding::ok("durability", all.join(", "));
    }
    let advice = "acknowledged payments could be lost at a power cut: set it in the database server's configuration";
    Finding::wrong("durability", unsafe_ones.join(", "), advice)
}

fn schema(inspection: &Inspection) -> Finding {
    let state = inspection.schema;
    let found = format!("version {}, this program knows {}", state.schema, state.knows);
    if let Some(version) = state.foreign {
        let remedy = "use the build that made it, or begin with an empty database";
        return Finding::wrong("schema", format!("step {version} is of another build"), remedy);
    }
    match (state.min_binary > state.knows, state.schema < state.knows) {
        (true, _) => Finding::wrong("schema", found, "the database is of a newer release: use that release"),
        (false, true) => Finding::wrong("schema", found, "run `cowry migrate`"),
        (false, false) => Finding::ok("schema", found),
    }
}

fn clock(place: &Place, looked: &Looked, local_ms: i64) -> Finding {
    let Target::Postgres(_) = place.target else {
        return Finding::ok("database clock", "the machine's own");
    };
    let drift_ms = looked.clock_ms - local_ms;
    let found = format!("{drift_ms} ms from this machine's");
    match drift_ms.abs() > CLOCK_DRIFT_MS {
        true => Finding::warning(
            "database clock",
            found,
            "let both machines synchronise their clocks (NTP)",
        ),
        false => Finding::ok("database clock", found),
    }
}

fn queues(looked: &Looked) -> Vec<Finding> {
    let late_ms = looked.oldest_due_ms.map_or(0, |due_ms| looked.clock_ms - due_ms);
    let is_running = running(looked).next().is_some();
    let found = format!("{} steps due, the oldest for {}", looked.due, output::span(late_ms));
    let due = match (late_ms > LATE_MS, is_running) {
        (true, true) => Finding::wrong(
            "due steps",
            found,
            "a process runs but does not keep up: look at its log, and that one of role `worker` or `all` runs",
        ),
        (true, false) => Finding::warning(
            "due steps",
            found,
            "no process runs; they are taken up after the next start",
        ),
        (false, _) if looked.due == 0 => Finding::ok("due steps", "none waits"),
        (false, _) => Finding::ok("due steps", found),
    };
    let calls = Finding::ok("calls without an outcome", looked.open_calls.to_string());
    let parked = match looked.parked {
        0 => Finding::ok("parked steps", "none"),
        some => Finding::wrong(
            "parked steps",
            format!("{some} failed for hours and are not tried any more"),
            "see `cowry attention` and the logs; resolving the item there, or a restart, tries them again",
        ),
    };
    let people = match looked.waiting_for_people {
        0 => Finding::ok("waiting for a person", "nothing"),
        some => Finding::warning("waiting for a person", format!("{some} items"), "see `cowry attention`"),
    };
    vec![due, calls, parked, people]
}

/// Processes that live as far as the database knows.
fn running(looked: &Looked) -> impl Iterator<Item = &Instance> {
    let since_ms = looked.clock_ms - SILENT_MS;
    let living = looked
        .instances
        .iter()
        .filter(|instance| instance.fenced_at_ms.is_none());
    living.filter(move |instance| instance.heartbeat_at_ms >= since_ms)
}

/// As the settings file and the environment of this command say; flags of `serve` are not seen here.
fn mail_server(host: Option<&str>, has_live: bool) -> Finding {
    let check = "mail server";
    match (host, has_live) {
        (Some(host), _) => Finding::ok(check, host),
        (None, false) => Finding::ok(check, "none; the sandbox keeps its mails at /sandbox/mails"),
        (None, true) => Finding::warning(
            check,
            "none is named here",
            "live payments send no receipts by e-mail: give `cowry serve` --smtp-host and --smtp-from",
        ),
    }
}

fn processes(looked: &Looked) -> Finding {
    let told: Vec<String> = running(looked)
        .map(|instance| {
            let ago = output::span(looked.clock_ms - instance.heartbeat_at_ms);
            format!(
                "number {} (version {}), last sign of life {ago} ago",
                instance.epoch, instance.version
            )
        })
        .collect();
    if !told.is_empty() {
        return Finding::ok("processes", told.join("; "));
    }
    match looked.instances.first() {
        Some(last) => {
            let ago = output::span(looked.clock_ms - last.heartbeat_at_ms);
            Finding::warning(
                "processes",
                format!("none runs, the last stopped {ago} ago"),
                "start `cowry serve`",
            )
        }
        None => Finding::warning("processes", "none has run yet", "start `cowry serve`"),
    }
}
