//! One line for each event. Colours only where a person looks.

use std::io::{self, IsTerminal};

use engine::world::World;

use super::deliver::Delivered;
use crate::failure::Failure;
use crate::feed::Event;
use crate::output;

/// The widest name of an event.
const NAME_WIDTH: usize = 31;

/// For whom.
pub(super) enum Printer {
    /// A program: events on stdout, words on stderr.
    Json,
    /// A person.
    Text { colours: Colours },
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Colours {
    On,
    Off,
}

impl Printer {
    /// For a person, in colours on a terminal.
    pub(super) fn text() -> Self {
        let colours = match io::stdout().is_terminal() {
            true => Colours::On,
            false => Colours::Off,
        };
        Self::Text { colours }
    }

    /// Says something at the start.
    pub(super) fn say(&self, text: &str) {
        match self {
            Self::Json => eprintln!("{text}"),
            Self::Text { .. } => output::line(text),
        }
    }

    /// Tells an event, and what became of it.
    pub(super) fn event(&self, event: &Event, delivered: Option<&Delivered>) -> Result<(), Failure> {
        match self {
            Self::Json => {
                if let Some(delivered) = delivered {
                    eprintln!("{}", line(event, Some(delivered), Colours::Off));
                }
                output::json(event)
            }
            Self::Text { colours } => {
                output::line(&line(event, delivered, *colours));
                Ok(())
            }
        }
    }
}

fn line(event: &Event, delivered: Option<&Delivered>, colours: Colours) -> String {
    let now = output::moment(World::system().now_ms());
    let (name, payment) = (&event.name, &event.payment_id);
    let head = format!("{now}  {name:NAME_WIDTH$}  {payment}");
    let Some(delivered) = delivered else {
        return head;
    };
    let said = match delivered.answer {
        Ok(status) => status.to_string(),
        Err(failure) => failure.code().to_owned(),
    };
    let said = match (colours, delivered.is_success()) {
        (Colours::Off, _) => said,
        (Colours::On, true) => format!("\x1b[32m{said}\x1b[0m"),
        (Colours::On, false) => format!("\x1b[31m{said}\x1b[0m"),
    };
    format!("{head}  {said}  {} ms", delivered.took_ms)
}
