"""The page of `skipbench trace --format html` in a real browser: it renders and nothing complains.

usage: trace_page.py SKIPBENCH
"""

import pathlib
import subprocess
import sys
import tempfile

from browser import Browser, find_browser
from parity_files import smollm2_file

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


def check(browser):
    count = "document.querySelectorAll('{}').length".format
    assert not browser.console, f"the console says: {browser.console}"
    title = browser.evaluate("document.getElementById('title').textContent")
    assert title.startswith("spts+snapkv on "), f"the title is '{title}'"
    tokens = browser.evaluate(count("#text .t"))
    assert tokens > 300, f"{tokens} tokens are shown"
    marked = browser.evaluate(count("#text .t.needle"))
    assert 5 <= marked <= 20, f"{marked} tokens are marked"
    rows = browser.evaluate(count("#rows tr"))
    assert rows == 30, f"{rows} of 30 layers are listed"
    text = browser.evaluate("document.getElementById('text').textContent")
    assert "</script> & more." in text, "the prompt's own text is not shown as it is"
    wide = browser.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0, f"the page is {wide} px wider than the window"


def main():
    find_browser()
    with tempfile.TemporaryDirectory() as name, Browser() as browser:
        page = write_page(sys.argv[1], pathlib.Path(name))
        for width in (390, 1280):
            browser.emulate(width)
            browser.open(page)
            check(browser)
    print("renders at both widths")


if __name__ == "__main__":
    main()
