"use strict";
(() => {
  const root = document.documentElement;
  const byId = (id) => document.getElementById(id);
  const short = () => (root.lang === "en" ? "en" : "zh");

  const speak = (language) => {
    root.lang = language;
    for (const element of document.querySelectorAll("[data-zh]")) {
      const words = element.dataset[short()];
      if (element.dataset.label) element.setAttribute("aria-label", words); else element.textContent = words;
    }
  };
  // A browser may refuse to keep anything for a page of a file; the language of the browser is used then.
  const remembered = () => { try { return localStorage.getItem("xuanpin-language"); } catch { return null; } };
  const remember = (language) => { try { localStorage.setItem("xuanpin-language", language); } catch { return; } };
  byId("language").addEventListener("click", () => {
    speak(root.lang === "en" ? "zh-CN" : "en");
    remember(root.lang);
    showAgent();
  });
  const usual = navigator.language.toLowerCase().startsWith("zh") ? "zh-CN" : "en";
  speak(["zh-CN", "en"].includes(remembered()) ? remembered() : usual);

  // However it is typed: full-width, in capitals, with blanks or marks, without the zeros that an id begins with.
  const plain = (words) => words.normalize("NFKC").toLowerCase().replace(/[\s_\-.#·]+/g, "");
  const bare = (words) => plain(words).replace(/\d+/g, (digits) => digits.replace(/^0+(?=\d)/, ""));

  const list = byId("skus");
  const body = list.tBodies[0];
  const rows = [...body.rows];
  const all = byId("all");
  let first = all ? Number(all.dataset.rows) : rows.length;
  if (all && matchMedia("(max-width: 46rem)").matches) first = 10;
  const filter = () => {
    const wanted = plain(byId("find").value);
    const role = byId("role").value;
    const category = byId("category").value;
    const asked = wanted || role || category;
    let fitting = 0;
    for (const row of rows) {
      const fits = (!role || row.dataset.role === role) && (!category || row.dataset.category === category)
        && (!wanted || plain(row.cells[1].textContent).includes(wanted));
      fitting += fits;
      row.hidden = !fits;
      row.classList.toggle("later", fits && !asked && fitting > first);
    }
    byId("shown").firstElementChild.textContent = fitting;
    if (all) all.hidden = Boolean(asked) || first >= rows.length;
  };
  for (const id of ["find", "role", "category"]) byId(id).addEventListener("input", filter);
  if (all) all.addEventListener("click", () => { first = rows.length; filter(); });
  filter();

  const heads = [...list.tHead.rows[0].cells];
  const order = (column, up) => {
    heads.forEach((other) => other.setAttribute("aria-sort", "none"));
    heads[column].setAttribute("aria-sort", up ? "ascending" : "descending");
    const key = (row) => row.cells[column].dataset.value;
    const compare = (a, b) => (isNaN(key(a)) ? key(a).localeCompare(key(b), "zh") : key(a) - key(b));
    rows.sort((a, b) => (up ? compare(a, b) : compare(b, a)));
    body.append(...rows);
    byId("order").value = column;
    filter();
  };
  heads.forEach((head, column) => head.firstElementChild.addEventListener("click", () => {
    order(column, head.getAttribute("aria-sort") !== "ascending");
  }));
  byId("order").addEventListener("input", (event) => order(Number(event.target.value), true));

  // On paper nothing can be opened.
  addEventListener("beforeprint", () => document.querySelectorAll("details.more").forEach((more) => { more.open = true; }));

  let opened = null;
  const open = () => {
    if (opened === null) {
      const bytes = Uint8Array.from(atob(byId("agent-data").textContent), (letter) => letter.charCodeAt(0));
      const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
      opened = new Response(stream).json().then((data) => {
        const startsOf = (counts) => { let start = 0; return counts.map((count) => (start += count) - count); };
        data.starts = startsOf(data.given);
        data.otherStarts = startsOf(data.others);
        data.place = new Map(data.ids.map((id, place) => [id, place]));
        data.plain = data.ids.map(plain);
        data.bare = data.ids.map(bare);
        return data;
      });
    }
    return opened;
  };
  // The contract's sentences name a number's format as Python does: .0% or .2f.
  const written = (value, format) => {
    if (!format) return value;
    const places = Number(format.slice(2, -1));
    return format.endsWith("%") ? `${(100 * value).toFixed(places)}%` : Number(value).toFixed(places);
  };
  const sentence = (data, reason) => {
    const [code, rest] = [reason.split(":", 1)[0], reason.slice(reason.indexOf(":") + 1)];
    const values = Object.fromEntries(rest.split(",").map((pair) => pair.split("=")));
    const words = data.sentences[code][short() === "en" ? 1 : 0];
    return words.replace(/{(\w+)(:[^}]*)?}/g, (whole, key, format) => written(values[key], format));
  };
  const element = (name, words) => Object.assign(document.createElement(name), { textContent: words });
  const card = (data, place) => {
    const list = document.createElement("ol");
    for (let at = data.starts[place]; at < data.starts[place] + data.given[place]; at += 1) {
      const [sku, title, price] = data.skus[data.places[at]];
      const item = element("li", `${title} · ¥${price} · ${sku}`);
      if (data.why) {
        const why = document.createElement("ul");
        why.append(...data.why[at].map((reason) => element("li", sentence(data, reason))));
        item.append(why);
      }
      list.append(item);
    }
    const swaps = data.swaps.slice(data.otherStarts[place], data.otherStarts[place] + data.others[place]);
    const others = document.createElement("ul");
    others.append(...swaps.map((at) => { const [sku, title, price] = data.skus[at]; return element("li", `${title} · ¥${price} · ${sku}`); }));
    const lack = data.short[place];
    return [element("p", `${data.ids[place]} · ${data.given[place]} / ${data.asked[place]}`), ...(lack ? [element("p", sentence(data, lack))] : []), list,
      ...(swaps.length ? [element("p", data.swap[short() === "en" ? 1 : 0]), others] : [])];
  };
  // The ids that what was typed means best: that very id, the same but for how it is written, its number, its beginning.
  const meant = (data, typed) => {
    const [written, short] = [plain(typed), bare(typed)];
    if (data.place.has(typed)) return [typed];
    const ways = [
      (at) => data.plain[at] === written, (at) => data.bare[at] === short, (at) => data.bare[at].replace(/^\D+/, "") === short,
      (at) => data.plain[at].startsWith(written), (at) => data.plain[at].includes(written),
    ];
    for (const fits of ways) {
      const found = data.ids.filter((id, at) => fits(at));
      if (found.length) return found;
    }
    return [];
  };
  const showAgent = async () => {
    const typed = byId("agent").value.trim();
    const data = await open();
    const near = plain(typed) ? meant(data, typed) : data.ids;
    byId("agent-ids").replaceChildren(...near.slice(0, 20).map((id) => Object.assign(document.createElement("option"), { value: id })));
    const place = plain(typed) && near.length === 1 ? data.place.get(near[0]) : undefined;
    byId("no-agent").hidden = !typed || near.length > 0;
    byId("agent-skus").replaceChildren(...(place === undefined ? [] : card(data, place)));
    byId("agent-card").hidden = place === undefined;
    byId("agent-card").querySelector("code").textContent = place === undefined ? "" : `xuanpin card ${near[0]}`;
  };
  byId("agent").addEventListener("focus", showAgent);
  byId("agent").addEventListener("input", showAgent);
})();
