//! Rows to be inserted: legal ones of the tenant `p`/`live`, each column of which can be changed.

/// A row of a table.
#[derive(Clone)]
pub(crate) struct NewRow {
    table: &'static str,
    cells: Vec<(String, String)>,
}

impl NewRow {
    /// Cells are written `column=value`, values as in SQL and without spaces.
    fn new(table: &'static str, cells: &str) -> Self {
        Self {
            table,
            cells: Vec::new(),
        }
        .with(cells)
    }

    /// Changes or adds cells.
    pub(crate) fn with(mut self, cells: &str) -> Self {
        for cell in cells.split_whitespace() {
            let (column, value) = cell.split_once('=').unwrap();
            let place = self.cells.iter().position(|(known, _)| known == column);
            match place {
                Some(place) => self.cells[place].1 = value.to_owned(),
                None => self.cells.push((column.to_owned(), value.to_owned())),
            }
        }
        self
    }
}

impl From<NewRow> for String {
    fn from(row: NewRow) -> Self {
        let columns: Vec<_> = row.cells.iter().map(|(column, _)| column.as_str()).collect();
        let values: Vec<_> = row.cells.iter().map(|(_, value)| value.as_str()).collect();
        let (table, columns, values) = (row.table, columns.join(", "), values.join(", "));
        format!("INSERT INTO {table} ({columns}) VALUES ({values})")
    }
}

macro_rules! rows {
    ($($name:ident = $table:literal, $cells:literal;)*) => {$(
        /// A legal new row.
        pub(crate) fn $name() -> NewRow {
            NewRow::new($table, "project_id='p' environment='live'").with($cells)
        }
    )*};
}

rows! {
    environment = "environments", "data_key='k' fail_with_attempt=FALSE late_after_end='accept'
        late_after_cancel='refund' routing_revision=0 created_at=1";
    api_key = "api_keys", "id='key_new' family='payment' hash='h' name='n' scopes='read' created_at=1";
    account = "accounts", "id='acc_new' gateway_code='g' name='n' settings='s' version=1 callback_path='path_new'
        state='active' created_at=1";
    revision = "routing_revisions", "revision=2 strategy='rules' exploration_percent=5 no_fallback_after='' created_at=1";
    rule = "rules", "id='rul_new' from_revision=1 direction='payment' method_code='card' country='*' created_at=1";
    rule_account = "rule_accounts", "rule_id='rul_a' from_revision=1 position=2 account_id='acc_a2' weight=0";
    health = "health", "account_id='acc_a2' method_code='card' country='CI' state='closed' failures_in_row=0 recent='10'
        changed_at=1 probe_at=0 probe_wait_ms=1 paid_milli=0 ended_milli=0 scored_at=1 latency_ms=0";
    observation = "observations", "id='obs_new' account_id='acc_a' method_code='card' country='CI' kind='worked'
        started_at=1 at=1";
    exchange_rate = "exchange_rates", "id='xrt_new' base_currency='EUR' quote_currency='XOF' rate='655.957'
        correction_rate='1.01' valid_from=1 expires_at=2 created_at=1";
    exchange = "exchanges", "id='xch_new' call_id='cal_sent' number=1 sealed='s' created_at=1";
    change = "audit", "id='aud_new' actor='system' action='project.update' subject_id='p' at=1";
    customer = "customers", "id='cus_new' identity='who_new' created_at=1 updated_at=1";
    instrument = "payer_instruments", "id='ins_new' phone='+225' phone_hash='hash_new' created_at=1";
    intent = "intents", "id='int_new' version=1 state='open' amount_minor=5000 currency='XOF' customer_id='cus_a'
        metadata='{}' family='payment' fail_with_attempt=FALSE ref_seed='s' attempts_made=0 permits_made=0
        events_made=0 intents_events_made=0 created_at=1 expires_at=2";
    attempt = "attempts", "id='att_new' intent_id='int_a' number=9 version=1 state='processing' method_code='card'
        country='CI' instrument_id='ins_a' amount_minor=5000 currency='XOF' is_fallback=FALSE fallbacks_before=0
        route='[]' codes_refused=0 created_at=1";
    permit = "permits", "id='per_new' intent_id='int_a' attempt_id='att_a' number=9 account_id='acc_a'
        merchant_ref='ref_new' amount_minor=5000 currency='XOF' status='open' acknowledged=FALSE captured_minor=0
        refund_reserved_minor=0 refunded_minor=0 external_refunded_minor=0 asked_after_death=0 created_at=1";
    refund = "refunds", "id='ref_new' intent_id='int_paid' permit_id='per_paid' origin='surplus'
        capture_external_id='x2' amount_minor=100 currency='XOF' status='pending' created_at=1";
    call = "calls", "id='cal_new' permit_id='per_sent' kind='look_up' otp_no=0 outcome='open' account_version=1 epoch=1
        monotonic_ms=1 started_at=1";
    fact = "facts", "id='fct_new' permit_id='per_sent' kind='declined' source='poll' epoch=1 monotonic_ms=1 at=1";
    key = "idempotency", "key='new' state='claimed' method='POST' path='/' fingerprint='f' family='payment'
        effect='create' epoch=1 created_at=1";
    journal = "journal", "aggregate_id='int_a' seq=2 event='e' subject_id='s' detail='d' at=1 previous_hash='p'
        hash='h'";
    event = "outbox", "id='evt_new' family='payment' intent_id='int_a' sequence=2 event='payment.completed' body='b' created_at=1";
    callback = "inbox", "id='inb_new' account_id='acc_a' digest='new' headers='h' body='b' state='waiting'
        received_at=1";
    timer = "timers", "kind='look_up' aggregate_id='new' due_at=1 tries=0 parked=FALSE";
    stream = "event_streams", "last_no=1";
    secrets = "webhook_secrets", "secret='s' created_at=1";
    endpoint = "webhook_endpoints", "id='end_new' family='payment' url='u' description='d' events='*'
        delivery_order='any' secret='s' state='enabled' created_at=1";
    lane = "webhook_lanes", "id='lan_new' failures=0 told_hours=0";
    delivery = "deliveries", "id='dlv_new' lane_id='lan_a' event_id='evt_paid' intent_id='int_paid' sequence=1
        state='waiting' tries=0 plan_tries=0 due_at=1 created_at=1";
    delivery_try = "delivery_tries", "delivery_id='dlv_a' number=2 url='u' outcome='refused' status=500 at=1 took_ms=1";
    mail = "mails", "id='mail_new' intent_id='int_paid' occasion='receipt' language='en' state='waiting' tries=0 due_at=1 created_at=1";
    link = "links", "id='lnk_new' token_hash='h' usage='reusable' currency='XOF' amount_minor=50 description='d'
        receipt='optional' metadata='{}' switch='on' created_at=1";
    item = "attention", "id='itm_new' kind='undecided' subject_id='new' evidence='e' created_at=1";
}

/// The same permit in another status, with all that the status needs.
pub(crate) fn permit_that_is(status: &str) -> NewRow {
    match status {
        "open" => permit(),
        "sent" => permit().with("status='sent' knowledge='in_flight' sent_at=5"),
        "paid" => permit().with("status='paid' sent_at=5 ended_at=6 captured_minor=5000"),
        "dead" => permit().with("status='dead' dead_proof='never_sent' ended_at=6"),
        other => panic!("{other}"),
    }
}
