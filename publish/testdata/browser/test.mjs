// Checks a published folder in Chromium: node test.mjs FOLDER
// Each internal link must resolve, no page may request anything from another site or log an error, axe must find no violation
// on any kind of page in either colour scheme, no page may be wider than a small phone, and the search must find an article.
import {createServer} from "node:http";
import {readFile} from "node:fs/promises";
import {readFileSync} from "node:fs";
import {createRequire} from "node:module";
import {extname, join, normalize} from "node:path";
import {chromium} from "playwright-core";

const root = process.argv[2];
if (!root) { console.error("usage: node test.mjs FOLDER"); process.exit(2); }
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const types = {".html": "text/html; charset=utf-8", ".css": "text/css", ".js": "text/javascript", ".json": "application/json",
  ".xml": "application/xml", ".svg": "image/svg+xml", ".png": "image/png", ".txt": "text/plain"};

const wrong = [];
const check = (ok, what) => { if (!ok) { wrong.push(what); console.log("WRONG  " + what); } };

const site = (await readFile(join(root, "index.html"), "utf8")).match(/<link rel="canonical" href="([^"]*)"/)?.[1];
// The folder is served at the path of its address, but on another host.
const mount = new URL(site ?? "http://x/").pathname;
const server = createServer(async (ask, answer) => {
  let path = normalize(decodeURIComponent(new URL(ask.url, "http://x").pathname));
  path = path.startsWith(mount) ? path.slice(mount.length - 1) : "/outside";
  if (path.endsWith("/")) path += "index.html";
  const send = async (status, name) => {
    const body = await readFile(join(root, name));
    answer.writeHead(status, {"Content-Type": types[extname(name)] || "application/octet-stream"}).end(body);
  };
  try { await send(200, path); } catch { try { await send(404, "404.html"); } catch { answer.writeHead(404).end(); } }
});
await new Promise(done => server.listen(0, "127.0.0.1", done));
const here = `http://127.0.0.1:${server.address().port}${mount}`;
const local = link => site && link.startsWith(site) ? here + link.slice(site.length) : link;

// Crawls all internal links.
const kinds = new Map(), seen = new Set(), queue = [here];
while (queue.length) {
  const at = queue.pop().replace(/#.*/, "");
  if (seen.has(at)) continue;
  seen.add(at);
  const answer = await fetch(at), body = await answer.text(), type = answer.headers.get("content-type");
  check(answer.status === 200, `${at}: ${answer.status}`);
  if (!type.startsWith("text/html")) continue;
  const kind = body.match(/<body class="kind-([\w-]+)"/)?.[1];
  if (kind && (kinds.get(kind)?.length ?? 0) < 2) kinds.set(kind, [...kinds.get(kind) ?? [], at]);
  for (const [, link] of body.matchAll(/<(?:a|link|script|img|form)\b[^>]*?\s(?:href|src|action)="([^"]+)"/g)) {
    const to = new URL(local(link.replaceAll("&amp;", "&")), at).href;
    if (to.startsWith(here)) queue.push(to);
  }
}
kinds.set("404", [here + "no/such/page/"]);
console.log(`${seen.size} addresses inside; kinds of page: ${[...kinds.keys()].sort().join(", ")}`);

const browser = await chromium.launch({executablePath: process.env.CHROMIUM || "/usr/bin/chromium", args: ["--no-sandbox", "--disable-background-networking"]});
const open = async (options, at) => {
  const context = await browser.newContext({viewport: {width: 1280, height: 900}, ...options});
  const page = await context.newPage();
  page.weight = 0;
  page.on("console", m => { if (["error", "warning"].includes(m.type()) && !at.includes("no/such")) check(false, `${at}: ${m.text()}`); });
  page.on("pageerror", e => check(false, `${at}: ${e}`));
  page.on("request", r => check(r.url().startsWith(here), `${at} asks for ${r.url()}`));
  page.on("response", async r => { page.weight += (await r.body().catch(() => "")).length; });
  await page.goto(at, {waitUntil: "networkidle"});
  return page;
};

const audit = async (page, what) => {
  await page.evaluate(axe);
  const found = await page.evaluate(() => axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}));
  for (const v of found.violations) for (const n of v.nodes) check(false, `${what}: ${v.id}: ${n.failureSummary.split("\n").slice(1).join(" ")} ${n.html}`);
  return found.passes.length;
};
for (const [kind, pages] of kinds) {
  let passes = 0;
  for (const at of pages) for (const colorScheme of ["light", "dark"]) {
    // axe is a script, which the content security policy of the page forbids, so the test bypasses the policy.
    const page = await open({colorScheme, bypassCSP: true}, at);
    passes += await audit(page, `${at} ${colorScheme}`);
    await page.context().close();
  }
  const phone = await open({viewport: {width: 320, height: 640}}, pages[0]);
  const [wide, shift] = await phone.evaluate(async () => [document.scrollingElement.scrollWidth,
    await new Promise(done => {
      let sum = 0;
      new PerformanceObserver(list => { for (const e of list.getEntries()) sum += e.value; }).observe({type: "layout-shift", buffered: true});
      setTimeout(() => done(sum), 50);
    })]);
  check(wide <= 320, `${pages[0]}: ${wide} pixels wide on a phone of 320`);
  check(shift === 0, `${pages[0]}: its layout shifts by ${shift}`);
  await phone.context().close();
  console.log(`${kind}: ${pages.length} pages, both schemes, ${passes} axe rules passed`);
}

const front = await open({javaScriptEnabled: false}, here);
check(front.weight < 100_000, `the front page weighs ${front.weight} bytes`);
check(await front.locator("main").innerText(), "the front page is empty without JavaScript");
console.log(`front page: ${front.weight} bytes in all`);
await front.context().close();

const months = await (await fetch(here + "search/index.json")).json();
const month = months.find(m => m.articles > 0);
if (month) {
  const [[title]] = await (await fetch(`${here}search/${month.month}.json`)).json();
  const page = await open({bypassCSP: true}, here + "search/");
  await page.fill("#q", title.toUpperCase());
  await page.waitForFunction(() => /found back to/.test(document.getElementById("status").textContent), null, {timeout: 10_000});
  const titles = await page.locator("#found .title").allInnerTexts();
  check(titles.includes(title), `the search for "${title}" finds ${titles.join("; ") || "nothing"}`);
  await audit(page, "search with results");
  await page.fill("#q", "zzzqqqxxx");
  await page.waitForFunction(() => /^Nothing found/.test(document.getElementById("status").textContent), null, {timeout: 10_000});
  const again = await open({}, here + "search/?q=" + encodeURIComponent(title.split(" ")[0]));
  await again.waitForSelector("#found .title", {timeout: 10_000}).catch(() => check(false, "the search in the address finds nothing"));
  console.log(`search: "${title}" found among ${months.reduce((n, m) => n + m.articles, 0)} articles`);
}

await browser.close();
server.close();
console.log(wrong.length ? `${wrong.length} wrong` : "all well");
process.exit(wrong.length ? 1 : 0);
