// Holds YAML files against a JSON Schema with ajv: judge.mjs SCHEMA FILE... Prints a JSON object: by
// file, what is wrong with it, or null.
import { readFileSync } from "node:fs";
import ajv from "../../target/test-node/node_modules/ajv/dist/2020.js";
import yaml from "../../target/test-node/node_modules/yaml/dist/index.js";

const [schema, ...files] = process.argv.slice(2);
const isValid = new ajv.Ajv2020().compile(
  JSON.parse(readFileSync(schema, "utf8")),
);
const utf8 = new TextDecoder("utf-8", { fatal: true });

function judge(file) {
  try {
    const value = yaml.parse(utf8.decode(readFileSync(file)), { logLevel: "error" });
    return isValid(value) ? null : isValid.errors[0].message;
  } catch (error) {
    return String(error.message);
  }
}

console.log(JSON.stringify(Object.fromEntries(files.map((file) => [file, judge(file)]))));
