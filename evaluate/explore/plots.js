// The charts of a behavior before and after an edit, as Vega-Lite specs, and their drawing.

import { make } from "./dom.js";

const LINES = ["original", "edited"];
// Blue and vermilion of Okabe and Ito's palette, told apart by anybody and seen on light and dark; dashes
// repeat the distinction.
const COLOR = { domain: LINES, range: ["#3b8fd0", "#D55E00"] };
const DASH = { domain: LINES, range: [[1, 0], [5, 3]] };
const MOST_VARIABLES = 6;

// The charts of a document's form: id, accessible label, and the spec for a width in pixels. Behaviors are
// rows (T, D).
export function charts(doc, before, after) {
  if (doc.form === "table") return [];
  if (doc.form === "scatter") return [scatter(before, after)];
  const found = [series(doc, before, after)];
  if (before[0].length >= 2 && doc.form !== "curve") found.push(phase(doc, before, after));
  return found;
}

// Draws where the page has vegaEmbed; one that is still loading is waited for.
export function draw(place, chart) {
  if (!window.vegaEmbed && document.readyState !== "complete") {
    window.addEventListener("load", () => place.isConnected && draw(place, chart), { once: true });
    return;
  }
  if (!window.vegaEmbed) {
    place.append(make("p", { text: "The charting library is missing from this page." }));
    return;
  }
  const spec = { config: config(), ...chart.spec(Math.max(200, Math.min(520, place.clientWidth - 90))) };
  // ast: expressions are interpreted, not compiled, so that the page needs no leave to run text as code.
  const options = { actions: false, ast: true, renderer: "svg", tooltip: false, defaultStyle: false };
  window.vegaEmbed(place, spec, options).catch((error) => {
    place.replaceChildren(make("p", { text: `this chart could not be drawn: ${error.message}` }));
  });
}

function config() {
  const ink = {
    labelColor: "currentColor",
    titleColor: "currentColor",
    titleFontWeight: "normal",
    labelFontSize: 11,
    titleFontSize: 12,
  };
  return {
    background: "transparent",
    font: "Helvetica, Arial, sans-serif",
    view: { stroke: null },
    title: { color: "currentColor", anchor: "start", fontSize: 13 },
    axis: { gridColor: "#88888844", domainColor: "#888888", tickColor: "#888888", ...ink },
    legend: { orient: "top", title: null, symbolStrokeWidth: 3, symbolSize: 300, ...ink },
  };
}

function quantitative(field, more) {
  return { field, type: "quantitative", ...more };
}

// Values at points without an order: edited against original, with the diagonal of no change.
function scatter(before, after) {
  const values = before.map((row, k) => ({ x: row[0], y: after[k][0] }));
  const ends = extent(before, after, 0);
  const scale = { domain: ends, nice: false };
  const diagonal = {
    data: { values: ends.map((end) => ({ x: end, y: end })) },
    mark: { type: "line", strokeDash: [4, 4], color: "#888888", strokeWidth: 1, clip: true },
    encoding: { x: quantitative("x"), y: quantitative("y") },
  };
  const points = {
    data: { values },
    mark: { type: "point", filled: true, size: 18, color: "#D55E00", clip: true },
    encoding: {
      x: quantitative("x", { title: "original value", scale }),
      y: quantitative("y", { title: "edited value (dashed: no change)", scale }),
    },
  };
  return {
    id: "kx-scatter",
    label: "edited against original values",
    spec: (width) => ({
      width: Math.min(width, 320),
      height: 280,
      title: `Values at the ${before.length} input points`,
      layer: [diagonal, points],
    }),
  };
}

// Each variable over time, iterations or the input, one below the other.
function series(doc, before, after) {
  const dim = before[0].length;
  const shown = Math.min(dim, MOST_VARIABLES);
  const height = shown === 1 ? 220 : Math.max(60, Math.min(110, 300 / shown));
  const mark = doc.form === "orbit"
    ? { type: "line", point: { size: 14 }, strokeWidth: 1, clip: true }
    : { type: "line", strokeWidth: 1.6, clip: true };
  const panel = (width, d) => {
    const last = d === shown - 1;
    const x = { title: last ? doc.axis : null, axis: { labels: last }, scale: { nice: false } };
    const scale = { domain: extent(before, after, d), nice: false };
    return {
      width,
      height,
      data: { values: both(before, after, (row, k) => ({ t: doc.t[k], y: row[d] })) },
      mark,
      encoding: lines(
        quantitative("t", x),
        quantitative("y", { title: doc.variables[d], scale, axis: { tickCount: 4 } }),
      ),
    };
  };
  const some = dim > shown ? ` (the first ${shown} of ${dim} variables)` : "";
  return {
    id: "kx-series",
    label: `original and edited behavior over ${doc.axis}`,
    spec: (width) => ({
      title: (doc.form === "curve" ? "Values" : "Time series") + some,
      spacing: 8,
      vconcat: Array.from({ length: shown }, (_, d) => panel(width, d)),
    }),
  };
}

// The last variable over the first.
function phase(doc, before, after) {
  const p = 0;
  const q = before[0].length - 1;
  const axis = (field, d) =>
    quantitative(field, {
      title: doc.variables[d],
      scale: { domain: extent(before, after, d), nice: false },
    });
  return {
    id: "kx-phase",
    label: `phase portrait of ${doc.variables[p]} and ${doc.variables[q]}`,
    spec: (width) => ({
      width: Math.min(width, 320),
      height: Math.min(width, 320),
      title: "Phase portrait",
      data: { values: both(before, after, (row) => ({ x: row[p], y: row[q] })) },
      mark: doc.form === "orbit"
        ? { type: "point", filled: true, size: 16, clip: true }
        : { type: "line", strokeWidth: 1.2, clip: true },
      encoding: lines(axis("x", p), axis("y", q)),
    }),
  };
}

// The encoding of two lines, each in the order of its rows.
function lines(x, y) {
  return {
    color: { field: "b", type: "nominal", scale: COLOR, sort: LINES },
    strokeDash: { field: "b", type: "nominal", sort: LINES, scale: DASH },
    order: quantitative("k"),
    x,
    y,
  };
}

// Rows of both behaviors as a chart's values: which of the two, the row's number, and what `of` makes of it.
function both(before, after, of) {
  return [before, after].flatMap((behavior, i) =>
    behavior.map((row, k) => ({ b: LINES[i], k, ...of(row, k) }))
  );
}

// The ends of variable `d`'s axis. What is outside is cut off: a behavior that leaves would hide all there is
// to see.
function extent(before, after, d) {
  const [low, high] = range(before, d);
  const [least, most] = range(after, d);
  const span = high - low || Math.abs(high) || 1;
  return [
    Math.max(Math.min(low - 0.08 * span, least), low - 0.9 * span),
    Math.min(Math.max(high + 0.08 * span, most), high + 0.9 * span),
  ];
}

// The least and the largest value of variable `d`; where it has none, infinities that any value replaces.
function range(behavior, d) {
  let low = Infinity;
  let high = -Infinity;
  for (const row of behavior) {
    if (row[d] === null) continue;
    low = Math.min(low, row[d]);
    high = Math.max(high, row[d]);
  }
  return [low, high];
}
