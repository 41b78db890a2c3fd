// The page of the second API: asks for a code, shows one to scan, and says how the payment stands.

import assert from "node:assert/strict";

import { House } from "./house.mjs";
import { trial } from "./patience.mjs";
import { LANGUAGES, WIDTHS, visit } from "./screens.mjs";

const house = await House.start({ speed: 2 });
const PAID = /^(Paid|Payé)$/;
const BUDGET = 14_336;

/// A payment by a number whose last digits choose the operator's scenario; confirmed. Its page's URL.
async function confirmed(digits) {
  const key = house.keys.payment_intents;
  const sale = {
    amount: 10_000,
    currency: "XOF",
    transaction_country: "CI",
    description: "Order 1024, two bags of rice",
    customer_email: "awa@example.com",
  };
  const { id } = await house.ask("POST", "/api/v1/payment-intents", sale, key);
  const wallet = { country: "CI", operator: "mtn", msisdn: `+2250500000${digits}` };
  const order = { payment_method: { type: "mobile_money", mobile_money: wallet } };
  const intent = await house.ask("POST", `/api/v1/payment-intents/${id}/confirm`, order, key);
  return intent.next_action.redirect_to_url.url;
}

for (const [name, digits] of [["code", "120"], ["scan", "122"]]) {
  trial(`the screen “${name}” is in order in every language and width`, async () => {
    const url = await confirmed(digits);
    for (const language of Object.keys(LANGUAGES)) {
      for (const width of Object.keys(WIDTHS)) {
        const payer = await visit(url, { language, width });
        // Without a script, looking again is a refresh; there is no other way.
        await payer.inspect(`hosted-${name}`, ["meta-refresh"]);
        const bytes = payer.bytes.get(url);
        assert.ok(bytes < BUDGET, `${bytes} bytes`);
        await payer.leave();
      }
    }
  });
}

for (const script of [true, false]) {
  trial(`a code is handed over, scripts ${script ? "on" : "off"}`, async () => {
    const payer = await visit(await confirmed("120"), { language: "fr", script });
    const { page } = payer;
    await page.fill("[name=code]", "000000");
    await page.click("button");
    await page.waitForSelector("[role=alert]");
    await page.fill("[name=code]", "123 456");
    await page.click("button");
    await page.getByRole("heading", { name: PAID }).waitFor();
    await payer.leave();
  });
}

trial("a code is scanned, and the page without a script sees it by itself", async () => {
  const url = await confirmed("122");
  const payer = await visit(url, { script: false });
  const link = await payer.page.getAttribute("a.go", "href");
  assert.equal((await fetch(link)).status, 200);
  await payer.page.getByRole("heading", { name: PAID }).waitFor();
  await payer.leave();
});
