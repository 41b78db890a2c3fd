//! A merchant's program: creates payments, starts attempts, hands over codes, cancels, asks, and repeats requests whose
//! answer it did not get. It outlives the server. Knows only what the API told it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::country::Country;
use domain::currency::Currency;
use domain::ids::IntentId;
use domain::method::MethodCode;
use domain::money::Money;
use domain::phone::Phone;
use domain::scope::{ApiFamily, Scope};
use engine::commands::{Claim, CreateIntent, Person, StartAttempt};
use engine::render::Answer;
use engine::{Engine, Refusal};
use store::Memory;
use world::World;

use crate::dice::Dice;
use crate::plan::Plan;
use crate::story::Story;
use crate::watch::Watch;

/// What a client needs from the run.
#[derive(Clone)]
pub(crate) struct Scene {
    pub(crate) plan: Plan,
    pub(crate) world: World,
    pub(crate) story: Story,
    pub(crate) watch: Arc<Watch>,
    pub(crate) memory: Memory,
}

/// A client. Its memory is its own, not the server's.
pub(crate) struct Client {
    name: String,
    dice: Dice,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    made: u64,
    intents: Vec<IntentId>,
    unanswered: Option<Wish>,
    /// Wishes that were answered, with the answer's text: repeated now and then.
    answered: Vec<(Wish, String)>,
}

/// A request that a client wants answered.
#[derive(Clone, Debug)]
struct Wish {
    what: What,
    key: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Create {
        with_attempt: bool,
        fail_with_attempt: bool,
        shape: u64,
    },
    Attempt {
        intent: IntentId,
        shape: u64,
    },
    Code {
        intent: IntentId,
        right: bool,
    },
    Cancel(IntentId),
    Reconcile(IntentId),
    Read(IntentId),
}

