"""The page of `skipbench report --format html` in a real browser: it says what the database says,
sorts, filters, fits a phone, prints, and turns dark.

usage: report_page.py SKIPBENCH
"""

import contextlib
import json
import pathlib
import re
import shlex
import shutil
import sqlite3
import subprocess
import sys
import tempfile

from browser import Browser, find_browser
from page_appearance import check_appearances, shown
from parity_files import ROOT

SPEED = ROOT / "results/h100/speed-llama-8b.db"      # random weights: times alone
LONG_NAMES = ROOT / "results/h100/components.db"
ACCURACY = ROOT / "results/h100/equal-flops.db"      # scores, losses, replies


def write_page(program, database, folder, *options):
    page = folder / f"{database.stem}.html"
    subprocess.run([program, "report", str(database), "--format", "html", "--out", str(page), *options],
                   check=True)
    return page


def texts(browser, selector):
    return browser.evaluate(
        f"[...document.querySelectorAll({json.dumps(selector)})].map(node => node.textContent)")


def click(browser, selector):
    browser.evaluate(f"document.querySelector({json.dumps(selector)}).click()")


def check_cells_are_the_report(browser, program, database):
    """Every cell of the tables is the one that the report prints as JSON's sibling, Markdown."""
    markdown = subprocess.run([program, "report", str(database), "--format", "md"], check=True,
                              capture_output=True, text=True).stdout
    lines = [line for line in markdown.splitlines() if line.startswith("|")]
    printed = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]
    printed = [row for row in printed if not row[0].startswith((":--", "**", "method"))]
    rows = browser.evaluate("""[...document.querySelectorAll("#tables tbody tr:not(.section)")].map(
        row => [...row.children].map(cell => cell.textContent.trim()))""")
    assert len(rows) > 30 and len(rows) == len(printed), f"{len(rows)} rows, {len(printed)} printed"
    for row, line in zip(rows, printed):
        assert row == [cell.replace("\\", "") for cell in line], f"{row} is not {line}"


# The first table's first section, and its column of this heading; the baseline has no difference.
SORTED = """(name => {
    const table = document.querySelector("#tables table");
    const headings = [...table.querySelector("thead tr:last-child").children];
    const at = headings.findIndex(heading => heading.textContent === name);
    const rows = [...table.querySelector("tbody").querySelectorAll("tr:not(.section)")];
    return {heading: headings[at], cells: rows.map(row => row.children[at].textContent)};
})("Δ")"""


def leading_numbers(cells):
    return [float(cell.split()[0]) for cell in cells]


def check_sorting(browser):
    before = browser.evaluate(f"{SORTED}.cells")
    sections = texts(browser, "#tables tr.section")
    browser.evaluate(f"{SORTED}.heading.firstChild.click()")
    rising = browser.evaluate(f"{SORTED}.cells")
    assert rising != before and rising[-1] == "–", f"what is unknown is last: {rising}"
    values = leading_numbers(rising[:-1])
    assert values == sorted(values), f"after a click: {rising}"
    assert browser.evaluate(f"{SORTED}.heading.getAttribute('aria-sort')") == "ascending"
    browser.evaluate(f"{SORTED}.heading.firstChild.focus()")
    browser.press("Enter")
    falling = browser.evaluate(f"{SORTED}.cells")
    assert falling[:-1] != rising[:-1] and falling[-1] == "–", f"after the key: {falling}"
    assert leading_numbers(falling[:-1]) == values[::-1]
    browser.press("Enter")
    assert browser.evaluate(f"{SORTED}.cells") == before, "the third time, rows stand as they came"
    assert texts(browser, "#tables tr.section") == sections, "sections stay where they are"


