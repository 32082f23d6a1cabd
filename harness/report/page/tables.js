// Tables whose rows sort by a click, or a key, on a heading: up, down, and as they came.

const collator = new Intl.Collator("en", {numeric: true});

// What a cell sorts by: the first number in it, as it is written for people, or its text.
function sortKey(text) {
  const found = /^[<>]?([+\-−]?[\d,]*\.?\d+(?:e[+-]?\d+)?)/.exec(text.trim());
  if (found) return Number(found[1].replaceAll(",", "").replace("−", "-"));
  return text === "–" || text === "" ? null : text;
}

// Numbers before words, and what is unknown last, in both directions.
function compareKeys(a, b, direction) {
  const rank = key => key === null ? 2 : typeof key === "number" ? 0 : 1;
  if (rank(a) !== rank(b)) return rank(a) - rank(b);
  if (a === null) return 0;
  return direction * (typeof a === "number" ? a - b : collator.compare(a, b));
}

const NEXT_SORT = {none: "ascending", ascending: "descending", descending: "none"};

// A heading that sorts. `sort` is told the direction: 1, -1, or 0 for the order that rows came in.
function sortHeading(column, sort) {
  const heading = make("th"), button = make("button", "sort", column.heading);
  heading.scope = "col";
  heading.setAttribute("aria-sort", "none");
  if (column.hint) button.title = column.hint;
  button.addEventListener("click", () => {
    const next = NEXT_SORT[heading.getAttribute("aria-sort")];
    for (const other of heading.parentNode.children) other.setAttribute("aria-sort", "none");
    heading.setAttribute("aria-sort", next);
    sort({ascending: 1, descending: -1, none: 0}[next]);
  });
  heading.append(button);
  return heading;
}

// The headings' groups, each over its columns; nothing where there are none.
function groupRow(columns) {
  if (columns.every(column => !column.group)) return null;
  const row = make("tr", "groups");
  for (let i = 0; i < columns.length;) {
    let end = i + 1;
    while (end < columns.length && columns[end].group === columns[i].group) ++end;
    const group = make(columns[i].group ? "th" : "td", "", columns[i].group);
    group.colSpan = end - i;
    if (columns[i].group) group.scope = "colgroup";
    row.append(group);
    i = end;
  }
  return row;
}

const STATES = ["oom", "failed", "invalid", "INVALID", "inactive", "score-driven", "outdated", "not run", "missing"];

function cellOf(text, isFirst) {
  const cell = make(isFirst ? "th" : "td", "", text);
  if (isFirst) cell.scope = "row";
  if (STATES.includes(text)) cell.className = "state";
  if (/●/.test(text)) cell.className = "best";
  if (/\*|†|‡|\(\d+\/\d+\)/.test(text) && !isFirst) cell.classList.add("careful");
  return cell;
}

// Rows of one section stand, and are sorted, together.
function bodiesOf(table) {
  const bodies = [];
  for (const row of table.rows) {
    if (!bodies.length || bodies.at(-1).section !== row.section) {
      bodies.push({section: row.section, rows: [], node: make("tbody")});
    }
    const line = make("tr");
    row.cells.forEach((text, i) => line.append(cellOf(text, i === 0)));
    bodies.at(-1).rows.push({line, keys: row.cells.map(sortKey)});
  }
  return bodies;
}

function fillBody(body, column, direction, width) {
  const rows = direction
      ? [...body.rows].sort((a, b) => compareKeys(a.keys[column], b.keys[column], direction))
      : body.rows;
  const lines = rows.map(row => row.line);
  if (body.section) {
    const line = make("tr", "section"), heading = make("th", "", body.section);
    heading.scope = "rowgroup";
    heading.colSpan = width;
    line.append(heading);
    lines.unshift(line);
  }
  body.node.replaceChildren(...lines);
}

function scrollBox(node, name) {
  const box = make("div", "scroll");
  box.tabIndex = 0;
  box.setAttribute("role", "region");
  box.setAttribute("aria-label", name);
  box.append(node);
  return box;
}

// What is left of a table of which all stands in the caption.
function titledText(table) {
  const box = make("div", "titled");
  box.append(make("h3", "", table.title), ...table.caption.map(line => make("p", "", line)));
  return box;
}

// A table as its C++ side says: title, caption, columns, rows.
function tableOf(table) {
  if (!table.rows.length) return titledText(table);
  const node = make("table"), head = make("thead"), caption = make("caption");
  caption.append(make("b", "", table.title), ...table.caption.map(line => make("span", "", line)));
  const groups = groupRow(table.columns), headings = make("tr"), bodies = bodiesOf(table);
  const fill = (column, direction) => {
    for (const body of bodies) fillBody(body, column, direction, table.columns.length);
  };
  table.columns.forEach((column, i) => {
    headings.append(sortHeading(column, direction => fill(i, direction)));
  });
  if (groups) head.append(groups);
  head.append(headings);
  fill(0, 0);
  node.append(caption, head, ...bodies.map(body => body.node));
  return scrollBox(node, table.title);
}
