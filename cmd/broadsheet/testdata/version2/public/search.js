// Search over the parts of the index, newest first. A part is a month: a list of articles, each a list of
// title, link, source, day, excerpt, topics, lang, dir. Nothing is asked of any other site.
(() => {
  "use strict";
  const form = document.querySelector("form.search"), field = form.elements.q;
  const status = document.getElementById("status"), found = document.getElementById("found");
  const further = document.getElementById("further");
  const base = new URL("./", location.href), enough = 25, year = 12;
  let months, parts = new Map(), turn = 0;

  // plain is text without accents and capitals: "Café" is found by "cafe".
  const plain = text => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const wordsOf = text => plain(text).match(/[\p{L}\p{N}+#]+(?:[.'’-][\p{L}\p{N}]+)*/gu) || [];
  // Where words are not parted by spaces, any place in the text will do; elsewhere a match begins a word.
  const unspaced = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}]/u;

  const json = async name => {
    const answer = await fetch(new URL(name, base), {credentials: "omit"});
    if (!answer.ok) throw new Error(name + ": " + answer.status);
    return answer.json();
  };
  const part = month => {
    if (!parts.has(month)) {
      const reading = json(month + ".json").then(list => list.map(a => ({
        a, title: " " + wordsOf(a[0]).join(" "),
        all: " " + wordsOf([a[0], a[2], a[4] || "", a[5] || ""].join(" ")).join(" "),
      })));
      reading.catch(() => parts.delete(month));
      parts.set(month, reading);
    }
    return parts.get(month);
  };
  const rank = (line, words) => {
    let points = 0;
    for (const word of words) {
      const mark = unspaced.test(word) ? word : " " + word;
      if (!line.all.includes(mark)) return 0;
      points += line.title.includes(mark) ? 3 : 1;
    }
    return points;
  };

  const make = (name, text, attributes) => {
    const e = document.createElement(name);
    if (text) e.textContent = text;
    for (const k in attributes) if (attributes[k]) e.setAttribute(k, attributes[k]);
    return e;
  };
  const dated = new Intl.DateTimeFormat("en-GB", {dateStyle: "long", timeZone: "UTC"});
  const show = ([title, link, source, day, excerpt, topics, lang, dir]) => {
    const item = make("li"), head = make("h2", "", {class: "title", lang, dir}), meta = make("p", "", {class: "meta"});
    head.append(/^https?:/.test(link) ? make("a", title, {href: link, rel: "noopener"}) : title);
    const edition = new URL("../" + day.replaceAll("-", "/") + "/", base);
    const from = make("b");
    from.append(make("bdi", source));
    meta.append(from, " · in the edition of ", make("a", dated.format(new Date(day)), {href: edition.href}));
    if (topics) meta.append(" · " + topics);
    item.append(head, meta);
    if (excerpt) item.append(make("p", excerpt, {class: "excerpt", lang, dir}));
    return item;
  };

  let next = 0, shown = 0;
  const look = async (words, mine) => {
    const goal = shown + enough, far = next + year; // a rare word does not load the whole archive unasked
    further.hidden = true;
    while (next < Math.min(months.length, far) && shown < goal) {
      const some = months.slice(next, next + 3);
      status.textContent = `Looking … ${shown} found so far`;
      const lists = await Promise.all(some.map(m => part(m.month)));
      if (mine !== turn) return;
      next += some.length;
      for (const list of lists) {
        const hits = list.map(line => [rank(line, words), line.a]).filter(h => h[0]);
        hits.sort((x, y) => y[0] - x[0]);
        found.append(...hits.map(h => show(h[1])));
        shown += hits.length;
      }
    }
    const back = months[Math.min(next, months.length) - 1];
    const since = back ? new Intl.DateTimeFormat("en-GB", {month: "long", year: "numeric", timeZone: "UTC"}).format(new Date(back.month + "-01")) : "";
    further.hidden = next >= months.length;
    status.textContent = `${shown || "Nothing"} found${since ? " back to " + since : ""}.`;
  };

  const begin = async () => {
    const mine = ++turn, words = wordsOf(field.value);
    found.replaceChildren();
    next = shown = 0;
    further.hidden = true;
    status.textContent = "";
    if (!words.length) return;
    try {
      months ??= await json("index.json");
      if (mine === turn) await look(words, mine);
    } catch (e) {
      if (mine !== turn) return;
      status.textContent = location.protocol === "file:"
        ? "The search works when these pages are served, not when they are opened from a disk."
        : "The index could not be read; try again.";
    }
  };
  further.addEventListener("click", () => {
    look(wordsOf(field.value), turn).catch(() => { status.textContent = "The index could not be read; try again."; further.hidden = false; });
  });

  let wait;
  field.addEventListener("input", () => { clearTimeout(wait); wait = setTimeout(begin, 150); });
  form.addEventListener("submit", event => {
    event.preventDefault();
    const there = new URL(location.href);
    there.searchParams.set("q", field.value);
    history.replaceState(null, "", there);
    begin();
  });
  field.value = new URLSearchParams(location.search).get("q") || "";
  if (field.value) begin();
})();
