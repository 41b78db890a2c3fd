-- Payment links: addresses at which every visit makes a checkout of its own.

CREATE TABLE links (
    project_id TEXT NOT NULL,
    environment TEXT NOT NULL,
    id TEXT NOT NULL,
    token_hash TEXT NOT NULL,
    usage TEXT NOT NULL CHECK (usage IN ('reusable', 'single')),
    currency TEXT NOT NULL,
    -- A fixed amount, or the bounds of one that the payer enters. Minor units.
    amount_minor BIGINT CHECK (amount_minor > 0 AND amount_minor <= 999999999999),
    min_minor BIGINT CHECK (min_minor > 0 AND min_minor <= 999999999999),
    max_minor BIGINT CHECK (max_minor >= min_minor AND max_minor <= 999999999999),
    description TEXT NOT NULL,
    receipt TEXT NOT NULL CHECK (receipt IN ('off', 'optional', 'required')),
    return_url TEXT,
    metadata TEXT NOT NULL,
    country TEXT,
    phone TEXT,
    -- `#rrggbb`
    color TEXT,
    brand TEXT,
    language TEXT CHECK (language IN ('en', 'fr')),
    switch TEXT NOT NULL CHECK (switch IN ('on', 'off')),
    expires_at BIGINT,
    -- The idempotency key that it was made with.
    made_with TEXT,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (project_id, environment, id),
    CHECK ((amount_minor IS NULL) = (min_minor IS NOT NULL)),
    CHECK (max_minor IS NULL OR min_minor IS NOT NULL),
    FOREIGN KEY (project_id, environment) REFERENCES environments (project_id, environment)
);
CREATE INDEX links_by_time ON links (project_id, environment, created_at, id);
CREATE INDEX links_by_token ON links (token_hash);
CREATE UNIQUE INDEX links_by_key ON links (project_id, environment, made_with) WHERE made_with IS NOT NULL;
