"""Includes point down only: kernels <- methods <- harness; Torch only where models run; a name stands
for one type (two of one name in one namespace compile, link and crash); what a row comes from can be
found by its includes, since a header's implementation has its name; and JSON is read into structs by
name.

    includes.py ROOT
"""

import pathlib
import re
import sys

# A type at the top of a namespace, with which the line begins, defined and not only declared.
TYPE = re.compile(r"^(?:(?:struct|class|union|enum(?: class| struct)?) (?:alignas\([^)]*\) )?(\w+)"
                  r"(?: final)?(?:\s*:(?!:)[^;{]*)?\s*\{|using (\w+) =)", re.MULTILINE)
NAMESPACE = re.compile(r"^namespace ([\w:]+) \{", re.MULTILINE)
# {json.at("a"), json.at("b")}: a new member in the middle of the struct would shift the others.
BY_PLACE = re.compile(r'\{\w+\.at\("')
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*[<"]([^>"]+)[>"]', re.MULTILINE)
TORCH = re.compile(r"^(torch|ATen|c10|caffe2)/")

# Floor -> the floors that it must not include.
FLOORS_ABOVE = {"kernels": ("methods/", "harness/"), "methods": ("harness/",), "harness": ()}

# Where Torch may be included, directly or through a header of ours. The rest compiles without it:
# quickly, and in a build without engine.
TORCH_ALLOWED = ("kernels/ops/", "kernels/model/", "kernels/bench/", "methods/",
                 "harness/checkpoint/", "harness/machine/", "harness/calibrate/", "harness/reply/",
                 "harness/plan/", "harness/measure/", "harness/workers/", "harness/run/",
                 "harness/tune/", "harness/trace/", "harness/cli/")
# Among those, what builds without engine include.
TORCH_FREE = ("methods/interface/parameters.h", "methods/interface/registry.h", "harness/machine/build_info.h")

# Where what rows come from lies.
ROW_SOURCES = ("kernels/base/", "kernels/model/", "kernels/ops/", "methods/", "harness/base/",
               "harness/checkpoint/", "harness/tasks/", "harness/text/")


def read_sources(root):
    """{path from the root: [included headers]} of the three floors."""
    return {file.relative_to(root).as_posix(): INCLUDE.findall(file.read_text())
            for floor in FLOORS_ABOVE for file in sorted((root / floor).rglob("*"))
            if file.suffix in (".h", ".cpp", ".cu", ".cuh")}


def way_to_torch(name, sources, visited):
    """The chain of includes from `name` to a Torch header, or nothing."""
    visited.add(name)
    for header in sources.get(name, ()):
        if TORCH.match(header):
            return [name, header]
        if header in sources and header not in visited:
            way = way_to_torch(header, sources, visited)
            if way:
                return [name, *way]
    return None


def problems_of(sources):
    for name, headers in sources.items():
        above = FLOORS_ABOVE[name.split("/")[0]]
        for header in headers:
            if above and header.startswith(above):
                yield f'{name} includes "{header}" of a floor above'
            if header.startswith("."):
                yield f'{name} includes "{header}": write it from the root of the project'
        if not name.startswith(TORCH_ALLOWED) or name in TORCH_FREE:
            way = way_to_torch(name, sources, set())
            if way:
                yield "Torch does not belong here: " + " -> ".join(way)


def type_names(text):
    return [defined or alias for defined, alias in TYPE.findall(text)]


def read_types(root):
    """{(namespace, type): [headers, and files of methods, that define it]}."""
    types = {}
    for floor in FLOORS_ABOVE:
        for file in sorted([*(root / floor).rglob("*.h"), *(root / floor).rglob("*.cuh"),
                            *(root / floor).glob("*.cpp")]):
            text = file.read_text()
            namespace = NAMESPACE.search(text)
            for name in type_names(text):
                key = (namespace.group(1) if namespace else "", name)
                types.setdefault(key, []).append(file.relative_to(root).as_posix())
    return types


def type_problems(types):
    for (_, name), headers in types.items():
        if len(headers) > 1:
            yield f"{name} is the name of several types: {', '.join(headers)}"


def place_problems(texts):
    for name, text in texts.items():
        if BY_PLACE.search(text):
            yield f"{name} reads JSON into a struct by place: a new member would shift the others"


def read_texts(root):
    return {file.relative_to(root).as_posix(): file.read_text()
            for floor in FLOORS_ABOVE for file in sorted((root / floor).rglob("*.cpp"))}


def read_methods(root):
    """The names in the table of methods, each a file of its own."""
    return set(re.findall(r"^  line\((\w+), \w+\)", (root / "methods/interface/table.h").read_text(),
                          re.MULTILINE))


def unnamed_problems(sources, methods):
    """Sources of rows (harness/sources/source_tree.h) that no include leads to."""
    for name in sources:
        header = name.rsplit(".", 1)[0] + ".h"
        is_method = name in {f"methods/{method}.cpp" for method in methods}
        if (name.startswith(ROW_SOURCES) and name.endswith((".cpp", ".cu")) and header not in sources
                and not is_method and not name.endswith("/registry.cpp")):
            yield f"{name} implements no header of its name: edits of it would outdate no row"


def check_the_check():
    """The rules catch what they are for, and nothing else."""
    torch_header = {"kernels/model/decoder.h": ["ATen/core/Tensor.h"]}
    wrong = [
        {"kernels/ops/a.cpp": ["methods/interface/method.h"]},
        {"methods/a.cpp": ["harness/text/utf8.h"]},
        {"harness/text/a.cpp": ["ATen/ATen.h"]},
        {"harness/store/a.h": ["../text/utf8.h"]},
        {"harness/tasks/a.cpp": ["kernels/model/decoder.h"], **torch_header},
        {"methods/interface/parameters.h": ["kernels/model/decoder.h"], **torch_header},
    ]
    right = [{"harness/run/a.cpp": ["ATen/ATen.h", "methods/interface/method.h"]},
             {"methods/a.cpp": ["kernels/model/decoder.h"], **torch_header}]
    assert all(list(problems_of(sources)) for sources in wrong)
    assert not any(list(problems_of(sources)) for sources in right)
    assert list(type_problems({("skipbench", "Axis"): ["a.h", "b.h"]}))
    assert type_names("struct Axis {\nclass Full : public Method {\nclass Full;\nenum class Unit {\n"
                      "enum class Later : int;\nenum Old : int {\nusing Id = int;\n"
                      "class Long\n    : public A {\n") == ["Axis", "Full", "Unit", "Old", "Id", "Long"]
    assert list(place_problems({"a.cpp": 'return {json.at("task"),\n json.at("line")};'}))
    assert not list(place_problems({"a.cpp": 'return {{"task", json.at("task")}};'}))
    assert list(unnamed_problems({"methods/selection/a.cpp": []}, {"full"}))
    assert list(unnamed_problems({"methods/helper.cpp": []}, {"full"}))
    assert not list(unnamed_problems({"methods/full.cpp": []}, {"full"}))
    assert not list(unnamed_problems({"methods/interface/registry.cpp": [], "harness/cli/main.cpp": []},
                                     {"full"}))


def main(root):
    check_the_check()
    sources = read_sources(root)
    types = read_types(root)
    problems = [*problems_of(sources), *type_problems(types), *unnamed_problems(sources, read_methods(root)),
                *place_problems(read_texts(root))]
    print("\n".join([*problems,
                     f"{len(sources)} files, {len(types)} types, {len(problems)} problems"]))
    return 1 if problems or not sources else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
