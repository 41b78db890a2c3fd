//! What stands in the database before a case. Three tenants: `p`/`live` (ids end in `_a` or say what they are),
//! `p`/`sandbox` (`_b`) and `q`/`live` (`_c`).

use store::{StoreError, Tx};

use crate::court::execute;
use crate::rows::{
    NewRow, account, api_key, attempt, call, callback, change, customer, delivery, delivery_try, endpoint, environment,
    event, exchange, exchange_rate, fact, health, instrument, intent, item, journal, key, lane, observation,
    permit_that_is, refund, revision, rule, rule_account, secrets, stream, timer,
};

/// Plants all of it.
pub(crate) fn plant(tx: &mut Tx<'_>) -> Result<(), StoreError> {
    execute(
        tx,
        "INSERT INTO projects (id, name, created_at) VALUES ('p', 'P', 1), ('q', 'Q', 1)",
    )?;
    for (tenant, letter) in [("", 'a'), ("environment='sandbox'", 'b'), ("project_id='q'", 'c')] {
        for row in of_tenant(letter) {
            execute(tx, &String::from(row.with(tenant)))?;
        }
    }
    for row in [rule().with("id='rul_long' country='SN'")]
        .into_iter()
        .chain(payments())
    {
        execute(tx, &String::from(row))?;
    }
    Ok(())
}

fn of_tenant(letter: char) -> Vec<NewRow> {
    let named = |row: NewRow, cells: &str| row.with(&cells.replace('@', &letter.to_string()));
    vec![
        environment(),
        named(api_key(), "id='key_@'"),
        named(account(), "id='acc_@' callback_path='path_@'"),
        named(account(), "id='acc_@2' callback_path='path_@2'"),
        revision().with("revision=1"),
        named(rule(), "id='rul_@' country='CI'"),
        named(rule_account(), "rule_id='rul_@' position=1 account_id='acc_@'"),
        named(health(), "account_id='acc_@'"),
        named(observation(), "id='obs_@' account_id='acc_@'"),
        named(exchange_rate(), "id='xrt_@'"),
        named(change(), "id='aud_@'"),
        named(customer(), "id='cus_@' identity='who_@'"),
        named(instrument(), "id='ins_@' phone_hash='hash_@'"),
        named(intent(), "id='int_@' customer_id='cus_@'"),
        named(attempt(), "id='att_@' intent_id='int_@' number=1 instrument_id='ins_@'"),
        named(
            permit_that_is("dead"),
            "id='per_@' intent_id='int_@' attempt_id='att_@' number=1 account_id='acc_@' merchant_ref='ref_@'",
        ),
        named(fact(), "id='fct_@' permit_id='per_@'"),
        named(call(), "id='cal_@' permit_id='per_@' outcome='answered' ended_at=6"),
        named(exchange(), "id='xch_@' call_id='cal_@'"),
        named(
            refund(),
            "id='ref_@' intent_id='int_@' permit_id='per_@' capture_external_id='x1' status='failed'",
        ),
        named(journal(), "aggregate_id='int_@' seq=1"),
        named(event(), "id='evt_@' intent_id='int_@' sequence=1 stream_no=1"),
        stream(),
        secrets(),
        named(endpoint(), "id='end_@'"),
        named(lane(), "id='lan_@' endpoint_id='end_@'"),
        named(
            delivery(),
            "id='dlv_@' lane_id='lan_@' event_id='evt_@' intent_id='int_@'",
        ),
        named(delivery_try(), "delivery_id='dlv_@' number=1"),
        named(callback(), "id='inb_@' account_id='acc_@' digest='digest_@'"),
        named(key(), "key='key_@'"),
        named(timer(), "aggregate_id='per_@'"),
        named(item(), "id='itm_@' subject_id='int_@' intent_id='int_@'"),
    ]
}

/// Intents of `p`/`live`, each with one attempt and one permit that stands where the names say.
fn payments() -> Vec<NewRow> {
    let mut rows = Vec::new();
    let mut add = |name: &str, status: &str, cells: &str| {
        let own = |row: NewRow, cells: &str| row.with(&cells.replace('@', name));
        rows.push(own(intent(), "id='int_@'"));
        rows.push(own(attempt(), "id='att_@' intent_id='int_@' number=1"));
        let ids = "id='per_@' intent_id='int_@' attempt_id='att_@' number=1 merchant_ref='ref_@'";
        rows.push(own(permit_that_is(status), ids).with(cells));
    };
    add("open", "open", "");
    add("sent", "sent", "knowledge='unknown'");
    add("known", "sent", "knowledge='accepted' acknowledged=TRUE");
    add("paid", "paid", "");
    add(
        "late",
        "dead",
        "dead_proof='declined' dead_fact_id='fct_late' sent_at=5",
    );
    rows.extend([
        fact().with("id='fct_open' permit_id='per_open'"),
        fact().with("id='fct_late' permit_id='per_late'"),
        fact().with("id='fct_sent' permit_id='per_sent' kind='not_found'"),
        fact().with("id='fct_known' permit_id='per_known'"),
        fact().with("id='fct_paid' permit_id='per_paid' kind='captured' external_id='x1'"),
        refund().with("id='ref_paid' capture_external_id='x1'"),
        lane().with("id='lan_other'"),
        event().with("id='evt_paid' intent_id='int_paid' sequence=1"),
        call().with("id='cal_sent' kind='charge'"),
        call().with("id='cal_ended' permit_id='per_paid' kind='charge' outcome='captured' ended_at=6"),
    ]);
    rows
}
