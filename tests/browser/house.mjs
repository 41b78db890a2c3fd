// A server of the tests: started on a folder of its own, killed and started again at will, and asked over HTTP as a
// merchant asks it. Owns the process; knows nothing of pages.

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { createInterface } from "node:readline";
import { after } from "node:test";

import { PATIENCE_MS, until } from "./patience.mjs";
import { FOLDER, PROGRAM } from "./places.mjs";

/// Changes that each concern one row.
const REWRITE = `
import sqlite3, sys
database = sqlite3.connect(sys.argv[1])
for change in sys.argv[3:]:
    assert database.execute(change, (sys.argv[2],)).rowcount == 1, change
database.commit()
`;

/// A running server with the embedded simulator. Everything it keeps is gone after `stop`.
export class House {
  /// Ready when this returns. `speed` divides the simulator's times: 1 is as in life.
  static async start({ speed = 1, args = [] } = {}) {
    const house = new House();
    house.folder = mkdtempSync(join(tmpdir(), "cowry-browser-"));
    house.port = await twoFreePorts();
    house.flags = ["--sandbox-speed", String(speed), ...args];
    house.secrets = [];
    after(() => house.stop());
    const line = await house.#spawn();
    house.url = line.url;
    house.simulator = line.simulator_url;
    house.keys = line.keys;
    return house;
  }

  /// Ends the process without warning; its folder stays.
  async kill() {
    const ended = new Promise((resolve) => this.process.once("exit", resolve));
    if (this.process.exitCode === null && this.process.signalCode === null) {
      this.process.kill("SIGKILL");
      await ended;
    }
  }

  /// Starts again on the same ports and folder.
  async restart() {
    const line = await this.#spawn();
    if (line.url !== this.url) throw new Error(`came back as ${line.url}, was ${this.url}`);
  }

  /// Ends the process and removes its folder. An error when its log tells a secret or an error of the server.
  async stop() {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
    const told = readFileSync(this.log, "utf8")
      .split("\n")
      .filter((line) => line.includes('"level":"error"') || this.secrets.some((secret) => line.includes(secret)));
    assert.deepEqual(told, []);
  }

  /// What the merchant asks; the answer's body, and an error for a status that is not 2xx.
  async ask(method, path, body, key = this.keys.payment) {
    const answer = await fetch(this.url + path, {
      method,
      headers: { authorization: `Bearer ${key}`, ...(body ? { "content-type": "application/json" } : {}) },
      body: body && JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return JSON.parse(text);
  }

  /// The payment as the payment API shows it.
  async payment(id) {
    return (await this.ask("GET", `/v1/payment/intents/${id}`)).data;
  }

  /// Waits until the payment has this status, and returns it.
  async settled(id, status) {
    return until(`${id} is ${status}`, async () => {
      const payment = await this.payment(id);
      return payment.status === status && payment;
    });
  }

  /// What the operators really took, from one number or from all.
  async charges(phone) {
    const filter = phone ? `?phone=${encodeURIComponent(phone)}` : "";
    const answer = await fetch(`${this.simulator}/ledger${filter}`);
    return (await answer.json()).charges;
  }

  /// Lets the time of a payment be over: expiry runs in real time, and the shortest life is five minutes.
  async expire(id) {
    await this.#rewrite(
      id,
      "UPDATE intents SET expires_at = created_at + 1 WHERE id = ?",
      "UPDATE timers SET due_at = 0 WHERE kind = 'expire' AND aggregate_id = ?",
    );
  }

  /// Lets the phone of a payment rest for another hour before the next account is tried.
  async rest(id) {
    await this.#rewrite(
      id,
      `UPDATE timers SET due_at = due_at + 3600000 WHERE kind = 'fall_back'
         AND aggregate_id = (SELECT active_attempt_id FROM intents WHERE id = ?)`,
    );
  }

  /// Makes the checkout of a payment one that cannot be read, as a damaged database would.
  async spoil(id) {
    await this.#rewrite(id, "UPDATE checkouts SET country = 'nowhere' WHERE intent_id = ?");
  }

  /// Breaks or mends the operators: see `POST /control` of the simulator.
  async control(order) {
    const answer = await fetch(`${this.simulator}/control`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(order),
    });
    if (!answer.ok) throw new Error(`control: ${answer.status} ${await answer.text()}`);
  }

  /// Changes what is kept about a payment behind the server's back: `?` stands for its id.
  async #rewrite(id, ...changes) {
    await this.kill();
    const stored = id.replace(/^TRX/, "");
    execFileSync("python3", ["-c", REWRITE, join(this.folder, "data", "cowry.db"), stored, ...changes]);
    await this.restart();
  }

  async #spawn() {
    mkdirSync(FOLDER, { recursive: true });
    this.log = join(FOLDER, `${basename(this.folder)}.log`);
    const log = openSync(this.log, "a");
    const environment = Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !name.startsWith("COWRY_") && name !== "RUST_LOG"),
    );
    const args = ["serve", "--json", "--listen", `127.0.0.1:${this.port}`, "--data-dir", join(this.folder, "data")];
    this.process = spawn(PROGRAM, [...args, ...this.flags], { stdio: ["ignore", "pipe", log], env: environment });
    closeSync(log);
    const line = await firstLine(this.process);
    if (line === undefined) throw new Error(`the server did not start:\n${readFileSync(this.log, "utf8")}`);
    return JSON.parse(line);
  }
}

/// The first line of a process; undefined when it ends, cannot start or says nothing.
function firstLine(child) {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(undefined), PATIENCE_MS);
    const done = (line) => {
      clearTimeout(timer);
      resolve(line);
    };
    createInterface({ input: child.stdout }).once("line", done);
    child.once("exit", () => done(undefined));
    child.once("error", () => done(undefined));
  });
}

/// The server takes the first; the embedded simulator takes the one after it.
async function twoFreePorts() {
  for (;;) {
    const first = await listen(0);
    const { port } = first.address();
    const second = await listen(port + 1).catch(() => undefined);
    await Promise.all([first, second].map((server) => server && new Promise((done) => server.close(done))));
    if (second) return port;
  }
}

function listen(port) {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve(server));
  });
}
