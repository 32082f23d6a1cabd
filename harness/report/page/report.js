// The page as a whole.

const links = [];

// A card under a heading, which the list of contents names.
function card(title, id, ...nodes) {
  const section = make("section"), heading = make("h2", "", title);
  heading.id = `${id}-heading`;
  section.id = id;
  section.setAttribute("aria-labelledby", heading.id);
  section.append(heading, ...nodes);
  links.push([title, id]);
  return section;
}

function lines(texts, className) {
  const list = make("ul", className);
  list.append(...texts.map(text => make("li", "", text)));
  return list;
}

// What must be known before figures are believed stands out.
const MARK = new RegExp(`(${data.marks.join("|")}): `);

function fact(tag, className, text) {
  const node = make(tag, className), [before, mark, after] = text.split(MARK);
  node.append(before);
  if (mark) node.append(make("span", "mark", mark), after);
  return node;
}

function captionOf(section) {
  const list = make("ul", "facts");
  list.append(...section.caption.map(text => fact("li", "", text)));
  return list;
}

// Model, data, program and dates, by name.
function measuredOf(facts) {
  const list = make("dl", "measured");
  for (const [name, words] of facts) list.append(make("dt", "", name), make("dd", "", words));
  return list;
}

// Each method in a line, with links to its papers.
function methodsOf(methods) {
  const list = make("dl", "methods");
  for (const {name, summary, papers} of methods) {
    const line = make("dd", "", summary);
    for (const [text, address] of papers) {
      const link = make(address ? "a" : "span", "", text);
      if (address) link.href = address;
      line.append(" – ", link);
    }
    list.append(make("dt", "", name), line);
  }
  return list;
}

// What is best, what is really worse, what is fastest among those as good: a line each.
function answersOf(answers) {
  const list = make("dl", "answers");
  for (const {about, sentences} of answers) {
    const words = make("dd");
    words.append(...sentences.map(text => make("div", "", text)));
    list.append(make("dt", "", about), words);
  }
  return list;
}

function meaning() {
  const list = make("dl");
  for (const [heading, hint] of data.legend) list.append(make("dt", "", heading), make("dd", "", hint));
  return folded("What the columns mean", list);
}

function folded(title, node) {
  const details = make("details");
  details.append(make("summary", "", title), node);
  return details;
}

// One experiment on one model.
function modelCards(section, index) {
  const id = name => index ? `${name}-${index + 1}` : name;
  // The first figure, of the mean over all tasks where there are several, opens the page.
  const opening = section.figures.filter(figure => figure.title === section.figures[0].title);
  const others = section.figures.slice(opening.length);
  const answers = section.answers?.length ? [answersOf(section.answers)] : [];
  const summary = card("Summary", id("summary"), ...opening.length ? [figuresOf(opening)] : [], ...answers,
                       measuredOf(section.measured), captionOf(section));
  if (section.notes.length) summary.append(make("h3", "", "Notes on individual cells"), lines(section.notes, "notes"));
  const cards = [summary];
  if (section.overall) cards.push(card("Over all tasks", id("overall"), tableOf(section.overall)));
  if (others.length) cards.push(card("Figures", id("figures"), figuresOf(others)));
  cards.push(card("Tables", id("tables"), ...section.tables.map(tableOf), meaning()));
  if (section.evidence.length) cards.push(card("Is a difference real?", id("evidence"), ...section.evidence.map(tableOf)));
  if (section.compared.pairs.length) {
    cards.push(card("Compare two methods", id("compare"), ...comparisonOf(section.compared, section.samples.labels)));
  }
  if (section.samples.rows.length) cards.push(card("Samples", id("samples"), ...new SampleTable(section.samples).nodes));
  cards.push(card("Methods and their parameters", id("methods"), methodsOf(section.methods), ...section.parameters.map(tableOf)));
  if (section.reproductions.length) {
    cards.push(card("Measure one number again", id("reproduce"), ...reproductionOf(section.reproductions),
                    ...furtherCommands(section)));
  }
  return cards;
}

function modelHeading(section, index) {
  const heading = make("h2", "model", section.heading);
  heading.id = `model-${index + 1}`;
  links.push([section.heading, heading.id, "model"]);
  return heading;
}

// A section that the page shows as the other formats do: provenance, a paper's table.
function plainCard(section, index) {
  const facts = make("div", "provenance");
  for (const text of section.caption) facts.append(fact("div", text.startsWith("  ") ? "detail" : "", text.trim()));
  // Hashes are looked up, not read: their table waits closed behind the runs.
  const isProvenance = section.caption.some(text => text.startsWith("  "));
  const tables = isProvenance ? section.tables.map(table => folded(table.title, tableOf(table))) : section.tables.map(tableOf);
  if (!isProvenance) tables.push(meaning());
  return card(section.heading, `section-${index + 1}`, facts, ...tables, lines(section.notes, "notes"));
}

function writeContents() {
  const list = make("ul");
  for (const [title, id, className] of links) {
    const item = make("li", className), link = make("a", "", title);
    link.href = `#${id}`;
    item.append(link);
    list.append(item);
  }
  get("contents").append(list);
}

function writePage() {
  writePalette();
  const models = data.sections.filter(section => section.figures);
  const several = models.length > 1;
  get("title").textContent = several ? data.database : data.sections[0].heading;
  get("sub").textContent = several ? "SkipBench report" : `SkipBench report of ${data.database}`;
  data.sections.forEach((section, index) => {
    if (several && section.figures) get("main").append(modelHeading(section, index));
    get("main").append(...(section.figures ? modelCards(section, index) : [plainCard(section, index)]));
  });
  get("footer").append(lines(data.footer, "notes"));
  writeContents();
}

writePage();
addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll("details")) details.open = true;
});
