//! Illegal projects, environments, API keys, accounts and customers.

use crate::court::Case;
use crate::court::Verdict::{NotNull, Taken, Unique};
use crate::rows::{account, api_key, customer, environment, instrument};

const ELSEWHERE: &str = "environment='sandbox'";
const SOMEBODY_ELSES: &str = "project_id='q'";

pub(crate) fn cases() -> Vec<Case> {
    [roots(), keys_and_accounts(), payers()].concat()
}

fn roots() -> Vec<Case> {
    vec![
        Case::new(
            Unique("projects_pkey"),
            "one project twice",
            "INSERT INTO projects (id, name, created_at) VALUES ('p', 'again', 2)",
        ),
        Case::new(Unique("environments_pkey"), "one environment twice", environment()),
        Case::new(
            NotNull,
            "an environment without data key",
            environment().with("project_id='q' environment='sandbox' data_key=NULL"),
        ),
        Case::new(
            NotNull,
            "an environment without routing",
            environment().with("project_id='q' environment='sandbox' routing_revision=NULL"),
        ),
        Case::new(
            Taken,
            "the other environment",
            environment().with("project_id='q' environment='sandbox'"),
        ),
        Case::new(
            Unique("secrets_pkey"),
            "one secret twice",
            "INSERT INTO secrets (name, sealed, created_at) VALUES ('s', 'b', 2)",
        )
        .after("INSERT INTO secrets (name, sealed, created_at) VALUES ('s', 'a', 1)"),
        Case::new(
            Unique("instances_pkey"),
            "one epoch twice",
            "INSERT INTO instances (epoch, version, started_at, heartbeat_at) VALUES (1, 'b', 2, 2)",
        )
        .after("INSERT INTO instances (epoch, version, started_at, heartbeat_at) VALUES (1, 'a', 1, 1)"),
    ]
}

fn keys_and_accounts() -> Vec<Case> {
    vec![
        Case::new(
            Unique("api_keys_by_id"),
            "another tenant's key id",
            api_key().with("id='key_a'").with(SOMEBODY_ELSES),
        ),
        Case::new(
            Unique("api_keys_by_id"),
            "another environment's key id",
            api_key().with("id='key_a'").with(ELSEWHERE),
        ),
        Case::new(NotNull, "a key without hash", api_key().with("hash=NULL")),
        Case::new(NotNull, "a key without scopes", api_key().with("scopes=NULL")),
        Case::new(
            Taken,
            "a key used once",
            api_key().with("last_used_at=5 expires_at=6 revoked_at=7"),
        ),
        Case::new(NotNull, "an account without state", account().with("state=NULL")),
        Case::new(
            Unique("accounts_by_callback_path"),
            "one callback path twice",
            account().with("callback_path='path_a'"),
        ),
        Case::new(
            Unique("accounts_by_callback_path"),
            "another tenant's callback path",
            account().with("callback_path='path_a'").with(SOMEBODY_ELSES),
        ),
        Case::new(
            Unique("accounts_pkey"),
            "one account twice",
            account().with("id='acc_a'"),
        ),
    ]
}

fn payers() -> Vec<Case> {
    vec![
        Case::new(
            Unique("customers_by_identity"),
            "one customer twice",
            customer().with("identity='who_a'"),
        ),
        Case::new(
            Taken,
            "another environment's customer",
            customer().with("identity='who_a'").with(ELSEWHERE),
        ),
        Case::new(
            Taken,
            "another project's customer",
            customer().with("identity='who_a'").with(SOMEBODY_ELSES),
        ),
        Case::new(
            Unique("payer_instruments_by_phone"),
            "one number twice",
            instrument().with("phone_hash='hash_a'"),
        ),
        Case::new(
            Taken,
            "another project's number",
            instrument().with("phone_hash='hash_a'").with(SOMEBODY_ELSES),
        ),
        Case::new(
            Taken,
            "an emptied number",
            "UPDATE payer_instruments SET phone = NULL WHERE id = 'ins_a'",
        ),
    ]
}
