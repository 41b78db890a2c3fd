// From the open page to paid, by every kind of next action: on a desktop and on a phone, with a script and without one,
// reloading at every step. The operators' ledger must show one charge.

import assert from "node:assert/strict";

import { Payer, sale } from "./checkout.mjs";
import { House } from "./house.mjs";
import { trial } from "./patience.mjs";
import { answer, number, taken } from "./phone.mjs";

const house = await House.start({ args: ["--rate-limits", "off"] });

/// What the payer does once the page shows the next action; the last digits of a number make the operator ask for it.
const ACTIONS = {
  approve: {
    digits: "114",
    act: (payer, phone) => answer(house, phone, "approve"),
  },
  otp: {
    digits: "120",
    act: (payer) => payer.giveCode("123 456"),
  },
  redirect: {
    digits: "121",
    async act(payer) {
      payer.visitor.welcome.add(house.simulator);
      await payer.page.click("a.go");
      await payer.page.click("button[value=approve]");
    },
  },
  qr: {
    digits: "122",
    async act(payer) {
      const link = await payer.page.getAttribute("a.go", "href");
      assert.equal((await fetch(link)).status, 200);
    },
  },
};

for (const [screen, { digits, act }] of Object.entries(ACTIONS)) {
  for (const [width, language] of [["1280", "en"], ["360", "fr"]]) {
    for (const script of [true, false]) {
      trial(`${screen} at ${width} px in ${language}, scripts ${script ? "on" : "off"}`, async () => {
        const { url, id } = await sale(house);
        const phone = number(digits);
        const payer = await Payer.open(url, { language, width, script });
        await payer.sees("pay");
        await payer.page.reload();
        await payer.pay(phone, "momo_mtn");
        await payer.sees(screen);
        await payer.page.reload();
        await payer.sees(screen);
        // With a script, `gallery.mjs` looks at it.
        if (!script) {
          await payer.visitor.fits(screen);
          await payer.visitor.picture(screen);
        }
        await act(payer, phone);
        await payer.sees("paid");
        await payer.page.reload();
        await payer.sees("paid");
        await house.settled(id, "completed");
        assert.equal((await taken(house, phone)).length, 1);
        await payer.leave();
      });
    }
  }
}

for (const script of [true, false]) {
  trial(`the number says which operator it is, scripts ${script ? "on" : "off"}`, async () => {
    const { url, id } = await sale(house);
    const phone = number("100", "01");
    const payer = await Payer.open(url, { language: "fr", script });
    await payer.pay(phone);
    // Proposed, not taken: the payer confirms it.
    await payer.page.waitForSelector("[name=method][value=momo_moov]:checked", { state: "attached" });
    assert.equal((await house.payment(id)).active_attempt, null);
    assert.equal(await payer.page.inputValue("[name=phone]"), phone);
    await payer.goOn();
    await payer.sees("paid");
    assert.equal((await taken(house, phone)).length, 1);
    await payer.leave();
  });
}

trial("the language that was chosen stays to the receipt", async () => {
  const { url } = await sale(house, { restriction: { country_code: "CI" } });
  const payer = await Payer.open(url, { language: "en", script: false });
  await payer.page.click("footer a[hreflang=fr]");
  await payer.pay(number("120"), "momo_mtn");
  await payer.sees("otp");
  assert.equal(await payer.page.getAttribute("html", "lang"), "fr");
  await payer.giveCode("123456");
  await payer.sees("paid");
  assert.equal(await payer.page.getAttribute("html", "lang"), "fr");
  await payer.leave();
});
