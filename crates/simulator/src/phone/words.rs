//! What the phone's pages say, in both languages. A text that one language lacks does not compile.
//!
//! Owns the words and their plurals. Never HTML.

use crate::ledger::Status;

/// Every text of the pages.
#[derive(Debug)]
pub(crate) struct Words {
    pub(crate) own_name: &'static str,
    pub(crate) no_money: &'static str,
    pub(crate) title: &'static str,
    pub(crate) numbers: &'static str,
    pub(crate) operators: &'static str,
    pub(crate) ledger: &'static str,
    pub(crate) magic_numbers: &'static str,
    // Choosing a number
    pub(crate) whose_phone: &'static str,
    pub(crate) whose_lead: &'static str,
    pub(crate) country: &'static str,
    pub(crate) phone_number: &'static str,
    pub(crate) take: &'static str,
    pub(crate) bad_number: &'static str,
    pub(crate) recent: &'static str,
    pub(crate) nobody_yet: &'static str,
    pub(crate) without_number: &'static str,
    // The phone
    pub(crate) rest_title: &'static str,
    pub(crate) rest_text: &'static str,
    pub(crate) pay: &'static str,
    pub(crate) your_pin: &'static str,
    pub(crate) pin_hint: &'static str,
    pub(crate) approve: &'static str,
    pub(crate) decline: &'static str,
    pub(crate) ignore: &'static str,
    pub(crate) set_aside: &'static str,
    pub(crate) open_page: &'static str,
    pub(crate) messages: &'static str,
    pub(crate) from_operator: &'static str,
    pub(crate) sms_code: &'static str,
    pub(crate) dial_label: &'static str,
    pub(crate) dial: &'static str,
    pub(crate) said_pin: &'static str,
    pub(crate) said_late: &'static str,
    pub(crate) said_dial: &'static str,
    // Beside the phone
    pub(crate) this_number: &'static str,
    pub(crate) how: &'static str,
    pub(crate) how_lines: [&'static str; 4],
    pub(crate) its_ledger: &'static str,
    pub(crate) switch_off: &'static str,
    pub(crate) other_number: &'static str,
    // Operators
    pub(crate) operators_lead: &'static str,
    pub(crate) every_operator: &'static str,
    pub(crate) normal: &'static str,
    pub(crate) slow: &'static str,
    pub(crate) off: &'static str,
    pub(crate) another: &'static str,
    pub(crate) method: &'static str,
    pub(crate) gateway: &'static str,
    pub(crate) switch: &'static str,
    pub(crate) back_to_phone: &'static str,
    // The ledger
    pub(crate) ledger_lead: &'static str,
    pub(crate) nothing_yet: &'static str,
    pub(crate) when: &'static str,
    pub(crate) amount: &'static str,
    pub(crate) outcome: &'static str,
    pub(crate) reference: &'static str,
    pub(crate) played: &'static str,
    pub(crate) all_numbers: &'static str,
    pub(crate) for_programs: &'static str,
    // Sentences with values
    is_french: bool,
}

pub(crate) static ENGLISH: Words = Words {
    own_name: "English",
    no_money: "Sandbox — no real money",
    title: "Sandbox phone",
    numbers: "Numbers",
    operators: "Operators",
    ledger: "Ledger",
    magic_numbers: "Magic numbers",
    whose_phone: "Whose phone?",
    whose_lead: "Play the payer: take a phone, and every payment that asks its number for approval appears on its screen.",
    country: "Country",
    phone_number: "Phone number",
    take: "Take this phone",
    bad_number: "This is not a phone number. Write it as in its country, for example 07 00 00 00 00, or with + in front.",
    recent: "Lately asked",
    nobody_yet: "No number was asked yet. Start a payment, or type the number that it will ask.",
    without_number: "Waiting on a page of the operator",
    rest_title: "Nothing waits",
    rest_text: "When a payment asks this number, it appears here by itself.",
    pay: "Pay",
    your_pin: "Your PIN",
    pin_hint: "Any 4 to 6 digits; 0000 is wrong.",
    approve: "Approve",
    decline: "Decline",
    ignore: "Ignore",
    set_aside: "Ignored. It ends by itself; you can still answer.",
    open_page: "Open the operator’s page",
    messages: "Messages",
    from_operator: "Operator",
    sms_code: "Your one-time code is 123456. Do not give it to anybody.",
    dial_label: "Dial a code",
    dial: "Call",
    said_pin: "A PIN has 4 to 6 digits. Nothing was sent.",
    said_late: "Too late: this payment does not wait any more.",
    said_dial: "A code begins with * or #, for example #144*82#.",
    this_number: "This number",
    how: "How to play",
    how_lines: [
        "While this page is open, payments wait for you and not for the clock.",
        "Approve with any PIN of 4 to 6 digits. 0000 is a wrong one.",
        "Need a one-time code? Dial the code that the shop shows you.",
        "Close the page, and the payment goes on as its number says.",
    ],
    its_ledger: "Ledger of this number",
    switch_off: "Switch operators off",
    other_number: "Another number",
    operators_lead: "Switch an operator off and see a payment go to the fallback, or fail honestly.",
    every_operator: "Every operator",
    normal: "Normal",
    slow: "Slow",
    off: "Off",
    another: "Another operator",
    method: "Method",
    gateway: "Gateway",
    switch: "Switch off",
    back_to_phone: "Back to the phone",
    ledger_lead: "What the operators really did. Compare it with what Cowry says.",
    nothing_yet: "Nothing happened yet.",
    when: "When (UTC)",
    amount: "Amount",
    outcome: "Outcome",
    reference: "Reference",
    played: "Played",
    all_numbers: "All numbers",
    for_programs: "The same for programs",
    is_french: false,
};

pub(crate) static FRENCH: Words = Words {
    own_name: "Français",
    no_money: "Bac à sable — aucun argent réel",
    title: "Téléphone d’essai",
    numbers: "Numéros",
    operators: "Opérateurs",
    ledger: "Registre",
    magic_numbers: "Numéros magiques",
    whose_phone: "Quel téléphone ?",
    whose_lead: "Jouez le payeur : prenez un téléphone, et chaque paiement qui demande l’accord de ce numéro s’affiche à l’écran.",
    country: "Pays",
    phone_number: "Numéro de téléphone",
    take: "Prendre ce téléphone",
    bad_number: "Ce n’est pas un numéro de téléphone. Écrivez-le comme dans son pays, par exemple 07 00 00 00 00, ou avec + devant.",
    recent: "Sollicités récemment",
    nobody_yet: "Aucun numéro n’a encore été sollicité. Lancez un paiement, ou saisissez le numéro qu’il sollicitera.",
    without_number: "En attente sur une page de l’opérateur",
    rest_title: "Rien en attente",
    rest_text: "Quand un paiement sollicite ce numéro, il s’affiche ici de lui-même.",
    pay: "Payer",
    your_pin: "Votre code PIN",
    pin_hint: "4 à 6 chiffres au choix ; 0000 est faux.",
    approve: "Valider",
    decline: "Refuser",
    ignore: "Ignorer",
    set_aside: "Ignoré. Il prendra fin de lui-même ; vous pouvez encore répondre.",
    open_page: "Ouvrir la page de l’opérateur",
    messages: "Messages",
    from_operator: "Opérateur",
    sms_code: "Votre code à usage unique est 123456. Ne le donnez à personne.",
    dial_label: "Composer un code",
    dial: "Appeler",
    said_pin: "Un code PIN a 4 à 6 chiffres. Rien n’a été envoyé.",
    said_late: "Trop tard : ce paiement n’attend plus.",
    said_dial: "Un code commence par * ou #, par exemple #144*82#.",
    this_number: "Ce numéro",
    how: "Mode d’emploi",
    how_lines: [
        "Tant que cette page est ouverte, les paiements vous attendent, et non la montre.",
        "Validez avec un code PIN de 4 à 6 chiffres au choix. 0000 est faux.",
        "Il faut un code à usage unique ? Composez le code que la boutique vous indique.",
        "Fermez la page : le paiement suit alors ce que dit son numéro.",
    ],
    its_ledger: "Registre de ce numéro",
    switch_off: "Couper des opérateurs",
    other_number: "Un autre numéro",
    operators_lead: "Coupez un opérateur et voyez un paiement passer par le secours, ou échouer honnêtement.",
    every_operator: "Tous les opérateurs",
    normal: "Normal",
    slow: "Lent",
    off: "Coupé",
    another: "Un autre opérateur",
    method: "Moyen de paiement",
    gateway: "Passerelle",
    switch: "Couper",
    back_to_phone: "Retour au téléphone",
    ledger_lead: "Ce que les opérateurs ont vraiment fait. Comparez avec ce que dit Cowry.",
    nothing_yet: "Rien ne s’est encore passé.",
    when: "Quand (UTC)",
    amount: "Montant",
    outcome: "Issue",
    reference: "Référence",
    played: "Scénario",
    all_numbers: "Tous les numéros",
    for_programs: "La même chose pour les programmes",
    is_french: true,
};

impl Words {
    /// How many payments wait; at least one.
    pub(crate) fn waits(&self, count: usize) -> String {
        match (self.is_french, count) {
            (false, 1) => "1 payment waits".to_owned(),
            (false, _) => format!("{count} payments wait"),
            (true, 1) => "1 paiement attend".to_owned(),
            (true, _) => format!("{count} paiements attendent"),
        }
    }

