// The trace as flags over the prompt, and the page's header.
const trace = data.trace, texts = data.texts, layers = trace.layers;
const N = trace.prompt_tokens.length, L = layers.length;
const share = (a, b) => b ? `${(100 * a / b).toFixed(a === b ? 0 : 1)}%` : "–";

// A part of a layer as flags over the prompt: everything where no indices are given.
function flags(part) {
  const set = new Uint8Array(N);
  if (!part.indices) return part.kept === 0 ? set : set.fill(1);
  for (const i of part.indices) set[i] = 1;
  return set;
}

const attention = layers.map(l => flags(l.attention));
const ffn = layers.map(l => flags(l.ffn));
const alive = layers.map(l => flags(l.alive));
// How many heads hold each token, as a share.
const cached = layers.map(l => {
  if (!l.kv.heads) return Float32Array.from(flags(l.kv));
  const held = new Float32Array(N);
  for (const head of l.kv.heads) for (const i of head) held[i] += 1 / l.kv.heads.length;
  return held;
});
const needle = new Uint8Array(N);
for (const [begin, end] of data.highlight) needle.fill(1, begin, end);
const needles = [...needle.keys()].filter(i => needle[i]);

const STATES = ["both", "attention", "ffn", "idle", "gone"];
const STATE_TEXT = {both: "attention and FFN", attention: "attention only", ffn: "FFN only",
                    idle: "passed by", gone: "dropped"};
const entered = (l, i) => l === 0 || alive[l - 1][i] === 1;
function state(l, i) {
  const a = attention[l][i], f = ffn[l][i];
  if (a && f) return "both";
  if (a) return "attention";
  if (f) return "ffn";
  return entered(l, i) && (l > 0 || alive[0][i]) ? "idle" : "gone";
}
// The first layer that a token does not leave, or L.
const dropped = Array.from({length: N}, (_, i) => {
  for (let l = 0; l < L; ++l) if (!alive[l][i]) return l;
  return L;
});

let layer = -1;   // -1: all layers
let picked = needles.length ? needles[0] : N - 1;

function fill() {
  get("title").textContent = `${trace.method.method} on ${data.model}`;
  get("sub").textContent = `${number(N)} prompt tokens, ${L} layers, ` +
      `${number(trace.generated_tokens.length)} new tokens`;
  const rowsOf = l => Array.isArray(l.kv_length)
      ? l.kv_length.reduce((a, b) => a + b, 0) / l.kv_length.length : l.kv_length;
  const sum = f => layers.reduce((total, l) => total + f(l), 0);
  const tiles = [
    [`${(trace.flops.full / trace.flops.method).toFixed(2)}x`,
     `ideal speed-up of prefill: ${flops(trace.flops.method)} of ${flops(trace.flops.full)} GFLOP`],
    [share(sum(l => l.attention.kept), N * L), "attention updates"],
    [share(sum(l => l.ffn.kept), N * L), "FFN updates"],
    [share(sum(rowsOf), N * L), "KV cache"],
  ];
  tiles.push(...decodeTiles(trace.decode));
  for (const [value, what] of tiles) addTile(value, what, "tile");
  if (needles.length) {
    const end = needles.filter(i => alive[L - 1][i]).length;
    addTile(`${end} of ${needles.length}`, "highlighted tokens alive at the end", "tile needle-tile");
    const seen = needles.reduce((t, i) => t + cached.reduce((c, l) => c + l[i], 0), 0);
    addTile(share(seen, needles.length * L), "of their KV rows cached", "tile needle-tile");
  }
  get("reply").textContent = trace.text === "" ? "(no text)" : trace.text;
  get("top").textContent = "First token: " + trace.first_token_top
      .map(([id, logprob], k) => `“${shownText(data.top_texts[k])}” ${(100 * Math.exp(logprob)).toFixed(1)}%`)
      .join(" · ");
  for (const name of STATES) addLegend(name, STATE_TEXT[name]);
  if (needles.length) addLegend("mark", "highlighted");
  listParameters(trace.method, "");
  document.title = get("title").textContent;
}
// What decoding skipped or brought back; nothing where it ran in full.
function decodeTiles(decode) {
  const tiles = [];
  if (decode.steps === 0) return tiles;
  if (decode.kv_share < 1) tiles.push([share(decode.kv_share, 1), "of full attention's cache rows attended while decoding"]);
  if (decode.ffn_share < 1) tiles.push([share(decode.ffn_share, 1), "FFNs run while decoding"]);
  if (decode.revived_tokens) tiles.push([number(decode.revived_tokens), "dropped tokens revived while decoding"]);
  if (decode.recalled_rows) tiles.push([number(decode.recalled_rows), "cache rows recalled from host memory"]);
  return tiles;
}
const flops = x => number(Number((x / 1e9).toPrecision(4)));
function addTile(value, what, className) {
  const tile = make("div", className);
  tile.append(make("b", "", value), make("span", "", what));
  get("tiles").append(tile);
}
function addLegend(className, text) {
  const item = make("span");
  item.append(make("i", className), text);
  get("legend").append(item);
}
function listParameters(object, prefix) {
  for (const [name, value] of Object.entries(object)) {
    if (value !== null && typeof value === "object" && !Array.isArray(value)) {
      listParameters(value, `${prefix}${name}.`);
    } else {
      get("params").append(make("dt", "", prefix + name), make("dd", "", value === null ? "none" : Array.isArray(value) ? value.join(", ") : String(value)));
    }
  }
}
const shownText = text => text.replace(/\n/g, "⏎").replace(/\t/g, "⇥").replace(/^ +| +$/g, spaces => "␣".repeat(spaces.length));
