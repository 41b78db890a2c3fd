//! An explanation as text for a person: one line per happening, in the order of time. Prints nothing that could move a
//! terminal: what providers said is shown without control characters.

use std::fmt::Write;

use serde_json::Value;

/// How much is told.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Depth {
    /// One line per happening.
    Lines,
    /// Headers, bodies and the whole journal too.
    Full,
}

/// Changes that are told better by what made them.
const TOLD_OTHERWISE: [&str; 10] = [
    "intent.created",
    "attempt.started",
    "attempt.completed",
    "attempt.failed",
    "attempt.cancelled",
    "permit.opened",
    "permit.sent",
    "permit.paid",
    "permit.dead",
    "fact.captured",
];

/// Of happenings to one attempt in the same millisecond, which is told first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Made,
    Started,
    Called,
    Exchanged,
    Outcome,
    Heard,
    Changed,
}

/// What happened, when: the text may have more lines. In the same millisecond attempts are told one after the other.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Happening {
    at: String,
    attempt: u64,
    rank: Rank,
    /// Keeps the order in which it was noted.
    number: usize,
    text: String,
}

/// All that happened, as it is collected.
struct Happenings {
    all: Vec<Happening>,
    attempt: u64,
    depth: Depth,
}

impl Happenings {
    fn add(&mut self, at: &str, rank: Rank, text: String) {
        self.all.push(Happening {
            at: at.to_owned(),
            attempt: self.attempt,
            rank,
            number: self.all.len(),
            text,
        });
    }
}

/// The whole story.
pub(super) fn tell(told: &Value, depth: Depth) -> String {
    let mut out = format!(
        "{} ({}): {}, {}\n",
        text(told, "/id"),
        text(told, "/payment_intents_id"),
        text(told, "/amount/short"),
        text(told, "/state")
    );
    let of = |name: &str| told.pointer(&format!("/countries/{name}")).and_then(Value::as_str);
    if let Some(sale) = of("transaction") {
        let payer = of("payer")
            .map(|payer| format!(", payer in {payer}"))
            .unwrap_or_default();
        let rail = of("rail").map(|rail| format!(", rail of {rail}")).unwrap_or_default();
        out.push_str(&format!("Sale in {sale}{payer}{rail}\n"));
    }
    let mut happened = Happenings {
        all: Vec::new(),
        attempt: 0,
        depth,
    };
    happened.add(&text(told, "/created_at"), Rank::Made, "the payment is made".to_owned());
    for attempt in list(told, "/attempts") {
        happened.attempt = attempt["number"].as_u64().unwrap_or(0);
        tell_attempt(attempt, &mut happened);
    }
    happened.attempt = u64::MAX;
    for change in list(told, "/journal") {
        let event = text(change, "/event");
        if depth == Depth::Full || !TOLD_OTHERWISE.contains(&event.as_str()) {
            let line = format!("{event} {} {}", text(change, "/subject_id"), text(change, "/detail"));
            happened.add(&text(change, "/at"), Rank::Changed, line.trim_end().to_owned());
        }
    }
    happened.all.sort();
    let mut day = String::new();
    for Happening { at, text, .. } in &happened.all {
        let (date, time) = date_and_time(at);
        if date != day {
            let _ = write!(out, "\n{date} (UTC)\n");
            date.clone_into(&mut day);
        }
        let _ = writeln!(out, "{time}  {}", text.replace('\n', "\n              "));
    }
    tell_ahead(told, &mut out);
    harmless(out.trim_end())
}

