-- Foundation. Times are milliseconds UTC, money is minor units of the currency beside it, JSON is text that no query
-- looks into. Every tenant table's keys begin with project_id, environment.

CREATE TABLE projects (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE environments (
    project_id TEXT NOT NULL REFERENCES projects (id),
    environment TEXT NOT NULL CHECK (environment IN ('live', 'sandbox')),
    data_key TEXT NOT NULL,
    fail_with_attempt BOOLEAN NOT NULL,
    late_after_end TEXT NOT NULL CHECK (late_after_end IN ('accept', 'refund')),
    late_after_cancel TEXT NOT NULL CHECK (late_after_cancel IN ('accept', 'refund')),
    created_at BIGINT NOT NULL,
    PRIMARY KEY (project_id, environment)
);

-- Secrets of the whole database (the reference key), sealed under the key-encryption key.
CREATE TABLE secrets (
    name TEXT NOT NULL PRIMARY KEY,
    sealed TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE instances (
    epoch BIGINT NOT NULL PRIMARY KEY,
    version TEXT NOT NULL,
    started_at BIGINT NOT NULL,
    heartbeat_at BIGINT NOT NULL,
    fenced_at BIGINT
);

CREATE TABLE api_keys (
    project_id TEXT NOT NULL,
    environment TEXT NOT NULL,
    id TEXT NOT NULL,
    family TEXT NOT NULL CHECK (family IN ('payment', 'payment_intents', 'admin')),
    hash TEXT NOT NULL,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    revoked_at BIGINT,
    PRIMARY KEY (project_id, environment, id),
    FOREIGN KEY (project_id, environment) REFERENCES environments (project_id, environment)
);
CREATE UNIQUE INDEX api_keys_by_id ON api_keys (id);

CREATE TABLE accounts (
    project_id TEXT NOT NULL,
    environment TEXT NOT NULL,
    id TEXT NOT NULL,
    gateway_code TEXT NOT NULL,
    name TEXT NOT NULL,
    settings TEXT NOT NULL,
    version BIGINT NOT NULL,
    callback_path TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('active', 'closed')),
    created_at BIGINT NOT NULL,
    PRIMARY KEY (project_id, environment, id),
    FOREIGN KEY (project_id, environment) REFERENCES environments (project_id, environment)
);
CREATE UNIQUE INDEX accounts_by_callback_path ON accounts (callback_path);

CREATE TABLE rules (
    project_id TEXT NOT NULL,
    environment TEXT NOT NULL,
    id TEXT NOT NULL,
    direction TEXT NOT NULL CHECK (direction IN ('payment', 'payout')),
    method_code TEXT NOT NULL,
    country TEXT NOT NULL,
    primary_account_id TEXT NOT NULL,
    fallback_account_id TEXT,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (project_id, environment, id),
    CHECK (fallback_account_id IS NULL OR fallback_account_id <> primary_account_id),
    FOREIGN KEY (project_id, environment, primary_account_id) REFERENCES accounts (project_id, environment, id),
    FOREIGN KEY (project_id, environment, fallback_account_id) REFERENCES accounts (project_id, environment, id)
);
CREATE UNIQUE INDEX rules_by_match ON rules (project_id, environment, direction, method_code, country);

CREATE TABLE customers (
    project_id TEXT NOT NULL,
    environment TEXT NOT NULL,
    id TEXT NOT NULL,
    identity TEXT NOT NULL,
    email TEXT,
    phone TEXT,
    first_name TEXT,
    last_name TEXT,
    address TEXT,
    city TEXT,
    state TEXT,
    country TEXT,
    zip TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (project_id, environment, id),
    FOREIGN KEY (project_id, environment) REFERENCES environments (project_id, environment)
);
CREATE UNIQUE INDEX customers_by_identity ON customers (project_id, environment, identity);

CREATE TABLE payer_instruments (
    project_id TEXT NOT NULL,
    environment TEXT NOT NULL,
    id TEXT NOT NULL,
    phone TEXT,
    phone_hash TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (project_id, environment, id),
    FOREIGN KEY (project_id, environment) REFERENCES environments (project_id, environment)
);
CREATE UNIQUE INDEX payer_instruments_by_phone ON payer_instruments (project_id, environment, phone_hash);

CREATE TABLE intents (
    project_id TEXT NOT NULL,
    environment TEXT NOT NULL,
    id TEXT NOT NULL,
    version BIGINT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'mismatched', 'completed', 'failed', 'expired', 'cancelled')),
    ended_at BIGINT,
    amount_minor BIGINT NOT NULL CHECK (amount_minor > 0 AND amount_minor <= 999999999999),
    currency TEXT NOT NULL,
    customer_id TEXT,
    description TEXT,
    return_url TEXT,
    webhook_url TEXT,
    statement_descriptor TEXT,
    receipt_email TEXT,
    metadata TEXT NOT NULL,
    family TEXT NOT NULL CHECK (family IN ('payment', 'payment_intents')),
    fail_with_attempt BOOLEAN NOT NULL,
    ref_seed TEXT NOT NULL,
    attempts_made BIGINT NOT NULL,
    permits_made BIGINT NOT NULL,
    events_made BIGINT NOT NULL,
    active_attempt_id TEXT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (project_id, environment, id),
    CHECK ((state IN ('open', 'mismatched')) = (ended_at IS NULL)),
    FOREIGN KEY (project_id, environment) REFERENCES environments (project_id, environment),
    FOREIGN KEY (project_id, environment, customer_id) REFERENCES customers (project_id, environment, id)
);
CREATE INDEX intents_by_time ON intents (project_id, environment, created_at, id);
CREATE INDEX intents_by_customer ON intents (project_id, environment, customer_id, created_at, id);

