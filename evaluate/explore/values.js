// The numbers of a document: unpacked, written short, and as steps of the color scale.

export const STEPS = 9;
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

// Rows (T, D) of a behavior: as they are, or unpacked from the document's table
// (evaluate/results/behavior_text.py has the format); null where it is undefined.
export function rows(doc, y) {
  if (typeof y !== "number") return y;
  const text = doc.behaviors[y];
  const width = 2 * doc.frame.length;
  return Array.from({ length: text.length / width }, (_, k) =>
    doc.frame.map(([low, high], d) => {
      const at = k * width + 2 * d;
      const [first, second] = text.slice(at, at + 2);
      if (first === ".") return null;
      const level = ALPHABET.indexOf(first) * 64 + ALPHABET.indexOf(second);
      return low + level / 4095 * (high - low);
    }));
}

// JSON has no infinity: a distance without end is written as text.
export function number(value) {
  return value === "inf" ? Infinity : value;
}

export function digits(value) {
  return value === null ? "undefined" : String(+value.toPrecision(5));
}

// Of a distance, what fits below a token.
export function short(distance) {
  if (distance === Infinity) return "∞";
  return distance < 0.995 ? distance.toFixed(2).replace(/^0/, "") : distance.toPrecision(2);
}

// Where the color scale of a document ends.
export function largest(doc) {
  if (doc.d_max) return doc.d_max;
  const all = doc.representations.flatMap((r) => r.tokens.map((t) => number(t.sensitivity)));
  return Math.max(0, ...all.filter(Number.isFinite)) || 1;
}

export function step(value, top) {
  return Math.min(STEPS - 1, Math.max(0, Math.floor(STEPS * value / top)));
}
