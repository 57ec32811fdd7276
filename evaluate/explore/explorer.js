// The explorer: one expression under several representations, token by token, down to single edits and their behaviors.
// KappabarExplorer.mount(element, documents, {note}) draws the documents that explorer.py builds, on a run's page and on the live one
// alike. Every text from data goes through textContent. Charts are drawn by vegaEmbed where the page has it; without it, all else works.
(function () {
  "use strict";

  var STEPS = 9;
  var ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

  function make(name, attributes, children) {
    var element = document.createElement(name);
    Object.keys(attributes || {}).forEach(function (key) {
      var value = attributes[key];
      if (key === "text") element.textContent = value;
      else if (value !== null && value !== undefined) element.setAttribute(key, value);
    });
    (children || []).forEach(function (child) { if (child) element.appendChild(child); });
    return element;
  }

  function clear(element) { while (element.firstChild) element.removeChild(element.firstChild); }

  // Rows (T, D) of a behavior: as they are, or unpacked from the document's table (see behavior_text.py); null where it is undefined.
  function rows(doc, y) {
    if (typeof y !== "number") return y;
    var text = doc.behaviors[y], frame = doc.frame, dim = frame.length, found = [];
    for (var i = 0; i < text.length; i += 2 * dim) {
      var row = [];
      for (var d = 0; d < dim; d++) {
        var level = ALPHABET.indexOf(text[i + 2 * d]) * 64 + ALPHABET.indexOf(text[i + 2 * d + 1]);
        row.push(text[i + 2 * d] === "." ? null : frame[d][0] + level / 4095 * (frame[d][1] - frame[d][0]));
      }
      found.push(row);
    }
    return found;
  }

  // JSON has no infinity: a distance without end is written as text.
  function number(value) { return value === "inf" ? Infinity : value; }

  function digits(value) { return value === null ? "undefined" : String(+value.toPrecision(5)); }

  function figure(value) { return value === Infinity ? "∞" : value < 0.995 ? value.toFixed(2).replace(/^0/, "") : value.toPrecision(2); }

  function below(node, other) { return other === node || other.indexOf(node + ".") === 0; }

  function largest(doc) {
    if (doc.d_max) return doc.d_max;
    var top = 0;
    doc.representations.forEach(function (r) { r.tokens.forEach(function (t) { var s = number(t.sensitivity); if (isFinite(s)) top = Math.max(top, s || 0); }); });
    return top || 1;
  }

  function step(value, top) { return Math.min(STEPS - 1, Math.max(0, Math.floor(STEPS * value / top))); }

  function Explorer(root, documents, options) {
    this.root = root;
    this.documents = documents;
    this.options = options || {};
    this.shown = this.options.shown || {}; // which representations the reader looks at, kept by whoever mounts it
    this.opened = null;
    root.classList.add("kx");
    this.frame();
    this.choose(0);
  }

  Explorer.prototype.frame = function () {
    var self = this, root = this.root;
    clear(root);
    if (this.documents.length > 1) {
      var select = make("select", { id: "kx-expression" }, this.documents.map(function (doc, i) {
        return make("option", { value: String(i), text: doc.name });
      }));
      select.addEventListener("change", function () { self.choose(+select.value); });
      root.appendChild(make("p", { "class": "kx-choice" }, [make("label", { "for": "kx-expression", text: "expression " }), select]));
    }
    this.body = make("div", { id: "kx-body" });
    root.appendChild(this.body);
    if (this.options.note) root.appendChild(make("p", { "class": "kx-faint", id: "kx-note", text: this.options.note }));
  };

  Explorer.prototype.choose = function (number) {
    var doc = this.doc = this.documents[number], self = this;
    this.top = largest(doc);
    this.opened = null;
    clear(this.body);
    this.body.appendChild(this.boxes());
    this.body.appendChild(this.legend());
    this.body.appendChild(make("p", { "class": "kx-faint", text: "Point at a token, or move to it with the arrow keys, to see what of the equation it writes, and which tokens of the other representations write that; Enter or a click opens its edits, Escape closes them. Tab goes to the next representation." }));
    this.equation = this.pieces(doc.equation, doc.lhs, "kx-equation", -1);
    this.body.appendChild(this.equation);
    doc.representations.forEach(function (r, i) { self.body.appendChild(self.strip(r, i)); });
    this.detail = make("section", { id: "kx-detail", "aria-label": "edits of the token", tabindex: "-1", hidden: "" });
    this.detail.addEventListener("keydown", function (event) { if (event.key === "Escape") { event.preventDefault(); self.close(); } });
    this.body.appendChild(this.detail);
  };

  Explorer.prototype.boxes = function () {
    var self = this;
    var all = this.doc.representations.map(function (r, i) {
      if (!(r.spec in self.shown)) self.shown[r.spec] = i < 4;
      var box = make("input", { type: "checkbox", id: "kx-show-" + i, "data-spec": r.spec });
      box.checked = self.shown[r.spec];
      box.addEventListener("change", function () {
        self.shown[r.spec] = box.checked;
        document.getElementById("kx-strip-" + i).hidden = !box.checked;
        if (!box.checked && self.opened && self.opened.strip === i) self.close();
      });
      return make("label", { "for": "kx-show-" + i }, [box, make("code", { text: r.spec })]);
    });
    return make("fieldset", { "class": "kx-shown", id: "kx-shown" }, [make("legend", { text: "representations" })].concat(all));
  };

  Explorer.prototype.legend = function () {
    var top = this.top, title = "mean " + this.doc.metric + " distance of the valid edits at this token";
    var steps = [];
    for (var i = 0; i < STEPS; i++) {
      steps.push(make("span", { "class": "kx-h" + i, text: figure(i * top / STEPS) + "–" + figure((i + 1) * top / STEPS) }));
    }
    steps.push(make("span", { "class": "kx-none", text: "no distance" }));
    return make("div", { "class": "kx-legend", id: "kx-legend" }, [make("p", { text: title + " (0: no change" + (this.doc.d_max ? ", " + this.doc.d_max + ": as far as can be" : "") + "; " + "up to " + this.doc.edits_per_token + " edits drawn at each)" }),
      make("p", { "class": "kx-scale", role: "img", "aria-label": "color scale from 0 to " + figure(top) }, steps)]);
  };

  // The pieces of an equation, one line per component; each piece knows its node.
  Explorer.prototype.pieces = function (pieces, lhs, id, strip) {
    var self = this, lines = [], line = null, side = 0;
    function begin() {
      line = make("div", { "class": "kx-line" }, [make("span", { "class": "kx-side", text: lhs[side] || "" })]);
      side += 1;
      lines.push(line);
    }
    begin();
    pieces.forEach(function (piece) {
      if (piece[2] === "r" && piece[0] === "|") { begin(); return; }
      var span = make("span", { "class": "kx-piece", "data-node": piece[2], text: piece[0] });
      span.addEventListener("mouseenter", function () { self.light([piece[2]], strip, null); });
      span.addEventListener("mouseleave", function () { self.rest(); });
      line.appendChild(span);
    });
    return make("div", { "class": "kx-equation", id: id, "data-strip": String(strip) }, lines);
  };

  Explorer.prototype.strip = function (r, i) {
    var self = this, id = "kx-tokens-" + i;
    var head = make("h4", { id: "kx-title-" + i }, [make("code", { text: r.spec }), make("span", { "class": "kx-faint", text: r.note === null ? " " + r.tokens.length + " tokens" : "" })]);
    var section = make("section", { "class": "kx-strip", id: "kx-strip-" + i, "aria-labelledby": "kx-title-" + i }, [head]);
    section.hidden = !this.shown[r.spec];
    if (r.note !== null) {
      section.appendChild(make("p", { "class": "kx-why", role: "note", text: "not measured: " + r.note }));
      return section;
    }
    if (r.equation) section.appendChild(this.pieces(r.equation, this.doc.lhs, "kx-equation-" + i, i));
    var list = make("div", { "class": "kx-tokens", id: id, role: "listbox", "aria-orientation": "horizontal", "aria-label": "tokens of " + r.spec + ", with the mean distance of edits at each" });
    r.tokens.forEach(function (token, j) { list.appendChild(self.token(token, i, j)); });
    list.addEventListener("keydown", function (event) { self.key(event, i); });
    section.appendChild(list);
    return section;
  };

  Explorer.prototype.token = function (t, i, j) {
    var self = this, none = t.sensitivity === null;
    var label = t.text + " (" + t.kind + "): " + (none ? (t.n_edits ? "none of " + t.n_edits + " edits has a distance" : "no edits") : "mean distance " + number(t.sensitivity).toFixed(3) + ", " + t.n_valid + " of " + t.n_edits + " edits decode");
    var tile = make("div", {
      "class": "kx-token " + (none ? "kx-none" : "kx-h" + step(number(t.sensitivity), this.top)), id: "kx-token-" + i + "-" + j, role: "option",
      tabindex: j === 0 ? "0" : "-1", "aria-selected": "false", "aria-label": label, title: label, "data-nodes": t.nodes.join(" "), "data-sensitivity": none ? "" : String(t.sensitivity)
    }, [make("span", { text: t.text === " " ? "␣" : t.text }), make("small", { text: none ? "–" : figure(number(t.sensitivity)) })]);
    tile.addEventListener("mouseenter", function () { self.light(t.nodes, i, tile); });
    tile.addEventListener("mouseleave", function () { self.rest(); });
    tile.addEventListener("focus", function () { self.rove(i, j); self.light(t.nodes, i, tile); });
    tile.addEventListener("blur", function () { self.rest(); });
    tile.addEventListener("click", function () { tile.focus(); self.open(i, j, "worst"); });
    return tile;
  };

  Explorer.prototype.rove = function (i, j) {
    var list = document.getElementById("kx-tokens-" + i);
    Array.prototype.forEach.call(list.children, function (tile, k) { tile.setAttribute("tabindex", k === j ? "0" : "-1"); });
  };

  Explorer.prototype.key = function (event, i) {
    var at = event.target.id.split("-"), j = +at[3], last = this.doc.representations[i].tokens.length - 1, to = null;
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key === "ArrowRight") to = Math.min(last, j + 1);
    else if (event.key === "ArrowLeft") to = Math.max(0, j - 1);
    else if (event.key === "Home") to = 0;
    else if (event.key === "End") to = last;
    else if (event.key === "Enter" || event.key === " ") { event.preventDefault(); this.open(i, j, "worst"); return; }
    else if (event.key === "Escape") { this.close(); return; }
    else return;
    event.preventDefault();
    var tile = document.getElementById("kx-token-" + i + "-" + to);
    tile.focus();
    tile.scrollIntoView({ block: "nearest", inline: "nearest" });
  };

  // Marks what writes these nodes: pieces of the equations, and tokens of the other representations. Representations that rewrite the
  // tree have nodes of their own: they answer to themselves alone.
  Explorer.prototype.light = function (nodes, strip, self_) {
    var self = this;
    this.dark();
    var own = strip >= 0 && this.doc.representations[strip].equation !== null && this.doc.representations[strip].equation !== undefined;
    function matching(elements, of) {
      var exact = elements.filter(function (e) { return of(e).some(function (n) { return nodes.indexOf(n) >= 0; }); });
      if (exact.length) return exact;
      // A notation that knows no finer than a term, or than a part of one: what holds the node, or is held by it.
      return elements.filter(function (e) { return of(e).some(function (n) { return n !== "r" && nodes.some(function (m) { return m !== "r" && (below(m, n) || below(n, m)); }); }); });
    }
    var equation = own ? document.getElementById("kx-equation-" + strip) : this.equation;
    var pieces = Array.prototype.slice.call(equation.querySelectorAll(".kx-piece"));
    matching(pieces, function (e) { return [e.getAttribute("data-node")]; }).forEach(function (e) { e.classList.add("kx-lit"); });
    this.doc.representations.forEach(function (r, i) {
      if (r.note !== null || (i !== strip && (own || r.equation))) return;
      if (i === strip && self_) return;
      var list = document.getElementById("kx-tokens-" + i);
      matching(Array.prototype.slice.call(list.children), function (e) { return e.getAttribute("data-nodes").split(" "); })
        .forEach(function (e) { e.classList.add("kx-lit"); });
    });
    if (self_) self_.classList.add("kx-lit");
  };

  // What is lit where nothing is pointed at: the token whose edits are open.
  Explorer.prototype.rest = function () {
    var was = this.opened;
    if (!was) { this.dark(); return; }
    this.light(this.doc.representations[was.strip].tokens[was.token].nodes, was.strip, document.getElementById("kx-token-" + was.strip + "-" + was.token));
  };

  Explorer.prototype.dark = function () {
    Array.prototype.forEach.call(this.root.querySelectorAll(".kx-lit"), function (e) { e.classList.remove("kx-lit"); });
  };

  Explorer.prototype.open = function (i, j, which) {
    var self = this, t = this.doc.representations[i].tokens[j], detail = this.detail;
    this.unselect();
    this.opened = { strip: i, token: j };
    document.getElementById("kx-token-" + i + "-" + j).setAttribute("aria-selected", "true");
    clear(detail);
    detail.hidden = false;
    document.getElementById("kx-strip-" + i).appendChild(detail);
    var shut = make("button", { type: "button", id: "kx-close", text: "close", "aria-label": "close the edits (Escape)" });
    shut.addEventListener("click", function () { self.close(); });
    detail.appendChild(make("div", { "class": "kx-head" }, [make("h5", {}, [make("span", { text: "token " + (j + 1) + " of " + this.doc.representations[i].tokens.length + ": " }), make("code", { text: t.text }), make("span", { "class": "kx-faint", text: " (" + t.kind + ")" })]), shut]));
    detail.appendChild(make("p", { id: "kx-summary", text: (t.sensitivity === null ? "no edit here has a distance" : "mean distance " + number(t.sensitivity).toFixed(3) + " (" + this.doc.metric + ") over " + t.n_counted + " edits") + "; " + t.n_valid + " of the " + t.n_edits + " edits drawn here decode" }));
    if (!t.worst) { detail.focus(); return; }
    var bar = make("div", { "class": "kx-bar", role: "group", "aria-label": "which edit" }, ["worst", "typical"].map(function (name) {
      var button = make("button", { type: "button", id: "kx-edit-" + name, "data-edit": name, "aria-pressed": "false", text: name + " edit (" + number(t[name].distance).toFixed(3) + ")" });
      button.addEventListener("click", function () { self.edit(t, name); });
      return button;
    }));
    detail.appendChild(bar);
    this.view = make("div", { id: "kx-view", "aria-live": "polite" });
    detail.appendChild(this.view);
    this.edit(t, which);
    this.rest();
    document.getElementById("kx-edit-" + which).focus({ preventScroll: true });
    detail.scrollIntoView({ block: "nearest" });
  };

  Explorer.prototype.unselect = function () {
    Array.prototype.forEach.call(this.root.querySelectorAll('[aria-selected="true"]'), function (e) { e.setAttribute("aria-selected", "false"); });
  };

  Explorer.prototype.close = function () {
    var was = this.opened;
    this.unselect();
    this.opened = null;
    this.dark();
    clear(this.detail);
    this.detail.hidden = true;
    if (was) document.getElementById("kx-token-" + was.strip + "-" + was.token).focus();
  };

  Explorer.prototype.edit = function (t, which) {
    var doc = this.doc, edit = t[which], view = this.view;
    ["worst", "typical"].forEach(function (name) { document.getElementById("kx-edit-" + name).setAttribute("aria-pressed", String(name === which)); });
    clear(view);
    var words = { substitution: ["substitution: ", t.text, " becomes ", edit.token], insertion: ["insertion: ", edit.token, " at ", t.text], deletion: ["deletion of ", t.text] }[edit.kind] || [edit.kind + " ", edit.token];
    var what = make("p", { id: "kx-what" }, words.map(function (w, k) { return k % 2 ? make("code", { text: w }) : make("span", { text: w }); }));
    what.appendChild(make("span", { text: "; distance " + number(edit.distance).toFixed(3) + " (" + doc.metric + ")" + (OUTCOMES[doc.form === "flow" || doc.form === "orbit" ? "series" : "values"][edit.outcome] || "") }));
    view.appendChild(what);
    view.appendChild(make("p", { "class": "kx-edited", id: "kx-edited" }, [make("span", { text: which + " edit: " }), make("code", { text: edit.equation })]));
    var before = rows(doc, doc.y), after = rows(doc, edit.y);
    var plots = make("div", { "class": "kx-plots" }, []);
    if (doc.form === "table") view.appendChild(table(doc, before, after));
    view.appendChild(plots);
    if (doc.form !== "table") view.appendChild(make("p", { "class": "kx-faint", text: (doc.form === "scatter" ? "" : "Blue: original; dashed vermilion: edited. ") + "Beyond 0.9 times the original's range on either side the edited behavior is cut off." }));
    charts(doc, before, after).forEach(function (chart) {
      var place = make("figure", { "class": "kx-plot", id: chart.id, role: "img", "aria-label": chart.label });
      plots.appendChild(place);
      draw(place, chart);
    });
  };

  // The values at few input points, one row each; what the edit changed is marked in words as well.
  function table(doc, before, after) {
    function cell(value) { return make("td", { text: digits(value) }); }
    var head = doc.input_names.concat(["original", "edited", "changed"]).map(function (name) { return make("th", { scope: "col", text: name }); });
    var body = before.map(function (row, k) {
      var changed = row.some(function (v, d) { return (v === null) !== (after[k][d] === null) || Math.abs(v - after[k][d]) > 1e-3 * Math.max(1, Math.abs(v)); });
      var cells = doc.inputs[k].map(cell);
      cells.push(make("td", { text: row.map(digits).join(", ") }));
      cells.push(make("td", { text: after[k].map(digits).join(", ") }));
      cells.push(make("td", { text: changed ? "yes" : "" }));
      return make("tr", { "class": changed ? "kx-changed" : null }, cells);
    });
    return make("div", { "class": "kx-table", tabindex: "0", role: "region", "aria-label": "values at the input points" }, [make("table", { id: "kx-values" }, [make("thead", {}, [make("tr", {}, head)]), make("tbody", {}, body)])]);
  }

  function draw(place, chart) {
    if (!window.vegaEmbed && document.readyState !== "complete") {
      window.addEventListener("load", function () { if (place.isConnected) draw(place, chart); }, { once: true });
      return;
    }
    if (!window.vegaEmbed) {
      place.appendChild(make("p", { text: "The charting library is missing from this page." }));
      return;
    }
    var spec = chart.spec(Math.max(200, Math.min(520, place.clientWidth - 90)));
    // ast: expressions are interpreted, not compiled, so that the page needs no leave to run text as code.
    window.vegaEmbed(place, spec, { actions: false, ast: true, renderer: "svg", tooltip: false, defaultStyle: false }).catch(function (e) {
      clear(place);
      place.appendChild(make("p", { text: "this chart could not be drawn: " + e.message }));
    });
  }

  var OUTCOMES = {
    series: { diverged: "; the edited behavior diverges and is held at its box's edge", undefined: "; the edited behavior ends where the equation has no value, and counts as far away as can be from there on" },
    values: { diverged: "; some values of the edited function are too large and are held at the edge of a box", undefined: "; the edited function has no value at some points, which count as far away as can be" }
  };

  var LINES = ["original", "edited"];
  // Blue and vermilion of Okabe and Ito's palette, told apart by anybody and seen on light and dark; dashes repeat the distinction.
  var COLOR = { domain: LINES, range: ["#3b8fd0", "#D55E00"] };

  function view(doc, before, after, d) {
    // What is outside of the frame is cut off: a behavior that leaves would hide all there is to see.
    var low = Infinity, high = -Infinity, a, b;
    before.forEach(function (r) { if (r[d] !== null) { low = Math.min(low, r[d]); high = Math.max(high, r[d]); } });
    var span = high - low || Math.abs(high) || 1;
    a = low - 0.08 * span;
    b = high + 0.08 * span;
    after.forEach(function (r) { if (r[d] !== null && isFinite(r[d])) { a = Math.min(a, r[d]); b = Math.max(b, r[d]); } });
    return [Math.max(a, low - 0.9 * span), Math.min(b, high + 0.9 * span)];
  }

  function config() {
    var ink = { labelColor: "currentColor", titleColor: "currentColor", titleFontWeight: "normal", labelFontSize: 11, titleFontSize: 12 };
    return { background: "transparent", font: "Helvetica, Arial, sans-serif", view: { stroke: null }, title: { color: "currentColor", anchor: "start", fontSize: 13 },
      axis: Object.assign({ gridColor: "#88888844", domainColor: "#888888", tickColor: "#888888" }, ink), legend: Object.assign({ orient: "top", title: null, symbolStrokeWidth: 3, symbolSize: 300 }, ink) };
  }

  function channels(extra) {
    return Object.assign({ color: { field: "b", type: "nominal", scale: COLOR, sort: LINES }, strokeDash: { field: "b", type: "nominal", sort: LINES, scale: { domain: LINES, range: [[1, 0], [5, 3]] } } }, extra);
  }

  function both(doc, before, after, of) {
    var values = [];
    [["original", before], ["edited", after]].forEach(function (pair) { pair[1].forEach(function (row, k) { values.push(Object.assign({ b: pair[0], k: k }, of(row, k))); }); });
    return values;
  }

  function charts(doc, before, after) {
    var dim = before[0].length, shown = Math.min(dim, 6), t = doc.t;
    if (doc.form === "scatter") {
      return [{ id: "kx-scatter", label: "edited against original values", spec: function (width) {
        var values = before.map(function (row, k) { return { x: row[0], y: after[k][0] }; }), ends = view(doc, before, after, 0);
        return { config: config(), width: Math.min(width, 320), height: 280, title: "Values at the " + before.length + " input points", layer: [
          { data: { values: [{ x: ends[0], y: ends[0] }, { x: ends[1], y: ends[1] }] }, mark: { type: "line", strokeDash: [4, 4], color: "#888888", strokeWidth: 1, clip: true }, encoding: { x: { field: "x", type: "quantitative" }, y: { field: "y", type: "quantitative" } } },
          { data: { values: values }, mark: { type: "point", filled: true, size: 18, color: "#D55E00", clip: true }, encoding: { x: { field: "x", type: "quantitative", title: "original value", scale: { domain: ends, nice: false } }, y: { field: "y", type: "quantitative", title: "edited value (dashed: no change)", scale: { domain: ends, nice: false } } } }] };
      } }];
    }
    if (doc.form === "table") return [];
    var found = [{ id: "kx-series", label: "original and edited behavior over " + doc.axis, spec: function (width) {
      var panels = [];
      for (var d = 0; d < shown; d++) {
        panels.push({ width: width, height: shown === 1 ? 220 : Math.max(60, Math.min(110, 300 / shown)), data: { values: both(doc, before, after, (function (d) { return function (row, k) { return { t: t[k], y: row[d] }; }; })(d)) },
          mark: doc.form === "orbit" ? { type: "line", point: { size: 14 }, strokeWidth: 1, clip: true } : { type: "line", strokeWidth: 1.6, clip: true },
          encoding: channels({ order: { field: "k", type: "quantitative" }, x: { field: "t", type: "quantitative", title: d === shown - 1 ? doc.axis : null, axis: { labels: d === shown - 1 }, scale: { nice: false } }, y: { field: "y", type: "quantitative", title: doc.variables[d], scale: { domain: view(doc, before, after, d), nice: false }, axis: { tickCount: 4 } } }) });
      }
      return { config: config(), title: (doc.form === "curve" ? "Values" : "Time series") + (dim > shown ? " (the first " + shown + " of " + dim + " variables)" : ""), spacing: 8, vconcat: panels };
    } }];
    if (dim >= 2 && doc.form !== "curve") {
      var p = 0, q = dim - 1;
      found.push({ id: "kx-phase", label: "phase portrait of " + doc.variables[p] + " and " + doc.variables[q], spec: function (width) {
        var size = Math.min(width, 320);
        return { config: config(), width: size, height: size, title: "Phase portrait", data: { values: both(doc, before, after, function (row) { return { x: row[p], y: row[q] }; }) },
          mark: doc.form === "orbit" ? { type: "point", filled: true, size: 16, clip: true } : { type: "line", strokeWidth: 1.2, clip: true },
          encoding: channels({ order: { field: "k", type: "quantitative" }, x: { field: "x", type: "quantitative", title: doc.variables[p], scale: { domain: view(doc, before, after, p), nice: false } }, y: { field: "y", type: "quantitative", title: doc.variables[q], scale: { domain: view(doc, before, after, q), nice: false } } }) };
      } });
    }
    return found;
  }

  window.KappabarExplorer = { mount: function (element, documents, options) { return documents.length ? new Explorer(element, documents, options) : null; }, rows: rows };
})();
