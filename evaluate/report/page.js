// What every page does: charts that come to life when they are near, tables that sort, text that is copied.
// Without it the page shows the same figures, still, and the same table, whole.
(() => {
  "use strict";

  const LIBRARY = "vega-bundle"; // the element that holds it
  let charts = null;

  // A promise of vegaEmbed. The library is text until the first chart needs it, so that it costs the first
  // view nothing.
  function library() {
    charts ??= new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.textContent = document.getElementById(LIBRARY).textContent;
      window.vegaEmbed = undefined;
      document.head.append(script);
      if (window.vegaEmbed) resolve(window.vegaEmbed);
      else reject(new Error("the charting library did not start"));
    });
    return charts;
  }

  function options() {
    const dark = window.matchMedia("(prefers-color-scheme: dark)").matches;
    // ast: expressions are interpreted, so that the page need not allow eval.
    return { renderer: "svg", ast: true, actions: false, tooltip: { theme: dark ? "dark" : "light" } };
  }

  function say(text) {
    const status = document.getElementById("status");
    if (status) status.textContent = text;
  }

  // What a click in the legend does, for those who have no mouse: the list of names sets the chart's
  // selection.
  function pickable(list, view) {
    list.parentElement.hidden = false;
    list.addEventListener("change", () => {
      const field = { type: "E", field: "representation" };
      const chosen = list.value ? [{ unit: "", fields: [field], values: [list.value] }] : [];
      view.data(`${list.dataset.pick}_store`, chosen).runAsync();
    });
  }

  // A box is a stop of the Tab key only where it scrolls.
  function reachable(box) {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }

  // Puts the interactive drawing in place of the still one.
  async function enliven(figure) {
    const box = figure.querySelector(".scroll");
    const still = box.querySelector("svg");
    const spec = JSON.parse(figure.querySelector("script.spec").textContent);
    try {
      const embed = await library();
      const place = document.createElement("div");
      place.style.display = "none";
      box.append(place);
      const { view } = await embed(place, spec, options());
      const drawn = place.querySelector("svg");
      drawn.setAttribute("aria-label", still.getAttribute("aria-label"));
      drawn.setAttribute("role", "img");
      drawn.style.setProperty("--natural", `${drawn.getAttribute("width")}px`);
      still.remove();
      place.style.display = "";
      const list = figure.querySelector("select[data-pick]");
      if (list) pickable(list, view);
      reachable(box);
      figure.dataset.live = "yes";
    } catch (error) {
      figure.dataset.live = "no";
      console.error(`figure ${figure.id}: ${error}`);
    }
  }

  // Calls `come` for each element that comes near, again and again, until the observer that it gets is told
  // to leave it.
  function near(elements, come, settings) {
    const observer = new IntersectionObserver((entries) => {
      for (const { isIntersecting, target } of entries) {
        if (isIntersecting) come(target, observer);
      }
    }, settings);
    for (const element of elements) observer.observe(element);
  }

  // Once the first view stands, what is far below is laid out too: whole-page pictures and searches need it.
  function settle() {
    const done = () => document.documentElement.classList.add("settled");
    if ("requestIdleCallback" in window) requestIdleCallback(done, { timeout: 2000 });
    else setTimeout(done, 500);
  }

  function watch() {
    if (!("IntersectionObserver" in window)) return;
    near(document.querySelectorAll(".scroll"), reachable);
    if (!document.getElementById(LIBRARY)) return;
    const figures = [...document.querySelectorAll("figure.chart")].filter((f) =>
      f.querySelector("script.spec")
    );
    const once = (figure, observer) => {
      observer.unobserve(figure);
      enliven(figure);
    };
    near(figures, once, { rootMargin: "200px" });
  }

  // The order of two cells' values, numbers before their texts; what was not measured comes last, always.
  function order(x, y, down) {
    if (x === "" || y === "") return x === y ? 0 : x === "" ? 1 : -1;
    const difference = Number(x) - Number(y);
    const found = isNaN(difference) ? x.localeCompare(y) : difference;
    return down ? -found : found;
  }

  function sort(table, head, down) {
    const body = table.tBodies[0];
    const value = (row) => row.cells[head.cellIndex].dataset.value || "";
    // Equal ones stay as they are: the sort is stable.
    body.append(...[...body.rows].sort((a, b) => order(value(a), value(b), down)));
  }

  function sortable(table) {
    for (const button of table.querySelectorAll("thead th button")) {
      const head = button.closest("th");
      button.addEventListener("click", () => {
        const before = head.getAttribute("aria-sort");
        const down = before === "none" ? head.dataset.better === "more" : before === "ascending";
        for (const other of table.querySelectorAll("thead th[aria-sort]")) {
          other.setAttribute("aria-sort", "none");
        }
        const direction = down ? "descending" : "ascending";
        head.setAttribute("aria-sort", direction);
        sort(table, head, down);
        say(`sorted by ${button.textContent.trim()}, ${direction}`);
      });
    }
  }

  function copyable(button) {
    const text = button.dataset.copy;
    const done = () => {
      say(`copied: ${text}`);
      button.textContent = "copied";
      setTimeout(() => button.textContent = "copy", 1500);
    };
    // Where the browser gives a page no clipboard.
    const selected = () => {
      const area = document.createElement("textarea");
      area.value = text;
      area.className = "sr";
      document.body.append(area);
      area.select();
      if (document.execCommand("copy")) done();
      area.remove();
      button.focus();
    };
    button.addEventListener("click", () => {
      if (navigator.clipboard && window.isSecureContext) {
        navigator.clipboard.writeText(text).then(done, selected);
      } else selected();
    });
  }

  // All columns of a table, or the main ones.
  function expandable(button) {
    button.addEventListener("click", () => {
      const all = document.getElementById(button.dataset.columns).classList.toggle("all");
      button.setAttribute("aria-expanded", String(all));
      button.textContent = all ? "main columns" : "all columns";
    });
  }

  if (document.getElementById(LIBRARY)) {
    // Who draws before the library is there waits for it; the library then takes this place.
    window.vegaEmbed = (...given) => library().then((embed) => embed(...given));
  }
  document.querySelectorAll("table.sortable").forEach(sortable);
  document.querySelectorAll("button.copy").forEach(copyable);
  document.querySelectorAll("button[data-columns]").forEach(expandable);
  const begin = () => {
    watch();
    settle();
  };
  if (document.readyState === "complete") begin();
  else window.addEventListener("load", () => setTimeout(begin, 50));
})();
