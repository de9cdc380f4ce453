// Runs the search of a built site: node site_search.mjs SITE < queries.json > results.json
// The worker is the one that the browser loads, so ranks are those that a reader sees.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import vm from "node:vm";

const site = process.argv[2];
const folder = join(site, "assets/javascripts/workers");
const file = readdirSync(folder).find((name) => /^search\..*\.js$/.test(name));
let receive;
let answer;
const context = vm.createContext({
  console: { ...console, warn() {} },
  addEventListener: (_, listener) => (receive = listener),
  postMessage: (message) => answer(message),
});
context.self = context;
vm.runInContext(readFileSync(join(folder, file), "utf8"), context);
const send = (data) =>
  new Promise((resolve) => {
    answer = resolve;
    receive({ data });
  });

const index = JSON.parse(readFileSync(join(site, "search/search_index.json"), "utf8"));
await send({ type: 0, data: { ...index, options: { suggest: true } } });
const results = {};
for (const query of JSON.parse(readFileSync(0, "utf8"))) {
  // The theme adds a wildcard to the last word while the reader types.
  const { data } = await send({ type: 2, data: query.replace(/(\w)$/, "$1*") });
  results[query] = data.items.map((item) => item[0].location.split("#")[0]);
}
process.stdout.write(JSON.stringify(results));
