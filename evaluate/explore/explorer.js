// The explorer: one expression under several representations, token by token, down to single edits and their
// behaviors. KappabarExplorer.mount(element, documents, {note, shown}) draws the documents that documents.py
// makes, on a run's page and on the live one alike. Charts are drawn by vegaEmbed where the page has it;
// without it, all else works.

import { Detail } from "./detail.js";
import { make } from "./dom.js";
import { matching } from "./nodes.js";
import { largest, number, short, step, STEPS } from "./values.js";

const SHOWN_AT_FIRST = 4;
const HINT = "Point at a token, or move to it with the arrow keys, to see what of the equation it writes, " +
  "and which tokens of the other representations write that; Enter or a click opens its edits, " +
  "Escape closes them. Tab goes to the next representation.";

class Explorer {
  // `shown`: by spec, whether the reader looks at a representation; kept by whoever mounts it.
  constructor(root, documents, { note = "", shown = {} } = {}) {
    this.root = root;
    this.documents = documents;
    this.shown = shown;
    root.classList.add("kx");
    this.body = make("div", { id: "kx-body" });
    root.replaceChildren();
    if (documents.length > 1) root.append(this.choice());
    root.append(this.body);
    if (note) root.append(make("p", { class: "kx-faint", id: "kx-note", text: note }));
    this.choose(0);
  }

  choice() {
    const options = this.documents.map((doc, i) => make("option", { value: String(i), text: doc.name }));
    const select = make("select", { id: "kx-expression" }, options);
    select.addEventListener("change", () => this.choose(+select.value));
    const label = make("label", { for: "kx-expression", text: "expression " });
    return make("p", { class: "kx-choice" }, [label, select]);
  }

  choose(i) {
    this.doc = this.documents[i];
    this.top = largest(this.doc);
    this.opened = null; // {strip, token} of the edits that are open
    this.equation = this.writing(this.doc.equation, "kx-equation", -1);
    this.detail = new Detail(this.doc, () => this.close());
    this.body.replaceChildren(
      this.boxes(),
      this.legend(),
      make("p", { class: "kx-faint", text: HINT }),
      this.equation,
      ...(this.doc.notes || []).map((text) => make("p", { class: "kx-faint", role: "note", text })),
      ...this.doc.representations.map((r, k) => this.strip(r, k)),
      this.detail.element,
    );
  }

  boxes() {
    const labels = this.doc.representations.map((r, i) => {
      if (!(r.spec in this.shown)) this.shown[r.spec] = i < SHOWN_AT_FIRST;
      const box = make("input", { type: "checkbox", id: `kx-show-${i}`, "data-spec": r.spec });
      box.checked = this.shown[r.spec];
      box.addEventListener("change", () => this.show(i, box.checked));
      return make("label", { for: `kx-show-${i}` }, [box, make("code", { text: r.spec })]);
    });
    const title = make("legend", { text: "representations" });
    return make("fieldset", { class: "kx-shown", id: "kx-shown" }, [title, ...labels]);
  }

  show(i, wanted) {
    this.shown[this.doc.representations[i].spec] = wanted;
    document.getElementById(`kx-strip-${i}`).hidden = !wanted;
    if (!wanted && this.opened?.strip === i) this.close();
  }

  legend() {
    const { metric, d_max, edits_per_token } = this.doc;
    const end = (i) => short(i * this.top / STEPS);
    const mark = (_, i) => make("span", { class: `kx-h${i}`, text: `${end(i)}–${end(i + 1)}` });
    const steps = Array.from({ length: STEPS }, mark);
    const far = d_max ? `, ${d_max}: as far as can be` : "";
    const title = `mean ${metric} distance of the valid edits at this token ` +
      `(0: no change${far}; up to ${edits_per_token} edits drawn at each)`;
    const label = `color scale from 0 to ${short(this.top)}`;
    const none = make("span", { class: "kx-none", text: "no distance" });
    return make("div", { class: "kx-legend", id: "kx-legend" }, [
      make("p", { text: title }),
      make("p", { class: "kx-scale", role: "img", "aria-label": label }, [...steps, none]),
    ]);
  }

  // The pieces of an equation, one line per component; each piece knows its node.
  writing(pieces, id, strip) {
    const lines = [];
    const begin = () => {
      const side = make("span", { class: "kx-side", text: this.doc.lhs[lines.length] || "" });
      lines.push(make("div", { class: "kx-line" }, [side]));
    };
    begin();
    for (const [text, , node] of pieces) {
      if (node === "r" && text === "|") {
        begin();
        continue;
      }
      const span = make("span", { class: "kx-piece", "data-node": node, text });
      span.addEventListener("mouseenter", () => this.light([node], strip, null));
      span.addEventListener("mouseleave", () => this.rest());
      lines.at(-1).append(span);
    }
    return make("div", { class: "kx-equation", id, "data-strip": String(strip) }, lines);
  }

  strip(r, i) {
    const head = make("h4", { id: `kx-title-${i}` }, [
      make("code", { text: r.spec }),
      make("span", { class: "kx-faint", text: r.note === null ? ` ${r.tokens.length} tokens` : "" }),
    ]);
    const attributes = { class: "kx-strip", id: `kx-strip-${i}`, "aria-labelledby": `kx-title-${i}` };
    const section = make("section", attributes, [head]);
    section.hidden = !this.shown[r.spec];
    if (r.note !== null) {
      section.append(make("p", { class: "kx-why", role: "note", text: `not measured: ${r.note}` }));
      return section;
    }
    if (r.equation) section.append(this.writing(r.equation, `kx-equation-${i}`, i));
    section.append(this.tokens(r, i));
    return section;
  }