CREATE TABLE attempts (
    project_id TEXT NOT NULL,
    environment TEXT NOT NULL,
    id TEXT NOT NULL,
    intent_id TEXT NOT NULL,
    number BIGINT NOT NULL,
    version BIGINT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('processing', 'action_required', 'completed', 'failed', 'cancelled')),
    ended_at BIGINT,
    next_action TEXT,
    failure_code TEXT,
    failure_gateway_code TEXT,
    method_code TEXT NOT NULL,
    country TEXT NOT NULL,
    instrument_id TEXT,
    amount_minor BIGINT NOT NULL CHECK (amount_minor > 0),
    currency TEXT NOT NULL,
    exchange_rate TEXT,
    correction_rate TEXT,
    gateway_code TEXT,
    is_fallback BOOLEAN NOT NULL,
    scenario TEXT,
    codes_refused BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (project_id, environment, id),
    CHECK ((state IN ('processing', 'action_required')) = (ended_at IS NULL)),
    CHECK ((state = 'action_required') = (next_action IS NOT NULL)),
    CHECK (state <> 'failed' OR failure_code IS NOT NULL),
    FOREIGN KEY (project_id, environment, intent_id) REFERENCES intents (project_id, environment, id),
    FOREIGN KEY (project_id, environment, instrument_id) REFERENCES payer_instruments (project_id, environment, id)
);
CREATE UNIQUE INDEX attempts_by_number ON attempts (project_id, environment, intent_id, number);
CREATE INDEX attempts_by_instrument ON attempts (project_id, environment, instrument_id, method_code);

CREATE TABLE permits (
    project_id TEXT NOT NULL,
    environment TEXT NOT NULL,
    id TEXT NOT NULL,
    intent_id TEXT NOT NULL,
    attempt_id TEXT NOT NULL,
    number BIGINT NOT NULL,
    account_id TEXT NOT NULL,
    merchant_ref TEXT NOT NULL,
    amount_minor BIGINT NOT NULL CHECK (amount_minor > 0),
    currency TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('open', 'sent', 'paid', 'dead')),
    knowledge TEXT CHECK (knowledge IN ('in_flight', 'unknown', 'accepted')),
    dead_proof TEXT CHECK (dead_proof IN ('never_sent', 'not_processed', 'declined', 'expired_at_provider', 'closed_by_us',
        'page_never_shown', 'not_found_after_horizon', 'attested_by_person')),
    dead_fact_id TEXT,
    acknowledged BOOLEAN NOT NULL,
    external_id TEXT,
    captured_minor BIGINT NOT NULL,
    refund_reserved_minor BIGINT NOT NULL,
    refunded_minor BIGINT NOT NULL,
    external_refunded_minor BIGINT NOT NULL,
    sent_at BIGINT,
    url_shown_at BIGINT,
    ended_at BIGINT,
    asked_after_death BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (project_id, environment, id),
    CHECK ((status = 'sent') = (knowledge IS NOT NULL)),
    CHECK ((status = 'dead') = (dead_proof IS NOT NULL)),
    CHECK ((status IN ('paid', 'dead')) = (ended_at IS NOT NULL)),
    CHECK (status <> 'dead' OR dead_proof = 'never_sent' OR dead_fact_id IS NOT NULL),
    CHECK (dead_proof IS NULL OR sent_at IS NOT NULL OR dead_proof = 'never_sent'),
    CHECK (dead_proof IS NULL OR NOT acknowledged OR dead_proof NOT IN ('never_sent', 'not_processed', 'page_never_shown',
        'not_found_after_horizon')),
    CHECK (dead_proof IS NULL OR dead_proof <> 'page_never_shown' OR url_shown_at IS NULL),
    CHECK (captured_minor >= 0 AND refund_reserved_minor >= 0 AND refunded_minor >= 0 AND external_refunded_minor >= 0),
    CHECK (refund_reserved_minor + refunded_minor + external_refunded_minor <= captured_minor),
    FOREIGN KEY (project_id, environment, intent_id) REFERENCES intents (project_id, environment, id),
    FOREIGN KEY (project_id, environment, attempt_id) REFERENCES attempts (project_id, environment, id),
    FOREIGN KEY (project_id, environment, account_id) REFERENCES accounts (project_id, environment, id)
);
-- At most one permit of an intent is live or paid: a double charge is not a state this database can hold.
CREATE UNIQUE INDEX permits_one_seat ON permits (project_id, environment, intent_id) WHERE status IN ('open', 'sent', 'paid');
CREATE UNIQUE INDEX permits_by_number ON permits (project_id, environment, intent_id, number);
CREATE UNIQUE INDEX permits_by_reference ON permits (project_id, environment, account_id, merchant_ref);
CREATE INDEX permits_by_attempt ON permits (project_id, environment, attempt_id, number);

