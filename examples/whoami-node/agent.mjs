// Says whose account the token is for, and until when it is valid.

const { X_ACCESS_TOKEN, X_ACCESS_TOKEN_EXPIRES_AT, X_API_BASE_URL } = process.env;

function fail(message) {
  console.error(`whoami-node: ${message}`);
  process.exit(1);
}

if (!X_ACCESS_TOKEN) {
  fail("X_ACCESS_TOKEN is not set: use `xreq run -- node agent.mjs`");
}

const url = `${X_API_BASE_URL || "https://api.x.com"}/2/users/me`;
const headers = { Authorization: `Bearer ${X_ACCESS_TOKEN}` };
const response = await fetch(url, { headers, signal: AbortSignal.timeout(30_000) }).catch((error) =>
  fail(`X did not answer: ${error.cause?.message ?? error.message}`),
);
if (!response.ok) {
  fail(`X answered ${response.status} ${response.statusText}`);
}

const { data } = await response.json();
console.log(`@${data.username} (${data.name}, id ${data.id})`);
if (X_ACCESS_TOKEN_EXPIRES_AT) {
  console.log(`the token is valid until ${X_ACCESS_TOKEN_EXPIRES_AT}`);
}
