// Reads a Mermaid graph from standard input and prints its type; where the graph is wrong, prints
// the parser's message and exits 1.
import { readFileSync } from "node:fs";
import { JSDOM } from "../../target/test-node/node_modules/jsdom/lib/api.js";

// What cleans labels needs a page, and looks for one when it is loaded.
globalThis.window = new JSDOM("").window;
const { default: mermaid } = await import(
  "../../target/test-node/node_modules/mermaid/dist/mermaid.core.mjs"
);

try {
  const { diagramType } = await mermaid.parse(readFileSync(0, "utf8"));
  console.log(diagramType);
} catch (error) {
  console.log(error.message);
  process.exitCode = 1;
}
