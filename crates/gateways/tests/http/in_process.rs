//! The carrier without sockets keeps the same promises, on a clock that only the test moves.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use gateways::http::{
    Answer, Carried, Carrying, Failure, Http, InProcess, MAX_ANSWER_BYTES, NotSentReason, Request, SendWindow, Timing,
    UnknownReason,
};
use tokio::task::JoinHandle;
use world::{ManualClock, World};

/// Connects and answers after set delays, lets the answer be read after another one, and counts the requests that it saw.
struct Model {
    world: World,
    connect_ms: u64,
    answer_ms: u64,
    read_ms: u64,
    outcome: Carried,
    seen: AtomicUsize,
}

impl InProcess for Model {
    fn connect<'a>(&'a self, _: &'a Request) -> Carrying<'a, Result<(), NotSentReason>> {
        Box::pin(async {
            self.world.sleep(Duration::from_millis(self.connect_ms)).await;
            Ok(())
        })
    }

    fn exchange<'a>(&'a self, request: &'a Request) -> Carrying<'a, Carried> {
        Box::pin(async {
            assert_eq!(request.body, b"pay");
            self.seen.fetch_add(1, Ordering::Relaxed);
            self.world.sleep(Duration::from_millis(self.answer_ms)).await;
            self.world.sleep(Duration::from_millis(self.read_ms)).await;
            self.outcome.clone()
        })
    }
}

struct Stage {
    model: Arc<Model>,
    clock: ManualClock,
    http: Http,
}

fn stage(connect_ms: u64, answer_ms: u64, outcome: Carried) -> Stage {
    stage_with_delays((connect_ms, answer_ms, 0), outcome)
}

fn stage_with_delays(delays: (u64, u64, u64), outcome: Carried) -> Stage {
    let (connect_ms, answer_ms, read_ms) = delays;
    let (world, clock) = World::manual(0, 1);
    let model = Model {
        world: world.clone(),
        connect_ms,
        answer_ms,
        read_ms,
        outcome,
        seen: AtomicUsize::new(0),
    };
    let model = Arc::new(model);
    Stage {
        http: Http::in_process(world, Arc::clone(&model) as Arc<dyn InProcess>),
        model,
        clock,
    }
}

impl Stage {
    /// A call with a deadline of 10 s and a window of 5 s, under way.
    async fn call(&self) -> JoinHandle<Result<Answer, Failure>> {
        let timing = Timing {
            deadline_ms: 10_000,
            window: Some(SendWindow {
                until_monotonic_ms: 5_000,
            }),
        };
        let (http, request) = (
            self.http.clone(),
            Request::post("http://model.test/charge").body("text/plain", "pay"),
        );
        let call = tokio::spawn(async move { http.send(request, timing).await });
        self.settle().await;
        call
    }

    async fn advance_ms(&self, ms: u64) {
        self.clock.advance(Duration::from_millis(ms));
        self.settle().await;
    }

    /// The test's runtime has one thread: after a few turns every task waits for the clock or is done.
    async fn settle(&self) {
        for _ in 0..8 {
            tokio::task::yield_now().await;
        }
    }

    fn seen(&self) -> usize {
        self.model.seen.load(Ordering::Relaxed)
    }
}

#[tokio::test]
async fn an_answer_comes_when_the_model_gives_it() {
    let stage = stage(4_999, 5_000, Carried::Answer(Answer::new(200, "ok")));
    let call = stage.call().await;
    stage.advance_ms(4_999).await;
    assert_eq!((stage.seen(), call.is_finished()), (1, false));
    stage.advance_ms(5_000).await;
    assert_eq!(call.await.unwrap(), Ok(Answer::new(200, "ok")));
}

#[tokio::test]
async fn the_window_is_checked_after_connecting() {
    let stage = stage(5_000, 0, Carried::Answer(Answer::new(200, "ok")));
    let call = stage.call().await;
    stage.advance_ms(5_000).await;
    assert_eq!(call.await.unwrap(), Err(Failure::NotSent(NotSentReason::WindowOver)));
    assert_eq!(stage.seen(), 0);
}

#[tokio::test]
async fn the_deadline_is_not_sent_before_the_first_byte_and_unknown_after_it() {
    let slow_to_connect = stage(60_000, 0, Carried::Answer(Answer::new(200, "ok")));
    let call = slow_to_connect.call().await;
    slow_to_connect.advance_ms(10_000).await;
    assert_eq!(call.await.unwrap(), Err(Failure::NotSent(NotSentReason::Deadline)));
    assert_eq!((slow_to_connect.seen(), slow_to_connect.clock.sleepers()), (0, 0));

    let slow_to_answer = stage(0, 60_000, Carried::Answer(Answer::new(200, "ok")));
    let call = slow_to_answer.call().await;
    slow_to_answer.advance_ms(10_000).await;
    assert_eq!(call.await.unwrap(), Err(Failure::Unknown(UnknownReason::Deadline)));
    assert_eq!((slow_to_answer.seen(), slow_to_answer.clock.sleepers()), (1, 0));
}

#[tokio::test]
async fn a_process_that_stood_still_over_the_deadline_reads_what_arrived_meanwhile() {
    let stage = stage_with_delays((0, 1_000, 900), Carried::Answer(Answer::new(200, "ok")));
    let call = stage.call().await;
    stage.advance_ms(60_000).await;
    assert!(!call.is_finished());
    stage.advance_ms(900).await;
    assert_eq!(call.await.unwrap(), Ok(Answer::new(200, "ok")));

    let stage = stage_with_delays((0, 1_000, 1_100), Carried::Answer(Answer::new(200, "ok")));
    let call = stage.call().await;
    stage.advance_ms(60_000).await;
    stage.advance_ms(1_000).await;
    assert_eq!(call.await.unwrap(), Err(Failure::Unknown(UnknownReason::Deadline)));
}

#[tokio::test]
async fn faults_are_carried_as_the_model_says_and_limits_hold() {
    let encoded = Answer {
        headers: vec![("Content-Encoding".into(), "br".into())],
        ..Answer::new(200, "")
    };
    let cases = [
        (
            Carried::NotSent(NotSentReason::Refused),
            Failure::NotSent(NotSentReason::Refused),
        ),
        (
            Carried::Unknown(UnknownReason::Reset),
            Failure::Unknown(UnknownReason::Reset),
        ),
        (
            Carried::Answer(Answer::new(200, vec![0; MAX_ANSWER_BYTES + 1])),
            Failure::Unknown(UnknownReason::TooLarge),
        ),
        (Carried::Answer(encoded), Failure::Unknown(UnknownReason::Protocol)),
    ];
    for (carried, failure) in cases {
        assert_eq!(stage(0, 0, carried).call().await.await.unwrap(), Err(failure));
    }
}

#[tokio::test]
async fn a_request_that_sockets_refuse_is_refused_here() {
    let stage = stage(0, 0, Carried::Answer(Answer::new(200, "")));
    let outcome = stage
        .http
        .send(Request::get("http://user@model.test/"), Timing::within_ms(1))
        .await;
    assert_eq!(outcome, Err(Failure::NotSent(NotSentReason::BadUrl)));
    assert_eq!(stage.seen(), 0);
}
