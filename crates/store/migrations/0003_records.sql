-- Records: idempotency keys, the journal, events out, callbacks in, timers, and what waits for a person.

CREATE TABLE idempotency (
    project_id TEXT NOT NULL,
    environment TEXT NOT NULL,
    key TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('claimed', 'done')),
    method TEXT NOT NULL,
    path TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    family TEXT NOT NULL CHECK (family IN ('payment', 'payment_intents', 'admin')),
    effect TEXT NOT NULL CHECK (effect IN ('create', 'attempt', 'code', 'cancel', 'reconcile', 'update', 'checkout')),
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
    FOREIGN KEY (project_id, environment) REFERENCES environments (project_id, environment),
    FOREIGN KEY (project_id, environment, intent_id) REFERENCES intents (project_id, environment, id),
    FOREIGN KEY (project_id, environment, attempt_id) REFERENCES attempts (project_id, environment, id)
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

-- `stream_no` is given by the publisher after the commit, in the order of the commits.
CREATE TABLE outbox (
    project_id TEXT NOT NULL,
    environment TEXT NOT NULL,
    id TEXT NOT NULL,
    family TEXT NOT NULL CHECK (family IN ('payment', 'payment_intents')),
    intent_id TEXT NOT NULL,
    sequence BIGINT NOT NULL,
    event TEXT NOT NULL,
    body TEXT NOT NULL,
    stream_no BIGINT,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (project_id, environment, id),
    FOREIGN KEY (project_id, environment, intent_id) REFERENCES intents (project_id, environment, id)
);
CREATE UNIQUE INDEX outbox_by_sequence ON outbox (project_id, environment, intent_id, family, sequence);
CREATE UNIQUE INDEX outbox_by_stream ON outbox (project_id, environment, stream_no) WHERE stream_no IS NOT NULL;
CREATE INDEX outbox_unpublished ON outbox (project_id, environment, created_at) WHERE stream_no IS NULL;

-- `digest` is of the body. Refused callbacks have no part in it: a forged one must not make the genuine one that comes
-- after it look like a repetition.
CREATE TABLE inbox (
    project_id TEXT NOT NULL,
    environment TEXT NOT NULL,
    id TEXT NOT NULL,
    account_id TEXT NOT NULL,
    digest TEXT NOT NULL,
    -- Keyed hash of the reference that it names; null when nobody could read it or nobody should believe it.
    reference_hash TEXT,
    headers TEXT NOT NULL,
    body TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'processed', 'refused', 'orphan')),
    received_at BIGINT NOT NULL,
    processed_at BIGINT,
    PRIMARY KEY (project_id, environment, id),
    FOREIGN KEY (project_id, environment, account_id) REFERENCES accounts (project_id, environment, id)
);
CREATE UNIQUE INDEX inbox_by_digest ON inbox (project_id, environment, account_id, digest) WHERE state <> 'refused';
CREATE INDEX inbox_refused ON inbox (project_id, environment, account_id, id) WHERE state = 'refused';
CREATE INDEX inbox_unmatched ON inbox (project_id, environment, account_id, reference_hash)
    WHERE state IN ('waiting', 'orphan');
CREATE INDEX inbox_to_empty ON inbox (processed_at) WHERE state = 'processed' AND body <> '';

CREATE TABLE timers (
    project_id TEXT NOT NULL,
    environment TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('look_up', 'expire', 'fall_back', 'process_callback', 'close_page')),
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
    -- Of the person who took it off the list; null when it went by itself.
    note TEXT,
    PRIMARY KEY (project_id, environment, id),
    CHECK (note IS NULL OR resolved_at IS NOT NULL),
    FOREIGN KEY (project_id, environment) REFERENCES environments (project_id, environment),
    FOREIGN KEY (project_id, environment, intent_id) REFERENCES intents (project_id, environment, id)
);
CREATE UNIQUE INDEX attention_once ON attention (project_id, environment, kind, subject_id) WHERE resolved_at IS NULL;
CREATE INDEX attention_by_time ON attention (project_id, environment, created_at, id);
