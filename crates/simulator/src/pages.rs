//! What people see: the payer's page, and the front page with the magic numbers.
//!
//! Owns the HTML. Works without JavaScript. Never changes anything.

use axum::extract::State;
use axum::response::Html;

use crate::ledger::{Row, Status};
use crate::operator::Shared;
use crate::phone::face::Face;
use crate::scenario::{Ending, TABLE};

const STYLE: &str = "
:root{color-scheme:light dark;--ink:#1c1b19;--soft:#63605a;--line:#d9d4ca;--ground:#fdfcf9;--card:#f4f1ea;--yes:#1f6f5c;--no:#9c2f2f;--on:#fff}
@media(prefers-color-scheme:dark){:root{--ink:#ece8e0;--soft:#b3ada2;--line:#4a463f;--ground:#1a1917;--card:#24221f;--yes:#6cc5ac;--no:#f0a0a0;--on:#10201b}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:1rem/1.5 system-ui,sans-serif}
main{max-width:60rem;margin:0 auto;padding:2rem 1rem}
main.card{max-width:min(26rem,100% - 2rem);margin:8vh auto;background:var(--card);border:1px solid var(--line);border-radius:1.25rem;padding:1.75rem}
h1{font-size:1.4rem;line-height:1.25;margin:0 0 .5rem}h2{font-size:1.1rem;margin:2rem 0 .5rem}
p{margin:.5rem 0}.soft{color:var(--soft)}.amount{font-size:2.2rem;font-weight:700;margin:.5rem 0}
dl{display:grid;grid-template-columns:auto 1fr;gap:.25rem 1rem;margin:1rem 0}dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}
form{display:flex;gap:.75rem;margin-top:1.5rem}
button{flex:1;min-height:3rem;border:1.5px solid transparent;border-radius:10px;font:inherit;font-weight:600;color:var(--on);background:var(--yes);cursor:pointer}
button.no{background:none;border-color:var(--no);color:var(--no)}button:focus-visible,a:focus-visible{outline:3px solid var(--yes);outline-offset:2px}
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;background:var(--card)}
th,td{text-align:left;padding:.5rem .75rem;border:1px solid var(--line);vertical-align:top}
@media(max-width:40rem){thead{position:absolute;left:-999rem}table,caption,tbody,tr,td{display:block}
tr{border:1px solid var(--line);border-width:1px 0 0;padding:.5rem .25rem}td{border:0;padding:.1rem .5rem}code{overflow-wrap:anywhere}}
code{font-family:ui-monospace,monospace;font-size:.95em}a{color:inherit}
";

/// A whole page. `head` and `body` are HTML already.
fn document(face: Face, title: &str, head: &str, body: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"{}\">\n<head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
         <title>{title}</title>{head}<style>{STYLE}</style></head>\n<body>{body}</body>\n</html>\n",
        face.code()
    )
}

/// What the payer's page says.
struct PayWords {
    pending: &'static str,
    charged: &'static str,
    declined: &'static str,
    expired: &'static str,
    approve: &'static str,
    decline: &'static str,
    back: &'static str,
    close: &'static str,
    simulated: &'static str,
    reference: &'static str,
    method: &'static str,
}

const ENGLISH: PayWords = PayWords {
    pending: "Confirm your payment",
    charged: "Payment approved",
    declined: "Payment declined",
    expired: "This payment has ended",
    approve: "Approve",
    decline: "Decline",
    back: "Back to the shop",
    close: "You can close this page.",
    simulated: "Simulated operator · no real money",
    reference: "Reference",
    method: "Method",
};

const FRENCH: PayWords = PayWords {
    pending: "Confirmez votre paiement",
    charged: "Paiement validé",
    declined: "Paiement refusé",
    expired: "Ce paiement a pris fin",
    approve: "Valider",
    decline: "Refuser",
    back: "Retour à la boutique",
    close: "Vous pouvez fermer cette page.",
    simulated: "Opérateur simulé · aucun argent réel",
    reference: "Référence",
    method: "Moyen",
};

