// A payer who has no mouse, or whose browser moves nothing and shows everything large.

import assert from "node:assert/strict";

import { Payer, begun, sale } from "./checkout.mjs";
import { House } from "./house.mjs";
import { trial } from "./patience.mjs";
import { answer, number } from "./phone.mjs";

const house = await House.start({ args: ["--rate-limits", "off"] });
/// More stops than any of our pages has.
const STOPS = 60;

/// Presses Tab until this has the focus, which every stop on the way shows.
async function tabTo(page, selector) {
  for (let stop = 0; stop < STOPS; stop += 1) {
    await page.keyboard.press("Tab");
    const { there, shown, what } = await page.evaluate((wanted) => {
      const focused = document.activeElement;
      // What stands around a field may show the focus in its place.
      const places = [focused, focused.closest("label"), focused.labels?.[0], focused.parentElement].filter(Boolean);
      const shown = places.some((place) => {
        const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(place);
        return (outlineStyle !== "none" && parseFloat(outlineWidth) >= 2) || boxShadow !== "none";
      });
      return { there: focused.matches(wanted), shown, what: focused.outerHTML.slice(0, 120) };
    }, selector);
    assert.ok(shown || what.startsWith("<body"), `the focus is not seen on ${what}`);
    if (there) return;
  }
  throw new Error(`Tab does not lead to ${selector}`);
}

trial("a payment by keyboard alone", async () => {
  const { url } = await sale(house);
  const phone = number("120");
  const payer = await Payer.open(url, { width: 1280 });
  const { page } = payer;
  await tabTo(page, "select[name=country]");
  await page.keyboard.type("Côte");
  await tabTo(page, "form.country button");
  await page.keyboard.press("Enter");
  await page.waitForURL(/country=CI/);
  await tabTo(page, "[name=phone]");
  await page.keyboard.type(phone);
  await tabTo(page, "[name=method]");
  await page.keyboard.press("Space");
  while (!(await page.isChecked("[name=method][value=momo_mtn]"))) await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await payer.sees("otp");
  await tabTo(page, "[name=code]");
  await page.keyboard.type("123456");
  await tabTo(page, "button.go");
  await page.keyboard.press("Enter");
  await payer.sees("paid");
  await payer.leave();
});

trial("a screen reader hears that the payment has arrived", async () => {
  const phone = number("114");
  const { url } = await begun(house, phone);
  const payer = await Payer.open(url);
  await payer.sees("approve");
  const region = payer.page.locator("[aria-live], [role=status]");
  assert.ok(await region.count(), "there is no live region while the page waits");
  await answer(house, phone, "approve");
  await payer.sees("paid");
  assert.ok(await payer.page.locator("[aria-live], [role=status]").count());
  await payer.leave();
});

trial("nothing moves for those who want no motion", async () => {
  const { url } = await begun(house, number("114"));
  const payer = await Payer.open(url);
  await payer.page.emulateMedia({ reducedMotion: "reduce" });
  await payer.sees("approve");
  const moving = await payer.page.evaluate(
    () => document.getAnimations().filter((one) => one.playState === "running" && one.effect.getTiming().duration > 1).length,
  );
  assert.equal(moving, 0);
  await payer.leave();
});

trial("text twice as large still fits", async () => {
  const { url } = await sale(house);
  const payer = await Payer.open(url, { width: 360, language: "fr" });
  await payer.page.evaluate(() => (document.documentElement.style.fontSize = "200%"));
  await payer.visitor.fits("pay");
  await payer.visitor.picture("pay-large-text");
  await payer.leave();
});
