// One pair of axes as SVG. Axes, ticks and points come ready from the C++ side.

// The width of a text in a figure's font.
const measure = (() => {
  const pen = document.createElement("canvas").getContext("2d");
  return (text, bold) => {
    pen.font = `${bold ? "600 " : ""}11px system-ui, -apple-system, "Segoe UI", sans-serif`;
    return pen.measureText(text).width;
  };
})();

const LINE = 14;  // from one direct label to the next

// Data coordinates to pixels.
function scaleOf(axis, from, to) {
  const f = axis.log ? Math.log : x => x;
  const low = f(axis.low), span = f(axis.high) - low;
  return value => from + (to - from) * (f(value) - low) / span;
}

function overlap(a, b) {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}

class Plot {
  // Direct labels at the lines' ends need a margin of their own. Names that would have to be cut stand
  // in the legend alone: cut ones look alike.
  constructor(panel, width, height) {
    this.panel = panel;
    const lines = panel.series.filter(s => s.drawn === "line");
    const longest = Math.max(...lines.map(s => measure(s.label, true)), 0);
    this.labelsEnds = longest > 0 && width > 460 && longest + 14 < width * .34 && lines.length * LINE < height - 50;
    this.width = width;
    this.height = height;
    const ticks = Math.max(...panel.y.ticks.map(tick => measure(tick[1])), 6);
    this.left = 30 + ticks;
    this.right = width - (this.labelsEnds ? longest + 14 : 14);
    this.top = 10;
    this.bottom = height - 42;
    this.x = scaleOf(panel.x, this.left, this.right);
    this.y = scaleOf(panel.y, this.bottom, this.top);
    this.points = [];  // on the screen, for pointing at
    this.node = svg("svg", {viewBox: `0 0 ${width} ${height}`, role: "img", class: "plot"});
    this.node.setAttribute("aria-label", this.description());
    this.drawAxes();
    panel.series.forEach((series, i) => this.drawSeries(series, i));
    if (this.labelsEnds) this.labelEnds();
    else this.labelPoints();
  }

  description() {
    const {title, x, y, series} = this.panel;
    const names = series.filter(s => s.drawn !== "guide").map(s => s.label).join(", ");
    return `${title ? title + ": " : ""}${y.title} over ${x.title}; ${names}. The tables below have the figures.`;
  }

  add(tag, attributes, ...children) {
    this.node.append(svg(tag, attributes, ...children));
  }

  drawAxes() {
    const {x, y} = this.panel;
    let free = -Infinity;  // ticks whose labels would touch the one before are left unlabelled
    for (const [value, label] of x.ticks) {
      const at = this.x(value), half = measure(label) / 2 + 3;
      this.add("line", {class: "grid", x1: at, x2: at, y1: this.top, y2: this.bottom});
      if (at - half < free) continue;
      free = at + half;
      this.add("text", {x: at, y: this.bottom + 15, "text-anchor": "middle"}, label);
    }
    for (const [value, label] of y.ticks) {
      const at = this.y(value);
      this.add("line", {class: "grid", x1: this.left, x2: this.right, y1: at, y2: at});
      this.add("text", {x: this.left - 6, y: at + 4, "text-anchor": "end"}, label);
    }
    this.add("text", {class: "axis", x: (this.left + this.right) / 2, y: this.height - 8,
                      "text-anchor": "middle"}, x.title);
    const middle = (this.top + this.bottom) / 2;
    this.add("text", {class: "axis", x: 12, y: middle, "text-anchor": "middle",
                      transform: `rotate(-90 12 ${middle})`}, y.title);
  }

  drawSeries(series, position) {
    const group = svg("g", {class: "series", "data-label": series.label});
    const at = series.points.map(p => [this.x(p[0]), this.y(p[1])]);
    const colour = colourOf(series.style);
    if (series.drawn === "guide") {
      group.append(svg("polyline", {class: "guide", points: at.join(" ")}));
    } else if (series.drawn === "line") {
      group.append(svg("polyline", {class: "line", points: at.join(" "), stroke: colour}));
    } else if (series.drawn === "steps") {
      group.append(svg("path", {class: "line", d: this.steps(at), stroke: colour,
                                style: `stroke-width: ${stepWidth(position)}px`}));
    }
    const marked = series.drawn === "points" || series.drawn === "line";
    series.points.forEach((point, i) => {
      if (marked) group.append(...this.bars(point, at[i], colour), markAt(series.style, ...at[i]));
      if (series.drawn !== "guide") {
        this.points.push({x: at[i][0], y: at[i][1], series, note: point[6], bars: this.barsOf(point, at[i])});
      }
    });
    this.node.append(group);
  }

