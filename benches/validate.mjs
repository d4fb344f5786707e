// The files that do not conform to a schema: the schema is compiled once, and each file is read with
// `yaml`. Arguments: the folder of the packages, the schema, and the files.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const [packages, schema, ...files] = process.argv.slice(2);
const load = createRequire(`${packages}/`);
const Ajv = load("ajv/dist/2020").default;
const { parse } = load("yaml");

const ajv = new Ajv({ strict: false });
const conforms = ajv.compile(JSON.parse(readFileSync(schema, "utf8")));
let broken = 0;
for (const file of files) {
  if (!conforms(parse(readFileSync(file, "utf8")))) {
    broken += 1;
  }
}
console.log(`${files.length} manifests: ${broken} errors`);
