// How long the tests wait, and for what: always for a condition, never for a time.

import { test } from "node:test";

/// Nothing that a test waits for takes longer, also on a slow machine.
export const PATIENCE_MS = 30_000;
/// A whole test.
const TRIAL_MS = 60_000;

/// A test with the deadline of all.
export function trial(name, work, timeout_ms = TRIAL_MS) {
  test(name, { timeout: timeout_ms }, work);
}

/// Waits until `look` gives something that is true, and returns it.
export async function until(what, look) {
  const deadline = performance.now() + PATIENCE_MS;
  let last;
  for (;;) {
    try {
      const found = await look();
      if (found) return found;
      last = undefined;
    } catch (problem) {
      last = problem;
    }
    if (performance.now() > deadline) throw new Error(`never: ${what}`, { cause: last });
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
