//! Tries statements on a seeded database. Owns how a refusal is told from another; never which statement is illegal.

use store::{Store, StoreError, Tx, testing};
use world::World;

use crate::seed;

/// What must become of the last statement of a case.
#[derive(Clone, Copy)]
pub(crate) enum Verdict {
    /// By the unique index or primary key of that name.
    Unique(&'static str),
    /// By a foreign key.
    Foreign,
    /// By a CHECK whose text has this word.
    Check(&'static str),
    /// By NOT NULL.
    NotNull,
    /// By a trigger that says this.
    Trigger(&'static str),
    /// It is taken.
    Taken,
}

/// Statements that lead up to one, that one, and what becomes of it.
#[derive(Clone)]
pub(crate) struct Case {
    name: String,
    verdict: Verdict,
    before: Vec<String>,
    statement: String,
}

impl Case {
    /// A case of one statement.
    pub(crate) fn new(verdict: Verdict, name: impl Into<String>, statement: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            verdict,
            before: Vec::new(),
            statement: statement.into(),
        }
    }

    /// Puts a legal statement before the one that is tried.
    pub(crate) fn after(mut self, statement: impl Into<String>) -> Self {
        self.before.push(statement.into());
        self
    }
}

/// What happened instead of a refusal.
#[derive(Debug)]
enum Fate {
    /// A statement before the one that is tried was refused: the case is wrong.
    Before(StoreError),
    /// It was taken; so many rows.
    Taken(u64),
    Refused(StoreError),
}

impl From<StoreError> for Fate {
    fn from(error: StoreError) -> Self {
        Self::Refused(error)
    }
}

/// Tries every case on one seeded database, each in a transaction that is undone. Returns what went wrong.
pub(crate) async fn try_all(cases: Vec<Case>) -> Vec<String> {
    assert!(!cases.is_empty(), "nothing to try");
    let (store, _guard) = testing::fresh(&World::system()).unwrap();
    store.write(seed::plant).await.unwrap();
    let tables = tables(&store).await;
    let seeded = picture(&store, &tables).await;
    assert!(seeded.len() > 20, "the seed is there");
    let mut wrong = Vec::new();
    for case in cases {
        let (name, verdict, statement) = (case.name.clone(), case.verdict, case.statement.clone());
        let fate = run(&store, case).await;
        if let Err(why) = judge(&store, verdict, fate).await {
            wrong.push(format!("  {name}: {why}\n    {statement}"));
        }
        if picture(&store, &tables).await != seeded {
            wrong.push(format!("  {name}: changed something\n    {statement}"));
            break;
        }
    }
    wrong
}

async fn run(store: &Store, case: Case) -> Fate {
    let answer: Result<(), Fate> = store
        .write(move |tx| {
            for text in &case.before {
                execute(tx, text).map_err(Fate::Before)?;
            }
            match execute(tx, &case.statement) {
                Ok(rows) => Err(Fate::Taken(rows)),
                Err(_) => Ok(()), // The store itself has to undo all of it and to say why.
            }
        })
        .await;
    answer.err().unwrap_or(Fate::Taken(0))
}

/// Runs a text that is made up at run time.
pub(crate) fn execute(tx: &mut Tx<'_>, text: &str) -> Result<u64, StoreError> {
    tx.sql(text.to_owned().leak()).execute()
}

async fn judge(store: &Store, verdict: Verdict, fate: Fate) -> Result<(), String> {
    let fits = match (verdict, &fate) {
        (_, Fate::Before(error)) => return Err(format!("the case is wrong, what comes before was refused: {error}")),
        (Verdict::Taken, Fate::Taken(rows)) => *rows > 0,
        (Verdict::Unique(index), Fate::Refused(StoreError::Unique { index: said })) => {
            let expected = spelling(store, index).await;
            (*said == expected)
                .then_some(())
                .ok_or(format!("refused by {said}, not by {expected}"))?;
            true
        }
        (Verdict::Foreign, Fate::Refused(StoreError::Foreign)) => true,
        (Verdict::NotNull, Fate::Refused(StoreError::NotNull)) => true,
        (Verdict::Check(word), Fate::Refused(StoreError::Check { constraint })) => {
            let text = definition(store, constraint).await;
            text.contains(word)
                .then_some(())
                .ok_or(format!("refused by {text}, not by {word}"))?;
            true
        }
        (Verdict::Trigger(words), Fate::Refused(StoreError::Trigger(said))) => said == words,
        _ => false,
    };
    if fits { Ok(()) } else { Err(format!("{fate:?}")) }
}

/// How the engine under test names an index in a refusal.
async fn spelling(store: &Store, index: &'static str) -> String {
    if testing::engine_under_test().is_some() {
        return index.to_owned();
    }
    let columns: Vec<String> = store
        .read(move |tx| match index.strip_suffix("_pkey") {
            Some(table) => tx
                .sql("SELECT ?1 || '.' || name FROM pragma_table_info(?1) WHERE pk > 0 ORDER BY pk")
                .bind(table)
                .all(),
            None => tx
                .sql(
                    "SELECT (SELECT tbl_name FROM sqlite_schema WHERE name = ?1) || '.' || name
                    FROM pragma_index_info(?1) ORDER BY seqno",
                )
                .bind(index)
                .all(),
        })
        .await
        .unwrap_or_else(|error: StoreError| panic!("{index}: {error}"));
    columns.join(", ")
}

/// The text of a CHECK that refused.
async fn definition(store: &Store, constraint: &str) -> String {
    if testing::engine_under_test().is_none() {
        return constraint.to_owned();
    }
    let name = constraint.to_owned();
    let text = store.read(move |tx| {
        tx.sql("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = ?1")
            .bind(&name)
            .one::<String>()
    });
    text.await
        .unwrap_or_else(|error: StoreError| panic!("{constraint}: {error}"))
}

/// A statement for each table that reads all of its columns as one text a row.
async fn tables(store: &Store) -> Vec<&'static str> {
    let text = if testing::engine_under_test().is_some() {
        "SELECT CAST(table_name AS TEXT), CAST(column_name AS TEXT) FROM information_schema.columns
        WHERE table_schema = 'public' ORDER BY table_name, ordinal_position"
    } else {
        "SELECT t.name, c.name FROM sqlite_schema t, pragma_table_info(t.name) c
        WHERE t.type = 'table' ORDER BY t.name, c.cid"
    };
    let columns: Vec<(String, String)> = store
        .read(move |tx| tx.sql(text).all())
        .await
        .unwrap_or_else(|error: StoreError| panic!("{error}"));
    let statement = |group: &[(String, String)]| {
        let cells: Vec<_> = group
            .iter()
            .map(|(_, column)| format!("COALESCE(CAST({column} AS TEXT), '~')"))
            .collect();
        let table = &group[0].0;
        format!(
            "SELECT '{table}|' || {} AS line FROM {table} ORDER BY line",
            cells.join(" || '|' || ")
        )
    };
    let groups = columns.chunk_by(|one, other| one.0 == other.0);
    groups.map(|group| &*statement(group).leak()).collect()
}

async fn picture(store: &Store, tables: &[&'static str]) -> Vec<String> {
    let tables = tables.to_vec();
    let rows = store.read(move |tx| {
        let mut rows: Vec<String> = Vec::new();
        for text in &tables {
            rows.extend(tx.sql(text).all::<String>()?);
        }
        Ok::<_, StoreError>(rows)
    });
    rows.await.unwrap()
}
