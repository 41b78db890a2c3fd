// A payer's browser and what it shows: pages in a language, a width and a mood, their pictures, and everything that must
// hold on each of them. Knows no screen by name.

import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after } from "node:test";

import { chromium } from "playwright-core";

import { PATIENCE_MS } from "./patience.mjs";
import { CHROMIUM, FOLDER } from "./places.mjs";

/// The two sizes that every screen is looked at in.
export const WIDTHS = {
  1280: { viewport: { width: 1280, height: 800 } },
  360: { viewport: { width: 360, height: 740 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true },
};
export const LANGUAGES = { en: "en-GB", fr: "fr-CI" };

/// The narrowest page, which is also 1280 at 400 % zoom.
const NARROW = { width: 320, height: 640 };
/// A desktop at 200 % zoom.
const ZOOMED = { width: 640, height: 400 };
/// What people on 2G have: Chromium's own figures for it, rounded down.
const SLOW = { offline: false, latency: 800, downloadThroughput: 30_000, uploadThroughput: 6_000 };
/// Layout shift that a person notices; the sum over a visit, as Chromium counts it.
const JUMP = 0.1;

const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

let running;

/// The one Chromium of this process.
function browser() {
  if (!running) {
    running = chromium.launch({
      executablePath: CHROMIUM,
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    });
  }
  return running;
}

// Not in `browser`: called in a test it would mean the end of that test.
after(async () => (await running)?.close());

/// Opens a browser of its own (cookies, cache) on `url`. `script` says whether it runs scripts, `slow` makes it 2G, `from` is
/// the address that a proxy would name.
/// Close it with `leave`, which also tells what went wrong behind the page.
export async function visit(url, { language = "en", width = 360, script = true, slow = false, from } = {}) {
  const context = await (await browser()).newContext({
    ...WIDTHS[width],
    locale: LANGUAGES[language],
    javaScriptEnabled: script,
    extraHTTPHeaders: forwardedFor(from),
  });
  context.setDefaultTimeout(PATIENCE_MS);
  const visitor = new Visitor(context, new URL(url).origin, { language, width, script });
  await visitor.tab(slow);
  visitor.answer = await visitor.page.goto(url);
  return visitor;
}

/// What a proxy adds to the requests of this address.
export function forwardedFor(address) {
  return address ? { "x-forwarded-for": address } : {};
}

export class Visitor {
  constructor(context, home, mood) {
    this.context = context;
    this.home = home;
    this.mood = mood;
    /// What no page may do: errors in the console (a refused style or script is one), calls elsewhere, failed calls.
    this.faults = [];
    /// Bytes over the wire: of each answer by its URL, headers included.
    this.bytes = new Map();
    /// Hosts besides our own that a step may lead to.
    this.welcome = new Set([home]);
  }

  /// A further tab of the same browser; `page` is the latest one.
  async tab(slow = false) {
    const page = await this.context.newPage();
    const wire = await this.context.newCDPSession(page);
    await wire.send("Network.enable");
    if (slow) await wire.send("Network.emulateNetworkConditions", SLOW);
    this.#weigh(wire);
    page.on("console", (line) => {
      const { url } = line.location();
      // The browser asks for it on its own account.
      if (line.type() === "error" && !url.endsWith("/favicon.ico")) this.faults.push(`console: ${line.text()} (${url})`);
    });
    page.on("pageerror", (error) => this.faults.push(`script: ${error.message}`));
    page.on("request", (request) => {
      const { origin, protocol } = new URL(request.url());
      if (protocol !== "data:" && !this.welcome.has(origin)) this.faults.push(`asked elsewhere: ${request.url()}`);
    });
    this.page = page;
    return page;
  }

  /// Forgets faults that the test itself has caused, such as a server that was killed.
  forgive() {
    this.faults.length = 0;
  }

  /// Closes the browser; an error when something went wrong behind its pages.
  async leave() {
    await this.context.close();
    assert.deepEqual(this.faults, []);
  }

  /// The CSS width is what it is, and nothing is wider.
  async fits(name) {
    const wide = await this.page.evaluate(() => {
      const edge = document.documentElement.clientWidth;
      if (document.documentElement.scrollWidth <= edge) return [];
      const clips = (e) => getComputedStyle(e).overflowX !== "visible";
      const isFree = (e) => !e.parentElement || e.parentElement === document.body || (!clips(e.parentElement) && isFree(e.parentElement));
      const ends = (e) => e.getBoundingClientRect().left + Math.max(e.scrollWidth, e.getBoundingClientRect().width);
      const over = [...document.body.querySelectorAll("main *")].filter((e) => ends(e) > edge + 1).reverse();
      return ["wider than the page:", ...over.filter(isFree).map((e) => e.outerHTML.slice(0, 100)).slice(0, 5)];
    });
    assert.deepEqual(wide, [], `${name} scrolls sideways at ${this.page.viewportSize().width} px`);
  }

  /// Axe's whole list but what is excused, in this colour scheme.
  async accessible(name, { colorScheme = "light", excused = [] } = {}) {
    await this.page.emulateMedia({ colorScheme });
    const found = await this.page.evaluate(
      async ([source, runOnly, excused]) => {
        if (!window.axe) (0, eval)(source);
        const rules = Object.fromEntries(excused.map((id) => [id, { enabled: false }]));
        const { violations } = await window.axe.run(document, { runOnly, rules, resultTypes: ["violations"] });
        const tell = ({ id, nodes }) => `${id}, ${nodes.length} times: ${nodes[0].html.slice(0, 200)} ${nodes[0].failureSummary}`;
        return violations.map(tell);
      },
      [axe, RULES, excused],
    );
    assert.deepEqual(found, [], `${name} in ${colorScheme}`);
  }

  /// Nothing on the page has moved by itself.
  async calm(name) {
    const jump = await this.page.evaluate(
      () =>
        new Promise((resolve) => {
          let sum = 0;
          new PerformanceObserver((list) => {
            for (const entry of list.getEntries()) sum += entry.hadRecentInput ? 0 : entry.value;
          }).observe({ type: "layout-shift", buffered: true });
          setTimeout(() => resolve(sum), 0);
        }),
    );
    assert.ok(jump < JUMP, `${name} jumps: layout shift ${jump}`);
  }

  /// Keeps a picture of the whole page, named by screen, language, width and colours.
  async picture(name, colorScheme = "light") {
    await this.page.emulateMedia({ colorScheme });
    const { language, width, script } = this.mood;
    const parts = [name, language, width, colorScheme === "dark" && "dark", !script && "noscript"].filter(Boolean);
    mkdirSync(FOLDER, { recursive: true });
    await this.page.screenshot({ path: join(FOLDER, `${parts.join("-")}.png`), fullPage: true });
  }

  /// Everything that must hold on every screen, and its pictures. `excused` are rules of axe that cannot hold here.
  async inspect(name, excused = []) {
    const { language, width } = this.mood;
    assert.equal(await this.page.getAttribute("html", "lang"), language, `${name}: language of the page`);
    await this.calm(name);
    await this.fits(name);
    await this.accessible(name, { excused });
    await this.picture(name);
    await this.accessible(name, { colorScheme: "dark", excused });
    await this.picture(name, "dark");
    await this.page.emulateMedia({ colorScheme: "light" });
    for (const size of [NARROW, ZOOMED]) {
      await this.page.setViewportSize(size);
      await this.fits(name);
    }
    await this.page.setViewportSize(WIDTHS[width].viewport);
  }

  #weigh(wire) {
    const urls = new Map();
    wire.on("Network.requestWillBeSent", ({ requestId, request }) => urls.set(requestId, request.url));
    wire.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
      const url = urls.get(requestId) ?? requestId;
      if (url.startsWith("data:")) return;
      this.bytes.set(url, (this.bytes.get(url) ?? 0) + encodedDataLength);
    });
  }
}
