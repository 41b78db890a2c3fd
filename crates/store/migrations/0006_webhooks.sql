-- Webhooks: where events go, what is on its way, and what came back.

-- The number of the newest published event of an environment. Whoever publishes locks the row.
CREATE TABLE event_streams (
    project_id TEXT NOT NULL,
    environment TEXT NOT NULL,
    last_no BIGINT NOT NULL CHECK (last_no >= 0),
    PRIMARY KEY (project_id, environment),
    FOREIGN KEY (project_id, environment) REFERENCES environments (project_id, environment)
);

-- What signs every delivery to a payment's own URL, sealed. While a secret is replaced the previous one signs too.
CREATE TABLE webhook_secrets (
    project_id TEXT NOT NULL,
    environment TEXT NOT NULL,
    secret TEXT NOT NULL,
    previous_secret TEXT,
    previous_until BIGINT,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (project_id, environment),
    CHECK ((previous_secret IS NULL) = (previous_until IS NULL)),
    FOREIGN KEY (project_id, environment) REFERENCES environments (project_id, environment)
);

CREATE TABLE webhook_endpoints (
    project_id TEXT NOT NULL,
    environment TEXT NOT NULL,
    id TEXT NOT NULL,
    family TEXT NOT NULL CHECK (family IN ('payment', 'payment_intents')),
    url TEXT NOT NULL,
    description TEXT NOT NULL,
    -- `*`, or published names with a space between.
    events TEXT NOT NULL,
    delivery_order TEXT NOT NULL CHECK (delivery_order IN ('any', 'per_payment')),
    secret TEXT NOT NULL,
    previous_secret TEXT,
    previous_until BIGINT,
    state TEXT NOT NULL CHECK (state IN ('enabled', 'disabled_by_person', 'disabled_as_gone', 'disabled_as_failing')),
    created_at BIGINT NOT NULL,
    deleted_at BIGINT,
    PRIMARY KEY (project_id, environment, id),
    CHECK ((previous_secret IS NULL) = (previous_until IS NULL)),
    FOREIGN KEY (project_id, environment) REFERENCES environments (project_id, environment)
);

-- A lane is one place that events go to: an endpoint, or an origin that payments name themselves. One process at a time
-- works on it, so a slow place holds up nobody but itself.
CREATE TABLE webhook_lanes (
    project_id TEXT NOT NULL,
    environment TEXT NOT NULL,
    -- An endpoint's id, or `scheme://host:port`.
    id TEXT NOT NULL,
    endpoint_id TEXT,
    -- Null when nothing waits.
    due_at BIGINT,
    lease_epoch BIGINT,
    lease_until BIGINT,
    failures BIGINT NOT NULL,
    failing_since BIGINT,
    last_failure TEXT,
    told_hours BIGINT NOT NULL,
    PRIMARY KEY (project_id, environment, id),
    CHECK ((failures = 0) = (failing_since IS NULL)),
    CHECK ((lease_epoch IS NULL) = (lease_until IS NULL)),
    FOREIGN KEY (project_id, environment) REFERENCES environments (project_id, environment),
    FOREIGN KEY (project_id, environment, endpoint_id) REFERENCES webhook_endpoints (project_id, environment, id)
);
CREATE INDEX webhook_lanes_due ON webhook_lanes (due_at) WHERE due_at IS NOT NULL;

-- An event on its way to one place. `plan_tries` and `plan_from` count anew when somebody asks for it again.
CREATE TABLE deliveries (
    project_id TEXT NOT NULL,
    environment TEXT NOT NULL,
    id TEXT NOT NULL,
    lane_id TEXT NOT NULL,
    event_id TEXT NOT NULL,
    intent_id TEXT NOT NULL,
    sequence BIGINT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'delivered', 'given_up')),
    tries BIGINT NOT NULL,
    plan_tries BIGINT NOT NULL,
    plan_from BIGINT,
    due_at BIGINT,
    created_at BIGINT NOT NULL,
    ended_at BIGINT,
    PRIMARY KEY (project_id, environment, id),
    CHECK ((state = 'waiting') = (due_at IS NOT NULL)),
    CHECK ((state = 'waiting') = (ended_at IS NULL)),
    CHECK (tries >= plan_tries),
    FOREIGN KEY (project_id, environment, lane_id) REFERENCES webhook_lanes (project_id, environment, id),
    FOREIGN KEY (project_id, environment, event_id) REFERENCES outbox (project_id, environment, id)
);
CREATE UNIQUE INDEX deliveries_once ON deliveries (project_id, environment, event_id, lane_id);
CREATE INDEX deliveries_due ON deliveries (project_id, environment, lane_id, due_at) WHERE state = 'waiting';
CREATE INDEX deliveries_in_order ON deliveries (project_id, environment, lane_id, intent_id, sequence) WHERE state = 'waiting';
CREATE INDEX deliveries_waiting ON deliveries (project_id, environment, lane_id, created_at) WHERE state = 'waiting';
CREATE INDEX deliveries_of_lane ON deliveries (project_id, environment, lane_id, created_at, id);
CREATE INDEX deliveries_by_time ON deliveries (project_id, environment, created_at, id);
CREATE INDEX deliveries_ended ON deliveries (ended_at) WHERE ended_at IS NOT NULL;

-- One try, with the first 16 KiB of the answer, sealed; kept 30 days.
CREATE TABLE delivery_tries (
    project_id TEXT NOT NULL,
    environment TEXT NOT NULL,
    delivery_id TEXT NOT NULL,
    number BIGINT NOT NULL CHECK (number >= 1),
    url TEXT NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('delivered', 'refused', 'gone', 'unreachable', 'tls', 'timed_out', 'broken')),
    status BIGINT,
    answer TEXT,
    at BIGINT NOT NULL,
    took_ms BIGINT NOT NULL,
    PRIMARY KEY (project_id, environment, delivery_id, number),
    CHECK ((status IS NOT NULL) = (outcome IN ('delivered', 'refused', 'gone'))),
    FOREIGN KEY (project_id, environment, delivery_id) REFERENCES deliveries (project_id, environment, id)
);
