// Figures: their views, panels, legend, and what a point says.

const PRINTED = 980;  // pixels across a printed page

function showTip(event, point) {
  const tip = get("tip");
  if (!point) {
    tip.hidden = true;
    return;
  }
  tip.replaceChildren(make("b", "", point.series.label));
  for (const part of point.note.split("; ")) tip.append(make("div", "", part));
  tip.hidden = false;
  const x = Math.min(event.clientX + 14, innerWidth - tip.offsetWidth - 8);
  const above = event.clientY + 18 + tip.offsetHeight > innerHeight;
  tip.style.left = `${Math.max(8, x)}px`;
  tip.style.top = `${above ? event.clientY - tip.offsetHeight - 12 : event.clientY + 18}px`;
}

// Fades all series but one; null shows all.
function emphasise(box, label) {
  for (const node of box.querySelectorAll(".plot [data-label]")) {
    node.classList.toggle("faded", label !== null && node.dataset.label !== label);
  }
}

function watch(plot, box) {
  const point = event => {
    const found = plot.nearest(event);
    showTip(event, found);
    emphasise(box, found ? found.series.label : box.dataset.pinned ?? null);
  };
  plot.node.addEventListener("pointermove", point);
  plot.node.addEventListener("pointerdown", point);
  plot.node.addEventListener("pointerleave", event => {
    showTip(event, null);
    emphasise(box, box.dataset.pinned ?? null);
  });
}

// Each label once; pressing one keeps it in front.
function legendOf(figure, box) {
  const legend = make("div", "legend"), seen = new Set();
  for (const panel of figure.panels) {
    panel.series.forEach((series, i) => {
      if (seen.has(series.label)) return;
      seen.add(series.label);
      const width = series.drawn === "steps" ? stepWidth(i) : undefined;
      const button = make("button", "key");
      button.setAttribute("aria-pressed", "false");
      button.append(sampleOf(series, width), series.label);
      button.addEventListener("click", () => pin(button, series.label, box));
      legend.append(button);
    });
  }
  return legend;
}

function pin(button, label, box) {
  const release = button.getAttribute("aria-pressed") === "true";
  for (const other of button.parentNode.children) other.setAttribute("aria-pressed", "false");
  if (release) {
    delete box.dataset.pinned;
  } else {
    box.dataset.pinned = label;
    button.setAttribute("aria-pressed", "true");
  }
  emphasise(box, release ? null : label);
}

// As many columns as fit; one panel takes the width that a line of text would.
function sizesOf(figure, available) {
  const small = figure.panels[0].series.some(series => series.drawn === "steps");
  const least = small ? (available < 420 ? 150 : 230) : 330, gap = 14;
  const columns = Math.max(1, Math.min(figure.panels.length, Math.floor((available + gap) / (least + gap))));
  const width = Math.min((available - gap * (columns - 1)) / columns, 860);
  return {columns, width, height: small ? 170 : Math.max(250, Math.min(420, width * .62))};
}

function drawPanels(figure, box, grid, available) {
  const {columns, width, height} = sizesOf(figure, available);
  grid.style.gridTemplateColumns = `repeat(${columns}, minmax(0, ${width}px))`;
  grid.replaceChildren(...figure.panels.map(panel => {
    const cell = make("div", "panel"), plot = new Plot(panel, width, height);
    if (panel.title) cell.append(make("h4", "", panel.title));
    cell.append(plot.node);
    watch(plot, box);
    return cell;
  }));
  emphasise(box, box.dataset.pinned ?? null);
}

function viewChoice(views, show) {
  const label = make("label", "", "Show "), select = make("select");
  views.forEach((figure, i) => {
    const option = make("option", "", figure.view);
    option.value = i;
    select.append(option);
  });
  select.addEventListener("change", () => show(views[Number(select.value)]));
  label.append(select);
  return label;
}

// The views of one figure: as many as there are figures of its title.
function figureOf(views) {
  const box = make("figure"), heading = make("h3", "", views[0].title);
  const caption = make("figcaption"), grid = make("div", "panels"), controls = make("div", "controls");
  let shown = views[0], drawnFor = 0;
  const draw = available => {
    drawnFor = available;
    drawPanels(shown, box, grid, available);
  };
  const show = figure => {
    shown = figure;
    box.dataset.view = figure.id;
    delete box.dataset.pinned;
    box.querySelector(".legend")?.remove();
    box.classList.toggle("wide", figure.panels.length > 1);
    caption.textContent = figure.caption.join(" ");
    grid.after(legendOf(figure, box));
    if (drawnFor) draw(drawnFor);
  };
  if (views.length > 1) controls.append(viewChoice(views, show));
  box.append(heading, controls, grid, caption);
  show(views[0]);
  new ResizeObserver(() => {
    if (grid.clientWidth && grid.clientWidth !== drawnFor) draw(grid.clientWidth);
  }).observe(grid);
  addEventListener("beforeprint", () => draw(PRINTED));
  addEventListener("afterprint", () => draw(grid.clientWidth));
  return box;
}

function figuresOf(figures) {
  const box = make("div", "figures"), titles = [...new Set(figures.map(figure => figure.title))];
  box.append(...titles.map(title => figureOf(figures.filter(figure => figure.title === title))));
  return box;
}
