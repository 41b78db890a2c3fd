// Judges signatures the way a receiver in Node does: one verdict, `ok` or `no`, for each line of the input.
//
// A line has, with tabs between: scheme, secret, id, timestamp, signature, body in base64.
// The first argument is the folder in which the npm package `standardwebhooks` is installed.

import { createHmac, timingSafeEqual } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const { Webhook, WebhookVerificationError } = createRequire(`${process.argv[2]}/`)("standardwebhooks");

function isEqual(expected, given) {
  return expected.length === given.length && timingSafeEqual(Buffer.from(expected), Buffer.from(given));
}

const schemes = {
  standard(secret, id, timestamp, signature, body) {
    const headers = { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signature };
    try {
      new Webhook(secret).verify(body, headers);
      return true;
    } catch (error) {
      if (error instanceof WebhookVerificationError) return false;
      throw error;
    }
  },

  body_hex(secret, _id, _timestamp, signature, body) {
    return isEqual(createHmac("sha256", secret).update(body).digest("hex"), signature);
  },

  timed(secret, _id, _timestamp, signature, body) {
    const parts = Object.fromEntries(signature.split(",").map((part) => part.split("=", 2)));
    const expected = createHmac("sha256", secret).update(`${parts.t}.`).update(body).digest("hex");
    return isEqual(expected, parts.v1);
  },
};

for (const line of readFileSync(0, "utf8").split("\n").filter(Boolean)) {
  const [scheme, secret, id, timestamp, signature, body] = line.split("\t");
  const isGood = schemes[scheme](secret, id, timestamp, signature, Buffer.from(body, "base64"));
  console.log(isGood ? "ok" : "no");
}
