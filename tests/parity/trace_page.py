"""The page of `skipbench trace --format html` in a real browser: it renders and nothing complains.

usage: trace_page.py SKIPBENCH
"""

import html
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from parity_files import skip, smollm2_file

BROWSERS = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
NEEDLE = "The magic number is 7316094."
PROMPT = "The grass is green. The sky is blue. " * 20 + NEEDLE + " Here we go. </script> & more." * 9
PARAMS = '{"ltp": false, "then": {"keep": 0.3, "window": 8}}'


def write_page(program, folder):
    prompt = folder / "prompt.txt"
    prompt.write_text(PROMPT)
    command = [program, "trace", "--checkpoint", str(smollm2_file()), "--method", "spts+snapkv",
               "--preset", "smollm2-135m-late", "--params", PARAMS, "--prompt-file", str(prompt),
               "--device", "cpu", "--max-new-tokens", "4", "--format", "html", "--highlight", NEEDLE]
    page = folder / "trace.html"
    with page.open("wb") as out:
        subprocess.run(command, check=True, stdout=out)
    return page


def render(browser, page, folder, width):
    """The page's elements after its script ran, and what the browser's console said."""
    done = subprocess.run(
        [browser, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder / 'profile'}",
         f"--window-size={width},1400", "--enable-logging=stderr", "--virtual-time-budget=4000",
         "--dump-dom", page.as_uri()],
        capture_output=True, text=True, timeout=240)
    console = [line for line in done.stderr.splitlines() if ":CONSOLE" in line]
    return done.stdout, console


def check(dom, console):
    assert not console, f"the console says: {console}"
    assert "<h1 id=\"title\">spts+snapkv on " in dom, "the title is not filled in"
    tokens = re.findall(r'<span class="(t[^"]*)"', dom)
    assert len(tokens) > 300, f"{len(tokens)} tokens are shown"
    marked = [each for each in tokens if "needle" in each.split()]
    assert 5 <= len(marked) <= 20, f"{len(marked)} tokens are marked"
    rows = dom.split('id="rows"')[1].split("</tbody>")[0].count("<tr")
    assert rows == 30, f"{rows} of 30 layers are listed"
    text = html.unescape(re.sub(r"<[^>]+>", "", dom.split('id="text"')[1].split("</aside>")[0]))
    assert "</script> & more." in text, "the prompt's own text is not shown as it is"


def main():
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        skip("no Chromium is installed; apt-get install chromium")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        page = write_page(sys.argv[1], folder)
        for width in (500, 1280):
            check(*render(browser, page, folder, width))
    print("renders at both widths")


if __name__ == "__main__":
    main()
