// Text whose color stands out less than 4.5 : 1 (WCAG 2.2, 1.4.3) from the ground it is drawn on, as "ratio
// text (color on ground)". Grounds with a gradient count by the gradient's least favorable color. Text in
// figures counts against the page behind the figure.
(() => {
  const parse = (text) => {
    const m = /rgba?\(([^)]+)\)/.exec(text);
    if (m) {
      const p = m[1].split(/[\s,/]+/).map(Number);
      return [p[0], p[1], p[2], p.length > 3 ? p[3] : 1];
    }
    const s = /color\(srgb ([^)]+)\)/.exec(text);
    if (s) {
      const p = s[1].split(/[\s/]+/).map(Number);
      return [p[0] * 255, p[1] * 255, p[2] * 255, p.length > 3 ? p[3] : 1];
    }
    return null;
  };
  const over = (top, below) => [0, 1, 2].map((i) => top[i] * top[3] + below[i] * (1 - top[3])).concat(1);
  const luminance = (c) => {
    const [r, g, b] = c.slice(0, 3).map((v) => {
      v /= 255;
      return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ratio = (a, b) => {
    const [x, y] = [luminance(a), luminance(b)].sort((p, q) => q - p);
    return (x + 0.05) / (y + 0.05);
  };
  const root = matchMedia("(prefers-color-scheme: dark)").matches ? [18, 18, 18, 1] : [255, 255, 255, 1];
  const grounds = (element) => {
    const layers = [];
    let sides = [];
    for (let e = element; e; e = e.parentElement) {
      const style = getComputedStyle(e);
      if (style.backgroundImage.includes("gradient")) {
        sides = (style.backgroundImage.match(/rgba?\([^)]+\)/g) || []).map(parse);
        if (sides.length && sides.every((c) => c[3] === 1)) break;
      }
      const own = parse(style.backgroundColor);
      if (own && own[3] > 0) {
        layers.push(own);
        if (own[3] === 1) break;
      }
    }
    const base = layers.length && layers[layers.length - 1][3] === 1 ? layers.pop() : root;
    return (sides.length ? sides : [base]).map((s) =>
      layers.reduceRight((below, top) => over(top, below), s)
    );
  };
  const found = new Map();
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    const e = node.parentElement, text = node.textContent.trim();
    if (
      !text || /^(SCRIPT|STYLE|NOSCRIPT|TEMPLATE|TITLE)$/.test(e.tagName) ||
      e.closest(".sr, .skip, [disabled], [aria-hidden=true]")
    ) continue;
    const box = e.getBoundingClientRect(), style = getComputedStyle(e);
    if (!box.width || !box.height || style.visibility === "hidden") continue;
    let opacity = 1;
    for (let a = e; a; a = a.parentElement) opacity *= Number(getComputedStyle(a).opacity);
    if (!opacity) continue;
    const ink = parse(e.closest("svg") ? style.fill : style.color);
    if (!ink) {
      found.set("?" + text, `unreadable color ${style.fill} of ${text.slice(0, 40)}`);
      continue;
    }
    for (const ground of grounds(e)) {
      const seen = over([ink[0], ink[1], ink[2], ink[3] * opacity], ground), r = ratio(seen, ground);
      if (r < 4.495) {
        const key = `${e.tagName}.${e.getAttribute("class")} ${seen.map(Math.round)} on ${
          ground.map(Math.round)
        }`;
        if (!found.has(key)) found.set(key, `${r.toFixed(2)} "${text.slice(0, 40)}" (${key})`);
      }
    }
  }
  return Array.from(found.values());
});
