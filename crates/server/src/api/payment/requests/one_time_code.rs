//! The request to hand over a one-time code.

use super::fields::{Fields, Problems};
use crate::envelope::Problem;
use crate::json::Json;

const DIGITS: std::ops::RangeInclusive<usize> = 4..=8;

/// Reads a whole body.
pub(crate) fn read(body: &Json) -> Result<String, Problem> {
    let mut problems = Problems::default();
    let code = Fields::of_body(body, &mut problems).and_then(|fields| {
        fields.require(&["code"], &mut problems);
        fields.read("code", digits, &mut problems)
    });
    problems.conclude(code)
}

fn digits(text: &str) -> Result<String, &'static str> {
    let is_code = DIGITS.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    is_code
        .then(|| text.to_owned())
        .ok_or("must be a string of 4 to 8 digits")
}
