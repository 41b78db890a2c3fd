//! The words, from `locales/`. Owns finding them; a test proves that every language has the same ones and all that are used.

use std::sync::LazyLock;

use domain::language::Language;
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use unic_langid::LanguageIdentifier;

type Bundle = FluentBundle<FluentResource>;

static ENGLISH: LazyLock<Bundle> = LazyLock::new(|| bundle(Language::English, EN));
static FRENCH: LazyLock<Bundle> = LazyLock::new(|| bundle(Language::French, FR));

const EN: &str = include_str!("../locales/en/receipt.ftl");
const FR: &str = include_str!("../locales/fr/receipt.ftl");

/// What is put into a text.
pub(crate) type Value<'v> = (&'v str, FluentValue<'v>);

/// One text, or its name when there is none of that name.
pub(crate) fn say<'v>(language: Language, name: &str, values: impl IntoIterator<Item = Value<'v>>) -> String {
    let bundle = match language {
        Language::English => &*ENGLISH,
        Language::French => &*FRENCH,
    };
    let Some(pattern) = bundle.get_message(name).and_then(|message| message.value()) else {
        return name.to_owned();
    };
    let values: FluentArgs<'_> = values.into_iter().collect();
    let mut errors = Vec::new();
    bundle.format_pattern(pattern, Some(&values), &mut errors).into_owned()
}

fn bundle(language: Language, source: &str) -> Bundle {
    let locale: Result<LanguageIdentifier, _> = language.code().parse();
    let mut bundle = FluentBundle::new_concurrent(locale.into_iter().collect());
    // Marks around values are for pages that mix directions of writing; in a subject line they are seen.
    bundle.set_use_isolating(false);
    let resource = FluentResource::try_new(source.to_owned()).unwrap_or_else(|(read, _)| read);
    bundle.add_resource_overriding(resource);
    bundle
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn names(source: &str) -> BTreeSet<&str> {
        assert!(FluentResource::try_new(source.to_owned()).is_ok());
        let begins = |line: &&str| line.starts_with(|first: char| first.is_ascii_lowercase());
        let lines = source.lines().filter(begins);
        lines.map(|line| line.split_once(" =").unwrap().0).collect()
    }

    #[test]
    fn every_language_has_every_text_that_is_used() {
        let english = names(EN);
        assert_eq!(english, names(FR));
        let used = concat!(include_str!("receipt.rs"), include_str!("moment.rs"));
        for name in &english {
            assert!(used.contains(&format!("\"{name}\"")), "{name} is not used");
        }
        for piece in used.split("self.say(\"").skip(1) {
            let name = piece.split('"').next().unwrap();
            assert!(english.contains(name), "{name} is missing");
        }
        assert_eq!(say(Language::French, "nothing", []), "nothing");
    }
}
