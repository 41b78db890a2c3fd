// A payment link from the address to paid, and the receipt that the payer is sent: its pages, in both languages.

import assert from "node:assert/strict";

import { Payer } from "./checkout.mjs";
import { look } from "./gallery.mjs";
import { House } from "./house.mjs";
import { trial, until } from "./patience.mjs";
import { number, taken } from "./phone.mjs";
import { WIDTHS, visit } from "./screens.mjs";

const house = await House.start({ args: ["--rate-limits", "off"] });

/// Makes a link; `more` overrides members. Whoever pays it says how much, unless there is an amount.
async function link(more = {}) {
  const body = { currency: "XOF", description: "Contribution au voyage", amount_min: 500, amount_max: 50_000, ...more };
  const { data } = await house.ask("POST", "/v1/payment/links", body);
  house.secrets.push(data.url.split("/l/")[1]);
  return data;
}

async function closed() {
  const made = await link();
  await house.ask("PATCH", `/v1/payment/links/${made.id}`, { active: false });
  return made;
}

look({
  link: { on: "link", make: () => link() },
  "link-fixed": { on: "link", make: () => link({ amount: 2_000, amount_min: null, amount_max: null }) },
  "link-wrong": {
    on: "link",
    make: () => link({ receipt: "required" }),
    async first(payer) {
      await payer.page.fill("[name=amount]", "10");
      await payer.goOn();
      await payer.page.waitForSelector("[name=amount][aria-invalid=true]");
      payer.visitor.forgive();
    },
  },
  "link-closed": { on: "link-closed", make: closed },
});

/// The one mail to this address.
async function mailTo(address) {
  return until(`a mail to ${address}`, async () => {
    const list = await (await fetch(`${house.url}/sandbox/mails`)).text();
    const row = list.split("<li>").find((one) => one.includes(address));
    return row?.match(/href="([^"]+)"/)[1];
  });
}

for (const [language, script] of [["en", true], ["fr", false]]) {
  trial(`a link is paid and the receipt arrives in ${language}, scripts ${script ? "on" : "off"}`, async () => {
    const { url } = await link();
    const phone = number("100");
    const address = `payer-${language}@example.com`;
    const payer = await Payer.open(url, { language, script });
    await payer.page.fill("[name=amount]", "7500");
    await payer.page.fill("[name=email]", address);
    await payer.page.dblclick("main form button.go");
    await payer.sees("pay");
    await payer.pay(phone, "momo_mtn");
    await payer.sees("paid");
    assert.deepEqual(
      (await taken(house, phone)).map((row) => row.amount),
      ["7500"],
    );
    await payer.leave();
    const mail = house.url + (await mailTo(address));
    for (const width of Object.keys(WIDTHS)) {
      const reader = await visit(mail, { width });
      await reader.inspect(`mail-${language}`);
      await reader.leave();
    }
    const letter = await visit(`${mail}/html`, { language, script: false });
    await letter.fits("letter");
    await letter.picture("letter");
    await letter.leave();
  });
}
