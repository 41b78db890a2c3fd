// Every screen until the operator has said its last word: see `gallery.mjs` for how they are looked at.

import { attemptBy, begun, sale } from "./checkout.mjs";
import { look } from "./gallery.mjs";
import { House } from "./house.mjs";
import { until } from "./patience.mjs";
import { number } from "./phone.mjs";

const house = await House.start({ args: ["--rate-limits", "off"] });

const restriction = { country_code: "CI" };

/// Starts an attempt and does not wait for what the operator says to it.
async function asked(digits) {
  const made = await sale(house);
  const attempt = attemptBy(number(digits));
  const answered = house.ask("POST", `/v1/payment/intents/${made.id}/attempt`, attempt);
  await until("the attempt is there", async () => (await house.payment(made.id)).active_attempt);
  answered.catch(() => {});
  return made;
}

look({
  country: { on: "pay", make: () => sale(house) },
  pay: { on: "pay", make: () => sale(house, { restriction }) },
  "pay-wrong": {
    on: "pay",
    make: () => sale(house),
    async first(payer) {
      await payer.pay("12", "momo_mtn");
      await payer.page.waitForSelector("[aria-invalid=true]");
      payer.visitor.forgive();
    },
  },
  "pay-guess": {
    on: "pay",
    make: () => sale(house),
    async first(payer) {
      await payer.pay(number("001"));
      await payer.page.waitForSelector("[name=method]:checked", { state: "attached" });
      payer.visitor.forgive();
    },
  },
  "pay-other": {
    on: "pay",
    async make() {
      const { url } = await begun(house, number("121"));
      return { url: `${url}?other=1` };
    },
  },
  "pay-coloured": {
    on: "pay",
    make: () => sale(house, { restriction, customization: { color: "#ffe100", brand: "Épicerie Soleil" } }),
  },
  "pay-too-much": { on: "pay", make: () => sale(house, { amount: 2_500_000, restriction }) },
  approve: { on: "approve", make: () => begun(house, number("114")) },
  otp: { on: "otp", make: () => begun(house, number("120")) },
  "otp-wrong": {
    on: "otp",
    fresh: true,
    make: () => begun(house, number("120")),
    async first(payer) {
      await payer.giveCode("000000");
      await payer.page.waitForSelector("[role=alert]");
    },
  },
  redirect: { on: "redirect", make: () => begun(house, number("121")) },
  qr: { on: "qr", make: () => begun(house, number("122")) },
  wait: { on: "wait", fresh: true, make: () => asked("131") },
  unknown: { on: "unknown", make: () => begun(house, number("131")) },
});
