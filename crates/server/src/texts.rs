//! The texts of pages for payers, from `locales/`. Owns finding a text in a language and how amounts and dates are written
//! there; never which language somebody reads.

use std::fmt::Display;
use std::sync::LazyLock;

use engine::domain::language::Language;
use engine::domain::money::Money;
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use unic_langid::LanguageIdentifier;

const ENGLISH_SOURCES: [&str; 2] = [
    include_str!("../locales/en/checkout.ftl"),
    include_str!("../locales/en/link.ftl"),
];
const FRENCH_SOURCES: [&str; 2] = [
    include_str!("../locales/fr/checkout.ftl"),
    include_str!("../locales/fr/link.ftl"),
];

type Bundle = FluentBundle<FluentResource>;

static ENGLISH: LazyLock<Bundle> = LazyLock::new(|| bundle(Language::English, &ENGLISH_SOURCES));
static FRENCH: LazyLock<Bundle> = LazyLock::new(|| bundle(Language::French, &FRENCH_SOURCES));

/// Keeps a number and what belongs to it on one line.
const NO_BREAK: char = '\u{a0}';
/// Between groups of digits in French.
const NARROW_NO_BREAK: char = '\u{202f}';

/// The texts in one language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Texts {
    language: Language,
}

impl Texts {
    /// The texts in a language.
    pub(crate) fn of(language: Language) -> Self {
        Self { language }
    }

    /// Which language it is.
    pub(crate) fn language(self) -> Language {
        self.language
    }

    /// For the attribute `lang`.
    pub(crate) fn code(self) -> &'static str {
        self.language.code()
    }

    /// For the attribute `dir`.
    pub(crate) fn direction(self) -> &'static str {
        match self.language {
            Language::English | Language::French => "ltr",
        }
    }

    /// A text.
    pub(crate) fn say(self, key: &str) -> String {
        self.formatted(key, None)
    }

    /// A text with something in it.
    pub(crate) fn with(self, key: &str, name: &'static str, value: impl Display) -> String {
        self.filled(key, &[(name, &value)])
    }

    /// A text with several things in it.
    pub(crate) fn filled(self, key: &str, values: &[(&'static str, &dyn Display)]) -> String {
        let mut args = FluentArgs::with_capacity(values.len());
        for (name, value) in values {
            args.set(*name, value.to_string());
        }
        self.formatted(key, Some(&args))
    }

    /// A text with a `$count` that it is bent by.
    pub(crate) fn counted(self, key: &str, count: i64) -> String {
        let mut args = FluentArgs::with_capacity(1);
        args.set("count", FluentValue::from(count));
        self.formatted(key, Some(&args))
    }

    /// An amount with its currency, on one line.
    pub(crate) fn money(self, amount: Money) -> String {
        format!("{}{NO_BREAK}{}", self.number(amount), amount.currency())
    }

    /// The digits of an amount: in groups, without decimals that are all zero.
    pub(crate) fn number(self, amount: Money) -> String {
        let text = amount.fixed(0);
        let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
        let (group, point) = match self.language {
            Language::English => (',', '.'),
            Language::French => (NARROW_NO_BREAK, ','),
        };
        let mut written = String::new();
        for (index, digit) in whole.chars().enumerate() {
            if index > 0 && (whole.len() - index).is_multiple_of(3) {
                written.push(group);
            }
            written.push(digit);
        }
        if part.bytes().any(|digit| digit != b'0') {
            written.push(point);
            written.push_str(part);
        }
        written
    }

    /// So many seconds in words, in minutes when there are many.
    pub(crate) fn duration(self, seconds: u64) -> String {
        let count = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        match seconds {
            0..=90 => self.counted("seconds", count(seconds)),
            _ => self.counted("minutes", count(seconds.div_ceil(60))),
        }
    }

    /// A day and time in UTC, which is named; milliseconds UTC.
    pub(crate) fn date(self, at_ms: i64) -> String {
        let at = Timestamp::from_millisecond(at_ms).unwrap_or_default();
        let at = at.to_zoned(TimeZone::UTC);
        let month = self.say(&format!("month-{}", at.month()));
        let time = format!("{:02}:{:02}", at.hour(), at.minute());
        self.filled(
            "date",
            &[
                ("day", &at.day()),
                ("month", &month),
                ("year", &at.year()),
                ("time", &time),
            ],
        )
    }

    fn formatted(self, key: &str, args: Option<&FluentArgs<'_>>) -> String {
        let bundle = self.bundle();
        let pattern = bundle.get_message(key).and_then(|message| message.value());
        let Some(pattern) = pattern else {
            tracing::warn!(event = "text_missing", key, language = self.code());
            return String::new();
        };
        bundle.format_pattern(pattern, args, &mut Vec::new()).into_owned()
    }

    fn bundle(self) -> &'static Bundle {
        match self.language {
            Language::English => &ENGLISH,
            Language::French => &FRENCH,
        }
    }
}

fn bundle(language: Language, sources: &[&str]) -> Bundle {
    let id: LanguageIdentifier = language.code().parse().unwrap_or_default();
    let mut bundle = FluentBundle::new_concurrent(vec![id]);
    // The page keeps directions apart by itself, with `bdi`.
    bundle.set_use_isolating(false);
    for source in sources {
        // What cannot be read is left out; a test reads everything.
        let resource = FluentResource::try_new((*source).to_owned()).unwrap_or_else(|(resource, _)| resource);
        let _ = bundle.add_resource(resource);
    }
    bundle
}

#[cfg(test)]
mod tests;
