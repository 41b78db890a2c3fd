-- Checkouts: the pages on which payers pay.

-- One page of one payment. Whoever has the token may look at this payment and pay it; kept is a hash of it.
CREATE TABLE checkouts (
    project_id TEXT NOT NULL,
    environment TEXT NOT NULL,
    id TEXT NOT NULL,
    intent_id TEXT NOT NULL,
    token_hash TEXT NOT NULL,
    -- The link whose visitor it was made for.
    link_id TEXT,
    -- Where and with which number it must be paid.
    country TEXT,
    phone TEXT,
    -- `#rrggbb`
    color TEXT,
    brand TEXT,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (project_id, environment, id),
    FOREIGN KEY (project_id, environment, intent_id) REFERENCES intents (project_id, environment, id)
);
CREATE UNIQUE INDEX checkouts_of_intent ON checkouts (project_id, environment, intent_id);
CREATE INDEX checkouts_by_token ON checkouts (token_hash);
CREATE INDEX checkouts_of_link ON checkouts (project_id, environment, link_id, created_at, id) WHERE link_id IS NOT NULL;