def check_filtering(browser):
    rows = "document.querySelectorAll('table.samples tbody tr').length"
    total = browser.evaluate("data.sections[0].samples.rows.length")
    assert total == 39 * 50, f"{total} samples"
    assert browser.evaluate(rows) == 25, "the first slice"
    click(browser, ".more")
    assert browser.evaluate(rows) == 225, "the first and the second slice"
    browser.evaluate("""(() => {
        const [search, method] = [document.querySelector("input[type=search]"), document.querySelector(".filters select")];
        method.value = data.sections[0].samples.labels.indexOf("GemFilter");
        search.value = "5254744";
        search.dispatchEvent(new Event("input"));
    })()""")
    names = set(texts(browser, "table.samples tbody th"))
    replies = texts(browser, "table.samples tbody td.wide:nth-last-child(2)")
    assert names == {"GemFilter"} and replies, f"methods after filtering: {names}"
    assert all("5254744" in reply for reply in replies), f"replies after filtering: {replies}"
    assert "filtered from 1,950" in texts(browser, ".count")[0]


def check_accuracy_page(browser, program, folder):
    page = write_page(program, ACCURACY, folder)
    shown(browser, page)
    check_cells_are_the_report(browser, program, ACCURACY)
    check_sorting(browser)
    check_filtering(browser)
    check_comparison(browser, program)
    check_what_a_stranger_asks(browser)
    check_answers(browser)
    headings = texts(browser, "h2")
    for heading in ("Summary", "Figures", "Over all tasks", "Tables", "Is a difference real?",
                    "Compare two methods", "Samples",
                    "Methods and their parameters", "Measure one number again"):
        assert heading in headings, f"{heading} is not among {headings}"


def choose(browser, place, name, value):
    """Chooses an option of a select by its text."""
    browser.evaluate(f"""(() => {{
        const select = [...document.querySelectorAll({json.dumps(place + " label")})]
            .find(label => label.firstChild.textContent.trim() === {json.dumps(name)}).querySelector("select");
        select.selectedIndex = [...select.options].findIndex(option => option.textContent === {json.dumps(value)});
        select.dispatchEvent(new Event("change"));
    }})()""")


def compared_rows(browser):
    return browser.evaluate("""[...document.querySelectorAll("#compare .compared table")].map(table =>
        [...table.querySelectorAll("tbody tr:not(.section)")].map(row => [...row.children].map(cell => cell.textContent)))""")


def check_comparison(browser, program):
    """Whichever two are chosen: the figures of `skipbench compare`."""
    for a, b, first, second in (("GemFilter", "SPTS late", "SPTS late", "GemFilter"), ("full", "FastKV", "full", "FastKV")):
        choose(browser, "#compare", "Method A", a)
        choose(browser, "#compare", "Method B", b)
        command = texts(browser, "#compare .commands")[0]
        assert command.startswith("skipbench compare ") and command.index(first) < command.index(second), command
        printed = subprocess.run([program, "compare", str(ACCURACY), first, second], check=True,
                                 capture_output=True, text=True).stdout
        differences, times = compared_rows(browser)
        # Full attention has no divergence from itself.
        expected = 9 + 2 if "full" in (first, second) else 12 + 3
        assert len(differences) == expected and len(times) == 3, f"{len(differences)} and {len(times)} rows"
        lines = [" ".join(line.split()) for line in printed.splitlines()]
        for row in differences + times:
            line = " ".join(" ".join(row).split())
            assert line in lines, f"{first} and {second}: '{line}' is not in the command's answer"
        headings = texts(browser, "#compare th .sort")
        assert first in headings and second in headings, f"columns {headings}"
    choose(browser, "#compare", "Method B", "full")
    assert "Choose two different methods." in texts(browser, "#compare .compared p")


def check_what_a_stranger_asks(browser):
    rows = browser.evaluate("document.querySelectorAll('#overall tbody tr').length")
    assert rows == 13, f"{rows} methods over all tasks"
    about = texts(browser, ".measured dt")
    assert about == ["Model", "Data", "Program", "Measured on"], f"the summary names {about}"
    links = browser.evaluate("[...document.querySelectorAll('dl.methods a')].map(link => link.href)")
    assert "https://arxiv.org/abs/2601.13155" in links, f"papers {links}"
    assert len(texts(browser, "dl.methods dt")) == 11, "each method in a line"
    assert "drifting-times" in texts(browser, ".mark"), "the mark stands out"
    assert "alone only ◌" in texts(browser, "#evidence td"), "a difference that the correction takes away"


