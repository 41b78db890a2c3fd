// The payer's phone: numbers that choose the operator's scenario, and the simulator's answers to prompts.

import { until } from "./patience.mjs";

let numbers = 0;

/// A number of its own by Ivorian rules, as a payer types it; its last three digits choose how the operator behaves.
/// The first two say whose it is: 05 MTN, 07 Orange, 01 Moov.
export function number(digits, prefix = "05") {
  numbers += 1;
  return `${prefix}${String(numbers).padStart(5, "0")}${digits}`;
}

/// The same number as the operators keep it.
export function international(national) {
  return `+225${national}`;
}

/// What waits on this phone; the first when there is one.
async function waiting(house, national) {
  const answer = await fetch(`${house.simulator}/prompts?phone=${encodeURIComponent(international(national))}`);
  if (!answer.ok) throw new Error(`prompts: ${answer.status}`);
  const { prompts } = await answer.json();
  return prompts[0];
}

/// Answers the prompt that waits or comes: `approve` or `decline`.
export async function answer(house, national, word) {
  const prompt = await until(`a prompt at ${national}`, () => waiting(house, national));
  const reply = await fetch(`${house.simulator}/prompts/${prompt.id}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ answer: word, pin: "1234" }),
  });
  if (!reply.ok) throw new Error(`prompt: ${reply.status} ${await reply.text()}`);
}

/// What the operators took from this number: rows where money moved.
export async function taken(house, national) {
  const rows = await house.charges(international(national));
  return rows.filter((row) => row.status === "charged");
}
