//! The example of an explanation in the OpenAPI document: a charge whose connection was refused.

use engine::domain::ids::IntentId;
use serde_json::{Value, json};

pub(super) fn explanation() -> Value {
    let id = IntentId::new(1_780_920_000_000, 0x0123_4567_89ab_cdef_0123);
    let (attempt, permit, fact) = (
        "att_01jxa5qj0c8z6t9y3m4n5p6r7s",
        "txn_01jxa5qj0c8z6t9y3m4n5p6r7t",
        "fct_01jxa5qj0c8z6t9y3m4n5p6r7v",
    );
    let amount =
        json!({"value": 5000, "formatted": "50.00 XOF", "short": "50 XOF", "currency": "XOF", "decimal": "50"});
    let exchange = json!({
        "method": "POST", "url": "https://operator.example/charges",
        "request": {
            "headers": [{"name": "authorization", "value": "•••"}, {"name": "content-type", "value": "application/json"}],
            "body": r#"{"amount":"50","currency":"XOF","payer":"+225•••••130"}"#, "body_bytes": 58,
        },
        "status": null, "answer": null, "failure": "not_sent.refused", "started_at": "2026-06-08T12:00:00.020+00:00",
        "sent_after_ms": null, "head_after_ms": null, "took_ms": 3,
    });
    let call = json!({
        "id": "call_01jxa5qj0c8z6t9y3m4n5p6r7w", "kind": "charge", "outcome": "not_sent",
        "text": "Provably not one byte of it left.", "evidence": "not_sent.refused",
        "started_at": "2026-06-08T12:00:00.010+00:00", "ended_at": "2026-06-08T12:00:00.025+00:00",
        "exchanges": [exchange],
    });
    let proof = json!({
        "id": fact, "kind": "not_sent", "text": "Nothing left.", "source": "response",
        "source_text": "the answer to our call", "amount": null, "external_id": null, "reason": "not_sent.refused",
        "is_proof": true, "at": "2026-06-08T12:00:00.025+00:00",
    });
    let permit = json!({
        "id": permit, "reference": "K7Q2M9X4T6V1B8N3", "external_id": null, "state": "dead", "knowledge": null,
        "proof": "never_sent", "proof_fact_id": fact,
        "text": "No money can be taken: the charge provably never left.",
        "sent_at": "2026-06-08T12:00:00.010+00:00", "ended_at": "2026-06-08T12:00:00.025+00:00", "calls": [call],
        "questions": 0, "facts": [proof],
    });
    let route = json!({
        "account_id": "acc_01jxa5qj0c8z6t9y3m4n5p6r7s", "account_name": "First account", "gateway_code": "gateway_a",
        "verdict": "taken", "reason": "primary", "text": "It is the rule's primary account.", "success_percent": 75,
    });
    let failure = json!({
        "code": "gateway_unavailable", "gateway_code": "not_sent.refused",
        "message": "The gateway is not available; nothing was taken.",
    });
    let change = json!({
        "seq": 1, "event": "intent.created", "subject_id": id.to_string(), "detail": "amount=50 XOF family=payment",
        "at": "2026-06-08T12:00:00.000+00:00",
    });
    let next = json!({
        "kind": "expire", "subject_id": id.to_string(), "text": "The payment ends, unless a payer may still pay it.",
        "due_at": "2026-06-09T12:00:00.000+00:00", "tries": 0, "parked": false,
    });
    json!({"data": {
        "id": id.to_string(), "payment_intents_id": id.payment_intents_spelling(), "state": "open", "amount": amount, "countries": null,
        "created_at": "2026-06-08T12:00:00.000+00:00", "expires_at": "2026-06-09T12:00:00.000+00:00",
        "attempts": [{
            "id": attempt, "number": 1, "status": "failed", "method_code": "momo_mtn", "country": "CI",
            "payer": "+225•••••130", "amount": amount, "exchange_rate": null, "correction_rate": null, "is_fallback": false, "failure": failure, "route": [route],
            "permits": [permit], "created_at": "2026-06-08T12:00:00.010+00:00",
            "ended_at": "2026-06-08T12:00:00.025+00:00",
        }],
        "journal": [change], "attention": [], "next": [next],
    }})
}
