"""Pictures of a page, to look at and for documents.

usage: page_picture.py PAGE OUT.png|OUT.pdf [--width N] [--height N] [--scheme light|dark] [--whole]
"""

import argparse
import base64
import pathlib

from browser import Browser


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("page")
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--width", type=int, default=1240)
    parser.add_argument("--height", type=int, default=900)
    parser.add_argument("--scheme", choices=["light", "dark"], default="light")
    parser.add_argument("--whole", action="store_true", help="the whole page, not the window alone")
    arguments = parser.parse_args()
    with Browser() as browser:
        browser.emulate(arguments.width, arguments.height, arguments.scheme)
        browser.open(arguments.page)
        data = browser.pdf() if arguments.out.suffix == ".pdf" else browser.picture(arguments.whole)
        if browser.console:
            raise SystemExit(f"{arguments.page}: the console says: {browser.console}")
    arguments.out.write_bytes(base64.b64decode(data))


if __name__ == "__main__":
    main()
