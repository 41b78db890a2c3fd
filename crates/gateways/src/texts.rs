//! What a payer is told to do, in English and French. Owns the sentences that gateways share.

use domain::money::Money;
use domain::next_action::Text;

/// "Approve the payment on your phone."
pub fn approve(amount: Money) -> Text {
    let amount = format!("{} {}", amount.decimal(), amount.currency().code());
    Text {
        en: format!("Approve the payment of {amount} on your phone."),
        fr: format!("Validez le paiement de {amount} sur votre téléphone."),
    }
}

/// "Enter the one-time code."
pub fn one_time_code(ussd_code: Option<&str>) -> Text {
    match ussd_code {
        Some(code) => Text {
            en: format!("Dial {code} on your phone to get a one-time code, then enter it."),
            fr: format!(
                "Composez le {code} sur votre téléphone pour obtenir un code à usage unique, puis saisissez-le."
            ),
        },
        None => Text {
            en: "Enter the one-time code that you received.".to_owned(),
            fr: "Saisissez le code à usage unique que vous avez reçu.".to_owned(),
        },
    }
}
