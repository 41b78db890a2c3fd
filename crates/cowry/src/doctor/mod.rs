//! `cowry doctor`: examines what payments rest on, and says for each finding what to do. Looks only; exit code 1 when
//! something is wrong. Warnings do not count as wrong.

mod data;
mod machine;

use std::process::ExitCode;

use comfy_table::Cell;
use engine::world::World;
use serde::Serialize;
use serde_json::json;

use crate::command_line::ListArgs;
use crate::config_file::ConfigFile;
use crate::failure::Failure;
use crate::output;
use crate::place::Place;
use crate::smtp::SmtpFile;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Level {
    Ok,
    Warning,
    Wrong,
}

/// What was found about one thing.
#[derive(Debug, Serialize)]
struct Finding {
    check: &'static str,
    level: Level,
    found: String,
    advice: Option<String>,
}

impl Finding {
    fn ok(check: &'static str, found: impl Into<String>) -> Self {
        Self {
            check,
            level: Level::Ok,
            found: found.into(),
            advice: None,
        }
    }

    fn warning(check: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self {
            level: Level::Warning,
            advice: Some(advice.into()),
            ..Self::ok(check, found)
        }
    }

    fn wrong(check: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self {
            level: Level::Wrong,
            ..Self::warning(check, found, advice)
        }
    }
}

/// Examines and prints.
pub(crate) async fn examine(args: ListArgs) -> Result<ExitCode, Failure> {
    let file = ConfigFile::read(args.data.config.as_deref())?;
    let place = Place::resolve(&args.data, &file)?;
    let host = SmtpFile::host(file.smtp.as_ref());
    let world = World::system();
    let mut findings = data::examine(&place, &world, host.as_deref()).await;
    findings.extend(machine::examine(&place, &world));
    let is_well = findings.iter().all(|finding| finding.level != Level::Wrong);
    match args.json {
        true => output::json(&json!({ "ok": is_well, "findings": findings }))?,
        false => output::line(&report(&findings, &place)),
    }
    Ok(if is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn report(findings: &[Finding], place: &Place) -> String {
    let mut table = output::table(&["", "check", "found"]);
    for finding in findings {
        let mark = match finding.level {
            Level::Ok => "ok",
            Level::Warning => "look",
            Level::Wrong => "WRONG",
        };
        let found = match &finding.advice {
            Some(advice) => format!("{}\n→ {advice}", finding.found),
            None => finding.found.clone(),
        };
        table.add_row([Cell::new(mark), Cell::new(finding.check), Cell::new(found)]);
    }
    let wrong = findings.iter().filter(|finding| finding.level == Level::Wrong).count();
    let summary = match wrong {
        0 => "Nothing is wrong.".to_owned(),
        1 => "One thing is wrong.".to_owned(),
        many => format!("{many} things are wrong."),
    };
    format!("{}\n\n{table}\n\n{summary}", place.database())
}