CREATE TABLE refunds (
    project_id TEXT NOT NULL,
    environment TEXT NOT NULL,
    id TEXT NOT NULL,
    intent_id TEXT NOT NULL,
    permit_id TEXT NOT NULL,
    origin TEXT NOT NULL CHECK (origin IN ('surplus', 'merchant')),
    capture_external_id TEXT,
    amount_minor BIGINT NOT NULL CHECK (amount_minor > 0),
    currency TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('pending', 'processing', 'completed', 'failed')),
    created_at BIGINT NOT NULL,
    PRIMARY KEY (project_id, environment, id),
    CHECK (origin <> 'surplus' OR capture_external_id IS NOT NULL),
    FOREIGN KEY (project_id, environment, intent_id) REFERENCES intents (project_id, environment, id),
    FOREIGN KEY (project_id, environment, permit_id) REFERENCES permits (project_id, environment, id)
);
CREATE UNIQUE INDEX refunds_once_per_surplus ON refunds (project_id, environment, permit_id, capture_external_id)
    WHERE origin = 'surplus';

CREATE TABLE calls (
    project_id TEXT NOT NULL,
    environment TEXT NOT NULL,
    id TEXT NOT NULL,
    permit_id TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('charge', 'complete', 'resend', 'close', 'refund', 'payout', 'look_up')),
    otp_no BIGINT NOT NULL,
    refund_id TEXT,
    outcome TEXT NOT NULL CHECK (outcome IN ('open', 'not_sent', 'not_processed', 'declined', 'pending', 'captured',
        'unknown', 'answered')),
    evidence TEXT,
    account_version BIGINT NOT NULL,
    epoch BIGINT NOT NULL,
    monotonic_ms BIGINT NOT NULL,
    started_at BIGINT NOT NULL,
    ended_at BIGINT,
    PRIMARY KEY (project_id, environment, id),
    CHECK ((outcome = 'open') = (ended_at IS NULL)),
    CHECK ((kind = 'refund') = (refund_id IS NOT NULL)),
    FOREIGN KEY (project_id, environment, permit_id) REFERENCES permits (project_id, environment, id),
    FOREIGN KEY (project_id, environment, refund_id) REFERENCES refunds (project_id, environment, id)
);
CREATE UNIQUE INDEX calls_one_charge ON calls (project_id, environment, permit_id) WHERE kind = 'charge';
CREATE UNIQUE INDEX calls_one_code ON calls (project_id, environment, permit_id, otp_no) WHERE kind = 'complete';
CREATE UNIQUE INDEX calls_one_refund ON calls (project_id, environment, refund_id) WHERE kind = 'refund' AND outcome <> 'not_sent';
CREATE INDEX calls_open ON calls (epoch) WHERE outcome = 'open';
CREATE INDEX calls_by_permit ON calls (project_id, environment, permit_id, started_at);

