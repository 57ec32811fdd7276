// What opens below a token: its worst and its typical edit, with the behaviors of both equations.

import { button, make } from "./dom.js";
import { charts, draw } from "./plots.js";
import { digits, number, rows } from "./values.js";

const EDITS = ["worst", "typical"];

const SERIES = {
  diverged: "; the edited behavior diverges and is held at its box's edge",
  undefined: "; the edited behavior ends where the equation has no value, " +
    "and counts as far away as can be from there on",
};
const VALUES = {
  diverged: "; some values of the edited function are too large and are held at the edge of a box",
  undefined: "; the edited function has no value at some points, which count as far away as can be",
};

const WORDS = { undefined: "; the edited expression has none, which counts as far away as can be" };

export class Detail {
  // `close`: what is done when the reader wants it closed.
  constructor(doc, close) {
    this.doc = doc;
    this.close = close;
    const label = "edits of the token";
    this.element = make("section", { id: "kx-detail", "aria-label": label, tabindex: "-1", hidden: "" });
    this.element.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.preventDefault();
      close();
    });
  }

  // The token's edits, the worst first. The element stands in the page already: charts take its width.
  show(token, position, count) {
    this.token = token;
    this.element.hidden = false;
    this.element.replaceChildren(
      this.head(position, count),
      make("p", { id: "kx-summary", text: this.summary() }),
    );
    if (!token.worst) return;
    this.view = make("div", { id: "kx-view", "aria-live": "polite" });
    const bar = { class: "kx-bar", role: "group", "aria-label": "which edit" };
    this.element.append(make("div", bar, EDITS.map((which) => this.choice(which))), this.view);
    this.edit("worst");
  }

  hide() {
    this.element.replaceChildren();
    this.element.hidden = true;
  }

  focus() {
    if (!this.token.worst) {
      this.element.focus();
      return;
    }
    document.getElementById("kx-edit-worst").focus({ preventScroll: true });
    this.element.scrollIntoView({ block: "nearest" });
  }

  head(position, count) {
    const title = make("h5", {}, [
      make("span", { text: `token ${position} of ${count}: ` }),
      make("code", { text: this.token.text }),
      make("span", { class: "kx-faint", text: ` (${this.token.kind})` }),
    ]);
    const shut = { id: "kx-close", text: "close", "aria-label": "close the edits (Escape)" };
    return make("div", { class: "kx-head" }, [title, button(shut, () => this.close())]);
  }

  summary() {
    const { sensitivity, n_counted, n_valid, n_edits } = this.token;
    const mean = sensitivity === null
      ? "no edit here has a distance"
      : `mean distance ${number(sensitivity).toFixed(3)} (${this.doc.metric}) over ${n_counted} edits`;
    return `${mean}; ${n_valid} of the ${n_edits} edits drawn here decode`;
  }

  choice(which) {
    const text = `${which} edit (${number(this.token[which].distance).toFixed(3)})`;
    const attributes = { id: `kx-edit-${which}`, "data-edit": which, "aria-pressed": "false", text };
    return button(attributes, () => this.edit(which));
  }

  edit(which) {
    const { doc, view } = this;
    const edit = this.token[which];
    for (const name of EDITS) {
      document.getElementById(`kx-edit-${name}`).setAttribute("aria-pressed", String(name === which));
    }
    const edited = [make("span", { text: `${which} edit: ` }), make("code", { text: edit.equation })];
    view.replaceChildren(this.what(edit), make("p", { class: "kx-edited", id: "kx-edited" }, edited));
    if (doc.form === "text") {
      view.append(texts(doc.y, edit.y));
      return;
    }
    const before = rows(doc, doc.y);
    const after = rows(doc, edit.y);
    const plots = make("div", { class: "kx-plots" });
    if (doc.form === "table") view.append(table(doc, before, after), plots);
    else view.append(plots, make("p", { class: "kx-faint", text: caption(doc) }));
    for (const chart of charts(doc, before, after)) {
      const { id, label } = chart;
      const place = make("figure", { class: "kx-plot", id, role: "img", "aria-label": label });
      plots.append(place);
      draw(place, chart);
    }
  }

  // What was changed, tokens as code, and how far it moves the behavior.
  what(edit) {
    const words = {
      substitution: ["substitution: ", this.token.text, " becomes ", edit.token],
      insertion: ["insertion: ", edit.token, " at ", this.token.text],
      deletion: ["deletion of ", this.token.text],
    }[edit.kind] || [`${edit.kind} `, edit.token];
    const outcomes = { flow: SERIES, orbit: SERIES, text: WORDS }[this.doc.form] || VALUES;
    const distance = `; distance ${number(edit.distance).toFixed(3)} (${this.doc.metric})`;
    const parts = words.map((text, k) => make(k % 2 ? "code" : "span", { text }));
    const moved = make("span", { text: distance + (outcomes[edit.outcome] || "") });
    return make("p", { id: "kx-what" }, [...parts, moved]);
  }
}

function caption(doc) {
  const which = doc.form === "scatter" ? "" : "Blue: original; dashed vermilion: edited. ";
  return `${which}Beyond 0.9 times the original's range on either side the edited behavior is cut off.`;
}

// What stands between an input and its output, in a text with a line for each.
// Other texts of several lines are pictures.
const ARROW = " → ";

// Behaviors that people of a domain read, one below the other.
function texts(before, after) {
  if (before.includes("\n") && before.includes(ARROW)) return listed(before.split("\n"), after.split("\n"));
  const lines = [["original", before], ["edited", after]].map(([name, text]) =>
    make("p", {}, [make("span", { text: `${name}: ` }), make("code", { text })])
  );
  return make("div", { id: "kx-texts" }, lines);
}

// Texts of several lines, one row each, what stands before an arrow once; what changed is marked in words as well.
function listed(before, after) {
  const body = before.map((text, k) => {
    const [[input, original], [, edited]] = [text, after[k] || ""].map(parted);
    const changed = text !== after[k];
    const cells = [input, original, edited, changed ? "yes" : ""].map((each) => make("td", { text: each }));
    return make("tr", { class: changed ? "kx-changed" : null }, cells);
  });
  return boxed("kx-texts", "what both say, line by line", ["input", "original", "edited", "changed"], body);
}

function parted(line) {
  const at = line.indexOf(ARROW);
  return at < 0 ? ["", line] : [line.slice(0, at), line.slice(at + ARROW.length)];
}

// The values at few input points, one row each; what the edit changed is marked in words as well.
function table(doc, before, after) {
  const names = [...doc.input_names, "original", "edited", "changed"];
  const body = before.map((row, k) => {
    const changed = row.some((value, d) => differs(value, after[k][d]));
    const values = [row, after[k]].map((each) => each.map(digits).join(", "));
    const texts = [...doc.inputs[k].map(digits), ...values, changed ? "yes" : ""];
    return make("tr", { class: changed ? "kx-changed" : null }, texts.map((text) => make("td", { text })));
  });
  return boxed("kx-values", "values at the input points", names, body);
}

function boxed(id, label, names, body) {
  const head = names.map((text) => make("th", { scope: "col", text }));
  const content = [make("thead", {}, [make("tr", {}, head)]), make("tbody", {}, body)];
  const box = { class: "kx-table", tabindex: "0", role: "region", "aria-label": label };
  return make("div", box, [make("table", { id }, content)]);
}

function differs(value, other) {
  return (value === null) !== (other === null) ||
    Math.abs(value - other) > 1e-3 * Math.max(1, Math.abs(value));
}
