// What each layer kept, and what happens where.
function bar(value, className) {
  const outer = make("span", "bar"), inner = make("i", className);
  inner.style.width = `${100 * value / N}%`;
  outer.append(inner);
  return outer;
}
function writeTable() {
  const columns = ["layer", "attention updated", "FFN updated", "alive after", "KV rows"];
  if (needles.length) columns.push("highlighted: alive", "cached");
  const head = make("tr");
  for (const column of columns) head.append(make("th", "", column));
  get("head").append(head);
  layers.forEach((l, index) => {
    const row = make("tr");
    const cell = (value, className) => {
      const td = make("td");
      td.append(bar(value, className), number(value));
      row.append(td);
      return td;
    };
    row.append(make("td", "", String(index)));
    cell(l.attention.kept, "attention");
    cell(l.ffn.kept, "ffn");
    cell(l.alive_after, "idle");
    const kv = cell(l.kv.kept, "both");
    if (l.kv.heads) kv.append(headBars(l));
    if (needles.length) {
      const held = needles.filter(i => cached[index][i] > 0).length;
      const living = needles.filter(i => alive[index][i]).length;
      row.append(make("td", living < needles.length ? "hit" : "", `${living} of ${needles.length}`),
                 make("td", held < needles.length ? "hit" : "", `${held} of ${needles.length}`));
    }
    row.addEventListener("click", () => choose(picked, index));
    get("rows").append(row);
  });
}
// How many of the highlighted tokens, or without them of all rows, each KV head holds.
function headBars(l) {
  const box = make("span", "heads");
  l.kv.heads.forEach((head, h) => {
    const of = needles.length ? needles.length : N;
    const held = needles.length ? head.filter(i => needle[i]).length : head.length;
    const column = make("i");
    column.style.height = `${Math.round(13 * held / of)}px`;
    column.title = `head ${h}: ${number(head.length)} rows` + (needles.length ? `, ${held} of ${of} highlighted` : "");
    box.append(column);
  });
  return box;
}

function choose(i, l) {
  picked = i;
  layer = l;
  paintText();
  placeCursor();
  showFate(i);
}
function scrollToToken(i) {
  const box = get("text"), span = spans[i];
  box.scrollTop = span.offsetTop - box.offsetTop - box.clientHeight / 2;
}
fill();
writeText();
writeTable();
get("layer").max = L - 1;
get("layer").addEventListener("input", event => choose(picked, Number(event.target.value)));
get("whole").addEventListener("click", () => choose(picked, -1));
get("field").addEventListener("pointermove", event => showFate(pointed(event)[0]));
get("field").addEventListener("pointerleave", () => showFate(picked));
get("field").addEventListener("click", event => {
  const [i, l] = pointed(event);
  choose(i, l);
  scrollToToken(i);
});
get("text").addEventListener("pointerover", event => {
  const span = event.target.closest(".t");
  if (span) showFate(Number(span.dataset.i));
});
get("text").addEventListener("pointerleave", () => showFate(picked));
get("text").addEventListener("click", event => {
  const span = event.target.closest(".t");
  if (span) choose(Number(span.dataset.i), layer);
});
document.addEventListener("keydown", event => {
  if (event.target.tagName === "INPUT") return;
  const step = {ArrowLeft: -1, ArrowRight: 1}[event.key];
  if (!step) return;
  choose(Math.max(0, Math.min(N - 1, picked + step)), layer);
  scrollToToken(picked);
});
window.addEventListener("resize", drawMap);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawMap);
drawMap();
choose(picked, -1);
scrollToToken(picked);
