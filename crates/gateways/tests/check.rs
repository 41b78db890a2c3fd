//! What an account's credentials are told to be, by what a provider answers.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::ids::AccountId;
use gateways::contract::{Account, Check};
use gateways::http::{Answer, Carried, Carrying, Http, InProcess, NotSentReason, Request, UnknownReason};
use gateways::registry::{Registry, Sandbox};
use secrecy::SecretString;
use world::World;

/// Answers every request alike.
struct Provider {
    connects: Result<(), NotSentReason>,
    outcome: Carried,
}

impl InProcess for Provider {
    fn connect<'a>(&'a self, _: &'a Request) -> Carrying<'a, Result<(), NotSentReason>> {
        Box::pin(async { self.connects })
    }

    fn exchange<'a>(&'a self, request: &'a Request) -> Carrying<'a, Carried> {
        Box::pin(async {
            assert!(request.url.ends_with("/transactions/UNUSED") && request.method == "GET");
            self.outcome.clone()
        })
    }
}

async fn check(connects: Result<(), NotSentReason>, outcome: Carried) -> Vec<Check> {
    let world = World::system();
    let provider = Provider { connects, outcome };
    let http = Http::in_process(world, Arc::new(provider));
    let sandbox = Sandbox {
        speed: 1,
        simulator_url: Some("http://provider.test".to_owned()),
    };
    let account = Account {
        id: AccountId::new(1, 1),
        settings: BTreeMap::from([("api_key".to_owned(), SecretString::from("key"))]),
    };
    let mut said = Vec::new();
    for gateway in Registry::new(&http, &sandbox).all() {
        said.push(gateway.check("UNUSED", &account).await);
    }
    said
}

async fn answered(status: u16, body: &str) -> Vec<Check> {
    check(Ok(()), Carried::Answer(Answer::new(status, body))).await
}

#[tokio::test]
async fn only_a_clear_answer_says_that_credentials_work_or_do_not() {
    for check in answered(404, r#"{"code": "unknown_reference"}"#).await {
        assert_eq!(check, Check::Working);
    }
    for check in answered(401, r#"{"code": "unauthorised"}"#).await {
        assert_eq!(check, Check::CredentialsRefused);
    }
    for (status, body) in [
        (404, "<html>not here</html>"),
        (404, r#"{"code": "unknown_address"}"#),
        (200, "{}"),
        (403, ""),
        (500, "x"),
        (503, r#"{"code": "status_unavailable"}"#),
    ] {
        for check in answered(status, body).await {
            assert!(matches!(check, Check::Unclear { .. }), "{status} {body}: {check:?}");
        }
    }
    let lost = check(Ok(()), Carried::Unknown(UnknownReason::Reset)).await;
    let refused = check(Err(NotSentReason::Refused), Carried::Unknown(UnknownReason::Reset)).await;
    for check in lost.into_iter().chain(refused) {
        assert!(matches!(check, Check::Unreachable { .. }), "{check:?}");
    }
}