fn tell_attempt(attempt: &Value, happened: &mut Happenings) {
    let fallback = if attempt["is_fallback"] == true {
        ", a fallback"
    } else {
        ""
    };
    let mut started = format!(
        "attempt {} starts ({}): {} in {}, {}{fallback}",
        attempt["number"],
        text(attempt, "/id"),
        text(attempt, "/method_code"),
        text(attempt, "/country"),
        text(attempt, "/amount/short"),
    );
    if let Some(payer) = attempt["payer"].as_str() {
        let _ = write!(started, ", payer {payer}");
    }
    for step in list(attempt, "/route") {
        let name = step["account_name"].as_str().unwrap_or("a former account");
        let _ = write!(
            started,
            "\n{} {} ({name}), {} % lately: {}",
            text(step, "/verdict"),
            text(step, "/gateway_code"),
            step["success_percent"],
            text(step, "/text")
        );
    }
    happened.add(&text(attempt, "/created_at"), Rank::Started, started);
    for permit in list(attempt, "/permits") {
        tell_permit(permit, happened);
    }
    if let Some(at) = attempt["ended_at"].as_str() {
        let mut ended = format!("attempt {} is {}", attempt["number"], text(attempt, "/status"));
        if let Some(code) = attempt.pointer("/failure/code").and_then(Value::as_str) {
            let _ = write!(ended, " ({code}): {}", text(attempt, "/failure/message"));
        }
        happened.add(at, Rank::Changed, ended);
    }
}

fn tell_permit(permit: &Value, happened: &mut Happenings) {
    if let Some(at) = permit["sent_at"].as_str() {
        let line = format!(
            "a charge with our reference {} may be sent ({})",
            text(permit, "/reference"),
            text(permit, "/id")
        );
        happened.add(at, Rank::Called, line);
    }
    for call in list(permit, "/calls") {
        let kind = text(call, "/kind");
        for exchange in list(call, "/exchanges") {
            happened.add(
                &text(exchange, "/started_at"),
                Rank::Exchanged,
                exchange_line(exchange, happened.depth),
            );
        }
        let at = call["ended_at"]
            .as_str()
            .or(call["started_at"].as_str())
            .unwrap_or_default();
        let evidence = call["evidence"]
            .as_str()
            .map(|said| format!(" [{said}]"))
            .unwrap_or_default();
        let line = format!(
            "{kind} is {}{evidence}: {}",
            text(call, "/outcome"),
            text(call, "/text")
        );
        happened.add(at, Rank::Outcome, line);
    }
    for fact in list(permit, "/facts") {
        let mut line = format!("known by {}: {}", text(fact, "/source_text"), text(fact, "/text"));
        for (name, pointer) in [
            ("", "/amount"),
            ("transaction ", "/external_id"),
            ("reason ", "/reason"),
        ] {
            if let Some(said) = fact.pointer(pointer).and_then(Value::as_str) {
                let _ = write!(line, " {name}{said}");
            }
        }
        happened.add(&text(fact, "/at"), Rank::Heard, line);
    }
    if let Some(at) = permit["ended_at"].as_str() {
        let proof = permit["proof"]
            .as_str()
            .map(|proof| format!(" by {proof}"))
            .unwrap_or_default();
        let line = format!(
            "the charge is {}{proof}: {}",
            text(permit, "/state"),
            text(permit, "/text")
        );
        happened.add(at, Rank::Heard, line);
    }
}

fn exchange_line(exchange: &Value, depth: Depth) -> String {
    let ended = match exchange["status"].as_u64() {
        Some(status) => status.to_string(),
        None => text(exchange, "/failure"),
    };
    let mut line = format!(
        "{} {} -> {ended}, {} ms",
        text(exchange, "/method"),
        text(exchange, "/url"),
        exchange["took_ms"]
    );
    let moments = [
        ("first byte out", "/sent_after_ms"),
        ("answer begins", "/head_after_ms"),
    ];
    let known = moments
        .iter()
        .filter_map(|(name, pointer)| Some((name, exchange.pointer(pointer)?.as_i64()?)));
    let known: Vec<String> = known
        .map(|(name, after_ms)| format!("{name} after {after_ms} ms"))
        .collect();
    if !known.is_empty() {
        let _ = write!(line, " ({})", known.join(", "));
    }
    if depth == Depth::Full {
        push_message(&mut line, '>', &exchange["request"]);
        push_message(&mut line, '<', &exchange["answer"]);
    }
    line
}

fn push_message(line: &mut String, mark: char, message: &Value) {
    for header in list(message, "/headers") {
        let _ = write!(line, "\n{mark} {}: {}", text(header, "/name"), text(header, "/value"));
    }
    let body = text(message, "/body");
    for part in body.lines() {
        let _ = write!(line, "\n{mark} {part}");
    }
}

