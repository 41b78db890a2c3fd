-- Tenants: projects and what belongs to them. Times are milliseconds UTC, money is minor units of the currency beside it, JSON is text that no query
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
    -- The newest row of routing_revisions: raised by every change of strategy or rules.
    routing_revision BIGINT NOT NULL,
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
    -- Words of `read`, `write`, `money_out`, `installation`, with a space between.
    scopes TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    revoked_at BIGINT,
    last_used_at BIGINT,
    PRIMARY KEY (project_id, environment, id),
    FOREIGN KEY (project_id, environment) REFERENCES environments (project_id, environment)
);
CREATE UNIQUE INDEX api_keys_by_id ON api_keys (id);

-- Counters of calls, used where several nodes count together: `at` is the beginning of a window, or when a bucket is full again.
CREATE TABLE call_rates (
    project_id TEXT NOT NULL,
    environment TEXT NOT NULL,
    bucket TEXT NOT NULL,
    at BIGINT NOT NULL,
    calls BIGINT NOT NULL,
    PRIMARY KEY (project_id, environment, bucket),
    FOREIGN KEY (project_id, environment) REFERENCES environments (project_id, environment)
);

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
CREATE INDEX customers_by_time ON customers (project_id, environment, created_at, id);
CREATE INDEX customers_by_phone ON customers (project_id, environment, phone, created_at, id) WHERE phone IS NOT NULL;

CREATE TABLE payer_instruments (
    project_id TEXT NOT NULL,
    environment TEXT NOT NULL,
    id TEXT NOT NULL,
    phone TEXT,
    -- A card, by the token that stands for it.
    card_token TEXT,
    -- Keyed hash of either.
    phone_hash TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (project_id, environment, id),
    FOREIGN KEY (project_id, environment) REFERENCES environments (project_id, environment)
);
CREATE UNIQUE INDEX payer_instruments_by_phone ON payer_instruments (project_id, environment, phone_hash);
