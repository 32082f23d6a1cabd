"""scripts/fetch_longbench takes official files and parts of the rows, and nothing else.

    fetch_longbench.py ROOT
Official files come from the data folder (SKIPBENCH_DATA); without one only refusals are tested.
"""

import contextlib
import functools
import http.server
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading
import zipfile


class Fetcher:
    def __init__(self, root):
        self.root, self.failures = root, []

    def run(self, *arguments, mirror=""):
        return subprocess.run([self.root / "scripts/fetch_longbench", *map(str, arguments)],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True,
                              env={**os.environ, "SKIPBENCH_LONGBENCH_MIRROR": mirror})

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


@contextlib.contextmanager
def serving(folder):
    """(the address of a web server over a folder, the paths that were asked for)."""
    asked = []

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            asked.append(self.path)

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0),
                                             functools.partial(Handler, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()


def downloads(fetcher, folder, data):
    mirror, into = folder / "mirror", folder / "downloaded"
    shutil.copytree(data / "longbench/config", mirror / "config")
    with zipfile.ZipFile(mirror / "data.zip", "w") as archive:
        archive.write(data / "longbench/multi_news.jsonl", "data/multi_news.jsonl")
    with serving(mirror) as (address, asked):
        some = fetcher.run("--into", into, mirror=address)
        fetcher.expect((into / "multi_news.jsonl").exists() and
                       (into / "config/dataset2maxlen.json").exists(), "official files are downloaded")
        fetcher.expect(some.returncode == 2 and "lacks 2wikimqa.jsonl" in some.stdout,
                       "what an archive lacks is named")
        asked.clear()
        fetcher.run("--into", into, mirror=address)
        fetcher.expect(asked == ["/data.zip"], "and what is there is not downloaded again")
        (mirror / "config/dataset2maxlen.json").write_text("{}")
        wrong = fetcher.run("--into", folder / "wrong", mirror=address)
        fetcher.expect(wrong.returncode == 2 and "is not the official file" in wrong.stdout,
                       "a download with another blob id is refused")


def main(root):
    fetcher = Fetcher(root)
    data = pathlib.Path(os.environ.get("SKIPBENCH_DATA") or root.parent / "shared" / "data")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        refusals(fetcher, folder)
        parts(fetcher, folder)
        if (data / "longbench").is_dir():
            official(fetcher, folder, data)
            downloads(fetcher, folder, data)
    sys.exit(len(fetcher.failures) > 0)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).resolve())
