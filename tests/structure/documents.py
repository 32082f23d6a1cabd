"""Every command and example of README.md, docs/ and CONTRIBUTING.md works.

    documents.py ROOT BUILD

Commands are the lines of the blocks marked `sh`. Each must be one of
  - a script that .ci/run, a script called from there, or a test runs;
  - a `skipbench` command that such a script runs word for word, or that runs here with exit code 0,
    in document order, in an empty folder that looks like the checkout;
  - a CMake preset that exists, or an installation of one's build, which a test makes;
  - git clone and cd, which got the reader here.
Blocks that begin with a comment naming a file are examples, and so is JSON behind a line that ends
with the name of its file: "as `rows.jsonl`:". YAML and JSON are put there before the commands run, C++
must compile as a file of methods/ does; one that holds a whole method is built into the program, which
the commands after it call.
"""

import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

import added_method

DOCUMENTS = ("README.md", "docs/experiments.md", "docs/reports.md", "docs/longbench.md",
             "docs/methods.md", "CONTRIBUTING.md")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
EXAMPLE_FILE = re.compile(r"^(?:#|//) (\S+\.(?:yaml|cpp|h|jsonl))\b")
JSON_FILE = re.compile(r"`(\S+\.jsonl)`:\n\n```json\n(.*?)^```", re.MULTILINE | re.DOTALL)
PROGRAM = "build/release/skipbench"


def what_ci_runs(root):
    """Text of .ci/run, of every script called from it (through others too), and of the tests."""
    texts = [(root / ".ci/run").read_text()]
    texts += [file.read_text() for file in sorted((root / "tests").rglob("*.cmake"))]
    seen = set()
    for text in texts:  # grows while it is walked
        for name in re.findall(r"scripts/(\w+)", text):
            if name not in seen and (root / "scripts" / name).is_file():
                seen.add(name)
                texts.append((root / "scripts" / name).read_text())
    return seen, "\n".join(texts).replace('"$build/skipbench"', PROGRAM)


def commands_of(block):
    joined = block.replace("\\\n", " ")
    for line in joined.splitlines():
        words = shlex.split(line, comments=True)
        if words:
            yield words


class Checkout:
    """A folder that looks like the checkout after a build, without what was measured there."""

    def __init__(self, folder, root, build):
        self.path = pathlib.Path(folder)
        for entry in root.iterdir():
            if entry.name not in (".git", "build", "results"):
                (self.path / entry.name).symlink_to(entry)
        (self.path / "build/release").mkdir(parents=True)
        for entry in build.iterdir():
            (self.path / "build/release" / entry.name).symlink_to(entry)
        (self.path / "results").mkdir()
        for entry in (root / "results").iterdir():
            if entry.is_dir():  # measured on named machines, committed
                (self.path / "results" / entry.name).symlink_to(entry)
        self.examples = self.path / "examples"  # C++; the source folders here are the real ones
        self.examples.mkdir()

    def write_example(self, name, text):
        folder = self.examples if name.endswith((".h", ".cpp")) else self.path
        if folder == self.path and "/" in name:
            sys.exit(f"example {name}: name a file without folder")
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

    def add_method(self, root, build, method):
        """Puts a program with the method of the file in the place of the build's."""
        program = self.path / PROGRAM
        program.unlink()
        return added_method.build_program(root, build, self.examples, method, program)

    def run(self, words):
        return subprocess.run(words, cwd=self.path, stdin=subprocess.DEVNULL, text=True,
                              env={**os.environ, "CI": "true"}, timeout=600,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def compile_example(checkout, build, source):
    """Compiles the file with the flags of methods/, without its precompiled header."""
    entries = json.loads((build / "compile_commands.json").read_text())
    entry = next(e for e in entries if "skipbench_methods.dir" in e["command"])
    words = shlex.split(entry["command"])
    compiler = next(i for i, word in enumerate(words) if re.search(r"(g\+\+|clang\+\+|c\+\+)", word))
    flags = [w for w in words[compiler:words.index("-o")] if not w.endswith("cmake_pch.hxx")]
    flags = [w for w in flags if w not in ("-include", "-Winvalid-pch")]
    return checkout.run([*flags, "-fsyntax-only", f"-I{checkout.examples}", str(source)])


def preset_exists(root, words):
    presets = json.loads((root / "CMakePresets.json").read_text())
    names = {p["name"] for p in presets["configurePresets"] if not p.get("hidden")}
    return "--preset" in words and words[words.index("--preset") + 1] in names


def check_command(words, root, checkout, ci_scripts, ci_text):
    """What is wrong with the command, or nothing; and how it was checked."""
    if words[0] == "cd" or words[:2] == ["git", "clone"]:
        return None, "not run"
    if words[:2] == ["cmake", "--install"]:
        build = pathlib.Path(words[2])
        known = preset_exists(root, ["--preset", build.name]) and build.parent.name == "build"
        return (None if known else "no such build"), "installed by a test"
    if words[0] in ("cmake", "ctest"):
        return (None if preset_exists(root, words) else "no such preset"), "preset exists"
    if words[0].startswith("scripts/"):
        known = words[0].removeprefix("scripts/") in ci_scripts
        return (None if known else "neither CI nor a test runs this script"), "run by CI"
    if words[0] == PROGRAM:
        if " ".join(words) in ci_text:
            return None, "run by CI"
        result = checkout.run(words)
        return (f"exit code {result.returncode}:\n{result.stdout}" if result.returncode else None,
                "run here")
    return "neither a script, a skipbench command nor a CMake preset", ""


def main(root, build):
    ci_scripts, ci_text = what_ci_runs(root)
    failures = count = 0
    with tempfile.TemporaryDirectory() as folder:
        checkout = Checkout(folder, root, build)
        for document in DOCUMENTS:
            text = (root / document).read_text()
            for name, rows in JSON_FILE.findall(text):
                checkout.write_example(name, rows)
            for language, block in BLOCK.findall(text):
                named = EXAMPLE_FILE.match(block)
                example = named and checkout.write_example(named.group(1), block)
                checks = []
                if language == "sh":
                    checks = [(" ".join(words),
                               *check_command(words, root, checkout, ci_scripts, ci_text))
                              for words in commands_of(block)]
                elif example and added_method.is_whole_method(block):
                    checks = [(named.group(1), checkout.add_method(root, build, example),
                               "built into the program here")]
                elif example and example.suffix == ".cpp":
                    result = compile_example(checkout, build, example)
                    checks = [(named.group(1), result.returncode and result.stdout,
                               "compiled here")]
                for what, problem, how in checks:
                    count += 1
                    failures += bool(problem)
                    print(f"{document}: {what}: {problem or how}", flush=True)
    print(f"{count} commands and examples, {failures} wrong")
    return 1 if failures or count == 0 else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()))
