// Looks up whose account it is, again and again: agent.mjs [TIMES] [SECONDS BETWEEN TWO]

import { setTimeout } from "node:timers/promises";
import { credentials } from "./credentials.mjs";

const { X_API_BASE_URL, XREQ_CREDENTIALS_URL } = process.env;
const [times = Infinity, pause = 60] = process.argv.slice(2).map(Number);

function fail(message) {
  console.error(`long-running: ${message}`);
  process.exit(1);
}

if (!XREQ_CREDENTIALS_URL) {
  fail("no endpoint: use `xreq run --keep-fresh -- node agent.mjs`");
}

const url = `${X_API_BASE_URL || "https://api.x.com"}/2/users/me`;
const accessToken = credentials("x");
for (let count = 0; count < times; count += 1) {
  const headers = { Authorization: `Bearer ${await accessToken()}` };
  const answer = await fetch(url, { headers, signal: AbortSignal.timeout(30_000) });
  if (!answer.ok) {
    fail(`X answered ${answer.status} ${answer.statusText}`);
  }
  const { data } = await answer.json();
  console.log(`still @${data.username}`);
  await setTimeout(pause * 1000);
}
