// Every screen after the operator's last word, and the pages that lead nowhere: see `gallery.mjs` for how they are looked at.

import { attemptBy, begun, sale } from "./checkout.mjs";
import { look } from "./gallery.mjs";
import { House } from "./house.mjs";
import { until } from "./patience.mjs";
import { number } from "./phone.mjs";

const house = await House.start({ args: ["--rate-limits", "off"] });

/// A payment whose one attempt has failed for want of funds.
async function declined() {
  const made = await begun(house, number("111"));
  await until("the attempt has failed", async () => (await house.payment(made.id)).active_attempt.status === "failed");
  return made;
}

/// Five outages in a row on every account of an operator: who chooses it is told.
async function sick() {
  for (const gateway of ["sim_a", "sim_b"]) {
    await house.control({ gateway, method: "momo_moov", country: "CI", mode: "down" });
  }
  for (let outage = 0; outage < 6; outage += 1) await begun(house, number("001", "01"), {}, "momo_moov");
  const made = await sale(house, { restriction: { country_code: "CI" } });
  await until("the operator is known to be down", async () => {
    const { data } = await house.ask("GET", `/v1/payment/intents/${made.id}/countries/CI/methods`);
    return data.find((method) => method.value === "momo_moov").availability === "down";
  });
  return made;
}

/// A payment whose first attempt was declined; its operator charges it all the same some time later.
async function chargedLater() {
  const made = await begun(house, number("143"));
  await until("the attempt has failed", async () => (await house.payment(made.id)).active_attempt.status === "failed");
  return made;
}

/// Waits until the page of a payment shows a screen.
async function showing(made, screen) {
  const shows = async () => (await (await fetch(made.url)).text()).includes(`data-screen="${screen}"`);
  await until(`the page shows “${screen}”`, shows);
  return made;
}

look({
  arrived: {
    on: "arrived",
    async make() {
      const made = await chargedLater();
      await house.ask("POST", `/v1/payment/intents/${made.id}/attempt`, attemptBy(number("114")));
      return showing(made, "arrived");
    },
  },
  late: {
    on: "taken-after-end",
    async make() {
      const made = await chargedLater();
      await house.ask("POST", `/v1/payment/intents/${made.id}/cancel`);
      return showing(made, "taken-after-end");
    },
  },
  mismatch: { on: "mismatch", make: () => begun(house, number("144")) },
  retry: { on: "retry", make: declined },
  paid: {
    on: "paid",
    async make() {
      const made = await begun(house, number("100"));
      await house.settled(made.id, "completed");
      return made;
    },
  },
  cancelled: {
    on: "cancelled",
    async make() {
      const made = await sale(house);
      await house.ask("POST", `/v1/payment/intents/${made.id}/cancel`);
      return made;
    },
  },
  expired: {
    on: "expired",
    async make() {
      const made = await sale(house);
      await house.expire(made.id);
      await house.settled(made.id, "expired");
      return made;
    },
  },
  failed: {
    on: "failed",
    async make() {
      const made = await declined();
      await house.expire(made.id);
      await house.settled(made.id, "failed");
      return made;
    },
  },
  "not-found": { on: "not-found", make: async () => ({ url: `${house.url}/c/AAAAAAAAAAAAAAAAAAAAAAAA` }), status: 404 },
  "pay-sick": { on: "pay", make: sick },
});
