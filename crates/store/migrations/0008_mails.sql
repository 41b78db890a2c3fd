-- E-mails to payers. What is in one, and where it goes, is read from its payment when it is sent: no address stands twice.

CREATE TABLE mails (
    project_id TEXT NOT NULL,
    environment TEXT NOT NULL,
    id TEXT NOT NULL,
    intent_id TEXT NOT NULL,
    occasion TEXT NOT NULL CHECK (occasion IN ('receipt')),
    language TEXT NOT NULL CHECK (language IN ('en', 'fr')),
    state TEXT NOT NULL CHECK (state IN ('waiting', 'sent', 'kept', 'given_up')),
    -- Those that failed.
    tries BIGINT NOT NULL CHECK (tries >= 0),
    due_at BIGINT,
    -- Who is sending it, and until when nobody else does.
    lease_epoch BIGINT,
    lease_until BIGINT,
    created_at BIGINT NOT NULL,
    sent_at BIGINT,
    last_failure TEXT,
    PRIMARY KEY (project_id, environment, id),
    CHECK ((state = 'waiting') = (due_at IS NOT NULL)),
    CHECK ((state = 'sent') = (sent_at IS NOT NULL)),
    CHECK ((lease_epoch IS NULL) = (lease_until IS NULL)),
    FOREIGN KEY (project_id, environment, intent_id) REFERENCES intents (project_id, environment, id)
);
CREATE UNIQUE INDEX mails_once ON mails (project_id, environment, intent_id, occasion);
CREATE INDEX mails_due ON mails (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX mails_kept ON mails (id) WHERE state = 'kept';
