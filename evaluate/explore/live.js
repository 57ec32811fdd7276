// The form of the live page: asks, and shows the answer or, in place, what is wrong. Every text goes through
// textContent.
(() => {
  "use strict";

  const form = document.getElementById("ask");
  const text = document.getElementById("text");
  const specs = document.getElementById("specs");
  const domain = document.getElementById("domain");
  const status = document.getElementById("status");
  const error = document.getElementById("error");
  const place = document.getElementById("explorer");
  const shown = {}; // which representations the reader looks at: stays from answer to answer
  let asked = 0;
  let pending = null;

  function wrong(answer) {
    error.textContent = answer.error;
    error.hidden = false;
    place.classList.add("stale"); // what stands below answers an earlier question
    const inText = typeof answer.line === "number";
    text.setAttribute("aria-invalid", String(inText));
    if (!inText) return;
    // Line and column count from 1; the cursor goes there.
    const before = text.value.split("\n").slice(0, answer.line - 1);
    const start = before.reduce((sum, line) => sum + line.length + 1, 0);
    const at = Math.min(text.value.length, start + answer.column - 1);
    text.focus();
    text.setSelectionRange(at, Math.min(text.value.length, at + 1));
  }

  function right() {
    error.hidden = true;
    error.textContent = "";
    place.classList.remove("stale");
    text.setAttribute("aria-invalid", "false");
  }

  async function inspect(signal) {
    const representations = specs.value.split("\n").map((line) => line.trim()).filter(Boolean);
    const response = await fetch("/inspect", {
      signal,
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ text: text.value, representations, domain: domain.value }),
    });
    return response.json();
  }

  // Asks; an answer to anything but the last question is dropped.
  async function look() {
    const number = ++asked;
    const began = performance.now();
    pending?.abort();
    pending = new AbortController();
    right();
    place.classList.add("stale");
    status.textContent = "looking …";
    try {
      const answer = await inspect(pending.signal);
      if (number !== asked) return;
      if (answer.error) {
        status.textContent = "";
        wrong(answer);
        return;
      }
      right();
      window.KappabarExplorer.mount(place, [answer.document], { shown });
      status.textContent = `answered in ${((performance.now() - began) / 1000).toFixed(2)} s`;
    } catch {
      if (number !== asked) return;
      status.textContent = "";
      wrong({ error: "there is no answer; is kappabar explore still running?" });
    }
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    look();
  });
  text.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    look();
  });
  domain.addEventListener("change", () => {
    const { example } = domain.selectedOptions[0].dataset;
    // Only an example makes room for the next one: what a reader has typed stays.
    const examples = [...domain.options].map((option) => option.dataset.example);
    if (!example || (text.value.trim() && !examples.includes(text.value))) return;
    text.value = example;
    look();
  });
  if (text.value.trim()) look();
})();
