// What goes wrong in a payer's life: two tabs, two clicks, the back button, no funds, a slow network. It is never paid twice.

import assert from "node:assert/strict";

import { Payer, begun, sale } from "./checkout.mjs";
import { House } from "./house.mjs";
import { trial } from "./patience.mjs";
import { answer, international, number, taken } from "./phone.mjs";

const house = await House.start({ args: ["--rate-limits", "off"] });

/// One attempt was made, and the operator has opened one transaction.
async function onlyOne(id, phone) {
  const { data } = await house.ask("GET", `/v1/payment/intents/${id}/attempts`);
  assert.equal(data.length, 1);
  assert.equal((await house.charges(international(phone))).length, 1);
}

for (const script of [true, false]) {
  const mood = script ? "on" : "off";

  trial(`two clicks pay once, scripts ${mood}`, async () => {
    const { url, id } = await sale(house);
    const phone = number("114");
    const payer = await Payer.open(url, { script });
    await payer.fill(phone, "momo_mtn");
    await payer.page.dblclick("main form button.go");
    await payer.sees("approve");
    await onlyOne(id, phone);
    await answer(house, phone, "approve");
    await payer.sees("paid");
    await onlyOne(id, phone);
    await payer.leave();
  });

  trial(`the back button leads to no second prompt, scripts ${mood}`, async () => {
    const { url, id } = await sale(house);
    const phone = number("114");
    const payer = await Payer.open(url, { script });
    await payer.pay(phone, "momo_mtn");
    await payer.sees("approve");
    await payer.page.goBack();
    // Either the page as it is now, or the old form, which pays nothing when it is sent again.
    if (await payer.page.locator("main[data-screen=pay] [name=phone]").count()) await payer.pay(phone, "momo_mtn");
    await payer.sees("approve");
    await onlyOne(id, phone);
    await answer(house, phone, "approve");
    await payer.sees("paid");
    await payer.leave();
  });

  trial(`no funds, then another operator pays, scripts ${mood}`, async () => {
    const { url, id } = await sale(house);
    const [poor, rich] = [number("111"), number("001", "01")];
    const payer = await Payer.open(url, { script, language: "fr" });
    await payer.pay(poor, "momo_mtn");
    await payer.page.waitForSelector("main[data-screen=retry]");
    await payer.pay(rich, "momo_moov");
    await payer.sees("paid");
    await house.settled(id, "completed");
    assert.equal((await taken(house, poor)).length, 0);
    assert.equal((await taken(house, rich)).length, 1);
    await payer.leave();
  });
}

for (const script of [true, false]) {
  trial(`two tabs choose differently at once, and one prompt goes out, scripts ${script ? "on" : "off"}`, async () => {
    const { url, id } = await sale(house);
    const [first, second] = [number("114"), number("114", "01")];
    const payer = await Payer.open(url, { script, language: "fr" });
    const left = payer.page;
    await payer.fill(first, "momo_mtn");
    const right = await payer.visitor.tab();
    await right.goto(url);
    await payer.fill(second, "momo_moov");
    await Promise.all([left, right].map((tab) => tab.click("main form button.go")));
    for (const tab of [left, right]) {
      payer.visitor.page = tab;
      await payer.sees("approve");
    }
    const asked = (await house.charges(international(first))).length ? first : second;
    await onlyOne(id, asked);
    assert.deepEqual(await house.charges(international(asked === first ? second : first)), []);
    await answer(house, asked, "approve");
    for (const tab of [left, right]) {
      payer.visitor.page = tab;
      await payer.sees("paid");
    }
    await payer.leave();
  });
}

for (const script of [true, false]) {
  const mood = script ? "on" : "off";

  trial(`a form that was left open pays nothing once it is paid, scripts ${mood}`, async () => {
    const { url, id } = await sale(house);
    const phone = number("100");
    const late = await Payer.open(url, { script });
    await late.fill(number("114"), "momo_mtn");
    const payer = await Payer.open(url);
    await payer.pay(phone, "momo_mtn");
    await payer.sees("paid");
    // A page with a script has seen it by itself; there is no form left then.
    if (!script) await late.goOn();
    await late.sees("paid");
    await onlyOne(id, phone);
    await payer.leave();
    await late.leave();
  });

  trial(`a form that was left open pays nothing once its time is over, scripts ${mood}`, async () => {
    const { url, id } = await sale(house);
    const phone = number("114");
    const payer = await Payer.open(url, { script });
    await payer.fill(phone, "momo_mtn");
    await house.expire(id);
    if (!script) await payer.goOn();
    await payer.sees("expired");
    assert.deepEqual(await house.charges(international(phone)), []);
    payer.visitor.forgive();
    await payer.leave();
  });
}

trial("a payment that the merchant cancels says so by itself", async () => {
  const { url, id } = await sale(house);
  const payer = await Payer.open(url, { language: "fr" });
  await payer.sees("pay");
  await house.ask("POST", `/v1/payment/intents/${id}/cancel`);
  await payer.sees("cancelled");
  await payer.leave();
});

trial("another number is asked once the operator has closed the first request", async () => {
  const { url, id } = await sale(house);
  const [first, second] = [number("121"), number("100", "01")];
  const payer = await Payer.open(url);
  await payer.pay(first, "momo_mtn");
  await payer.sees("redirect");
  await payer.page.click("main a[href*='other=1']");
  await payer.sees("pay");
  await payer.pay(second, "momo_moov");
  await payer.sees("paid");
  await house.settled(id, "completed");
  assert.equal((await taken(house, first)).length, 0);
  assert.equal((await taken(house, second)).length, 1);
  await payer.leave();
});

trial("a second device goes on where the first one was", async () => {
  const { url } = await sale(house);
  const phone = number("114");
  const first = await Payer.open(url, { width: 360 });
  await first.pay(phone, "momo_mtn");
  await first.sees("approve");
  const second = await Payer.open(url, { width: 1280, language: "fr", script: false });
  await second.sees("approve");
  await answer(house, phone, "approve");
  await Promise.all([first.sees("paid"), second.sees("paid")]);
  await first.leave();
  await second.leave();
});

trial("on 2G it is slow and works", async () => {
  const { url } = await sale(house);
  const phone = number("114");
  const payer = await Payer.open(url, { slow: true });
  await payer.pay(phone, "momo_mtn");
  await payer.sees("approve");
  await answer(house, phone, "approve");
  await payer.sees("paid");
  await payer.leave();
});

trial("a lost connection is told, and found again", async () => {
  const phone = number("114");
  const { url } = await begun(house, phone);
  const payer = await Payer.open(url);
  await payer.sees("approve");
  await payer.visitor.context.setOffline(true);
  await payer.page.waitForSelector("#signal:not(:empty)");
  await answer(house, phone, "approve");
  await payer.visitor.context.setOffline(false);
  await payer.sees("paid");
  await payer.page.waitForSelector("#signal:empty", { state: "attached" });
  payer.visitor.forgive();
  await payer.leave();
});

trial("what the merchant has fixed, the payer cannot change", async () => {
  const phone = number("114");
  const restriction = { country_code: "CI", phone: { number: phone, country: "CI" } };
  const { url, id } = await sale(house, { restriction });
  const payer = await Payer.open(url);
  await payer.sees("pay");
  assert.equal(await payer.page.locator("[name=phone]:not([readonly]):not([type=hidden])").count(), 0);
  await payer.page.check("[name=method][value=momo_mtn]");
  await payer.goOn();
  await payer.sees("approve");
  await onlyOne(id, phone);
  await payer.leave();
});
