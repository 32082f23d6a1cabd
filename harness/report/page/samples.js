// Every sample with its reply, filtered and sorted; rows are made in slices, as they may be many.

const FIRST = 25, SLICE = 200;
const COLUMN = {task: 0, label: 1, id: 2, error: 3, score: 4, loss: 5, time: 6, prompt: 7, fresh: 8, reply: 9, answers: 10};

const decimals = digits => value => value === null ? "–" :
    value.toLocaleString("en-US", {minimumFractionDigits: digits, maximumFractionDigits: digits});

// What a column shows, and what it sorts by.
function sampleColumns(samples, replies) {
  const of = name => row => row[COLUMN[name]];
  const task = row => samples.tasks[row[COLUMN.task]], label = row => samples.labels[row[COLUMN.label]];
  const baseline = row => replies.get(keyOf(row)) ?? null;
  return [
    {heading: "method", hint: "", key: label, text: label},
    {heading: "task", hint: "", key: task, text: task},
    {heading: "sample", hint: "", key: of("id"), text: of("id")},
    {heading: "score", hint: "points in the task's main metric", key: of("score"), text: row => decimals(1)(row[COLUMN.score])},
    {heading: "loss", hint: "of the right answer, nats per token", key: of("loss"), text: row => decimals(3)(row[COLUMN.loss])},
    {heading: "TTFT ms", hint: "mean over rounds", key: of("time"), text: row => decimals(1)(row[COLUMN.time])},
    {heading: "prompt", hint: "tokens of the prompt", key: of("prompt"), text: row => decimals(0)(row[COLUMN.prompt])},
    {heading: "new", hint: "tokens of the reply", key: of("fresh"), text: row => decimals(0)(row[COLUMN.fresh])},
    {heading: "reply", hint: "", key: of("reply"), text: row => row[COLUMN.error] ?? row[COLUMN.reply], wide: true},
    {heading: "reference", hint: "right answers, any of which counts", key: of("answers"), text: row => row[COLUMN.answers] || "–", wide: true},
    {heading: "baseline's reply", hint: `of ${samples.baseline ?? "no baseline"} on the same sample`, key: baseline,
     text: row => label(row) === samples.baseline ? "–" : baseline(row) === row[COLUMN.reply] ? "the same" : baseline(row) ?? "–",
     wide: true},
  ];
}

function keyOf(row) {
  return `${row[COLUMN.task]}\n${row[COLUMN.id]}`;
}

class SampleTable {
  constructor(samples) {
    this.samples = samples;
    const baseline = samples.labels.indexOf(samples.baseline);
    const replies = new Map(), scores = new Map();
    for (const row of samples.rows) {
      if (row[COLUMN.label] !== baseline) continue;
      replies.set(keyOf(row), row[COLUMN.reply]);
      scores.set(keyOf(row), row[COLUMN.score]);
    }
    this.scores = scores;
    this.columns = sampleColumns(samples, replies).filter(column => this.hasAny(column));
    this.sorted = null;  // a column and a direction
    this.body = make("tbody");
    this.count = make("p", "count");
    this.count.setAttribute("role", "status");
    this.more = make("button", "more", "");
    this.more.addEventListener("click", () => this.showMore());
    this.filters = this.makeFilters();
    this.nodes = [this.filters.node, this.count, this.makeTable(), this.more];
    this.refresh();
  }

  // Speed alone has no replies and no scores.
  hasAny(column) {
    return this.samples.rows.some(row => !["", "–", null].includes(column.key(row)));
  }

  makeFilters() {
    const node = make("form", "controls filters");
    node.setAttribute("role", "search");
    node.addEventListener("submit", event => event.preventDefault());
    const field = (name, control) => {
      const label = make("label", "", name + " ");
      label.append(control);
      node.append(label);
      control.addEventListener("input", () => this.refresh());
      return control;
    };
    const choice = names => {
      const select = make("select");
      ["all", ...names].forEach((name, i) => {
        const option = make("option", "", name);
        option.value = i - 1;
        select.append(option);
      });
      return select;
    };
    const search = make("input");
    search.type = "search";
    search.placeholder = "reply, reference or sample";
    const changed = make("input");
    changed.type = "checkbox";
    const filters = {
      node, search: field("Search", search), method: field("Method", choice(this.samples.labels)),
      task: field("Task", choice(this.samples.tasks)),
    };
    filters.changed = this.scores.size ? field("score differs from the baseline's", changed) : null;
    return filters;
  }

  makeTable() {
    const table = make("table", "samples"), head = make("thead"), headings = make("tr");
    for (const column of this.columns) {
      const heading = sortHeading(column, direction => {
        this.sorted = direction ? {column, direction} : null;
        this.refresh();
      });
      if (column.wide) heading.className = "wide";
      headings.append(heading);
    }
    head.append(headings);
    table.append(make("caption", "unseen", "Samples, with their replies"), head, this.body);
    return scrollBox(table, "Samples");
  }

  matches(row) {
    const {search, method, task, changed} = this.filters, words = search.value.trim().toLowerCase();
    if (method.value >= 0 && row[COLUMN.label] !== Number(method.value)) return false;
    if (task.value >= 0 && row[COLUMN.task] !== Number(task.value)) return false;
    if (changed?.checked && row[COLUMN.score] === this.scores.get(keyOf(row))) return false;
    if (!words) return true;
    return [COLUMN.reply, COLUMN.answers, COLUMN.id, COLUMN.error].some(i => row[i]?.toLowerCase().includes(words));
  }

  refresh() {
    this.found = this.samples.rows.filter(row => this.matches(row));
    if (this.sorted) {
      const {column, direction} = this.sorted;
      this.found.sort((a, b) => compareKeys(column.key(a), column.key(b), direction));
    }
    this.body.replaceChildren();
    this.shown = 0;
    this.showMore();
  }

  showMore() {
    const slice = this.found.slice(this.shown, this.shown + (this.shown ? SLICE : FIRST));
    this.body.append(...slice.map(row => this.line(row)));
    this.shown += slice.length;
    const {rows, total} = this.samples;
    const cut = total > rows.length
        ? ` This page holds ${number(rows.length)} of ${number(total)} samples, the first of every method and task; the database has all.` : "";
    this.count.textContent = `${number(this.shown)} of ${number(this.found.length)} shown` +
        (this.found.length < rows.length ? `, filtered from ${number(rows.length)}.` : ".") + cut;
    this.more.textContent = `Show ${number(Math.min(SLICE, this.found.length - this.shown))} more`;
    this.more.hidden = this.shown === this.found.length;
  }

  line(row) {
    const line = make("tr");
    this.columns.forEach((column, i) => {
      const cell = make(i === 0 ? "th" : "td", column.wide ? "wide" : "", column.text(row));
      if (i === 0) cell.scope = "row";
      if (row[COLUMN.error] && column.heading === "reply") cell.classList.add("state");
      line.append(cell);
    });
    return line;
  }
}
