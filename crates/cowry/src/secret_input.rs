//! Settings on the command line: `name=value`, or `name=@file` and `name=-` (standard input) for secrets, which so stay
//! out of the shell's history and of process lists. Never prints a value.

use std::fs;
use std::io::{self, Read};

use serde_json::{Map, Value};

use crate::failure::Failure;

/// Reads settings. Of a file's or the input's text the line end behind it is left out.
pub(crate) fn settings(given: &[String]) -> Result<Value, Failure> {
    let mut settings = Map::new();
    for word in given {
        let (name, value) = word
            .split_once('=')
            .ok_or_else(|| Failure::usage("--setting needs NAME=VALUE, NAME=@FILE or NAME=- (standard input)"))?;
        let text = match (value, value.strip_prefix('@')) {
            ("-", _) => from_input(name)?,
            (_, Some(path)) => fs::read_to_string(path).map_err(|error| {
                Failure::new(format!("the file {path} of the setting {name} cannot be read: {error}"))
            })?,
            (plain, None) => plain.to_owned(),
        };
        if settings.insert(name.to_owned(), Value::from(trimmed(&text))).is_some() {
            return Err(Failure::usage(format!("--setting {name} is given twice")));
        }
    }
    Ok(Value::Object(settings))
}

fn from_input(name: &str) -> Result<String, Failure> {
    let mut text = String::new();
    let read = io::stdin().read_to_string(&mut text);
    read.map_err(|error| {
        Failure::new(format!(
            "the setting {name} cannot be read from standard input: {error}"
        ))
    })?;
    Ok(text)
}

fn trimmed(text: &str) -> &str {
    let text = text.strip_suffix('\n').unwrap_or(text);
    text.strip_suffix('\r').unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::settings;

    #[test]
    fn values_come_as_they_are_or_from_a_file() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "s3cret=\n").unwrap();
        let from_file = format!("api_key=@{}", file.path().display());
        let read = settings(&[from_file, "base_url=http://x/?a=b".to_owned()]).unwrap();
        assert_eq!(read, json!({"api_key": "s3cret=", "base_url": "http://x/?a=b"}));
        for wrong in [vec!["api_key"], vec!["api_key=@/nowhere"], vec!["a=1", "a=2"]] {
            let wrong: Vec<String> = wrong.into_iter().map(str::to_owned).collect();
            assert!(settings(&wrong).is_err(), "{wrong:?}");
        }
    }
}