/// The payer's page of a redirect or QR session, in its present state.
pub(crate) fn payment(row: &Row, face: Face) -> String {
    let words = match face {
        Face::English => &ENGLISH,
        Face::French => &FRENCH,
    };
    let amount = format!("{} {}", escaped(&row.amount), escaped(&row.currency));
    let back = row.return_url.as_deref().map(escaped);
    let title = match row.status {
        Status::Pending => words.pending,
        Status::Charged => words.charged,
        Status::Declined => words.declined,
        Status::Expired => words.expired,
    };
    let next = match (row.status, &back) {
        (Status::Pending, _) => format!(
            "<form method=\"post\"><button name=\"decision\" value=\"approve\">{}</button>\
             <button class=\"no\" name=\"decision\" value=\"decline\">{}</button></form>",
            words.approve, words.decline
        ),
        (_, Some(back)) => format!("<p><a href=\"{back}\">{}</a></p>", words.back),
        (_, None) => format!("<p>{}</p>", words.close),
    };
    // Where no person is awaited the page follows by itself; else it stays still while somebody reads.
    let goes_on = row.status == Status::Pending && row.scenario.ending != Ending::Expired;
    let head = if goes_on {
        "<meta http-equiv=\"refresh\" content=\"2\">"
    } else {
        ""
    };
    let body = format!(
        "<main class=\"card\"><p class=\"soft\">{}</p><h1>{title}</h1>\
         <p class=\"amount\">{amount}</p>\
         <dl><dt>{}</dt><dd>{}</dd><dt>Transaction</dt><dd>{}</dd><dt>{}</dt><dd>{}</dd></dl>{next}</main>",
        words.simulated,
        words.reference,
        escaped(&row.reference),
        escaped(&row.id),
        words.method,
        escaped(&row.method),
    );
    document(face, &format!("{title}: {amount}"), head, &body)
}

/// `GET /`: the magic numbers.
pub(crate) async fn index(State(operator): State<Shared>) -> Html<String> {
    let rows: String = TABLE
        .iter()
        .map(|scenario| {
            let digits = scenario
                .digits
                .map_or_else(|| "any other".to_owned(), |n| format!("<code>…{n}</code>"));
            format!(
                "<tr><td>{digits}</td><td><code>{}</code></td><td>{}</td></tr>",
                scenario.name, scenario.tells
            )
        })
        .collect();
    let base = escaped(&operator.base_url);
    let body = format!(
        "<main><p class=\"soft\">Cowry sandbox · no real money</p><h1>Magic numbers of the simulated operators</h1>\
         <p>The last three digits of the payer’s phone choose what the operator <code>sim_a</code> does. The header \
         <code>X-Sandbox-Scenario: name</code> on the call that starts the attempt chooses it by name; \
         <code>sim_b</code>, the fallback, approves unless the name is written <code>both:name</code>.</p>\
         <p>Rather play the payer yourself? <a href=\"phone\">Take the sandbox phone</a>.</p>\
         <div class=\"scroll\"><table><caption class=\"soft\">Scenarios (the sandbox speed divides the times)</caption>\
         <thead><tr><th scope=\"col\">Phone ends in</th><th scope=\"col\">Name</th>\
         <th scope=\"col\">The operator …</th></tr></thead><tbody>{rows}</tbody></table></div>\
         <h2>The truth to compare with</h2>\
         <p><a href=\"{base}/ledger\">{base}/ledger</a> lists every transaction that the operators really opened; \
         filters: <code>reference</code>, <code>phone</code>.</p>\
         <h2>Faults on request</h2>\
         <p><code>POST {base}/control</code> with <code>{{\"gateway\":\"sim_a\",\"mode\":\"down\",\"for_s\":60}}</code>; \
         modes: <code>normal</code>, <code>slow</code>, <code>down</code>, <code>fault</code> (with \
         <code>fault</code> and <code>rate</code>).</p></main>"
    );
    Html(document(Face::English, "Cowry sandbox: magic numbers", "", &body))
}

fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            other => html.push(other),
        }
    }
    html
}
