//! Every SQL text of the house is a literal, and the engine under test can prepare it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

use std::{
    fs, mem,
    path::{Path, PathBuf},
};

use store::{Store, StoreError, testing};
use syn::{Expr, ExprMethodCall, ItemFn, Lit, visit, visit::Visit};
use world::World;

#[derive(Debug, Clone, Copy, PartialEq)]
enum Lock {
    None,
    ForUpdate,
    SkipLocked,
}

struct Found {
    place: String,
    text: &'static str,
    lock: Lock,
}

#[derive(Default)]
struct Collector {
    file: PathBuf,
    function: String,
    found: Vec<Found>,
    not_literal: Vec<String>,
    lock: Option<Lock>,
}

impl<'ast> Visit<'ast> for Collector {
    fn visit_item_fn(&mut self, item: &'ast ItemFn) {
        let outer = mem::replace(&mut self.function, item.sig.ident.to_string());
        visit::visit_item_fn(self, item);
        self.function = outer;
    }

    fn visit_expr_method_call(&mut self, call: &'ast ExprMethodCall) {
        let outer = self.lock;
        match call.method.to_string().as_str() {
            "for_update" => self.lock = Some(Lock::ForUpdate),
            "skip_locked" => self.lock = Some(Lock::SkipLocked),
            "sql" => self.collect(call),
            _ => {}
        }
        self.visit_expr(&call.receiver);
        self.lock = None;
        call.args.iter().for_each(|argument| self.visit_expr(argument));
        self.lock = outer;
    }
}

