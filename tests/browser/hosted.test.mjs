// The page of the second API: asks for a code, shows one to scan, and says how the payment stands.

import assert from "node:assert/strict";

import { Payer } from "./checkout.mjs";
import { House } from "./house.mjs";
import { confirmed } from "./intents.mjs";
import { trial } from "./patience.mjs";
import { number } from "./phone.mjs";
import { LANGUAGES, WIDTHS } from "./screens.mjs";

const house = await House.start({ speed: 2 });

for (const [screen, digits] of [["otp", "120"], ["qr", "122"]]) {
  trial(`the screen “${screen}” is in order in every language and width`, async () => {
    const url = await confirmed(house, number(digits));
    for (const language of Object.keys(LANGUAGES)) {
      for (const width of Object.keys(WIDTHS)) {
        const payer = await Payer.open(url, { language, width });
        await payer.sees(screen);
        await payer.visitor.inspect(`hosted-${screen}`);
        await payer.leave();
      }
    }
  });
}

for (const script of [true, false]) {
  trial(`a code is handed over, scripts ${script ? "on" : "off"}`, async () => {
    const payer = await Payer.open(await confirmed(house, number("120")), { language: "fr", script });
    await payer.giveCode("000000");
    await payer.page.waitForSelector("[role=alert]");
    await payer.giveCode("123 456");
    await payer.sees("paid");
    await payer.leave();
  });
}

trial("a code is scanned, and the page without a script sees it by itself", async () => {
  const payer = await Payer.open(await confirmed(house, number("122")), { script: false });
  const link = await payer.page.getAttribute("a.go", "href");
  assert.equal((await fetch(link)).status, 200);
  await payer.sees("paid");
  await payer.leave();
});
