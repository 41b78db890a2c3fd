-- Payments: intents, their attempts, the permits to charge, and what providers were asked and said.

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
    -- Countries that the payment-intents API is told: of the sale, of the payer, of the rail.
    transaction_country TEXT,
    payer_country TEXT,
    rail_country TEXT,
    -- The page that it was made with, and the language in which its payer is spoken to, when it is known.
    checkout_id TEXT,
    payer_language TEXT CHECK (payer_language IN ('en', 'fr')),
    fail_with_attempt BOOLEAN NOT NULL,
    ref_seed TEXT NOT NULL,
    attempts_made BIGINT NOT NULL,
    permits_made BIGINT NOT NULL,
    events_made BIGINT NOT NULL,
    -- Those of the payment-intents API, which count by themselves.
    intents_events_made BIGINT NOT NULL,
    active_attempt_id TEXT,
    -- The routing that was in force when the first attempt started.
    routing_revision BIGINT,
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
    -- What kind of next action that is, for lists by status.
    next_action_kind TEXT CHECK (next_action_kind IN ('approval', 'otp', 'redirect', 'qr_code')),
    failure_code TEXT,
    failure_gateway_code TEXT,
    method_code TEXT NOT NULL,
    country TEXT NOT NULL,
    instrument_id TEXT,
    amount_minor BIGINT NOT NULL CHECK (amount_minor > 0 AND amount_minor <= 999999999999),
    currency TEXT NOT NULL,
    exchange_rate TEXT,
    correction_rate TEXT,
    gateway_code TEXT,
    account_id TEXT,
    is_fallback BOOLEAN NOT NULL,
    -- Automatic fallbacks of this chain before this attempt; 0 for one that somebody asked for.
    fallbacks_before BIGINT NOT NULL CHECK (fallbacks_before BETWEEN 0 AND 2),
    -- Why each account was taken or skipped: JSON that no query looks into.
    route TEXT NOT NULL,
    scenario TEXT,
    codes_refused BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (project_id, environment, id),
    CHECK ((state IN ('processing', 'action_required')) = (ended_at IS NULL)),
    CHECK ((state = 'action_required') = (next_action IS NOT NULL)),
    CHECK ((next_action IS NULL) = (next_action_kind IS NULL)),
    CHECK (state NOT IN ('failed', 'cancelled') OR failure_code IS NOT NULL),
    CHECK (state <> 'completed' OR failure_code IS NULL),
    CHECK ((exchange_rate IS NULL) = (correction_rate IS NULL)),
    CHECK ((gateway_code IS NULL) = (account_id IS NULL)),
    FOREIGN KEY (project_id, environment, account_id) REFERENCES accounts (project_id, environment, id),
    FOREIGN KEY (project_id, environment, intent_id) REFERENCES intents (project_id, environment, id),
    FOREIGN KEY (project_id, environment, instrument_id) REFERENCES payer_instruments (project_id, environment, id)
);
CREATE UNIQUE INDEX attempts_of_intent ON attempts (project_id, environment, intent_id, id);
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
    amount_minor BIGINT NOT NULL CHECK (amount_minor > 0 AND amount_minor <= 999999999999),
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
    CHECK (status <> 'open' OR sent_at IS NULL),
    CHECK (status NOT IN ('sent', 'paid') OR sent_at IS NOT NULL),
    CHECK (status <> 'dead' OR sent_at IS NULL OR dead_fact_id IS NOT NULL),
    CHECK (dead_proof IS NULL OR sent_at IS NOT NULL OR dead_proof = 'never_sent'),
    CHECK (dead_proof IS NULL OR NOT acknowledged OR dead_proof NOT IN ('never_sent', 'not_processed', 'page_never_shown',
        'not_found_after_horizon')),
    CHECK (dead_proof IS NULL OR dead_proof <> 'page_never_shown' OR url_shown_at IS NULL),
    CHECK (captured_minor >= 0 AND refund_reserved_minor >= 0 AND refunded_minor >= 0 AND external_refunded_minor >= 0),
    CHECK (refund_reserved_minor + refunded_minor + external_refunded_minor <= captured_minor),
    FOREIGN KEY (project_id, environment, intent_id) REFERENCES intents (project_id, environment, id),
    FOREIGN KEY (project_id, environment, intent_id, attempt_id)
        REFERENCES attempts (project_id, environment, intent_id, id),
    FOREIGN KEY (project_id, environment, account_id) REFERENCES accounts (project_id, environment, id)
);
-- At most one permit of an intent is live or paid: a double charge is not a state this database can hold.
CREATE UNIQUE INDEX permits_one_seat ON permits (project_id, environment, intent_id) WHERE status IN ('open', 'sent', 'paid');
CREATE UNIQUE INDEX permits_of_intent ON permits (project_id, environment, intent_id, id);
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
    amount_minor BIGINT NOT NULL CHECK (amount_minor > 0 AND amount_minor <= 999999999999),
    currency TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('pending', 'processing', 'completed', 'failed')),
    created_at BIGINT NOT NULL,
    PRIMARY KEY (project_id, environment, id),
    CHECK (origin <> 'surplus' OR capture_external_id IS NOT NULL),
    FOREIGN KEY (project_id, environment, intent_id) REFERENCES intents (project_id, environment, id),
    FOREIGN KEY (project_id, environment, intent_id, permit_id)
        REFERENCES permits (project_id, environment, intent_id, id)
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
