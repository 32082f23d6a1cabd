"""The program with one method more: a header that a document shows, and its line in the registry."""

import json
import re
import shlex
import subprocess

# "inline MethodEntry recent_ffn_method() {": a header with a whole method in it.
WHOLE_METHOD = re.compile(r"^inline MethodEntry (\w+)\(\) \{", re.MULTILINE)


def is_whole_method(text):
    return WHOLE_METHOD.search(text) is not None


def registry_with(root, header, text):
    """methods/interface/registry.cpp as the document tells to change it."""
    registry = (root / "methods/interface/registry.cpp").read_text()
    function = WHOLE_METHOD.search(text).group(1)
    registry = re.sub(r"(all_methods\(\) \{.*?\n)(  \};)", rf"\1      {function}(),\n\2", registry,
                      count=1, flags=re.DOTALL)
    return f'#include "{header}"\n' + registry


def compile_registry(build, examples, source, target):
    entries = json.loads((build / "compile_commands.json").read_text())
    entry = next(e for e in entries if e["file"].endswith("methods/interface/registry.cpp"))
    words = shlex.split(entry["command"])
    words[words.index("-o") + 1] = str(target)
    words[words.index("-c") + 1] = str(source)
    words.insert(words.index("-o"), f"-I{examples}")
    return subprocess.run(words, cwd=entry["directory"], text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)


def link_program(build, registry, target):
    """The build's own link command, with the registry's object before the libraries."""
    commands = subprocess.run(["ninja", "-C", str(build), "-t", "commands", "skipbench"], text=True,
                              stdout=subprocess.PIPE, check=True).stdout
    link = [line for line in commands.splitlines() if " -o skipbench " in line][-1]
    return subprocess.run(link.replace(" -o skipbench ", f" {registry} -o {target} "), cwd=build,
                          shell=True, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def build_program(root, build, examples, header, text, target):
    """Builds `target` from the header `header` of `examples`; what went wrong, or nothing."""
    source, compiled = examples / "registry.cpp", examples / "registry.o"
    source.write_text(registry_with(root, header, text))
    for step in (compile_registry(build, examples, source, compiled),
                 link_program(build, compiled, target)):
        if step.returncode:
            return step.stdout
    return None
