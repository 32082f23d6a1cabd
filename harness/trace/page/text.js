// The prompt's own text, and one token's fate.
const spans = [];
function writeText() {
  const fragment = document.createDocumentFragment();
  texts.forEach((text, i) => {
    const span = make("span", "t");
    span.dataset.i = i;
    span.tabIndex = -1;
    if (/\n/.test(text)) {
      text.split(/(\n)/).filter(part => part !== "").forEach(part => {
        if (part === "\n") span.append(make("span", "break", "⏎"), "\n"); else span.append(part);
      });
    } else {
      span.textContent = text;
    }
    spans.push(span);
    fragment.append(span);
  });
  get("text").append(fragment);
}
// Updates of each token, of 2 L possible ones.
const work = Array.from({length: N}, (_, i) => {
  let updates = 0;
  for (let l = 0; l < L; ++l) updates += attention[l][i] + ffn[l][i];
  return updates;
});
const least = work.reduce((a, b) => Math.min(a, b)), most = work.reduce((a, b) => Math.max(a, b));
function paintText() {
  for (let i = 0; i < N; ++i) {
    const span = spans[i];
    let className = "t";
    span.style.background = "";
    if (layer >= 0) {
      className += " " + state(layer, i);
    } else {
      const strength = Math.round(6 + 66 * (work[i] - least) / Math.max(1, most - least));
      span.style.background = `color-mix(in srgb, var(--both) ${strength}%, transparent)`;
    }
    if (needle[i]) className += " needle";
    if (i === picked) className += " picked";
    span.className = className;
  }
  get("whole").setAttribute("aria-pressed", String(layer < 0));
  get("layer").value = layer < 0 ? L - 1 : layer;
  get("shown").textContent = layer < 0 ? `colour: updates of the token, from ${least} to ${most} of ${2 * L}`
                                       : `layer ${layer}: ${number(layers[layer].attention.kept)} in attention, ${number(layers[layer].ffn.kept)} in the FFN`;
  document.querySelectorAll("#rows tr").forEach((row, l) => row.classList.toggle("chosen", l === layer));
}

function runs(list) {
  const parts = [];
  for (let k = 0; k < list.length; ) {
    let end = k;
    while (end + 1 < list.length && list[end + 1] === list[end] + 1) ++end;
    parts.push(k === end ? `${list[k]}` : `${list[k]}–${list[end]}`);
    k = end + 1;
  }
  return parts.length ? parts.join(", ") : "none";
}
function showFate(i) {
  const fate = get("fate");
  const where = flag => layers.map((_, l) => l).filter(l => flag(l));
  const word = make("div", "word" + (needle[i] ? " hit" : ""), shownText(texts[i]));
  const title = make("p", "", `token ${number(i)} of ${number(N)}, id ${trace.prompt_tokens[i]}`);
  const stack = make("div", "stack");
  for (let l = 0; l < L; ++l) {
    const held = cached[l][i];
    const cell = make("i", state(l, i) + (held > 0 ? " cached" : "") + (held > 0 && held < .999 ? " part" : ""));
    cell.title = `layer ${l}: ${STATE_TEXT[state(l, i)]}`;
    stack.append(cell);
  }
  const ends = make("div", "ends");
  ends.append(make("span", "", "layer 0"), make("span", "", "lines: in the KV cache"), make("span", "", `${L - 1}`));
  const end = dropped[i] === L ? "Alive to the end."
      : dropped[i] === 0 && !attention[0][i] ? "Left out before layer 0."
      : `Dropped in layer ${dropped[i]}.`;
  fate.replaceChildren(word, title, stack, ends, make("p", dropped[i] < L && needle[i] ? "hit" : "", end),
      make("p", "", `Attention: layers ${runs(where(l => attention[l][i]))}`),
      make("p", "", `FFN: layers ${runs(where(l => ffn[l][i]))}`),
      make("p", "", `KV cache: layers ${runs(where(l => cached[l][i] > 0))}`));
  const heads = layers.filter(l => l.kv.heads).length;
  if (heads) {
    const mean = where(l => layers[l].kv.heads).reduce((t, l) => t + cached[l][i], 0) / heads;
    fate.append(make("p", "", `Held by ${share(mean, 1)} of the heads that choose for themselves.`));
  }
}
