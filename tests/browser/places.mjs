// Where things are on this machine. `cargo xtask browser` says so by variables; the rest is for a run by hand.

import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));

/// The server's program.
export const PROGRAM = process.env.COWRY_BROWSER_PROGRAM ?? `${root}target/debug/cowry`;
/// Where screenshots and logs are kept.
export const FOLDER = process.env.COWRY_BROWSER_FOLDER ?? `${root}target/browser`;
/// The browser's program; none means the one that Playwright has brought.
export const CHROMIUM = process.env.COWRY_BROWSER_CHROMIUM ?? ["/usr/bin/chromium"].find((path) => existsSync(path));
