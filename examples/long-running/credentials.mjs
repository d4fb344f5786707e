// Access tokens that stay fresh, for agents that `xreq run --keep-fresh` launched.

import { setTimeout } from "node:timers/promises";

// How long before its end a token is asked for anew, in milliseconds: when the provider is out of
// reach (503), there is time to ask again.
const EARLY = 300_000;

// The newest access token of a provider, as a function. It asks xreq long before the last one
// expires, and uses that one while it lives where xreq has no other; calls that come meanwhile wait
// for the same answer.
export function credentials(provider) {
  const { XREQ_CREDENTIALS_URL, XREQ_CREDENTIALS_TOKEN } = process.env;
  let token = null;
  let expiresAt = 0;
  let askAt = 0;
  let asking = null;

  async function ask() {
    await setTimeout(Math.max(0, askAt - Date.now()));
    let retryAfter = 1;
    try {
      const headers = { Authorization: `Bearer ${XREQ_CREDENTIALS_TOKEN}` };
      const answer = await fetch(`${XREQ_CREDENTIALS_URL}/${provider}`, { headers });
      retryAfter = Number(answer.headers.get("Retry-After") ?? 1);
      if (!answer.ok) {
        throw new Error(`xreq answered ${answer.status}: ${await answer.text()}`);
      }
      const { access_token, expires_at } = await answer.json();
      token = access_token;
      expiresAt = expires_at === null ? Infinity : Date.parse(expires_at);
      const lives = expires_at === null ? 120_000 : expiresAt - Date.now();
      // A token that lives shortly is asked for more often.
      askAt = Date.now() + Math.max(lives - EARLY, lives / 2);
    } catch (error) {
      askAt = Date.now() + retryAfter * 1000;
      if (expiresAt <= Date.now()) {
        throw error;
      }
    }
  }

  return async function accessToken() {
    if (Math.min(askAt, expiresAt) <= Date.now()) {
      asking ??= ask().finally(() => (asking = null));
      await asking;
    }
    return token;
  };
}