CREATE TABLE facts (
    project_id TEXT NOT NULL,
    environment TEXT NOT NULL,
    id TEXT NOT NULL,
    permit_id TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('accepted', 'captured', 'declined', 'expired', 'closed', 'not_found', 'refunded',
        'reversed', 'contradiction', 'not_processed', 'not_sent')),
    external_id TEXT,
    amount_minor BIGINT,
    currency TEXT,
    source TEXT NOT NULL CHECK (source IN ('response', 'callback', 'poll', 'statement', 'person')),
    reason TEXT,
    epoch BIGINT NOT NULL,
    monotonic_ms BIGINT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (project_id, environment, id),
    FOREIGN KEY (project_id, environment, permit_id) REFERENCES permits (project_id, environment, id)
);
CREATE UNIQUE INDEX facts_one_capture ON facts (project_id, environment, permit_id, external_id) WHERE kind = 'captured';
CREATE INDEX facts_by_permit ON facts (project_id, environment, permit_id, at);

CREATE TABLE idempotency (
    project_id TEXT NOT NULL,
    environment TEXT NOT NULL,
    key TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('claimed', 'done')),
    method TEXT NOT NULL,
    path TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    family TEXT NOT NULL CHECK (family IN ('payment', 'payment_intents', 'admin')),
    effect TEXT NOT NULL CHECK (effect IN ('create', 'attempt', 'code', 'cancel', 'reconcile')),
    intent_id TEXT,
    attempt_id TEXT,
    epoch BIGINT NOT NULL,
    status BIGINT,
    body TEXT,
    created_at BIGINT NOT NULL,
    done_at BIGINT,
    PRIMARY KEY (project_id, environment, key),
    CHECK ((state = 'done') = (status IS NOT NULL)),
    CHECK ((state = 'done') = (done_at IS NOT NULL)),
    FOREIGN KEY (project_id, environment) REFERENCES environments (project_id, environment)
);
CREATE INDEX idempotency_by_time ON idempotency (created_at);

CREATE TABLE journal (
    project_id TEXT NOT NULL,
    environment TEXT NOT NULL,
    aggregate_id TEXT NOT NULL,
    seq BIGINT NOT NULL CHECK (seq >= 1),
    event TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    detail TEXT NOT NULL,
    at BIGINT NOT NULL,
    previous_hash TEXT NOT NULL,
    hash TEXT NOT NULL,
    PRIMARY KEY (project_id, environment, aggregate_id, seq),
    FOREIGN KEY (project_id, environment) REFERENCES environments (project_id, environment)
);

CREATE TABLE outbox (
    project_id TEXT NOT NULL,
    environment TEXT NOT NULL,
    id TEXT NOT NULL,
    intent_id TEXT NOT NULL,
    sequence BIGINT NOT NULL,
    event TEXT NOT NULL,
    body TEXT NOT NULL,
    stream_no BIGINT,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (project_id, environment, id),
    FOREIGN KEY (project_id, environment, intent_id) REFERENCES intents (project_id, environment, id)
);
CREATE UNIQUE INDEX outbox_by_sequence ON outbox (project_id, environment, intent_id, sequence);
CREATE UNIQUE INDEX outbox_by_stream ON outbox (project_id, environment, stream_no);

CREATE TABLE inbox (
    project_id TEXT NOT NULL,
    environment TEXT NOT NULL,
    id TEXT NOT NULL,
    account_id TEXT NOT NULL,
    digest TEXT NOT NULL,
    headers TEXT NOT NULL,
    body TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'processed', 'refused', 'orphan')),
    received_at BIGINT NOT NULL,
    processed_at BIGINT,
    PRIMARY KEY (project_id, environment, id),
    FOREIGN KEY (project_id, environment, account_id) REFERENCES accounts (project_id, environment, id)
);
CREATE UNIQUE INDEX inbox_by_digest ON inbox (project_id, environment, account_id, digest);

CREATE TABLE timers (
    project_id TEXT NOT NULL,
    environment TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('look_up', 'expire', 'fall_back', 'process_callback')),
    aggregate_id TEXT NOT NULL,
    due_at BIGINT NOT NULL,
    lease_epoch BIGINT,
    lease_until BIGINT,
    tries BIGINT NOT NULL,
    parked BOOLEAN NOT NULL,
    PRIMARY KEY (project_id, environment, kind, aggregate_id),
    FOREIGN KEY (project_id, environment) REFERENCES environments (project_id, environment)
);
CREATE INDEX timers_due ON timers (due_at) WHERE NOT parked;

CREATE TABLE attention (
    project_id TEXT NOT NULL,
    environment TEXT NOT NULL,
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    intent_id TEXT,
    evidence TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    resolved_at BIGINT,
    PRIMARY KEY (project_id, environment, id),
    FOREIGN KEY (project_id, environment) REFERENCES environments (project_id, environment)
);
CREATE UNIQUE INDEX attention_once ON attention (project_id, environment, kind, subject_id) WHERE resolved_at IS NULL;
