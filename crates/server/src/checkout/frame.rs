//! What stands around every screen: the merchant, the amount, the reference, the languages. Owns the page's head and foot;
//! never what the payer is asked.

use engine::Visit;
use engine::domain::country::Country;
use engine::domain::language::Language;
use engine::domain::scope::Environment;
use url::form_urlencoded::byte_serialize;

use super::assets;
use super::screens::Around;
use super::standing::Standing;
use super::visitor::Note;
use crate::texts::Texts;

/// What stands around a screen.
pub(crate) struct Frame {
    /// The texts of the page.
    pub(crate) texts: Texts,
    /// One word for the screen, for tests and scripts.
    pub(crate) screen: &'static str,
    /// The headline.
    pub(crate) title: String,
    /// What is paid; none on pages of no payment.
    pub(crate) sale: Option<Sale>,
    /// Whether and how it looks again by itself.
    pub(crate) watch: Watch,
    /// Said besides, above the headline.
    pub(crate) note: Option<String>,
    /// The language that was chosen on the page, to be kept.
    pub(crate) kept: Option<Language>,
    /// The country that was chosen on the page, to be kept.
    pub(crate) country: Option<Country>,
    /// The rest of the links to the page in other languages.
    pub(crate) wish: String,
}

/// What is paid, as every screen shows it.
pub(crate) struct Sale {
    /// Whom.
    pub(crate) merchant: String,
    /// The digits.
    pub(crate) number: String,
    /// ISO 4217.
    pub(crate) currency: &'static str,
    /// What for.
    pub(crate) description: Option<String>,
    /// What to name to the merchant.
    pub(crate) reference: String,
    /// Changes whenever the payment does.
    pub(crate) fingerprint: String,
    /// Where the merchant's colours are.
    pub(crate) brand: Option<String>,
    /// Where the test phone is; real payments have none.
    pub(crate) test_phone: Option<String>,
}

/// Whether a page looks again by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Watch {
    /// Something may change without the payer.
    Yes,
    /// Something may change, but the payer writes here, or it may take days: only a script looks again, which keeps what was
    /// written and costs nothing while nothing happens.
    ByScriptOnly,
    /// Nothing changes.
    No,
}

/// A language that the page can be read in.
pub(crate) struct Tongue {
    /// ISO 639-1.
    pub(crate) code: &'static str,
    /// In itself.
    pub(crate) name: &'static str,
    /// Whether the page is in it.
    pub(crate) is_current: bool,
}

impl Frame {
    /// Around a screen of a payment. The title is the text of that key.
    pub(crate) fn of(around: &Around<'_>, screen: &'static str, title: &str) -> Self {
        let (visitor, texts) = (around.visitor, around.texts());
        Self {
            texts,
            screen,
            title: texts.say(title),
            sale: Some(Sale::of(around, texts)),
            watch: Watch::No,
            note: note(around).map(|key| texts.say(key)),
            kept: visitor.chosen_language(),
            country: visitor.country,
            wish: visitor.country.map(in_country).unwrap_or_default(),
        }
    }

    /// Around a page of no payment.
    pub(crate) fn alone(texts: Texts, screen: &'static str, title: &str) -> Self {
        Self {
            texts,
            screen,
            title: texts.say(title),
            sale: None,
            watch: Watch::No,
            note: None,
            kept: None,
            country: None,
            wish: String::new(),
        }
    }

    /// Looks again by itself.
    pub(crate) fn watching(self, watch: Watch) -> Self {
        Self { watch, ..self }
    }

    /// Shows other ways to pay while one is under way.
    pub(crate) fn of_other_ways(mut self) -> Self {
        self.wish.push_str("&other=1");
        self
    }

    /// ISO 639-1 of the language to be kept.
    pub(crate) fn kept_language(&self) -> Option<&'static str> {
        self.kept.map(Language::code)
    }

    /// The page's own address without its path, so that no token stands in the page.
    pub(crate) fn query(&self) -> String {
        let lang = self.kept.map(|language| format!("lang={}", language.code()));
        let country = self.country.map(in_country).unwrap_or_default();
        format!("?{}{country}", lang.unwrap_or_default())
    }

    /// Address of the style sheet.
    pub(crate) fn style(&self) -> String {
        assets::style()
    }

    /// Address of the script.
    pub(crate) fn script(&self) -> String {
        assets::script()
    }

    /// Address of the icon.
    pub(crate) fn mark(&self) -> String {
        assets::mark()
    }

    /// Whether a browser without a script looks again.
    pub(crate) fn refreshes(&self) -> bool {
        self.watch == Watch::Yes
    }

    /// Whether a script looks again.
    pub(crate) fn watches(&self) -> bool {
        self.watch != Watch::No
    }

    /// The languages.
    pub(crate) fn tongues(&self) -> [Tongue; 2] {
        [(Language::English, "English"), (Language::French, "Français")].map(|(language, name)| Tongue {
            code: language.code(),
            name,
            is_current: language == self.texts.language(),
        })
    }
}

impl Sale {
    fn of(around: &Around<'_>, texts: Texts) -> Self {
        let visit = around.visit;
        let payment = &visit.payment;
        let intent = &payment.intent;
        let customization = payment.checkout.as_ref().map(|checkout| &checkout.customization);
        Self {
            merchant: visit.merchant.clone(),
            number: texts.number(intent.amount),
            currency: intent.amount.currency().code(),
            description: intent.description.clone(),
            reference: intent.id.to_string(),
            fingerprint: fingerprint(visit, around.now_ms),
            brand: customization
                .and_then(|customization| customization.color.as_deref())
                .and_then(assets::brand),
            test_phone: (payment.scope.environment == Environment::Sandbox).then(|| test_phone(visit)),
        }
    }
}

/// Changes whenever what the payer is to see does.
pub(crate) fn fingerprint(visit: &Visit, now_ms: i64) -> String {
    let payment = &visit.payment;
    let attempt = payment.active_attempt.as_ref().map(|active| &active.attempt);
    let (number, version) = attempt.map_or((0, 0), |attempt| (attempt.number, attempt.version));
    format!("{}-{number}-{version}", Standing::of(visit, now_ms).code())
}

/// What is said besides, while it is true: the page keeps its address for longer than that.
fn note(around: &Around<'_>) -> Option<&'static str> {
    let standing = Standing::of(around.visit, around.now_ms);
    match around.visitor.note? {
        Note::GoneOn => (!standing.has_ended()).then_some("note-gone-on"),
        Note::StillPayable => standing.may_be_paid_still().then_some("note-still-payable"),
    }
}

fn in_country(country: Country) -> String {
    format!("&country={}", country.code())
}

fn test_phone(visit: &Visit) -> String {
    let number = visit.phone.as_ref().map(|phone| {
        let number: String = byte_serialize(phone.e164().as_bytes()).collect();
        format!("?number={number}")
    });
    format!("/sandbox/phone{}", number.unwrap_or_default())
}
