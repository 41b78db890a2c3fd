// After paying, the payer comes back to the merchant, who is told which payment it was.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after } from "node:test";

import { Payer, sale } from "./checkout.mjs";
import { House } from "./house.mjs";
import { trial } from "./patience.mjs";
import { number } from "./phone.mjs";

const house = await House.start({ args: ["--rate-limits", "off"] });
const shop = await opened();

/// The merchant's own site, which thanks for everything.
async function opened() {
  const server = createServer((_, answer) => answer.setHeader("content-type", "text/html").end("<h1>Thank you</h1>"));
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${server.address().port}`;
}

for (const script of [true, false]) {
  trial(`the payer comes back to the merchant, scripts ${script ? "on" : "off"}`, async () => {
    const { url, id } = await sale(house, { return_url: `${shop}/done?order=1024&q=a%20b#thanks` });
    const payer = await Payer.open(url, { script });
    payer.visitor.welcome.add(shop);
    await payer.pay(number("100"), "momo_mtn");
    await payer.sees("paid");
    await payer.visitor.picture("paid-return");
    // By itself, or by the link when somebody would rather not wait.
    if (!script) await payer.page.click("#back");
    await payer.page.waitForURL(`${shop}/**`);
    const { searchParams: hints, hash } = new URL(payer.page.url());
    assert.equal(hints.get("order"), "1024");
    assert.equal(hints.get("q"), "a b");
    assert.equal(hints.get("payment_id"), id);
    assert.equal(hints.get("status"), "completed");
    assert.match(hints.get("checkout_id"), /^cs_/);
    assert.equal(hash, "#thanks");
    payer.visitor.forgive();
    await payer.leave();
  });
}
