// An authorization server (`oidc-provider`) with one client, whose only user consents to everything at
// once: authorization_server.mjs CLIENT. CLIENT is the client's metadata as JSON. Prints the base URL,
// then serves until its standard input ends.
import { once } from "node:events";
import { createServer } from "node:http";
import { Provider } from "../../target/test-node/node_modules/oidc-provider/lib/index.js";

const client = JSON.parse(process.argv[2]);
const user = { sub: "user-1", email: "test@example.com" };

// Standard output is for the base URL, not for advice on production.
console.info = () => {};

const server = createServer().listen(0, "127.0.0.1");
await once(server, "listening");
const baseUrl = `http://127.0.0.1:${server.address().port}`;

const provider = new Provider(baseUrl, {
  clients: [client],
  claims: { openid: ["sub"], profile: ["name"], email: ["email"] },
  features: {
    deviceFlow: { enabled: true },
    devInteractions: { enabled: false },
    revocation: { enabled: true },
  },
  findAccount: () => ({ accountId: user.sub, claims: () => user }),
  // A device cannot have the user asked anew, and gets a refresh token all the same.
  issueRefreshToken: () => true,
  interactions: { url: (_, interaction) => `${baseUrl}/interaction/${interaction.uid}` },
  pkce: { required: () => true },
  rotateRefreshToken: true,
  scopes: ["openid", "profile", "email", "offline_access"],
});

async function consent(request, response) {
  const { params } = await provider.interactionDetails(request, response);
  const grant = new provider.Grant({ accountId: user.sub, clientId: params.client_id });
  grant.addOIDCScope(params.scope);
  const result = { login: { accountId: user.sub }, consent: { grantId: await grant.save() } };
  await provider.interactionFinished(request, response, result);
}

server.on("request", (request, response) => {
  // OpenID Connect gives `offline_access` only to those who have the user asked anew.
  if (request.url.startsWith("/auth?")) request.url += "&prompt=consent";
  if (request.url.startsWith("/interaction/")) consent(request, response);
  else provider.callback()(request, response);
});
process.stdin.resume().on("end", () => process.exit());
console.log(baseUrl);
