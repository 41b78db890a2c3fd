// Every screen that few payers see: see `gallery.mjs` for how they are looked at.

import { attemptBy, begun, sale } from "./checkout.mjs";
import { look } from "./gallery.mjs";
import { House } from "./house.mjs";
import { until } from "./patience.mjs";
import { number } from "./phone.mjs";
import { forwardedFor } from "./screens.mjs";

/// Soon enough to wait for what an operator never says, and slow enough to look at what follows.
const SPEED = 5;
/// Where they come from who try too often. A proxy of ours says so.
const HASTY = "203.0.113.7";
/// More than a form may have.
const LONG = "x".repeat(300_000);

const house = await House.start({ speed: SPEED, args: ["--trusted-proxies", "127.0.0.1"] });

const elsewhere = (url) => `data:text/html,<form method="post" action="${url}"><button>Win</button></form>`;

/// A page of this house that no payment has.
const nowhere = `${house.url}/c/AAAAAAAAAAAAAAAAAAAAAAAA`;

/// A payment that the first operator's account never got: the next account is about to be tried.
async function triedAgain() {
  const made = await sale(house);
  const attempt = attemptBy(number("131"));
  house.ask("POST", `/v1/payment/intents/${made.id}/attempt`, attempt).catch(() => {});
  const shows = async () => (await (await fetch(made.url)).text()).includes('data-screen="tried-again"');
  await until("the page says that it goes on", shows);
  await house.rest(made.id);
  return made;
}

look({
  nothing: { on: "nothing", make: () => sale(house, { restriction: { country_code: "KE" } }) },
  "tried-again": { on: "tried-again", make: triedAgain },
  forbidden: {
    on: "pay",
    make: () => sale(house),
    async first(payer) {
      await payer.page.goto(elsewhere(payer.page.url()));
      await payer.page.click("button");
      await payer.sees("forbidden");
      payer.visitor.forgive();
    },
  },
  "bad-request": {
    on: "otp",
    make: () => begun(house, number("120")),
    async first(payer) {
      await payer.page.$eval("main form", (form, long) => form.step.setAttribute("value", long), LONG);
      await payer.giveCode("123456");
      await payer.sees("bad-request");
      payer.visitor.forgive();
    },
  },
  unavailable: {
    on: "unavailable",
    async make() {
      const made = await sale(house);
      await house.spoil(made.id);
      return made;
    },
    status: 503,
  },
  "too-often": {
    on: "too-often",
    async make() {
      const headers = forwardedFor(HASTY);
      await until("there were too many wrong tokens", async () => (await fetch(nowhere, { headers })).status === 429);
      return { url: nowhere, from: HASTY };
    },
    fresh: true,
    status: 429,
  },
});
