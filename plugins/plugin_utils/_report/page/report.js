(() => {
  "use strict";
  const tools = document.getElementById("tools");
  const search = document.getElementById("search");
  const status = document.getElementById("status");
  const shown = document.getElementById("shown");
  const tables = [...document.querySelectorAll("table[data-name]")];
  const rows = tables.flatMap((table) => [...table.tBodies[0].rows].map((row) => (
    { row, name: table.dataset.name, text: row.textContent.toLowerCase(), status: row.dataset.status })));

  const filter = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const counts = new Map(tables.map((table) => [table.dataset.name, [0, 0]]));
    for (const { row, name, text, status: own } of rows) {
      const fits = words.every((word) => text.includes(word)) && (!status.value || own.split(" ").includes(status.value));
      row.hidden = !fits;
      counts.get(name)[0] += fits;
      counts.get(name)[1] += 1;
    }
    shown.textContent = [...counts].map(([name, [some, all]]) => `${some.toLocaleString("en")} of ${all.toLocaleString("en")} ${name}`).join(", ");
  };

  const collator = new Intl.Collator("en", { numeric: true });
  const key = (row, column) => row.cells[column].dataset.key ?? row.cells[column].textContent.trim();
  const sort = (head) => {
    const ascending = head.getAttribute("aria-sort") !== "ascending";
    const body = head.closest("table").tBodies[0];
    const keyed = [...body.rows].map((row) => [key(row, head.cellIndex), row]);
    keyed.sort(([one], [other]) => (ascending ? 1 : -1) * collator.compare(one, other));
    for (const other of head.parentNode.cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", ascending ? "ascending" : "descending");
    body.append(...keyed.map(([, row]) => row));
  };

  for (const head of document.querySelectorAll("table[data-name] th")) {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    button.addEventListener("click", () => sort(head));
    head.append(button);
  }
  search.addEventListener("input", filter);
  status.addEventListener("change", filter);
  tools.hidden = false;
  filter();
})();
