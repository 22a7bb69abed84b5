"use strict";
(() => {
  const root = document.documentElement;
  const byId = (id) => document.getElementById(id);
  const goods = byId("goods");
  const rows = [...goods.tBodies[0].rows];

  byId("language").addEventListener("click", () => {
    root.lang = root.lang === "en" ? "zh-CN" : "en";
  });
  if (!navigator.language.toLowerCase().startsWith("zh")) root.lang = "en";

  const filter = () => {
    const wanted = byId("find").value.trim().toLowerCase();
    const role = byId("role").value;
    const category = byId("category").value;
    let shown = 0;
    for (const row of rows) {
      const fits = (!role || row.dataset.role === role) && (!category || row.dataset.category === category)
        && (!wanted || row.cells[1].textContent.toLowerCase().includes(wanted));
      row.hidden = !fits;
      shown += fits;
    }
    byId("shown").firstElementChild.textContent = shown;
  };
  for (const id of ["find", "role", "category"]) byId(id).addEventListener("input", filter);

  const heads = [...goods.tHead.rows[0].cells];
  heads.forEach((head, column) => head.firstElementChild.addEventListener("click", () => {
    const up = head.getAttribute("aria-sort") !== "ascending";
    heads.forEach((other) => other.setAttribute("aria-sort", "none"));
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    const key = (row) => row.cells[column].dataset.value;
    const compare = (a, b) => (isNaN(key(a)) ? key(a).localeCompare(key(b), "zh") : key(a) - key(b));
    rows.sort((a, b) => (up ? compare(a, b) : compare(b, a)));
    goods.tBodies[0].append(...rows);
  }));

  const data = JSON.parse(byId("agent-data").textContent);
  const ids = Object.keys(data.agents).sort();
  byId("agent").addEventListener("input", (event) => {
    const wanted = event.target.value.trim();
    const near = ids.filter((id) => id.includes(wanted)).slice(0, 20);
    byId("agent-ids").replaceChildren(...near.map((id) => Object.assign(document.createElement("option"), { value: id })));
    const agent = data.agents[wanted];
    byId("no-agent").hidden = !wanted || near.length > 0;
    const list = document.createElement("ol");
    for (const place of agent ? agent[1] : []) {
      const [sku, title, price] = data.goods[place];
      list.append(Object.assign(document.createElement("li"), { textContent: `${title} · ${price} · ${sku}` }));
    }
    byId("agent-goods").replaceChildren(list);
  });
})();