def check_answers(browser):
    """What is best, worse and fastest over all tasks, as the table below marks it."""
    answers = browser.evaluate("data.sections[0].answers")
    shown_lines = browser.evaluate("[...document.querySelectorAll('.answers dd div')].map(line => line.textContent)")
    assert shown_lines == [line for one in answers for line in one["sentences"]] and len(shown_lines) == 6, shown_lines
    rows = browser.evaluate("""[...document.querySelectorAll("#overall tbody tr")].map(
        row => [...row.children].map(cell => cell.textContent))""")
    headings = texts(browser, "#overall thead tr:last-child th")
    columns = [at for at, heading in enumerate(headings) if heading.startswith("mean")]
    for one, column in zip(answers, columns, strict=True):
        marked = {mark: [row[0] for row in rows if row[column].endswith(mark)] for mark in "●○"}
        assert marked["●"] == [one["best"]], f"{marked} beside {one}"
        assert sorted(marked["●"] + marked["○"]) == sorted(one["equal"]), f"{marked} beside {one}"
        assert one["worse"] and not set(one["worse"]) & set(one["equal"]), one


def check_phone_tables(browser, page):
    """Beside a table that is pushed to the left, its first column stays."""
    shown(browser, page, 390)
    lefts = browser.evaluate("""["overall", "evidence", "compare", "tables"].map(name => {
        const box = document.querySelector(`#${name} .scroll`);
        box.scrollLeft = 200;
        const left = node => node.getBoundingClientRect().left - box.getBoundingClientRect().left;
        return [name, box.scrollLeft, left(box.querySelector("tbody th[scope=row]")),
                left(box.querySelector("thead tr:last-child th"))];
    })""")
    for name, pushed, row, heading in lefts:
        assert pushed > 50, f"{name}: at 390 px it is pushed by {pushed} px"
        assert abs(row) < 1 and abs(heading) < 1, f"{name}: its first column is at {row} and {heading} px"
    shown(browser, page, 390)
    hidden = browser.evaluate("""(() => {
        const box = document.querySelector("#overall .scroll"), cells = [...box.querySelectorAll("thead tr:last-child th")];
        const tested = cells.find(cell => cell.textContent === "p (Holm over methods)");
        return tested.getBoundingClientRect().right - box.getBoundingClientRect().right;
    })()""")
    assert hidden <= 0, f"at 390 px the p of the score's difference is {hidden} px off screen"
    broken = browser.evaluate("""[...document.querySelectorAll("tbody th[scope=row]")].filter(
        cell => getComputedStyle(cell).overflowWrap !== "normal" || cell.scrollWidth > cell.clientWidth + 1)
        .map(cell => cell.textContent)""")
    assert not broken, f"names that break inside words or are cut: {broken}"


def check_opening_figure(browser):
    """The mean over all tasks against speed-up comes first: a point for each row of the table."""
    title, view = browser.evaluate("(figure => [figure.querySelector('h3').textContent, figure.dataset.view])(document.querySelector('figure'))")
    assert title == "Mean accuracy over all tasks against cost" and view == "mean-score-measured", f"{title}, {view}"
    series = browser.evaluate("data.sections[0].figures[0].panels[0].series.map(one => [one.label, one.drawn, one.points])")
    assert series[0][1] == "guide" and series[0][2], "the front is drawn"
    rows = browser.evaluate("""[...document.querySelectorAll("#overall tbody tr")].map(
        row => [...row.children].map(cell => cell.textContent))""")
    assert len(series) == 1 + len(rows), f"{len(series)} series, {len(rows)} rows"
    for row, (label, _, (point,)) in zip(rows, series[1:]):
        mean, measured = leading_numbers([row[1], row[4].replace("x", "")])
        assert row[0] == label and abs(point[0] - measured) < .0051 and abs(point[1] - mean) < .051, f"{row} is not {point}"
        assert label == "full" or None not in point[2:6], f"bars of {label}: {point}"


