//! Illegal revisions, rules, health, exchange rates and exchanges.

use crate::court::Case;
use crate::court::Verdict::{Check, NotNull, Taken, Unique};
use crate::rows::{NewRow, exchange, exchange_rate, health, observation, revision, rule, rule_account};

pub(crate) fn cases() -> Vec<Case> {
    [
        revisions(),
        rules(),
        lives_of_rules(),
        rule_accounts(),
        conditions(),
        rates(),
        exchanges(),
    ]
    .concat()
}

/// A column whose least and greatest values are taken, and their neighbours are not.
fn bounds(row: &NewRow, column: &'static str, least: i64, most: i64) -> Vec<Case> {
    let with = |value: i64| row.clone().with(&format!("{column}={value}"));
    let name = |value: i64| format!("{column} = {value}");
    [least - 1, most + 1]
        .into_iter()
        .map(|value| Case::new(Check(column), name(value), with(value)))
        .chain([least, most].map(|value| Case::new(Taken, name(value), with(value))))
        .collect()
}

fn revisions() -> Vec<Case> {
    let mut cases = bounds(&revision(), "exploration_percent", 0, 50);
    cases.extend([
        Case::new(Check("revision"), "revision 0", revision().with("revision=0")),
        Case::new(
            Check("revision"),
            "a revision below zero",
            revision().with("revision=-1"),
        ),
        Case::new(Taken, "the next revision", revision()),
        Case::new(
            Unique("routing_revisions_pkey"),
            "one revision twice",
            revision().with("revision=1 strategy='load_balanced'"),
        ),
        Case::new(NotNull, "a revision without strategy", revision().with("strategy=NULL")),
        Case::new(
            NotNull,
            "a revision that does not say when not to fall back",
            revision().with("no_fallback_after=NULL"),
        ),
    ]);
    cases
}

fn rules() -> Vec<Case> {
    let matched = rule().with("country='CI'");
    vec![
        Case::new(Unique("rules_by_match"), "a second rule for one match", matched.clone()),
        Case::new(
            Unique("rules_by_match"),
            "a second rule for one match in a later revision",
            matched.clone().with("from_revision=2"),
        ),
        Case::new(Taken, "a rule for any country beside it", rule()),
        Case::new(
            Unique("rules_by_match"),
            "a second rule for any country",
            rule().with("id='rul_more'"),
        )
        .after(rule()),
        Case::new(
            Taken,
            "a rule for another method beside it",
            matched.clone().with("method_code='momo'"),
        ),
        Case::new(
            Taken,
            "a rule for the other direction beside it",
            matched.clone().with("direction='payout'"),
        ),
        Case::new(
            Taken,
            "another environment's rule for the same match",
            rule().with("environment='sandbox'"),
        )
        .after(rule()),
        Case::new(
            Taken,
            "a rule for the same match that is over",
            matched.with("until_revision=2"),
        ),
        Case::new(NotNull, "a rule without country", rule().with("country=NULL")),
    ]
}

fn lives_of_rules() -> Vec<Case> {
    let again = rule().with("id='rul_a' country='CI' from_revision=2");
    let retire = "UPDATE rules SET until_revision = 2 WHERE id = 'rul_a'";
    let over = |until: i64| rule().with(&format!("from_revision=3 until_revision={until}"));
    vec![
        Case::new(Taken, "a rule retired", retire),
        Case::new(Taken, "a rule changed", again.clone()).after(retire),
        Case::new(
            Unique("rules_by_match"),
            "a retired rule in force again beside the one that followed it",
            "UPDATE rules SET until_revision = NULL WHERE id = 'rul_a' AND from_revision = 1",
        )
        .after(retire)
        .after(again.clone().with("id='rul_new'")),
        Case::new(
            Unique("rules_pkey"),
            "one rule twice in one revision",
            again.with("from_revision=1 country='BJ'"),
        ),
        Case::new(Check("until_revision"), "a rule over before it began", over(2)),
        Case::new(Check("until_revision"), "a rule over when it began", over(3)),
        Case::new(Taken, "a rule for one revision", over(4)),
        Case::new(
            Check("until_revision"),
            "a rule retired in its own revision",
            "UPDATE rules SET until_revision = 1 WHERE id = 'rul_a'",
        ),
    ]
}

