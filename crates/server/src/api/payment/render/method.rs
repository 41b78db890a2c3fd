//! Payment methods as the API shows them, with the catalogue's words.

use engine::catalogue::Catalogue;
use engine::domain::method::MethodCode;
use serde::Serialize;
use utoipa::ToSchema;

use engine::domain::language::Language;

/// A payment method.
#[derive(Serialize, ToSchema)]
#[schema(as = Method)]
pub(crate) struct MethodBody {
    /// The code.
    #[schema(example = "momo_mtn")]
    value: &'static str,
    /// Its name.
    label: String,
    /// What paying with it means.
    description: String,
    /// A neutral drawing.
    icon_url: String,
}

impl MethodBody {
    /// Shows a method, in English.
    pub(crate) fn of(method: MethodCode, public_url: &str) -> Self {
        Self::in_language(method, public_url, Language::English)
    }

    /// Shows a method.
    pub(crate) fn in_language(method: MethodCode, public_url: &str, language: Language) -> Self {
        let info = Catalogue::builtin().ok().and_then(|catalogue| catalogue.method(method));
        Self {
            value: method.code(),
            label: info.map_or_else(
                || method.code().to_owned(),
                |info| language.text(&info.label).to_owned(),
            ),
            description: info
                .map(|info| language.text(&info.description).to_owned())
                .unwrap_or_default(),
            icon_url: format!("{public_url}/icons/{method}.svg"),
        }
    }
}