def check_figures(browser):
    check_opening_figure(browser)
    panels = texts(browser, "#figures figure:first-of-type .panel h4")
    assert panels == ["needle 1024", "needle 2048", "embedded_qa 1024"], f"panels {panels}"
    browser.evaluate("""(() => {
        const select = document.querySelector("figure select");
        select.value = 4;
        select.dispatchEvent(new Event("change"));
    })()""")
    assert "Better is down and right" in texts(browser, "figcaption")[0]
    click(browser, "figure .key:nth-of-type(2)")
    faded = browser.evaluate("document.querySelectorAll('figure:first-of-type .faded').length")
    assert faded > 10, "pressing a legend's key fades the others"
    box = browser.evaluate("""(() => {
        const box = document.querySelector("figure polygon").getBoundingClientRect();
        return [box.x + box.width / 2, box.y + box.height / 2];
    })()""")
    browser.evaluate("document.querySelector('figure').scrollIntoView()")
    browser.evaluate(f"""document.querySelector("figure polygon").closest("svg").dispatchEvent(
        new PointerEvent("pointermove", {{clientX: 0, clientY: 0, bubbles: true}}))""")
    assert browser.evaluate("get('tip').hidden"), "far from all points nothing is said"
    browser.evaluate("""(() => {
        const mark = document.querySelector("figure polygon"), box = mark.getBoundingClientRect();
        mark.dispatchEvent(new PointerEvent("pointermove", {
            clientX: box.x + box.width / 2, clientY: box.y + box.height / 2, bubbles: true}));
    })()""")
    assert "loss" in browser.evaluate("get('tip').textContent"), f"a point says its values ({box})"


# Names beside marks: those that are cut, lie on a mark's bar, or leave the picture.
MISPLACED = """[...document.querySelectorAll("svg.plot")].flatMap(plot => {
    const outside = plot.getBoundingClientRect(), bars = [...plot.querySelectorAll(".bar")].map(bar => bar.getBoundingClientRect());
    return [...plot.querySelectorAll("text.direct")].filter(text => {
        const a = text.getBoundingClientRect();
        const covers = b => a.left < b.right && b.left < a.right && a.top + 2 < b.bottom && b.top < a.bottom - 2;
        return text.textContent !== text.dataset.label || a.right > outside.right + 1 || bars.some(covers);
    }).map(text => text.textContent);
})"""


def check_figure_names(browser, program, folder):
    shown(browser, write_page(program, LONG_NAMES, folder))
    names = texts(browser, "svg.plot text.direct")
    assert "FFN random" in names, f"names beside marks: {names}"
    misplaced = browser.evaluate(MISPLACED)
    assert not misplaced, f"names that are cut or cover bars: {misplaced}"


def commit_of(file):
    with contextlib.closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
        (commit,), = database.execute("SELECT DISTINCT git_commit FROM provenance")
    return commit


def check_speed_page(browser, program, folder):
    page = write_page(program, SPEED, folder)
    shown(browser, page)
    assert texts(browser, ".mark") == ["random-weights"], "the mark stands out"
    titles = texts(browser, "figure h3")
    assert titles == ["Time to first token by prompt length", "Measured against ideal speed-up",
                      "What each layer kept"], f"figures {titles}"
    commands = texts(browser, "#reproduce .commands")[0].splitlines()
    assert commands[0] == f"git checkout {commit_of(SPEED)}", commands
    assert commands[2] == ("build/release/skipbench run experiments/speed/llama-8b.yaml --only PAP "
                           "--task 'speed 4096' --db results/again.db"), commands
    # Programs without engine cannot run it.
    if subprocess.run([program, "run", "--help"], capture_output=True).returncode == 0:
        planned = subprocess.run([program, *shlex.split(commands[2])[1:], "--device", "cpu", "--dry-run"],
                                 cwd=ROOT, check=True, capture_output=True, text=True).stdout
        assert "PAP" in planned and "LTP" not in planned, f"the command plans {planned}"
    return page


def large_database(folder):
    """As many samples as do not fit: the committed ones several times."""
    file = folder / "large.db"
    shutil.copyfile(ACCURACY, file)
    with contextlib.closing(sqlite3.connect(file)) as database, database:
        columns = [row[1] for row in database.execute("PRAGMA table_info(sample_row)")][1:]
        names = ", ".join(columns)
        values = names.replace("sample_id", "sample_id + 50 * copy")
        database.execute(f"""
            WITH RECURSIVE copies(copy) AS (SELECT 1 UNION ALL SELECT copy + 1 FROM copies WHERE copy < 12)
            INSERT INTO sample_row ({names}) SELECT {values} FROM sample_row, copies""")
        database.execute("DELETE FROM score_summary")
        database.execute("DELETE FROM cell_summary")
    return file


