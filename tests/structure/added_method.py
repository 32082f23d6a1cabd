"""The program with one method more: a file that a document shows, and its line in the table."""

import json
import re
import shlex
import subprocess

# "MethodEntry recent_ffn_method() {": a file with a whole method in it.
WHOLE_METHOD = re.compile(r"^MethodEntry (\w+)_method\(\) \{", re.MULTILINE)
TABLE = re.compile(r"^#define SKIPBENCH_METHODS\(line\) *\\\n", re.MULTILINE)


def is_whole_method(text):
    return WHOLE_METHOD.search(text) is not None


def table_with(root, text):
    """methods/interface/table.h as the document tells to change it."""
    table = (root / "methods/interface/table.h").read_text()
    line = f"  line({WHOLE_METHOD.search(text).group(1)}, kParameters) \\\n"
    changed, count = TABLE.subn(lambda found: found.group(0) + line, table)
    assert count == 1
    return changed


def compile_as_registry(build, examples, source, target):
    """Compiles the file as the build does the registry, which stands alone in its object."""
    entries = json.loads((build / "compile_commands.json").read_text())
    entry = next(e for e in entries if e["file"].endswith("methods/interface/registry.cpp"))
    words = shlex.split(entry["command"])
    words[words.index("-o") + 1] = str(target)
    words[words.index("-c") + 1] = str(source)
    words.insert(next(i for i, word in enumerate(words) if word.startswith("-I")), f"-I{examples}")
    return subprocess.run(words, cwd=entry["directory"], text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)


def link_program(build, objects, target):
    """The build's own link command, with these objects before the libraries."""
    commands = subprocess.run(["ninja", "-C", str(build), "-t", "commands", "skipbench"], text=True,
                              stdout=subprocess.PIPE, check=True).stdout
    link = [line for line in commands.splitlines() if " -o skipbench " in line][-1]
    objects = " ".join(map(str, objects))
    return subprocess.run(link.replace(" -o skipbench ", f" {objects} -o {target} "), cwd=build,
                          shell=True, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def build_program(root, build, examples, method, target):
    """Builds `target` with the method of the file; what went wrong, or nothing."""
    table = examples / "methods/interface/table.h"
    table.parent.mkdir(parents=True, exist_ok=True)
    table.write_text(table_with(root, method.read_text()))
    registry = root / "methods/interface/registry.cpp"
    objects = [examples / f"{source.stem}.o" for source in (registry, method)]
    for source, compiled in zip((registry, method), objects):
        step = compile_as_registry(build, examples, source, compiled)
        if step.returncode:
            return step.stdout
    step = link_program(build, objects, target)
    return step.stdout if step.returncode else None
