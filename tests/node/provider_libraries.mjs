// Libraries of providers, unmodified, as an agent below a launch uses them: provider_libraries.mjs LIBRARY URL.
// URL is that of the sandbox's API. Prints what came of it as JSON.
import { createRequire } from "node:module";
import { Octokit } from "../../target/test-node/node_modules/octokit/dist-bundle/index.js";

const require = createRequire(new URL("../../target/test-node/", import.meta.url));
const [library, url] = process.argv.slice(2);
const status = async (call) => call.then(() => null, (error) => error.status ?? error.statusCode);

async function github() {
  const octokit = new Octokit({ auth: process.env.GITHUB_ACCESS_TOKEN, baseUrl: url });
  const me = await octokit.rest.users.getAuthenticated();
  const files = { "a.txt": { content: "hello" } };
  const gist = await octokit.rest.gists.create({ description: "hello, gist", files });
  const gists = await octokit.paginate(octokit.rest.gists.list);
  const refused = await status(octokit.rest.repos.createForAuthenticatedUser({ name: "a" }));
  const scopes = me.headers["x-oauth-scopes"];
  return { login: me.data.login, scopes, made: gist.status, gists: gists.length, refused };
}

// The client sends a token to Microsoft's addresses alone: the last of its handlers leads those to URL.
async function microsoft() {
  const { AuthenticationHandler, Client } = require("@microsoft/microsoft-graph-client");
  const middleware = new AuthenticationHandler({ getAccessToken: async () => process.env.MICROSOFT_ACCESS_TOKEN });
  middleware.setNext({
    execute: async (context) => {
      const elsewhere = String(context.request).replace("https://graph.microsoft.com", url);
      context.response = await fetch(elsewhere, context.options);
    },
  });
  const graph = Client.initWithMiddleware({ middleware });
  const me = await graph.api("/me").get();
  const toRecipients = [{ emailAddress: { address: "bob@example.com" } }];
  const body = { contentType: "Text", content: "hello, bob" };
  await graph.api("/me/sendMail").post({ message: { subject: "hello", body, toRecipients } });
  const refused = await status(graph.api("/me/calendar").get());
  return { name: me.displayName, refused };
}

async function notion() {
  const { Client } = require("@notionhq/client");
  const client = new Client({ auth: process.env.NOTION_ACCESS_TOKEN, baseUrl: url });
  const me = await client.users.me({});
  const title = { title: [{ type: "text", text: { content: "hello, page" } }] };
  const page = await client.pages.create({ parent: { page_id: "1" }, properties: { title } });
  const read = await client.pages.retrieve({ page_id: page.id });
  return { name: me.name, type: me.type, title: read.properties.title.title[0].plain_text };
}

console.log(JSON.stringify(await { github, microsoft, notion }[library]()));
