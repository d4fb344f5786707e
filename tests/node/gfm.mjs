// Reads a JSON list of Markdown texts from standard input, and prints for each what a reader sees of
// it: tables, headings, graphs, the text that is no code, and whatever a stranger must not add.
import { readFileSync } from "node:fs";
import { JSDOM } from "../../target/test-node/node_modules/jsdom/lib/api.js";
import { micromark } from "../../target/test-node/node_modules/micromark/index.js";
import { gfm, gfmHtml } from "../../target/test-node/node_modules/micromark-extension-gfm/index.js";

function seen(markdown) {
  const html = micromark(markdown, {
    allowDangerousHtml: true,
    allowDangerousProtocol: true,
    extensions: [gfm()],
    htmlExtensions: [gfmHtml()],
  });
  const { document } = new JSDOM(html).window;
  const all = (from, selector) => [...from.querySelectorAll(selector)];
  const text = (element) => element.textContent;
  const tables = all(document, "table").map((table) =>
    all(table, "tr").map((row) => all(row, "th, td").map(text)),
  );
  const code = all(document, "code").map(text);
  const graphs = all(document, "code.language-mermaid").map(text);
  const headings = all(document, "h1, h2, h3, h4, h5, h6").map(text);
  const items = all(document, "li").map(text);
  const elements = [...new Set(all(document.body, "*").map((e) => e.localName))].sort();
  const attributes = [
    ...new Set(all(document.body, "*").flatMap((e) => e.getAttributeNames())),
  ].sort();
  all(document, "code, br").forEach((element) => element.replaceWith("\n"));
  return { tables, code, graphs, headings, items, elements, attributes, prose: text(document.body) };
}

const texts = JSON.parse(readFileSync(0, "utf8"));
console.log(JSON.stringify(texts.map(seen)));
