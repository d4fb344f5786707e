// Access tokens that stay fresh, for agents that `xreq run --keep-fresh` launched.

// How long a token must still live when it is used, in milliseconds: longer than a request takes.
const SPARE = 30_000;

// The newest access token of a provider, as a function. It asks xreq when the last one is about to
// expire; calls that come meanwhile wait for the same answer.
export function credentials(provider) {
  const { XREQ_CREDENTIALS_URL, XREQ_CREDENTIALS_TOKEN } = process.env;
  let held = null;
  let asking = null;

  async function ask() {
    const headers = { Authorization: `Bearer ${XREQ_CREDENTIALS_TOKEN}` };
    const answer = await fetch(`${XREQ_CREDENTIALS_URL}/${provider}`, { headers });
    if (!answer.ok) {
      throw new Error(`xreq answered ${answer.status}: ${await answer.text()}`);
    }
    const { access_token, expires_at } = await answer.json();
    const lives = expires_at === null ? 60_000 : Date.parse(expires_at) - Date.now();
    // A token that lives shortly is asked for more often.
    held = { access_token, goodUntil: Date.now() + lives - Math.min(SPARE, lives / 2) };
  }

  return async function accessToken() {
    if (held === null || held.goodUntil <= Date.now()) {
      asking ??= ask().finally(() => (asking = null));
      await asking;
    }
    return held.access_token;
  };
}
