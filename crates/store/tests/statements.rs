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

use store::{StoreError, testing};
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

/// Whether the parameters are `?1` to `?n` without a gap. (A `?` in a quoted text counts too: write it otherwise.)
fn numbered(text: &str) -> Result<(), String> {
    let mut numbers: Vec<usize> = Vec::new();
    for part in text.split('?').skip(1) {
        let digits: String = part.chars().take_while(char::is_ascii_digit).collect();
        numbers.push(digits.parse().map_err(|_| "a parameter without a number".to_owned())?);
    }
    numbers.sort_unstable();
    numbers.dedup();
    if numbers.iter().copied().eq(1..=numbers.len()) {
        Ok(())
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
