// Looks at screens of the checkout: in both languages and widths, light and dark, by eye (a picture), by axe, by width, and by
// the weight of a first visit. Knows no screen by name.

import assert from "node:assert/strict";

import { Payer } from "./checkout.mjs";
import { trial, until } from "./patience.mjs";
import { LANGUAGES, WIDTHS } from "./screens.mjs";

const FIRST_BYTES = 14_000;
const ALL_BYTES = 30_000;
const SCRIPT_BYTES = 4_000;

/// A trial of every screen. Its name is that of the pictures; `on` is the screen, `make` gets a payment whose page shows it
/// (and where it is looked at `from`), and `first` is what the payer does there before. A `fresh` page is made for every look,
/// because looking changes it.
export function look(screens) {
  for (const [name, { on, make, first, fresh, status = 200 }] of Object.entries(screens)) {
    trial(`the screen “${name}” is in order in every language and width`, async () => {
      let made;
      for (const language of Object.keys(LANGUAGES)) {
        for (const width of Object.keys(WIDTHS)) {
          if (!made || fresh) made = await make();
          const payer = await Payer.open(made.url, { language, width, from: made.from });
          assert.equal(payer.visitor.answer.status(), status);
          await payer.sees(on);
          await weigh(payer.visitor);
          if (first) await first(payer);
          await payer.visitor.inspect(name);
          if (status !== 200) payer.visitor.forgive();
          await payer.leave();
        }
      }
    });
  }
}

/// A first visit is within the budget.
async function weigh({ answer, bytes }) {
  const first = await until("the first response has been weighed", () => bytes.get(answer.url()));
  const all = [...bytes.values()].reduce((sum, one) => sum + one, 0);
  assert.ok(first <= FIRST_BYTES, `the first response has ${first} bytes`);
  assert.ok(all <= ALL_BYTES, `everything has ${all} bytes: ${JSON.stringify([...bytes])}`);
  const scripts = [...bytes].filter(([url]) => url.endsWith(".js"));
  const own = scripts.reduce((sum, [, one]) => sum + one, 0);
  assert.ok(own <= SCRIPT_BYTES, `the scripts have ${own} bytes`);
}
