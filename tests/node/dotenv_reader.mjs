// What npm's dotenv reads in each of the texts of a JSON list on standard input: a list of objects.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(new URL("../../target/test-node/package.json", import.meta.url));
const { parse } = require("dotenv");

const texts = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(texts.map((text) => parse(text))));