def check_large_page(browser, program, folder):
    page = write_page(program, large_database(folder), folder)
    assert page.stat().st_size < 8 << 20, f"{page.stat().st_size} bytes"
    shown(browser, page)
    rows, total = browser.evaluate("[data.sections[0].samples.rows.length, data.sections[0].samples.total]")
    assert 15_000 < rows <= 20_000 < total, f"{rows} rows of {total}"
    assert "This page holds" in texts(browser, ".count")[0], "it says that it is cut"
    taken = browser.evaluate("""(() => {
        const search = document.querySelector("input[type=search]"), start = performance.now();
        search.value = "5";
        search.dispatchEvent(new Event("input"));
        document.querySelectorAll("table.samples .sort")[3].click();
        return performance.now() - start;
    })()""")
    assert taken < 1000, f"filtering and sorting took {taken} ms"


def check_empty_page(browser, program, folder):
    """A run that was killed before its first sample."""
    file = folder / "empty.db"
    shutil.copyfile(ACCURACY, file)
    with contextlib.closing(sqlite3.connect(file)) as database, database:
        for table in ("score_row", "timing_row", "layer_record", "sample_row", "score_summary", "cell_summary"):
            database.execute(f"DELETE FROM {table}")
    shown(browser, write_page(program, file, folder))
    assert "No sample is stored yet" in texts(browser, ".facts")[0]
    assert "not run" in texts(browser, "#tables td.state"), "each cell says so"


def check_paper_table(browser, program, folder):
    table = ROOT / "experiments/tables/spts-components.yaml"
    shown(browser, write_page(program, SPEED, folder, "--table", str(table)))
    assert texts(browser, "tbody th[scope=row]")[:2] == ["full", "PAP"], "the table's rows"
    assert texts(browser, ".mark") == ["random-weights"], "its mark stands out"


def check_page_of_two(browser, program, folder):
    merged = folder / "two.db"
    subprocess.run([program, "merge", str(merged), str(SPEED), str(ACCURACY)], check=True, capture_output=True)
    shown(browser, write_page(program, merged, folder))
    ids = browser.evaluate("[...document.querySelectorAll('[id]')].map(node => node.id)")
    assert len(ids) == len(set(ids)), f"ids that stand twice among {ids}"
    assert len(texts(browser, "h2.model")) == 2, "each experiment has its heading"
    dead = browser.evaluate("[...document.querySelectorAll('nav a')].filter(a => !document.querySelector(a.hash)).length")
    assert dead == 0, f"{dead} links lead nowhere"


def check_nothing_is_fetched(page):
    # Papers are linked, and fetched when a reader asks for them.
    text = re.sub(r'"https://(arxiv\.org/abs/|openreview\.net/forum\?id=)[^"]*"', "", page.read_text())
    for outside in ("http:", "https:", "src=", "@import", "url(", "fetch("):
        assert outside not in text.replace("http://www.w3.org/2000/svg", ""), f"the page has {outside}"


def main():
    program = sys.argv[1]
    find_browser()
    with tempfile.TemporaryDirectory() as name, Browser() as browser:
        folder = pathlib.Path(name)
        check_accuracy_page(browser, program, folder)
        check_figures(browser)
        check_figure_names(browser, program, folder)
        check_appearances(browser, folder / "equal-flops.html")
        check_phone_tables(browser, folder / "equal-flops.html")
        check_nothing_is_fetched(check_speed_page(browser, program, folder))
        check_appearances(browser, folder / "speed-llama-8b.html")
        check_paper_table(browser, program, folder)
        check_page_of_two(browser, program, folder)
        check_empty_page(browser, program, folder)
        check_large_page(browser, program, folder)
    print("it renders, sorts, filters, prints, turns dark and fits a phone")


if __name__ == "__main__":
    main()
