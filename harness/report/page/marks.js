// What stands for a method in figures and their legends: a colour and a shape.

const SVG = "http://www.w3.org/2000/svg";
const REFERENCE = -1;  // the baseline, and guides

function svg(tag, attributes, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

// The palettes become style sheets, so that a page that turns dark needs no drawing again.
function writePalette() {
  const lines = colours => colours.map((colour, i) => `--style${i}: ${colour};`).join(" ");
  const {light, dark} = data.palette;
  document.head.append(make("style", "", `:root { ${lines(light)} }
@media screen and (prefers-color-scheme: dark) { :root { ${lines(dark)} } }`));
}

function colourOf(style) {
  return style === REFERENCE ? "var(--ink)" : `var(--style${style % data.palette.light.length})`;
}

// circle, square, triangle, diamond, triangle upside down; the baseline is a ring.
function markAt(style, x, y, size = 4.5) {
  const colour = colourOf(style);
  if (style === REFERENCE) {
    return svg("circle", {cx: x, cy: y, r: size, fill: "var(--card)", stroke: colour, "stroke-width": 2});
  }
  const shape = style % data.palette.shapes, s = size * 1.15;
  const corners = [null, [[-s, -s], [s, -s], [s, s], [-s, s]].map(c => c.map(v => v * .82)),
                   [[0, -s], [s, s * .8], [-s, s * .8]], [[0, -s * 1.2], [s * 1.2, 0], [0, s * 1.2], [-s * 1.2, 0]],
                   [[0, s], [s, -s * .8], [-s, -s * .8]]][shape];
  if (!corners) return svg("circle", {cx: x, cy: y, r: size, fill: colour, stroke: "var(--card)"});
  const points = corners.map(([dx, dy]) => `${x + dx},${y + dy}`).join(" ");
  return svg("polygon", {points, fill: colour, stroke: "var(--card)"});
}

// One series as a legend shows it.
function sampleOf(series, width) {
  const picture = svg("svg", {width: 26, height: 14, viewBox: "0 0 26 14", "aria-hidden": "true"});
  const stroke = {stroke: colourOf(series.style), "stroke-width": width ?? 1.8};
  if (series.drawn === "guide") Object.assign(stroke, {stroke: "var(--soft)", "stroke-dasharray": "4 3"});
  if (series.drawn !== "points") picture.append(svg("line", {x1: 1, x2: 25, y1: 7, y2: 7, ...stroke}));
  if (series.drawn === "points" || series.drawn === "line") picture.append(markAt(series.style, 13, 7));
  return picture;
}
