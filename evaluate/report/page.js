"use strict";
/* What every page does: charts that come to life when they are near, tables that sort, text that is copied. Without it the page
   shows the same figures, still, and the same table, whole. */
(function () {
  var charts = null;

  /* A promise of vegaEmbed. The library is text until the first chart needs it, so that it costs the first view nothing. */
  function library() {
    if (!charts) {
      charts = new Promise(function (resolve, reject) {
        var kept = document.getElementById("vega-bundle");
        window.vegaEmbed = undefined;
        var script = document.createElement("script");
        script.textContent = kept.textContent;
        document.head.appendChild(script);
        if (window.vegaEmbed) { resolve(window.vegaEmbed); } else { reject(new Error("the charting library did not start")); }
      });
    }
    return charts;
  }

  function options() {
    var dark = window.matchMedia("(prefers-color-scheme: dark)").matches;
    /* ast: expressions are interpreted, so that the page need not allow eval. */
    return { renderer: "svg", ast: true, actions: false, tooltip: { theme: dark ? "dark" : "light" } };
  }

  function say(text) {
    var status = document.getElementById("status");
    if (status) { status.textContent = text; }
  }

  /* What a click in the legend does, for those who have no mouse: the list of names sets the chart's selection. */
  function pickable(figure, view) {
    var list = figure.querySelector("select[data-pick]");
    list.parentElement.hidden = false;
    list.addEventListener("change", function () {
      var chosen = list.value ? [{ unit: "", fields: [{ type: "E", field: "representation" }], values: [list.value] }] : [];
      view.data(list.dataset.pick + "_store", chosen).runAsync();
    });
  }

  /* A box is a stop of the Tab key only where it scrolls. */
  function reachable(box) {
    if (box.scrollWidth > box.clientWidth) { box.tabIndex = 0; } else { box.removeAttribute("tabindex"); }
  }

  function enliven(figure) {
    var box = figure.querySelector(".scroll"), still = box.querySelector("svg");
    var spec = JSON.parse(figure.querySelector("script.spec").textContent);
    return library().then(function (embed) {
      var place = document.createElement("div");
      place.style.display = "none";
      box.appendChild(place);
      return embed(place, spec, options()).then(function (result) {
        var drawn = place.querySelector("svg");
        drawn.setAttribute("aria-label", still.getAttribute("aria-label"));
        drawn.setAttribute("role", "img");
        drawn.style.setProperty("--natural", drawn.getAttribute("width") + "px");
        still.remove();
        place.style.display = "";
        if (figure.querySelector("select[data-pick]")) { pickable(figure, result.view); }
        reachable(box);
        figure.dataset.live = "yes";
      });
    }).catch(function (error) { figure.dataset.live = "no"; console.error("figure " + figure.id + ": " + error); });
  }

  function watch() {
    var figures = Array.from(document.querySelectorAll("figure.chart")).filter(function (f) { return f.querySelector("script.spec"); });
    if (!("IntersectionObserver" in window)) { return; }
    var boxes = new IntersectionObserver(function (entries) {
      entries.forEach(function (entry) { if (entry.isIntersecting) { reachable(entry.target); } });
    });
    document.querySelectorAll(".scroll").forEach(function (box) { boxes.observe(box); });
    if (!document.getElementById("vega-bundle")) { return; }
    var seen = new IntersectionObserver(function (entries) {
      entries.forEach(function (entry) {
        if (entry.isIntersecting) { seen.unobserve(entry.target); enliven(entry.target); }
      });
    }, { rootMargin: "200px" });
    figures.forEach(function (f) { seen.observe(f); });
  }

  function order(x, y, down) {
    if (x === "" || y === "") { return x === y ? 0 : x === "" ? 1 : -1; } /* what was not measured comes last, always */
    var m = Number(x), n = Number(y);
    var found = isNaN(m) || isNaN(n) ? x.localeCompare(y) : m - n;
    return down ? -found : found;
  }

  function sortable(table) {
    table.querySelectorAll("thead th button").forEach(function (button) {
      var head = button.closest("th");
      button.addEventListener("click", function () {
        var before = head.getAttribute("aria-sort"), down = before === "none" ? head.dataset.better === "more" : before === "ascending";
        table.querySelectorAll("thead th[aria-sort]").forEach(function (other) { other.setAttribute("aria-sort", "none"); });
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        var body = table.tBodies[0], rows = Array.from(body.rows), i = head.cellIndex;
        rows.map(function (row, at) { return [row.cells[i].dataset.value || "", at, row]; })
          .sort(function (a, b) { return order(a[0], b[0], down) || a[1] - b[1]; })
          .forEach(function (entry) { body.appendChild(entry[2]); });
        say("sorted by " + button.textContent.trim() + ", " + (down ? "descending" : "ascending"));
      });
    });
  }

  function copied(button) {
    var text = button.dataset.copy;
    function done() { say("copied: " + text); button.textContent = "copied"; setTimeout(function () { button.textContent = "copy"; }, 1500); }
    function by_hand() {
      var area = document.createElement("textarea");
      area.value = text; area.className = "sr"; document.body.appendChild(area); area.select();
      if (document.execCommand("copy")) { done(); }
      area.remove(); button.focus();
    }
    if (navigator.clipboard && window.isSecureContext) { navigator.clipboard.writeText(text).then(done, by_hand); } else { by_hand(); }
  }

  if (document.getElementById("vega-bundle")) {
    /* Who draws before the library is there waits for it; the library then takes this place. */
    window.vegaEmbed = function (place, spec, given) { return library().then(function (embed) { return embed(place, spec, given); }); };
  }
  document.querySelectorAll("table.sortable").forEach(sortable);
  document.querySelectorAll("button.copy").forEach(function (b) { b.addEventListener("click", function () { copied(b); }); });
  document.querySelectorAll("button[data-columns]").forEach(function (button) {
    button.addEventListener("click", function () {
      var all = document.getElementById(button.dataset.columns).classList.toggle("all");
      button.setAttribute("aria-expanded", String(all));
      button.textContent = all ? "main columns" : "all columns";
    });
  });
  if (document.readyState === "complete") { watch(); } else { window.addEventListener("load", function () { setTimeout(watch, 50); }); }
})();
