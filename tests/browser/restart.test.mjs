// The server or the line dies while a payer waits: the page recovers by itself and ends right.

import assert from "node:assert/strict";

import { Payer, begun, sale } from "./checkout.mjs";
import { House } from "./house.mjs";
import { trial } from "./patience.mjs";
import { answer, number, taken } from "./phone.mjs";
import { Wire } from "./wire.mjs";

/// A page cannot know at once that nothing comes any more.
const NOTICED_MS = 60_000;

const house = await House.start({ args: ["--rate-limits", "off"] });

trial("a page that waits survives the death of the server", async () => {
  const { url, id } = await sale(house);
  const phone = number("114");
  const payer = await Payer.open(url, { language: "fr" });
  await payer.pay(phone, "momo_mtn");
  await payer.sees("approve");
  const kept = await payer.page.evaluate(() => (window.kept = "not loaded again by hand"));
  await house.kill();
  await payer.page.waitForSelector("#signal:not(:empty)");
  await payer.visitor.picture("offline");
  await house.restart();
  payer.visitor.forgive();
  await answer(house, phone, "approve");
  await payer.sees("paid");
  await payer.page.waitForSelector("#signal:empty", { state: "attached" });
  assert.equal(await payer.page.evaluate(() => window.kept), kept);
  await house.settled(id, "completed");
  assert.equal((await taken(house, phone)).length, 1);
  payer.visitor.forgive();
  await payer.leave();
});

trial("without a script a reload finds the payment where it is", async () => {
  const { url } = await sale(house);
  const phone = number("114");
  const payer = await Payer.open(url, { script: false });
  await payer.pay(phone, "momo_mtn");
  await payer.sees("approve");
  await house.kill();
  await house.restart();
  await payer.page.goto(url);
  await payer.sees("approve");
  await answer(house, phone, "approve");
  await payer.sees("paid");
  payer.visitor.forgive();
  await payer.leave();
});

trial(
  "a line that is dead without a word is noticed",
  async () => {
    const phone = number("114");
    const { url } = await begun(house, phone);
    const wire = await Wire.to(house.url);
    const payer = await Payer.open(url.replace(house.url, wire.url));
    await payer.sees("approve");
    wire.goDead();
    await answer(house, phone, "approve");
    await payer.page.waitForSelector("main[data-screen=paid]", { timeout: NOTICED_MS });
    await payer.leave();
  },
  2 * NOTICED_MS,
);
