//! How each operation answered the cases of `cargo xtask fuzz`, as a table. An operation that never succeeded was not tried:
//! its cases all ended at the first check.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::host::Result;

/// Operations that cannot succeed here, and why.
const NEVER: [(&str, &str); 0] = [];

/// Fewer than so many in a hundred is marked.
const PERCENT_WANTED: u64 = 10;

/// Class of a status, such as `2xx`, and how many answers had one.
type Classes = BTreeMap<String, u64>;

/// An operation, how its cases were meant (`positive` or `negative`), and how they were answered.
type Answers = BTreeMap<String, BTreeMap<String, Classes>>;

/// Prints the table of all files; what is wrong with it.
pub(super) fn tell(files: &[PathBuf]) -> Result<Vec<String>> {
    let mut all = Answers::new();
    for file in files {
        let text = std::fs::read_to_string(file).map_err(|e| format!("{}: {e}", file.display()))?;
        all.extend(serde_json::from_str::<Answers>(&text)?);
    }
    println!(
        "\n{:<66} {:>6} {:>6} {:>6} {:>6}",
        "operation", "2xx", "4xx", "other", "2xx %"
    );
    for (operation, meant) in &all {
        println!("{}", line(operation, meant));
    }
    Ok(wrong(&all))
}

fn line(operation: &str, meant: &BTreeMap<String, Classes>) -> String {
    let (good, refused, sum) = (of(meant, "2xx"), of(meant, "4xx"), sum(meant));
    let share = good * 100 / sum.max(1);
    let mark = if share < PERCENT_WANTED { "  few" } else { "" };
    format!(
        "{operation:<66} {good:>6} {refused:>6} {:>6} {share:>6}{mark}",
        sum - good - refused
    )
}

fn wrong(all: &Answers) -> Vec<String> {
    let mut wrong = Vec::new();
    for (operation, meant) in all {
        let reason = NEVER.iter().find(|(name, _)| name == operation);
        match (of(meant, "2xx"), reason) {
            (0, None) => wrong.push(format!("{operation} never succeeded")),
            (1.., Some((_, reason))) => {
                wrong.push(format!("{operation} succeeded; it stands as one that cannot: {reason}"))
            }
            (0, Some(_)) | (1.., None) => {}
        }
    }
    let unknown = NEVER.iter().filter(|(name, _)| !all.contains_key(*name));
    wrong.extend(unknown.map(|(name, _)| format!("{name} is no operation any more")));
    wrong
}

fn of(meant: &BTreeMap<String, Classes>, class: &str) -> u64 {
    meant.values().filter_map(|classes| classes.get(class)).sum()
}

fn sum(meant: &BTreeMap<String, Classes>) -> u64 {
    meant.values().flat_map(BTreeMap::values).sum()
}

#[cfg(test)]
mod tests {
    use super::{Answers, line, wrong};

    #[test]
    fn an_operation_that_never_succeeded_is_told() {
        let text = r#"{"GET /a": {"positive": {"2xx": 3, "4xx": 1}, "negative": {"4xx": 46}},
            "POST /b": {"negative": {"4xx": 9}}}"#;
        let all: Answers = serde_json::from_str(text).unwrap();
        assert_eq!(wrong(&all), ["POST /b never succeeded"]);
        let shown = line("GET /a", &all["GET /a"]);
        assert_eq!(
            shown.split_whitespace().collect::<Vec<_>>(),
            ["GET", "/a", "3", "47", "0", "6", "few"]
        );
    }
}
