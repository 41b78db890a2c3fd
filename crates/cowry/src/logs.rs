//! Log lines on stderr: words for a terminal, else one JSON object per line with flat members (`time`, `level`, `event`,
//! …). What a span knows stands in every line inside it. Never writes to stdout.

use std::io::{self, IsTerminal, Write};

use engine::world::World;
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, fmt};

/// The database client tells the parameters of every statement below `info`: phone numbers and names of payers. Only who
/// asks for a part of it by name gets more.
const QUIET: &str = "tokio_postgres=info";

/// Starts logging. `RUST_LOG` chooses what is told; `info` by default.
pub(crate) fn start() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let filter = QUIET
        .parse()
        .map_or_else(|_| EnvFilter::new("info"), |quiet| filter.add_directive(quiet));
    let registry = tracing_subscriber::registry().with(filter);
    // A second start finds the first one's subscriber; that is as good.
    let _ = if io::stderr().is_terminal() {
        registry
            .with(fmt::layer().with_target(false).with_writer(io::stderr))
            .try_init()
    } else {
        registry.with(JsonLines { world: World::system() }).try_init()
    };
}

struct JsonLines {
    world: World,
}

impl<S> Layer<S> for JsonLines
where
    S: Subscriber + for<'l> LookupSpan<'l>,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut members = Members::default();
        attributes.record(&mut members);
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(members);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(members) = span.extensions_mut().get_mut::<Members>()
        {
            values.record(members);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut line = Members::default();
        let at = jiff::Timestamp::from_millisecond(self.world.now_ms()).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        line.set("time", format!("{at:.3}").into());
        line.set("level", event.metadata().level().as_str().to_ascii_lowercase().into());
        line.set("event", event.metadata().target().into());
        for span in context.event_scope(event).into_iter().flatten() {
            if let Some(members) = span.extensions().get::<Members>() {
                members.0.iter().for_each(|(name, value)| line.set(name, value.clone()));
            }
        }
        event.record(&mut line);
        if let Ok(mut text) = serde_json::to_vec(&line) {
            text.push(b'\n');
            let _ = io::stderr().lock().write_all(&text);
        }
    }
}

/// Members of a line, in order; a later value of a name goes before an earlier one.
#[derive(Default)]
struct Members(Vec<(&'static str, Value)>);

impl Members {
    fn set(&mut self, name: &'static str, value: Value) {
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, held)) => *held = value,
            None => self.0.push((name, value)),
        }
    }
}

impl Serialize for Members {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl Visit for Members {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.set(field.name(), format!("{value:?}").into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.set(field.name(), value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.set(field.name(), value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.set(field.name(), value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.set(field.name(), value.into());
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.set(field.name(), value.into());
    }
}
