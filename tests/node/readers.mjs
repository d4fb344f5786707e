// What readers of YAML make of texts: readers.mjs < JSON list. Prints a JSON list of objects, by the
// name of a reader the document that it made; a reader that refuses the text is left out.
import { readFileSync } from "node:fs";
import { load } from "../../target/test-node/node_modules/js-yaml/dist/js-yaml.mjs";
import yaml from "../../target/test-node/node_modules/yaml/dist/index.js";

const readers = {
  yaml: (text) => yaml.parse(text, { mapAsMap: true, logLevel: "error" }),
  "yaml 1.1": (text) => yaml.parse(text, { mapAsMap: true, logLevel: "error", version: "1.1" }),
  "js-yaml": (text) => load(text),
};

// What is no JSON becomes a number, or a key that no text has.
function asJson(value) {
  if (value instanceof Map) {
    return Object.fromEntries(Array.from(value, ([key, item]) => [asKey(key), asJson(item)]));
  }
  if (Array.isArray(value)) return value.map(asJson);
  if (value instanceof Date || value instanceof Uint8Array) return 0;
  if (value instanceof Set) return Array.from(value, asJson);
  if (typeof value === "string") return value.toWellFormed();
  if (value === null || typeof value === "boolean") return value;
  if (typeof value !== "object") return 0;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, asJson(item)]));
}

function asKey(key) {
  return typeof key === "string" ? key.toWellFormed() : `\u0001${String(key)}`;
}

function documents(text) {
  const found = {};
  for (const [name, read] of Object.entries(readers)) {
    try {
      found[name] = asJson(read(text));
    } catch {
      continue;
    }
  }
  return found;
}

console.log(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map(documents)));
