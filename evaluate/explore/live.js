// The form of the live page: asks, and shows the answer or, in place, what is wrong. Every text goes through textContent.
(function () {
  "use strict";
  var form = document.getElementById("ask"), text = document.getElementById("text"), specs = document.getElementById("specs");
  var domain = document.getElementById("domain"), status = document.getElementById("status"), error = document.getElementById("error");
  var place = document.getElementById("explorer"), asked = 0, pending = null, shown = {};

  function wrong(answer) {
    error.textContent = answer.error;
    error.hidden = false;
    place.classList.add("stale"); // what stands below answers an earlier question
    var inText = typeof answer.line === "number";
    text.setAttribute("aria-invalid", String(inText));
    if (!inText) return;
    // Line and column count from 1; the cursor goes there.
    var lines = text.value.split("\n"), at = 0;
    for (var i = 0; i < Math.min(answer.line - 1, lines.length); i++) at += lines[i].length + 1;
    at = Math.min(text.value.length, at + answer.column - 1);
    text.focus();
    text.setSelectionRange(at, Math.min(text.value.length, at + 1));
  }

  function right() {
    error.hidden = true;
    error.textContent = "";
    place.classList.remove("stale");
    text.setAttribute("aria-invalid", "false");
  }

  function look() {
    var number = ++asked, began = performance.now();
    if (pending) pending.abort();
    pending = new AbortController();
    right();
    place.classList.add("stale");
    status.textContent = "looking …";
    var wanted = specs.value.split("\n").map(function (s) { return s.trim(); }).filter(Boolean);
    fetch("/inspect", { signal: pending.signal, method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ text: text.value, representations: wanted, domain: domain.value }) })
      .then(function (response) { return response.json(); })
      .then(function (answer) {
        if (number !== asked) return;
        if (answer.error) { status.textContent = ""; wrong(answer); return; }
        right();
        window.KappabarExplorer.mount(place, [answer.document], { shown: shown });
        status.textContent = "answered in " + ((performance.now() - began) / 1000).toFixed(2) + " s";
      })
      .catch(function () { if (number === asked) { status.textContent = ""; wrong({ error: "there is no answer; is kappabar explore still running?" }); } });
  }

  form.addEventListener("submit", function (event) { event.preventDefault(); look(); });
  text.addEventListener("keydown", function (event) {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); look(); }
  });
  domain.addEventListener("change", function () {
    var example = domain.selectedOptions[0].getAttribute("data-example");
    // Only an example makes room for the next one: what a reader has typed stays.
    var examples = Array.from(domain.options).map(function (o) { return o.getAttribute("data-example"); });
    if (example && (!text.value.trim() || examples.indexOf(text.value) >= 0)) { text.value = example; look(); }
  });
  if (text.value.trim()) look();
})();
