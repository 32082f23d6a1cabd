"""scripts/fetch_longbench takes official files and parts of the rows, and nothing else.

    fetch_longbench.py ROOT
Official files come from the data folder (SKIPBENCH_DATA); without one only refusals are tested.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile


class Fetcher:
    def __init__(self, root):
        self.root, self.failures = root, []

    def run(self, *arguments):
        return subprocess.run([self.root / "scripts/fetch_longbench", *map(str, arguments)],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True)

    def expect(self, condition, what):
        print("ok  " if condition else "FAIL", what)
        if not condition:
            self.failures.append(what)


def refusals(fetcher, folder):
    source = folder / "source"
    source.mkdir()
    (source / "qasper.jsonl").write_text('{"context": "not the official one"}\n')
    other = fetcher.run("--from", source, "--into", folder / "a")
    fetcher.expect(other.returncode == 2 and "qasper.jsonl is not the official file" in other.stdout,
                   "a file with another blob id is refused and named")
    fetcher.expect(not (folder / "a/qasper.jsonl").exists(), "and nothing of it arrives")
    fetcher.expect(fetcher.run("--from", folder / "nowhere").returncode == 2, "no such folder")
    fetcher.expect(fetcher.run("--form", source).returncode == 2, "no such argument")


def parts(fetcher, folder):
    counts, into = folder / "counts.json", folder / "part"
    arguments = ("--from", folder / "source", "--part", counts, "--into", into)
    counts.write_text('{"qasper": 2}')
    short = fetcher.run(*arguments)
    fetcher.expect(short.returncode == 2 and "1 rows, expected 2" in short.stdout,
                   "a part with too few rows is refused")
    counts.write_text('{"qasper": 1}')
    fetcher.expect(fetcher.run(*arguments).returncode == 0, "a part with all its rows is taken")
    fetcher.expect(json.loads((into / "expected_counts.json").read_text()) == {"qasper": 1},
                   "and keeps its counts beside it")


def official(fetcher, folder, data):
    taken = fetcher.run("--from", data / "longbench", "--into", folder / "official")
    fetcher.expect(taken.returncode == 0 and (folder / "official/multi_news.jsonl").exists() and
                   (folder / "official/config/dataset2prompt.json").exists(),
                   "official files are taken as far as they are there")
    fetcher.expect("5 of 36 official files" in taken.stdout and "qasper.jsonl" in taken.stdout,
                   "and the others are named")


def main(root):
    fetcher = Fetcher(root)
    data = pathlib.Path(os.environ.get("SKIPBENCH_DATA") or root.parent / "shared" / "data")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        refusals(fetcher, folder)
        parts(fetcher, folder)
        if (data / "longbench").is_dir():
            official(fetcher, folder, data)
    sys.exit(len(fetcher.failures) > 0)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).resolve())
