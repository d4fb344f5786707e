// Asks who the account is with one client, as an agent below a broker would: brokered.mjs CLIENT
import https from "node:https";
import process from "node:process";

const url = "https://api.x.com/2/users/me";
const token = process.env.X_ACCESS_TOKEN;
const headers = { Authorization: `Bearer ${token}` };

const clients = {
  fetch: async () => (await fetch(url, { headers })).json(),
  https: () =>
    new Promise((resolve, reject) => {
      https
        .get(url, { headers }, (answer) => {
          let text = "";
          answer.on("data", (piece) => (text += piece));
          answer.on("end", () => resolve(JSON.parse(text)));
        })
        .on("error", reject);
    }),
  twitter: async () => {
    const { TwitterApi } = await import("twitter-api-v2");
    return new TwitterApi(token).v2.me();
  },
  xdk: async () => {
    const { Client } = await import("@xdevplatform/xdk");
    return new Client({ accessToken: token }).users.getMe();
  },
};

console.log(JSON.stringify(await clients[process.argv[2]]()));
