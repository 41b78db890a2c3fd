//! What comes of mails that a mail server does not take.

use engine::domain::mail::MailState;
use engine::mail::Security;

use super::{app_with, paid_order, pay, postman, receipt, wait_is_over};
use crate::app::{App, Setting};
use crate::post_office::{Manner, PostOffice};

#[tokio::test]
async fn a_mail_server_that_was_away_gets_it_later_once() {
    let port = PostOffice::open(Manner::Take).await.close().await;
    let app = app_with(port).await;
    let id = pay(&app, &paid_order("100")).await;
    let waiting = receipt(&app, id, |mail| mail.tries == 1).await;
    assert_eq!(waiting.state, MailState::Waiting);
    let pause_ms = waiting.due_at_ms.unwrap() - app.engine.now_ms();
    assert!((30_000..=60_000).contains(&pause_ms), "{pause_ms}");

    let office = PostOffice::open_at(port, Manner::AnswerRecipient("451 4.3.0 awa@example.com later")).await;
    wait_is_over(&app).await;
    let waiting = receipt(&app, id, |mail| mail.tries == 2).await;
    let words = waiting.last_failure.unwrap();
    assert!(words.contains("451") && !words.contains('@'), "{words}");

    office.turn_to(Manner::Take);
    wait_is_over(&app).await;
    assert_eq!(office.until(1).await.len(), 1);
    let sent = receipt(&app, id, |mail| mail.state == MailState::Sent).await;
    assert_eq!((sent.tries, sent.due_at_ms), (2, None));
}

#[tokio::test]
async fn what_is_refused_for_good_is_given_up_and_somebody_is_told() {
    let office = PostOffice::open(Manner::AnswerRecipient("550 5.1.1 <awa@example.com> unknown")).await;
    let app = app_with(office.port).await;
    let id = pay(&app, &paid_order("100")).await;
    let mail = receipt(&app, id, |mail| mail.state == MailState::GivenUp).await;
    assert_eq!((mail.tries, mail.due_at_ms), (1, None));
    let items = app.engine.attention(99).await.unwrap();
    let item = items
        .iter()
        .find(|item| item.subject_id == mail.id.to_string())
        .unwrap();
    assert_eq!((item.kind.code(), item.intent_id), ("mail_given_up", Some(id)));
    assert!(
        item.evidence.contains("550") && !item.evidence.contains('@'),
        "{}",
        item.evidence
    );
}

#[tokio::test]
async fn what_is_said_about_us_loses_no_mail() {
    let office = PostOffice::open(Manner::Greet("554 5.3.2 not today")).await;
    let app = app_with(office.port).await;
    let id = pay(&app, &paid_order("100")).await;
    for (tries, manner) in [
        (
            1,
            Manner::AnswerSender("550 5.7.1 <receipts@shop.example> may not send"),
        ),
        (
            2,
            Manner::AnswerRecipient("554 5.7.1 <awa@example.com>: relay access denied"),
        ),
        (3, Manner::Take),
    ] {
        let waiting = receipt(&app, id, |mail| mail.tries == tries).await;
        assert_eq!(waiting.state, MailState::Waiting, "{waiting:?}");
        let words = waiting.last_failure.unwrap();
        assert!(words.contains(" 55") && !words.contains('@'), "{words}");
        office.turn_to(manner);
        wait_is_over(&app).await;
    }
    assert_eq!(office.until(1).await.len(), 1);
}

#[tokio::test]
async fn nothing_is_said_in_clear_to_a_mail_server_that_must_encrypt() {
    let office = PostOffice::open(Manner::Take).await;
    let app = App::start_as(Setting {
        postman: Some(postman(office.port, Security::StartTls)),
        ..Setting::default()
    })
    .await;
    let id = pay(&app, &paid_order("100")).await;
    let mail = receipt(&app, id, |mail| mail.tries == 1).await;
    assert_eq!(mail.state, MailState::Waiting, "somebody may put it right");
    assert_eq!(office.visits(), 1);
    assert!(office.mails().is_empty() && !office.said().iter().any(|line| line.starts_with("MAIL")));
}