  // A value holds from half a step before its place to half a step behind it.
  steps(at) {
    const half = at.length > 1 ? (at[1][0] - at[0][0]) / 2 : 4;
    return at.map(([x, y], i) => `${i ? "V" : `M${x - half} `}${y}H${x + half}`).join("");
  }

  barsOf([, , xLow, xHigh, yLow, yHigh], [x, y]) {
    const bars = [];
    if (xLow !== null) bars.push({x1: this.x(xLow), x2: this.x(xHigh), y1: y, y2: y});
    if (yLow !== null) bars.push({x1: x, x2: x, y1: this.y(yHigh), y2: this.y(yLow)});
    return bars;
  }

  bars(point, at, colour) {
    return this.barsOf(point, at).map(bar => svg("line", {class: "bar", stroke: colour, ...bar}));
  }

  // Names at the lines' ends, moved apart where they would lie on each other.
  labelEnds() {
    const ends = this.panel.series.filter(s => s.drawn === "line" && s.points.length)
        .map(s => ({label: s.label, style: s.style, y: this.y(s.points.at(-1)[1])}))
        .sort((a, b) => a.y - b.y);
    const lowest = this.bottom + 6;
    ends.forEach((end, i) => { end.at = Math.max(end.y, i ? ends[i - 1].at + LINE : this.top + 4); });
    for (let i = ends.length - 1; i >= 0; --i) {
      ends[i].at = Math.min(ends[i].at, i + 1 < ends.length ? ends[i + 1].at - LINE : lowest);
    }
    for (const end of ends) {
      this.add("text", {class: "direct", x: this.right + 10, y: end.at + 4, fill: colourOf(end.style),
                        "data-label": end.label}, end.label);
    }
  }

  // Names beside points, where they cover neither marks nor bars nor each other; the legend has all.
  labelPoints() {
    const points = this.points.filter(p => p.series.drawn === "points");
    const many = points.length > this.panel.series.length + 2;  // several of one series: no names
    if (many || this.width < 300) return;
    const taken = points.map(p => ({x: p.x - 6, y: p.y - 6, w: 12, h: 12}));
    for (const {x1, x2, y1, y2} of points.flatMap(p => p.bars)) {
      taken.push({x: x1 - 2, y: y1 - 2, w: x2 - x1 + 4, h: y2 - y1 + 4});
    }
    for (const p of points) {
      const w = measure(p.series.label, true), h = 12;
      const places = [[p.x + 9, p.y - 6], [p.x - 9 - w, p.y - 6], [p.x - w / 2, p.y - 19],
                      [p.x - w / 2, p.y + 7], [p.x + 7, p.y - 16], [p.x + 7, p.y + 4]];
      const box = places.map(([x, y]) => ({x, y, w, h})).find(
          b => b.x > this.left && b.x + w < this.width && b.y > this.top - 8 && b.y + h < this.bottom &&
              !taken.some(other => overlap(b, other)));
      if (!box) continue;
      taken.push(box);
      this.add("text", {class: "direct", x: box.x, y: box.y + 10, fill: colourOf(p.series.style),
                        "data-label": p.series.label}, p.series.label);
    }
  }

  // The point nearest to a place on the screen; null where none is near.
  nearest(event) {
    const box = this.node.getBoundingClientRect(), factor = this.width / box.width;
    const x = (event.clientX - box.left) * factor, y = (event.clientY - box.top) * factor;
    let best = null, least = 28 ** 2;
    for (const point of this.points) {
      const steps = point.series.drawn === "steps";
      const distance = (steps ? 3 : 1) * (point.x - x) ** 2 + (point.y - y) ** 2;
      if (distance < least) [best, least] = [point, distance];
    }
    return best;
  }
}

// Equal lines lie on each other, the narrow above the wide.
function stepWidth(position) {
  return Math.max(7 - 1.8 * position, 1.6);
}
