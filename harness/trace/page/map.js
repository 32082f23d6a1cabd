// Layers by tokens, on a canvas.
function colours() {
  const probe = make("i");
  document.body.append(probe);
  const table = {};
  for (const name of [...STATES, "needle"]) {
    probe.style.color = `var(--${name})`;
    table[name] = getComputedStyle(probe).color.match(/[\d.]+/g).slice(0, 3).map(Number);
  }
  probe.remove();
  return table;
}
// One column a token while there is room for it; below that neighbours share a column and its
// colour is their mean.
function drawMap() {
  const table = colours(), canvas = get("cells"), strips = get("strips");
  const width = Math.max(1, Math.round(canvas.clientWidth * (window.devicePixelRatio || 1)));
  const rowHeight = Math.max(6, Math.min(16, Math.round(420 / L)));
  canvas.width = strips.width = width;
  canvas.height = L;
  canvas.style.height = `${rowHeight * L}px`;
  canvas.style.imageRendering = "pixelated";
  const context = canvas.getContext("2d"), image = context.createImageData(width, L);
  for (let l = 0; l < L; ++l) {
    for (let x = 0; x < width; ++x) {
      const first = Math.floor(x * N / width), last = Math.max(first + 1, Math.floor((x + 1) * N / width));
      let r = 0, g = 0, b = 0;
      for (let i = first; i < last; ++i) {
        const c = table[state(l, i)];
        r += c[0]; g += c[1]; b += c[2];
      }
      const count = last - first, at = 4 * (l * width + x);
      image.data.set([r / count, g / count, b / count, 255], at);
    }
  }
  context.putImageData(image, 0, 0);
  strips.height = 9;
  const marks = strips.getContext("2d");
  marks.fillStyle = `rgb(${table.needle})`;
  const least = 2 * (window.devicePixelRatio || 1);
  for (const [begin, end] of data.highlight) {
    marks.fillRect(begin * width / N, 0, Math.max(least, (end - begin) * width / N), 9);
  }
  const axis = get("axis");
  axis.replaceChildren();
  const step = Math.ceil(16 / rowHeight);
  for (let l = 0; l < L; l += step) {
    const label = make("span", "", String(l));
    label.style.top = `${(l + .5) * rowHeight}px`;
    axis.append(label);
  }
  get("ticks").replaceChildren(...[0, .25, .5, .75, 1].map(p => make("span", "", number(Math.round(p * (N - 1))))));
  placeCursor();
}
function placeCursor() {
  const cross = get("cross"), row = get("row"), height = get("cells").clientHeight / L;
  cross.style.display = "block";
  cross.style.left = `${(picked + .5) / N * 100}%`;
  row.style.display = layer < 0 ? "none" : "block";
  row.style.top = `${layer * height}px`;
  row.style.height = `${height}px`;
}
function pointed(event) {
  const box = get("cells").getBoundingClientRect();
  const at = (value, size, count) => Math.max(0, Math.min(count - 1, Math.floor(value / size * count)));
  return [at(event.clientX - box.left, box.width, N), at(event.clientY - box.top, box.height, L)];
}
