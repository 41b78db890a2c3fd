// A person plays the payer: the checkout in one tab, the sandbox phone in another. Its screens are looked at like the
// checkout's.

import assert from "node:assert/strict";

import { Payer, begun, sale } from "./checkout.mjs";
import { House } from "./house.mjs";
import { trial } from "./patience.mjs";
import { answer, international, number, taken } from "./phone.mjs";
import { LANGUAGES, WIDTHS, visit } from "./screens.mjs";

const house = await House.start({ args: ["--rate-limits", "off"] });

function phonePage(national) {
  return `${house.simulator}/phone?number=${encodeURIComponent(international(national))}`;
}

for (const [language, script] of [["en", true], ["fr", false]]) {
  trial(`a person pays with the sandbox phone in ${language}, scripts ${script ? "on" : "off"}`, async () => {
    const { url, id } = await sale(house);
    const phone = number("114");
    const payer = await Payer.open(url, { language, script, width: 1280 });
    payer.visitor.welcome.add(house.simulator);
    await payer.pay(phone, "momo_mtn");
    await payer.sees("approve");
    const checkout = payer.page;
    const link = await checkout.getAttribute("a[href*='/sandbox/phone']", "href");
    const toy = await payer.visitor.tab();
    await toy.goto(new URL(link, url).href);
    assert.ok(toy.url().startsWith(house.simulator), toy.url());
    await toy.fill("input.pin", "1234");
    await toy.click("button[value=approve]");
    await toy.waitForSelector(".messages");
    payer.visitor.page = checkout;
    await payer.sees("paid");
    await house.settled(id, "completed");
    assert.equal((await taken(house, phone)).length, 1);
    await payer.leave();
  });
}

trial("a prompt comes to a phone that is open, and can be declined", async () => {
  const phone = number("001");
  const toy = await visit(phonePage(phone));
  const { id } = await begun(house, phone);
  await toy.page.click("button[value=decline]");
  await toy.page.waitForSelector(".rest");
  const { active_attempt: attempt } = await house.payment(id);
  assert.notEqual(attempt.status, "completed");
  await toy.leave();
});

/// A picture's name, and how to come to its page.
const PAGES = {
  "phone-numbers": async () => `${house.simulator}/phone`,
  "phone-prompt": async () => {
    const phone = number("114");
    await begun(house, phone);
    return phonePage(phone);
  },
  "phone-messages": async () => {
    const phone = number("114");
    await begun(house, phone);
    await answer(house, phone, "approve");
    return phonePage(phone);
  },
  "phone-operators": async () => `${house.simulator}/phone/operators`,
  "phone-ledger": async () => `${house.simulator}/phone/ledger`,
};

for (const [name, come] of Object.entries(PAGES)) {
  trial(`the page “${name}” is in order in every language and width`, async () => {
    const url = await come();
    for (const language of Object.keys(LANGUAGES)) {
      for (const width of Object.keys(WIDTHS)) {
        const person = await visit(url, { language, width });
        await person.inspect(name);
        await person.leave();
      }
    }
  });
}