impl Client {
    pub(crate) fn new(number: u64, plan: &Plan) -> Self {
        Self {
            name: format!("client {number}"),
            dice: Dice::of(plan.seed, 100 + number),
            state: Mutex::default(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Works until its requests are made or the server is gone.
    pub(crate) async fn work(&self, engine: &Engine, scope: Scope, scene: &Scene) {
        loop {
            let Some(wish) = self.next_wish(scene) else {
                return;
            };
            let answer = self.ask(engine, scope, scene, &wish).await;
            if scene.memory.is_down() {
                scene.story.tell(&self.name, &format!("{:?}: no answer", wish.what));
                return;
            }
            self.hear(scene, &wish, answer);
            let pause_ms = match self.dice.below(4) {
                0 => 0,
                1 => self.dice.between(1, 500),
                2 => self.dice.between(500, 15_000),
                _ => self.dice.between(5_000, 70_000),
            };
            scene
                .world
                .sleep(Duration::from_millis(u64::try_from(pause_ms).unwrap_or(0)))
                .await;
        }
    }

    fn next_wish(&self, scene: &Scene) -> Option<Wish> {
        let mut state = self.state();
        if let Some(wish) = &state.unanswered {
            return Some(wish.clone());
        }
        if state.made >= scene.plan.requests {
            return None;
        }
        state.made += 1;
        let dice = &self.dice;
        let again = usize::try_from(dice.below(state.answered.len() as u64)).unwrap_or(0);
        if dice.percent(12)
            && let Some((wish, _)) = state.answered.get(again)
        {
            return Some(wish.clone());
        }
        let which = usize::try_from(dice.below(state.intents.len() as u64)).unwrap_or(0);
        let what = match state.intents.get(which).copied() {
            Some(intent) if dice.percent(75) => match dice.below(20) {
                0..9 => What::Attempt {
                    intent,
                    shape: dice.below(8),
                },
                9..12 => What::Code {
                    intent,
                    right: dice.percent(60),
                },
                12..14 => What::Cancel(intent),
                14..17 => What::Reconcile(intent),
                _ => What::Read(intent),
            },
            Some(_) | None => What::Create {
                with_attempt: dice.percent(75),
                fail_with_attempt: dice.percent(25),
                shape: dice.below(8),
            },
        };
        let key =
            (dice.percent(70) && !matches!(what, What::Read(_))).then(|| format!("{} key {}", self.name, state.made));
        let wish = Wish { what, key };
        state.unanswered = Some(wish.clone());
        Some(wish)
    }

    async fn ask(&self, engine: &Engine, scope: Scope, scene: &Scene, wish: &Wish) -> Result<String, Refusal> {
        scene
            .story
            .tell(&self.name, &format!("asks {:?} key={:?}", wish.what, wish.key));
        let claim = wish.key.as_ref().map(|key| claim(key, wish));
        if let Some(claim) = &claim
            && let Some(answer) = engine.replay(scope, claim).await?
        {
            return Ok(text(&answer));
        }
        let spoken = (ApiFamily::Payment, claim.clone());
        let answer = match wish.what {
            What::Create { .. } => engine.create_intent(scope, create(scene, wish.what), claim).await?,
            What::Attempt { intent, shape } => engine.start_attempt(scope, intent, attempt(shape), spoken).await?,
            What::Code { intent, right } => {
                let view = engine.payment(scope, intent).await?;
                let Some(active) = view.active_attempt else {
                    return Ok(String::new());
                };
                let code = if right { "123456" } else { "000000" };
                let target = (intent, active.attempt.id);
                engine.submit_otp(scope, target, code.to_owned(), spoken).await?
            }
            What::Cancel(intent) => engine.cancel(scope, intent, spoken).await?,
            What::Reconcile(intent) => engine.reconcile(scope, intent, spoken).await?,
            What::Read(intent) => {
                let view = engine.payment(scope, intent).await?;
                scene.watch.acknowledged(&intent.stored(), view.intent.state.code());
                return Ok(format!("{intent} {}", view.intent.state.code()));
            }
        };
        Ok(text(&answer))
    }

    fn hear(&self, scene: &Scene, wish: &Wish, answer: Result<String, Refusal>) {
        let mut state = self.state();
        match answer {
            Err(Refusal::KeyInProgress | Refusal::Busy) => {
                scene.story.tell(&self.name, "told to come again");
            }
            Err(refusal @ Refusal::Unavailable(_)) => {
                scene
                    .story
                    .violated("no server error", &format!("{:?}: {refusal}", wish.what));
                state.unanswered = None;
            }
            Err(refusal) => {
                scene.story.tell(&self.name, &format!("refused: {refusal}"));
                state.unanswered = None;
            }
            Ok(answer) => {
                scene.story.tell(&self.name, &format!("hears {answer}"));
                self.note(scene, &mut state, wish, &answer);
                state.unanswered = None;
            }
        }
    }

    fn note(&self, scene: &Scene, state: &mut State, wish: &Wish, answer: &str) {
        let mut words = answer.split(' ');
        let (Some(id), Some(status)) = (words.next().and_then(IntentId::from_public), words.next()) else {
            return;
        };
        scene.watch.acknowledged(&id.stored(), status);
        if !state.intents.contains(&id) {
            state.intents.push(id);
        }
        let Some(key) = &wish.key else {
            return;
        };
        match state.answered.iter().find(|(known, _)| known.key.as_ref() == Some(key)) {
            Some((_, before)) if before.split(' ').next() != answer.split(' ').next() => {
                let evidence = format!("{key}: {before}, then {answer}");
                scene.story.violated("a repeated key has one effect", &evidence);
            }
            Some(_) => {}
            None => state.answered.push((wish.clone(), answer.to_owned())),
        }
    }
}

fn text(answer: &Answer) -> String {
    String::from_utf8_lossy(&answer.rendered.body).into_owned()
}

fn claim(key: &str, wish: &Wish) -> Claim {
    Claim {
        key: key.to_owned(),
        method: "POST".to_owned(),
        path: "/verify".to_owned(),
        fingerprint: format!("{:?}", wish.what),
        family: ApiFamily::Payment,
    }
}

fn create(scene: &Scene, what: What) -> CreateIntent {
    let What::Create {
        with_attempt,
        fail_with_attempt,
        shape,
    } = what
    else {
        return create(
            scene,
            What::Create {
                with_attempt: false,
                fail_with_attempt: false,
                shape: 0,
            },
        );
    };
    CreateIntent {
        family: ApiFamily::Payment,
        amount: amount(),
        customer: Some(Person {
            email: Some("payer@example.com".to_owned()),
            ..Person::default()
        }),
        description: Some("Order".to_owned()),
        return_url: None,
        webhook_url: None,
        statement_descriptor: None,
        receipt_email: None,
        metadata: "{}".to_owned(),
        countries: engine::commands::Countries::default(),
        customer_id: None,
        lifetime_ms: scene.plan.lifetime_ms,
        fail_with_attempt: Some(fail_with_attempt),
        attempt: with_attempt.then(|| attempt(shape)),
    }
}

/// Mostly prompts; sometimes a one-time code or a page.
fn attempt(shape: u64) -> StartAttempt {
    let method = match shape {
        0..5 => "momo_mtn",
        5 | 6 => "momo_orange",
        _ => "wallet_wave",
    };
    let country = country();
    StartAttempt {
        method: MethodCode::parse(method).unwrap_or_else(|_| first_method()),
        country,
        phone: Phone::read("+2250700000001", country).ok(),
        currency: None,
        card_token: None,
        return_url: None,
        scenario: None,
    }
}

fn first_method() -> MethodCode {
    #[expect(clippy::expect_used, reason = "the list of methods is fixed and not empty")]
    MethodCode::all().next().expect("a method")
}

fn country() -> Country {
    #[expect(clippy::expect_used, reason = "the code is assigned")]
    Country::parse("CI").expect("a country")
}

fn amount() -> Money {
    #[expect(clippy::expect_used, reason = "the text is an amount")]
    Currency::parse("XOF")
        .map_err(|_| ())
        .and_then(|currency| Money::parse_major("50", currency).map_err(|_| ()))
        .expect("an amount")
}