fn rule_accounts() -> Vec<Case> {
    let mut cases = bounds(&rule_account(), "weight", 0, 100);
    for position in [0, 4] {
        let strange = rule_account().with(&format!("position={position}"));
        cases.push(Case::new(Check("position"), format!("position {position}"), strange));
    }
    cases.extend([
        Case::new(Taken, "a fallback's fallback", rule_account().with("position=3")),
        Case::new(
            Unique("rule_accounts_pkey"),
            "two primary accounts",
            rule_account().with("position=1"),
        ),
        Case::new(
            Unique("rule_accounts_once"),
            "a rule that falls back to itself",
            rule_account().with("account_id='acc_a'"),
        ),
        Case::new(
            Taken,
            "the same account in the rule's next revision",
            rule_account().with("account_id='acc_a' from_revision=2"),
        )
        .after(rule().with("id='rul_a' country='BJ' from_revision=2")),
        Case::new(NotNull, "an account without weight", rule_account().with("weight=NULL")),
    ]);
    cases
}

/// Of health and what it is made of.
fn conditions() -> Vec<Case> {
    let known = health().with("account_id='acc_a'");
    vec![
        Case::new(Unique("health_pkey"), "one subject twice", known.clone()),
        Case::new(Taken, "another country", known.clone().with("country='SN'")),
        Case::new(Taken, "another method", known.with("method_code='momo'")),
        Case::new(Taken, "another account", health()),
        Case::new(NotNull, "health without recent outcomes", health().with("recent=NULL")),
        Case::new(
            NotNull,
            "health without a time for a probe",
            health().with("probe_at=NULL"),
        ),
        Case::new(
            Unique("observations_pkey"),
            "one observation twice",
            observation().with("id='obs_a' kind='outage'"),
        ),
        Case::new(Taken, "the same seen again", observation()),
        Case::new(NotNull, "an observation without time", observation().with("at=NULL")),
    ]
}

fn rates() -> Vec<Case> {
    vec![
        Case::new(
            Check("base_currency"),
            "a rate of a currency to itself",
            exchange_rate().with("base_currency='XOF'"),
        ),
        Case::new(
            Check("expires_at"),
            "a rate that expires before it is valid",
            exchange_rate().with("valid_from=3"),
        ),
        Case::new(
            Check("expires_at"),
            "a rate that is valid at no time",
            exchange_rate().with("valid_from=2"),
        ),
        Case::new(
            NotNull,
            "a rate that never expires",
            exchange_rate().with("expires_at=NULL"),
        ),
        Case::new(NotNull, "a rate of nothing", exchange_rate().with("rate=NULL")),
        Case::new(
            NotNull,
            "a rate without margin",
            exchange_rate().with("correction_rate=NULL"),
        ),
        Case::new(
            Unique("exchange_rates_pkey"),
            "one rate twice",
            exchange_rate().with("id='xrt_a'"),
        ),
        Case::new(Taken, "a second rate for one pair and time", exchange_rate()),
        Case::new(
            Taken,
            "a rate withdrawn",
            "UPDATE exchange_rates SET withdrawn_at = 1 WHERE id = 'xrt_a'",
        ),
    ]
}

fn exchanges() -> Vec<Case> {
    let first = exchange().with("call_id='cal_a'");
    vec![
        Case::new(
            Unique("exchanges_of_call"),
            "two first exchanges of one call",
            first.clone(),
        ),
        Case::new(Taken, "the second exchange of one call", first.clone().with("number=2")),
        Case::new(
            Unique("exchanges_pkey"),
            "one exchange twice",
            first.with("id='xch_a' number=2"),
        ),
        Case::new(Taken, "the first exchange of another call", exchange()),
        Case::new(
            Taken,
            "an old exchange deleted",
            "DELETE FROM exchanges WHERE id = 'xch_a'",
        ),
        Case::new(NotNull, "an exchange of no call", exchange().with("call_id=NULL")),
    ]
}
