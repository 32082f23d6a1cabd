// Any two methods against each other, as `skipbench compare` tells them: computed when the page was
// written, chosen here.

// Cells of a comparison as a table that tableOf() draws. Where the columns name first and second,
// the methods' names stand.
function pairTable(title, caption, columns, rows, pair) {
  const named = columns.map(column => ({...column, heading: {first: pair.first, second: pair.second}[column.heading] ?? column.heading}));
  return {title, caption, columns: named, rows: rows.map(([section, ...cells]) => ({section, cells}))};
}

// A pair is stored once, under the order of the experiment.
function findPair(pairs, a, b) {
  return pairs.find(pair => (pair.first === a && pair.second === b) || (pair.first === b && pair.second === a));
}

function pairContents(compared, a, b, command) {
  if (a === b) return [make("p", "", "Choose two different methods.")];
  const pair = findPair(compared.pairs, a, b);
  if (!pair) return [make("p", "", "This page does not hold this pair; the command below compares it."), command(a, b)];
  const nodes = [], {first, second} = pair;
  if (pair.differences.length) {
    nodes.push(tableOf(pairTable(`${second} − ${first}`, [`Positive: ${second} is higher.`, ...compared.caption], compared.differences, pair.differences, pair)));
  }
  if (pair.times.length) {
    nodes.push(tableOf(pairTable(`Time of ${first} / time of ${second}`, [`Above 1: ${second} is faster.`], compared.times, pair.times, pair)));
  }
  return [...nodes, lines(pair.notes, "notes"), command(first, second)];
}

function compareCommand(first, second) {
  const block = commandBlock();
  block.code.textContent = `skipbench compare ${shellQuoted(data.database)} ${shellQuoted(first)} ${shellQuoted(second)}`;
  return block.box;
}

function comparisonOf(compared, labels) {
  const box = make("div", "compared");
  const update = () => box.replaceChildren(...pairContents(compared, a.select.value, b.select.value, compareCommand));
  const a = choiceOf("Method A", labels, update), b = choiceOf("Method B", labels, update);
  b.select.selectedIndex = 1;
  const controls = make("div", "controls");
  controls.append(a.label, b.label);
  update();
  return [controls, box];
}