  tokens(r, i) {
    const attributes = {
      class: "kx-tokens",
      id: `kx-tokens-${i}`,
      role: "listbox",
      "aria-orientation": "horizontal",
      "aria-label": `tokens of ${r.spec}, with the mean distance of edits at each`,
    };
    const list = make("div", attributes, r.tokens.map((token, j) => this.token(token, i, j)));
    list.addEventListener("keydown", (event) => this.key(event, i));
    return list;
  }

  token(t, i, j) {
    const none = t.sensitivity === null;
    const value = number(t.sensitivity);
    const label = described(t);
    const attributes = {
      class: `kx-token ${none ? "kx-none" : `kx-h${step(value, this.top)}`}`,
      id: `kx-token-${i}-${j}`,
      role: "option",
      tabindex: j === 0 ? "0" : "-1",
      "aria-selected": "false",
      "aria-label": label,
      title: label,
      "data-nodes": t.nodes.join(" "),
      "data-sensitivity": none ? "" : String(t.sensitivity),
    };
    const tile = make("div", attributes, [
      make("span", { text: t.text === " " ? "␣" : t.text }),
      make("small", { text: none ? "–" : short(value) }),
    ]);
    tile.addEventListener("mouseenter", () => this.light(t.nodes, i, tile));
    tile.addEventListener("mouseleave", () => this.rest());
    tile.addEventListener("focus", () => {
      this.rove(i, j);
      this.light(t.nodes, i, tile);
    });
    tile.addEventListener("blur", () => this.rest());
    tile.addEventListener("click", () => {
      tile.focus();
      this.open(i, j);
    });
    return tile;
  }

  tile(i, j) {
    return document.getElementById(`kx-token-${i}-${j}`);
  }

  // A row of tokens is one stop of the Tab key: the token that was there last.
  rove(i, j) {
    const tiles = [...document.getElementById(`kx-tokens-${i}`).children];
    tiles.forEach((tile, k) => tile.setAttribute("tabindex", k === j ? "0" : "-1"));
  }

  key(event, i) {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const j = Number(event.target.id.split("-").at(-1));
    const last = this.doc.representations[i].tokens.length - 1;
    const moves = { ArrowRight: Math.min(last, j + 1), ArrowLeft: Math.max(0, j - 1), Home: 0, End: last };
    const to = moves[event.key];
    if (event.key === "Escape") {
      this.close();
    } else if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      this.open(i, j);
    } else if (to !== undefined) {
      event.preventDefault();
      const tile = this.tile(i, to);
      tile.focus();
      tile.scrollIntoView({ block: "nearest", inline: "nearest" });
    }
  }

  // Marks what writes these nodes: pieces of the equations, and tokens of the other representations.
  // Representations that rewrite the tree have nodes of their own: they answer to themselves alone. `tile`:
  // the token that was pointed at, if it was one.
  light(nodes, strip, tile) {
    this.dark();
    const { representations } = this.doc;
    const own = Boolean(representations[strip]?.equation);
    const equation = own ? document.getElementById(`kx-equation-${strip}`) : this.equation;
    const lit = matching([...equation.querySelectorAll(".kx-piece")], nodes, (piece) => [piece.dataset.node]);
    representations.forEach((r, i) => {
      const elsewhere = i !== strip && (own || r.equation);
      if (r.note !== null || elsewhere || (i === strip && tile)) return;
      const tiles = [...document.getElementById(`kx-tokens-${i}`).children];
      lit.push(...matching(tiles, nodes, (each) => each.dataset.nodes.split(" ")));
    });
    if (tile) lit.push(tile);
    for (const element of lit) element.classList.add("kx-lit");
  }

  // What is lit where nothing is pointed at: the token whose edits are open.
  rest() {
    if (!this.opened) {
      this.dark();
      return;
    }
    const { strip, token } = this.opened;
    this.light(this.doc.representations[strip].tokens[token].nodes, strip, this.tile(strip, token));
  }

  dark() {
    for (const element of this.root.querySelectorAll(".kx-lit")) element.classList.remove("kx-lit");
  }

  open(i, j) {
    const { tokens } = this.doc.representations[i];
    this.unselect();
    this.opened = { strip: i, token: j };
    this.tile(i, j).setAttribute("aria-selected", "true");
    document.getElementById(`kx-strip-${i}`).append(this.detail.element);
    this.detail.show(tokens[j], j + 1, tokens.length);
    this.rest();
    this.detail.focus();
  }

  unselect() {
    const selected = this.root.querySelectorAll('[aria-selected="true"]');
    for (const element of selected) element.setAttribute("aria-selected", "false");
  }

  close() {
    const was = this.opened;
    this.unselect();
    this.opened = null;
    this.dark();
    this.detail.hide();
    if (was) this.tile(was.strip, was.token).focus();
  }
}

// A token in words, for those who do not see its color.
function described(t) {
  const name = `${t.text} (${t.kind})`;
  if (!t.n_edits) return `${name}: no edits`;
  if (t.sensitivity === null) return `${name}: none of ${t.n_edits} edits has a distance`;
  const mean = number(t.sensitivity).toFixed(3);
  return `${name}: mean distance ${mean}, ${t.n_valid} of ${t.n_edits} edits decode`;
}

window.KappabarExplorer = {
  mount: (element, documents, options) => documents.length ? new Explorer(element, documents, options) : null,
};
