// Receives Cowry's webhooks. Node 18 or later, nothing to install.
//
//     WEBHOOK_SECRET=whsec_... node receiver.mjs
//     node receiver.mjs verify SECRET ID TIMESTAMP SIGNATURE < body       ends with 0 (genuine) or 1
//     node receiver.mjs verify-body SECRET X_ORQEX_SIGNATURE < body       the same for the second signature
//
// Environment: WEBHOOK_PORT (3000) and WEBHOOK_STORE (the folder ./webhooks).

import { createHmac, randomUUID, timingSafeEqual } from "node:crypto";
import * as fs from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";

const TOLERANCE_S = 300;
const MAX_BODY_BYTES = 1024 * 1024;

/** The bytes behind `whsec_`. An empty key would make every forgery genuine, so a short one is an error. */
function keyOf(secret) {
  const [, encoded] = /^whsec_([A-Za-z0-9+/]{32,}={0,2})$/.exec(secret) ?? [];
  if (encoded === undefined) throw new Error("a secret is whsec_ and base64");
  return Buffer.from(encoded, "base64");
}

/** Compares in a time that does not tell where two texts differ. */
function isSame(expected, given) {
  const [a, b] = [Buffer.from(expected), Buffer.from(given)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** Whether the three headers of Standard Webhooks belong to this body: a Buffer with the bytes as they came. */
function verify(secret, id, timestamp, signatures, body, nowS) {
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(id) || !/^[0-9]{1,12}$/.test(timestamp)) return false;
  if (Math.abs(nowS - Number(timestamp)) > TOLERANCE_S) return false;
  const mac = createHmac("sha256", keyOf(secret)).update(`${id}.${timestamp}.`).update(body).digest("base64");
  // While a secret is being replaced there are two signatures; one that fits is enough.
  return signatures.split(" ").filter((given) => isSame(`v1,${mac}`, given)).length > 0;
}

/** The second way, `x-orqex-signature`. It says nothing about id and time: prefer `verify` where you can. */
function verifyBody(secret, signature, body) {
  const expected = createHmac("sha256", secret).update(body).digest("hex");
  return secret.length > "whsec_".length && isSame(expected, signature);
}

/**
 * Keeps an event for good, once: as `<folder>/<payment>/<sequence>.<webhook-id>`, so the last name in a payment's
 * folder is the newest that is known of it. In your program this is a table with the webhook-id as its key.
 */
function store(folder, id, body) {
  const event = JSON.parse(body);
  const sequence = String(event.sequence ?? 0).padStart(12, "0");
  const payment = join(folder, (event.payment ?? event.payout).id.replace(/[^A-Za-z0-9_]/g, ""));
  const name = `${sequence}.${id}`;
  const draft = join(folder, `draft.${randomUUID()}`);
  fs.mkdirSync(payment, { recursive: true });
  try {
    writeDurably(draft, body);
    fs.linkSync(draft, join(payment, name)); // All of it at once, or an error when it is there.
  } catch (error) {
    if (error.code === "EEXIST") return "seen before";
    throw error;
  } finally {
    fs.rmSync(draft, { force: true });
  }
  if (process.platform !== "win32") [payment, folder].forEach(syncFolder);
  if (event.test) return "test";
  return fs.readdirSync(payment).sort().at(-1) === name ? "stored" : "stored, but a newer one is known";
}

function writeDurably(path, bytes) {
  const file = fs.openSync(path, "wx");
  try {
    for (let at = 0; at < bytes.length; ) at += fs.writeSync(file, bytes, at);
    fs.fsyncSync(file);
  } finally {
    fs.closeSync(file);
  }
}

function syncFolder(path) {
  const folder = fs.openSync(path, "r");
  fs.fsyncSync(folder);
  fs.closeSync(folder);
}

async function bodyOf(request) {
  const parts = [];
  let length = 0;
  for await (const part of request) {
    length += part.length;
    if (length > MAX_BODY_BYTES) return null;
    parts.push(part);
  }
  return Buffer.concat(parts);
}

async function receive(request, secret, folder) {
  if (request.method !== "POST") return [405, "only POST"];
  const body = await bodyOf(request);
  if (body === null) return [413, "the body is too long"];
  const header = (name) => request.headers[name] ?? "";
  const id = header("webhook-id");
  if (!verify(secret, id, header("webhook-timestamp"), header("webhook-signature"), body, Date.now() / 1000)) {
    return [401, "wrong signature"];
  }
  try {
    // What takes long is done afterwards, from what is stored, not here.
    return [200, store(folder, id, body)];
  } catch (error) {
    console.error(`${id} is not stored:`, error);
    return [500, "not stored, send it again"];
  }
}

function serve() {
  const secret = process.env.WEBHOOK_SECRET ?? "";
  const folder = process.env.WEBHOOK_STORE ?? "webhooks";
  keyOf(secret);
  fs.mkdirSync(folder, { recursive: true });
  const server = createServer((request, response) => {
    receive(request, secret, folder).then(
      ([status, text]) => response.writeHead(status, { "Content-Type": "text/plain" }).end(text),
      () => response.destroy(),
    );
  });
  server.listen(Number(process.env.WEBHOOK_PORT ?? "3000"), "127.0.0.1", () => {
    console.log(`listening on http://127.0.0.1:${server.address().port}/hook`);
  });
}

const [command, ...rest] = process.argv.slice(2);
if (command === undefined) {
  serve();
} else if (command === "verify" && rest.length === 4) {
  process.exitCode = verify(...rest, fs.readFileSync(0), Date.now() / 1000) ? 0 : 1;
} else if (command === "verify-body" && rest.length === 2) {
  process.exitCode = verifyBody(...rest, fs.readFileSync(0)) ? 0 : 1;
} else {
  console.error("usage: receiver.mjs [verify SECRET ID TIMESTAMP SIGNATURE | verify-body SECRET SIGNATURE]");
  process.exitCode = 2;
}
