//! Each illegal statement is refused by the engine under test, by the constraint that is meant to refuse it, and
//! changes nothing; its legal neighbours are taken.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod accounts;
mod calls;
mod court;
mod evidence;
mod links;
mod lives;
mod permits;
mod records;
mod routing;
mod rows;
mod seed;
mod tenants;
mod webhooks;
mod words;

use court::{Case, try_all};

/// Cases of one area, all on one seeded database.
async fn hold(cases: Vec<Case>) {
    let wrong = try_all(cases).await;
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}

#[tokio::test]
async fn a_second_live_or_paid_permit_is_refused() {
    hold(permits::seats()).await;
}

#[tokio::test]
async fn a_permit_dies_only_by_a_proof_that_fits() {
    hold(permits::deaths()).await;
}

#[tokio::test]
async fn a_permit_neither_comes_back_to_life_nor_changes_what_it_permits() {
    hold(permits::moves()).await;
}

#[tokio::test]
async fn counters_of_a_permit_stay_within_what_was_captured() {
    hold(permits::counters()).await;
}

#[tokio::test]
async fn a_charge_a_code_and_a_refund_are_sent_once() {
    hold(calls::cases()).await;
}

#[tokio::test]
async fn intents_attempts_and_refunds_are_what_their_state_says() {
    hold(lives::cases()).await;
}

#[tokio::test]
async fn what_is_written_about_money_is_neither_changed_nor_removed() {
    hold(records::cases()).await;
}

#[tokio::test]
async fn keys_accounts_and_customers_are_unmistakable() {
    hold(accounts::cases()).await;
}

#[tokio::test]
async fn routing_stays_what_it_was_and_within_its_bounds() {
    hold(routing::cases()).await;
}

#[tokio::test]
async fn words_that_nobody_knows_are_refused() {
    hold(words::cases()).await;
}

#[tokio::test]
async fn no_row_points_into_another_tenant() {
    hold(tenants::cases()).await;
}

#[tokio::test]
async fn what_has_ended_keeps_its_evidence_and_its_relatives() {
    hold(evidence::cases()).await;
}

#[tokio::test]
async fn a_link_has_an_amount_or_bounds() {
    hold(links::cases()).await;
}

#[tokio::test]
async fn lanes_deliveries_and_tries_are_what_their_state_says() {
    hold(webhooks::cases()).await;
}