impl Collector {
    fn collect(&mut self, call: &ExprMethodCall) {
        let place = format!("{}, {}", self.file.display(), self.function);
        match call.args.first() {
            Some(Expr::Lit(literal)) if call.args.len() == 1 => match &literal.lit {
                Lit::Str(text) => self.found.push(Found {
                    place,
                    text: text.value().leak(),
                    lock: self.lock.unwrap_or(Lock::None),
                }),
                _ => self.not_literal.push(place),
            },
            _ => self.not_literal.push(place),
        }
    }
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

fn collect() -> Collector {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    files.sort();
    let mut collector = Collector::default();
    for file in files {
        let parsed = syn::parse_file(&fs::read_to_string(&file).unwrap()).unwrap();
        collector.file = file.strip_prefix(&root).unwrap().to_owned();
        collector.visit_file(&parsed);
    }
    collector
}

#[tokio::test]
async fn every_statement_is_a_literal_that_the_engine_prepares() {
    let (store, _guard) = testing::fresh(&World::system()).unwrap();
    let collector = collect();
    let mut wrong: Vec<_> = collector
        .not_literal
        .iter()
        .map(|place| format!("{place}: not a literal"))
        .collect();
    for Found { place, text, lock } in &collector.found {
        if let Err(gap) = numbered(text) {
            wrong.push(format!("{place}: {gap}\n  {text}"));
        }
        let (text, lock): (&'static str, _) = (text, *lock);
        let prepared = store.write(move |tx| {
            let statement = tx.sql(text);
            match lock {
                Lock::None => statement.prepare(),
                Lock::ForUpdate => statement.for_update().prepare(),
                Lock::SkipLocked => statement.skip_locked().prepare(),
            }
        });
        let prepared: Result<(), StoreError> = prepared.await;
        if let Err(error) = prepared {
            wrong.push(format!("{place}: {error}\n  {text}"));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        collector.found.len(),
        wrong.join("\n")
    );
}

/// How many parameters there are, `?1` to `?n` without a gap. (A `?` in a quoted text counts too: write it otherwise.)
fn numbered(text: &str) -> Result<usize, String> {
    let mut numbers: Vec<usize> = Vec::new();
    for part in text.split('?').skip(1) {
        let digits: String = part.chars().take_while(char::is_ascii_digit).collect();
        numbers.push(digits.parse().map_err(|_| "a parameter without a number".to_owned())?);
    }
    numbers.sort_unstable();
    numbers.dedup();
    if numbers.iter().copied().eq(1..=numbers.len()) {
        Ok(numbers.len())
    } else {
        Err(format!("parameters {numbers:?}"))
    }
}

#[test]
fn the_collector_sees_literals_locks_and_what_is_neither() {
    let code = r#"
        fn f(tx: &mut Tx, text: &'static str) {
            tx.sql("one").bind(1).execute();
            store.write(|tx| tx.sql("two").for_update().bind(2).all());
            tx.sql("three").bind(inner(|tx| tx.sql("four").one())).skip_locked().all();
            tx.sql(text).execute();
        }
    "#;
    let mut collector = Collector::default();
    collector.visit_file(&syn::parse_file(code).unwrap());
    let seen: Vec<_> = collector.found.iter().map(|found| (found.text, found.lock)).collect();
    assert_eq!(
        seen,
        [
            ("one", Lock::None),
            ("two", Lock::ForUpdate),
            ("three", Lock::SkipLocked),
            ("four", Lock::None)
        ]
    );
    assert_eq!(collector.not_literal, [", f"]);
    assert!(numbered("a = ?1 AND b = ?2 OR c = ?1").is_ok());
    assert!(numbered("a = ?1 AND b = ?3").is_err());
}

/// Where a hundred thousand rows may wait in one place: function, and the index by which all of its statements read.
const READ_BY: [(&str, &str); 19] = [
    ("deliveries.rs, insert", "deliveries_in_order"),
    ("deliveries/record.rs, put_off_followers", "deliveries_in_order"),
    ("deliveries/record.rs, call_followers", "deliveries_in_order"),
    ("deliveries.rs, backlog", "COVERING INDEX deliveries_waiting"),
    ("deliveries.rs, forget", "deliveries_ended"),
    (
        "deliveries.rs, give_up_old",
        "deliveries_waiting (project_id=? AND environment=? AND lane_id=? AND created_at<?",
    ),
    ("deliveries.rs, given_up_at", "deliveries_ended"),
    ("deliveries.rs, resend_failed", "deliveries_of_lane"),
    ("deliveries/due.rs, due", "deliveries_due"),
    ("deliveries/due.rs, next_due", "deliveries_due"),
    ("deliveries/list.rs, of_scope", "deliveries_by_time"),
    ("deliveries/list.rs, of_lane", "deliveries_of_lane"),
    ("deliveries/list.rs, of_events", "deliveries_once"),
    ("outbox.rs, unpublished_scopes", "outbox_unpublished"),
    ("outbox.rs, unpublished", "outbox_unpublished"),
    ("outbox.rs, of_intent", "outbox_by_sequence"),
    ("webhook_lanes.rs, next_due", "webhook_lanes_due"),
    ("webhook_lanes.rs, count_failing", "webhook_lanes_due"),
    ("delivery_tries.rs, last", "sqlite_autoindex_delivery_tries_1"),
];

/// Tables so small that they may be read whole.
const SMALL: [&str; 3] = ["SCAN e ", "SCAN l ", "SCAN webhook_endpoints"];

/// How SQLite goes about a statement. Its plans depend on the schema alone: nothing in the house runs ANALYZE.
async fn plan(store: &Store, text: &'static str) -> Vec<String> {
    let parameters = numbered(text).unwrap();
    let explained: &'static str = format!("EXPLAIN QUERY PLAN {text}").leak();
    let steps: Result<Vec<(i64, i64, i64, String)>, StoreError> = store
        .read(move |tx| {
            (0..parameters)
                .fold(tx.sql(explained), |known, _| known.bind(None::<i64>))
                .all()
        })
        .await;
    steps.unwrap().into_iter().map(|(.., step)| step).collect()
}

#[tokio::test]
async fn one_full_lane_is_never_read_whole() {
    if testing::engine_under_test().is_some() {
        return;
    }
    let (store, _guard) = testing::fresh(&World::system()).unwrap();
    let (mut wrong, mut count) = (Vec::new(), 0);
    for Found { place, text, .. } in collect().found {
        if !["deliver", "outbox", "webhook_"]
            .iter()
            .any(|file| place.starts_with(file))
        {
            continue;
        }
        let steps = plan(&store, text).await;
        let scans = |step: &String| step.starts_with("SCAN") && !SMALL.iter().any(|table| step.starts_with(table));
        let listed = READ_BY.iter().filter(|(function, _)| *function == place);
        count += listed.clone().count();
        let misread = listed
            .clone()
            .any(|(_, index)| !steps.iter().any(|step| step.contains(index)));
        if misread || steps.iter().any(scans) {
            wrong.push(format!("{place}:\n  {}", steps.join("\n  ")));
        }
    }
    assert!(count >= READ_BY.len(), "{count} statements looked at");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
