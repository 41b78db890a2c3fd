-- Routing: the policy and rules in force at each revision, the health of gateway accounts, exchange rates, and what
-- administrators changed.

-- Policies by revision: an intent keeps to the one under which its first attempt started.
CREATE TABLE routing_revisions (
    project_id TEXT NOT NULL,
    environment TEXT NOT NULL,
    revision BIGINT NOT NULL CHECK (revision >= 1),
    strategy TEXT NOT NULL CHECK (strategy IN ('rules', 'success_rate', 'load_balanced')),
    exploration_percent BIGINT NOT NULL CHECK (exploration_percent BETWEEN 0 AND 50),
    -- Failure codes after which this project never falls back, with a space between.
    no_fallback_after TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (project_id, environment, revision),
    FOREIGN KEY (project_id, environment) REFERENCES environments (project_id, environment)
);

-- A rule is in force from its first revision to before its last one; a change writes a new row of the same id.
CREATE TABLE rules (
    project_id TEXT NOT NULL,
    environment TEXT NOT NULL,
    id TEXT NOT NULL,
    from_revision BIGINT NOT NULL,
    until_revision BIGINT,
    direction TEXT NOT NULL CHECK (direction IN ('payment', 'payout')),
    method_code TEXT NOT NULL,
    country TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (project_id, environment, id, from_revision),
    CHECK (until_revision IS NULL OR until_revision > from_revision),
    FOREIGN KEY (project_id, environment) REFERENCES environments (project_id, environment)
);
CREATE UNIQUE INDEX rules_by_match ON rules (project_id, environment, direction, method_code, country)
    WHERE until_revision IS NULL;
CREATE INDEX rules_by_method ON rules (project_id, environment, direction, method_code, from_revision);

-- Position 1 is the primary account, 2 its fallback, 3 the fallback's fallback.
CREATE TABLE rule_accounts (
    project_id TEXT NOT NULL,
    environment TEXT NOT NULL,
    rule_id TEXT NOT NULL,
    from_revision BIGINT NOT NULL,
    position BIGINT NOT NULL CHECK (position BETWEEN 1 AND 3),
    account_id TEXT NOT NULL,
    weight BIGINT NOT NULL CHECK (weight BETWEEN 0 AND 100),
    PRIMARY KEY (project_id, environment, rule_id, from_revision, position),
    FOREIGN KEY (project_id, environment, rule_id, from_revision)
        REFERENCES rules (project_id, environment, id, from_revision),
    FOREIGN KEY (project_id, environment, account_id) REFERENCES accounts (project_id, environment, id)
);
CREATE UNIQUE INDEX rule_accounts_once ON rule_accounts (project_id, environment, rule_id, from_revision, account_id);

-- What our own traffic says of an account, a method and a country; folded from `observations`.
CREATE TABLE health (
    project_id TEXT NOT NULL,
    environment TEXT NOT NULL,
    account_id TEXT NOT NULL,
    method_code TEXT NOT NULL,
    country TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('closed', 'open', 'half_open')),
    failures_in_row BIGINT NOT NULL,
    -- The last outcomes, oldest first: `1` worked, `0` did not.
    recent TEXT NOT NULL,
    changed_at BIGINT NOT NULL,
    probe_at BIGINT NOT NULL,
    probe_wait_ms BIGINT NOT NULL,
    -- Decayed counts in thousandths, as of scored_at.
    paid_milli BIGINT NOT NULL,
    ended_milli BIGINT NOT NULL,
    scored_at BIGINT NOT NULL,
    latency_ms BIGINT NOT NULL,
    PRIMARY KEY (project_id, environment, account_id, method_code, country),
    FOREIGN KEY (project_id, environment, account_id) REFERENCES accounts (project_id, environment, id)
);
CREATE INDEX health_by_method ON health (project_id, environment, method_code, country);

-- Outcomes that are not folded into `health` yet: written beside the outcome, so that no busy row is locked there.
CREATE TABLE observations (
    project_id TEXT NOT NULL,
    environment TEXT NOT NULL,
    id TEXT NOT NULL,
    account_id TEXT NOT NULL,
    method_code TEXT NOT NULL,
    country TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('worked', 'outage', 'paid', 'lost')),
    started_at BIGINT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (project_id, environment, id),
    FOREIGN KEY (project_id, environment, account_id) REFERENCES accounts (project_id, environment, id)
);

-- One unit of `base_currency` is `rate` units of `quote_currency`; the merchant's margin is a factor on top.
CREATE TABLE exchange_rates (
    project_id TEXT NOT NULL,
    environment TEXT NOT NULL,
    id TEXT NOT NULL,
    base_currency TEXT NOT NULL,
    quote_currency TEXT NOT NULL,
    rate TEXT NOT NULL,
    correction_rate TEXT NOT NULL,
    valid_from BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    withdrawn_at BIGINT,
    PRIMARY KEY (project_id, environment, id),
    CHECK (base_currency <> quote_currency),
    CHECK (expires_at > valid_from),
    FOREIGN KEY (project_id, environment) REFERENCES environments (project_id, environment)
);
CREATE INDEX exchange_rates_by_pair ON exchange_rates (project_id, environment, base_currency, quote_currency, valid_from);

-- What went over the wire in a call, masked, and sealed like a secret; kept 30 days.
CREATE TABLE exchanges (
    project_id TEXT NOT NULL,
    environment TEXT NOT NULL,
    id TEXT NOT NULL,
    call_id TEXT NOT NULL,
    number BIGINT NOT NULL,
    sealed TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (project_id, environment, id),
    FOREIGN KEY (project_id, environment, call_id) REFERENCES calls (project_id, environment, id)
);
CREATE UNIQUE INDEX exchanges_of_call ON exchanges (project_id, environment, call_id, number);
CREATE INDEX exchanges_by_time ON exchanges (created_at);

-- Who changed what: members as JSON objects of text, without secrets. Append-only.
CREATE TABLE audit (
    project_id TEXT NOT NULL,
    environment TEXT NOT NULL,
    id TEXT NOT NULL,
    -- `key <id>`, `command line`, or `system`.
    actor TEXT NOT NULL,
    -- Such as `gateway_account.update`.
    action TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    before TEXT,
    after TEXT,
    at BIGINT NOT NULL,
    PRIMARY KEY (project_id, environment, id),
    FOREIGN KEY (project_id, environment) REFERENCES environments (project_id, environment)
);
CREATE INDEX audit_by_time ON audit (project_id, environment, at, id);

-- only: sqlite
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END;
-- end

-- only: postgres
CREATE TRIGGER audit_no_change BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION refuse_change('is append-only');
CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON audit EXECUTE FUNCTION refuse_change('is append-only');
-- end
