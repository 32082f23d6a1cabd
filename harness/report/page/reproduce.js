// The commands that measure one cell again.

function choiceOf(name, values, onChange) {
  const label = make("label", "", name + " "), select = make("select");
  for (const value of values) select.append(make("option", "", value));
  select.addEventListener("change", onChange);
  label.append(select);
  return {label, select};
}

function copyButton(text) {
  const button = make("button", "copy", "Copy");
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(text());
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  });
  return button;
}

function commandBlock() {
  const code = make("pre", "commands"), box = make("div", "commandbox");
  code.tabIndex = 0;
  box.append(code);
  // Pages of file:// may be denied the clipboard; the text can be selected in any case.
  if (navigator.clipboard) box.append(copyButton(() => code.textContent));
  return {box, code};
}

// Two choices, and the run's own command for them.
function reproductionOf(list) {
  const unique = name => [...new Set(list.map(one => one[name]))];
  const block = commandBlock();
  const update = () => {
    const one = list.find(each => each.label === method.select.value && each.task === task.select.value);
    block.code.textContent = one ? one.commands.join("\n") : "# this method has no figures on this task";
  };
  const method = choiceOf("Method", unique("label"), update), task = choiceOf("Task", unique("task"), update);
  const controls = make("div", "controls");
  controls.append(method.label, task.label);
  method.select.selectedIndex = Math.min(1, method.select.length - 1);  // the first that skips
  update();
  return [make("p", "", "The command of the run, for one method and task; the baseline is measured beside it. In a clone of the " +
                        "repository after scripts/bootstrap; what the run lacks of models and data it names, with the script that fetches it."),
          controls, block.box];
}

// A word as a shell reads it back.
function shellQuoted(word) {
  return /^[\w\-=./:,@%+]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

// What else the database answers.
function furtherCommands(section) {
  const {labels, baseline} = section.samples;
  const other = labels.find(label => label !== baseline);
  const block = commandBlock(), file = shellQuoted(data.database);
  const lines = [`skipbench report ${file} --format html --out page.html   # this page`,
                 `skipbench report ${file} --provenance`];
  if (baseline && other) {
    lines.push(`skipbench compare ${file} ${shellQuoted(baseline)} ${shellQuoted(other)}   # paired differences of any two`);
  }
  block.code.textContent = lines.join("\n");
  return [make("p", "", "From the database that this page was made of:"), block.box];
}