    /// How long a prompt still lives, in whole minutes; 0 is less than one.
    pub(crate) fn left(&self, minutes: i64) -> String {
        match (self.is_french, minutes) {
            (false, ..=0) => "less than a minute left".to_owned(),
            (false, 1) => "about a minute left".to_owned(),
            (false, _) => format!("about {minutes} minutes left"),
            (true, ..=0) => "moins d’une minute restante".to_owned(),
            (true, 1) => "environ une minute restante".to_owned(),
            (true, _) => format!("environ {minutes} minutes restantes"),
        }
    }

    /// The operator's confirmation.
    pub(crate) fn paid(&self, amount: &str, description: Option<&str>, id: &str) -> String {
        let description = description.filter(|text| !text.is_empty());
        let what = description.map(|text| format!(" · {text}")).unwrap_or_default();
        match self.is_french {
            false => format!("You paid {amount}{what}. Transaction {id}."),
            true => format!("Vous avez payé {amount}{what}. Transaction {id}."),
        }
    }

    /// The operator says that nothing was taken.
    pub(crate) fn not_paid(&self, amount: &str, why: &str) -> String {
        match self.is_french {
            false => format!("Your payment of {amount} was not made: {why}."),
            true => format!("Votre paiement de {amount} n’a pas eu lieu : {why}."),
        }
    }

    /// Why nothing was taken, by its code.
    pub(crate) fn reason(&self, code: &str) -> &'static str {
        let (english, french) = match code {
            "declined_by_payer" => ("you declined", "vous avez refusé"),
            "insufficient_funds" => ("not enough money", "solde insuffisant"),
            "wrong_pin" => ("wrong PIN", "code PIN faux"),
            "limit_reached" => ("the limit of the wallet is reached", "le plafond du compte est atteint"),
            "otp_invalid" => ("wrong one-time code", "code à usage unique faux"),
            "payment_timeout" => ("nobody answered", "personne n’a répondu"),
            "closed" => ("the shop ended it", "la boutique y a mis fin"),
            _ => ("the operator refused", "l’opérateur a refusé"),
        };
        if self.is_french { french } else { english }
    }

    /// Where a transaction is.
    pub(crate) fn status(&self, status: Status) -> &'static str {
        let (english, french) = match status {
            Status::Pending => ("waiting", "en attente"),
            Status::Charged => ("charged", "débité"),
            Status::Declined => ("declined", "refusé"),
            Status::Expired => ("ended", "terminé"),
        };
        if self.is_french { french } else { english }
    }
}