/// What is next, and what waits for a person.
fn tell_ahead(told: &Value, out: &mut String) {
    let next = list(told, "/next");
    let _ = write!(
        out,
        "\nNext:{}\n",
        if next.is_empty() { " nothing by itself" } else { "" }
    );
    for step in next {
        let parked = if step["parked"] == true {
            " It failed too often and waits for a person."
        } else {
            ""
        };
        let (date, time) = date_and_time(step["due_at"].as_str().unwrap_or_default());
        let _ = writeln!(
            out,
            "{date} {time}  {}{parked} ({})",
            text(step, "/text"),
            text(step, "/subject_id")
        );
    }
    let waiting = list(told, "/attention");
    if !waiting.is_empty() {
        out.push_str("\nWaits for a person:\n");
    }
    for item in waiting {
        let _ = writeln!(
            out,
            "{} ({}): {} {}",
            text(item, "/kind"),
            text(item, "/subject_id"),
            text(item, "/evidence"),
            text(item, "/advice")
        );
    }
}

fn list<'v>(value: &'v Value, pointer: &str) -> &'v [Value] {
    let found = value.pointer(pointer).and_then(Value::as_array);
    found.map(Vec::as_slice).unwrap_or_default()
}

fn text(value: &Value, pointer: &str) -> String {
    value
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

/// `2026-06-08` and `12:00:00.000` of a moment in RFC 3339, UTC.
fn date_and_time(at: &str) -> (&str, &str) {
    let (date, rest) = at.split_once('T').unwrap_or((at, ""));
    (date, rest.get(..12).unwrap_or(rest))
}

/// Without what a terminal would obey.
fn harmless(text: &str) -> String {
    let shown = |c: char| if c.is_control() && c != '\n' { '\u{fffd}' } else { c };
    text.chars().map(shown).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_story_is_told_in_order_and_moves_no_terminal() {
        let exchange = json!({
            "method": "POST", "url": "http://h/charge", "status": 200, "failure": null, "took_ms": 5,
            "started_at": "2026-06-08T12:00:00.020+00:00", "sent_after_ms": 1, "head_after_ms": 4,
            "request": {"headers": [{"name": "x-api-key", "value": "•••"}], "body": "{}"},
            "answer": {"headers": [], "body": "\u{1b}[2Jline\nnext"},
        });
        let call = json!({
            "kind": "charge", "outcome": "pending", "evidence": null, "text": "Taken in.", "exchanges": [exchange],
            "started_at": "2026-06-08T12:00:00.010+00:00", "ended_at": "2026-06-08T12:00:00.030+00:00",
        });
        let told = json!({
            "id": "TRX1", "payment_intents_id": "pi_1", "state": "open", "amount": {"short": "50 XOF"},
            "created_at": "2026-06-08T12:00:00.000+00:00",
            "attempts": [{
                "id": "att_1", "number": 1, "method_code": "momo_mtn", "country": "CI", "amount": {"short": "50 XOF"},
                "is_fallback": false, "payer": null, "created_at": "2026-06-08T12:00:00.010+00:00", "ended_at": null,
                "route": [], "permits": [{"calls": [call], "facts": [], "sent_at": "2026-06-08T12:00:00.010+00:00",
                    "reference": "R", "id": "txn_1", "ended_at": null}],
            }],
            "journal": [], "attention": [],
            "next": [{"text": "Asks again.", "due_at": "2026-06-08T12:00:02.000+00:00", "subject_id": "txn_1"}],
        });
        let story = tell(&told, Depth::Full);
        let places: Vec<usize> = [
            "payment is made",
            "attempt 1 starts",
            "reference R",
            "POST",
            "charge is pending",
            "Next:",
        ]
        .map(|part| story.find(part).unwrap())
        .to_vec();
        assert!(places.is_sorted(), "{story}");
        assert!(story.contains("> x-api-key: •••") && story.contains("< next") && !story.contains('\u{1b}'));
        assert!(
            story.contains("2026-06-08 12:00:02.000  Asks again. (txn_1)"),
            "{story}"
        );
        assert!(!tell(&told, Depth::Lines).contains("x-api-key"));
    }
}
