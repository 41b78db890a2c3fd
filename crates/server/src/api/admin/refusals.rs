//! How a refusal of an administrator's order is told over HTTP: one exhaustive match. Never refuses anything itself.

use std::collections::BTreeMap;

use engine::admin::AdminRefusal;

use crate::envelope::Problem;
use crate::error_codes::ErrorCode;

impl From<AdminRefusal> for Problem {
    fn from(refusal: AdminRefusal) -> Self {
        match refusal {
            AdminRefusal::Unknown(what) => Self::saying(ErrorCode::NotFound, format!("No such {what}.")),
            AdminRefusal::Invalid(fields) => {
                let mut errors: BTreeMap<String, Vec<String>> = BTreeMap::new();
                for (path, message) in fields {
                    errors.entry(path).or_default().push(message);
                }
                Self::invalid(errors)
            }
            AdminRefusal::Conflict { code, message } => {
                Self::saying(ErrorCode::parse(code).unwrap_or(ErrorCode::Conflict), message)
            }
            AdminRefusal::MissingRight(right) => Self::missing_right(right),
            AdminRefusal::Unavailable(refusal) => refusal.into(),
        }
    }
}
