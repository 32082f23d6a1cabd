"""StreamingLLM, SnapKV and PyramidKV keep the tokens that the package kvpress keeps.

    kvpress_cache.py SKIPBENCH

Both sides read the same GGUF file and the same token ids, in fp32. A KV head may hold another token
only where kvpress's own scores say that rounding decides: its score and that of the last one kept
differ by less than CLOSE.

kvpress needs an older transformers than the other comparisons, so it gets a virtual environment of
its own in the cache folder (scripts/requirements-kvpress.txt), which takes torch from the shared one.
Where that cannot be installed the test fails.
"""

import hashlib
import json
import os
import pathlib
import random
import subprocess
import sys
import sysconfig
import tempfile

from parity_files import ROOT, smollm2_file

CLOSE = 1e-4  # of the score of the last token kept
REQUIREMENTS = ROOT / "scripts" / "requirements-kvpress.txt"
HERE = pathlib.Path(__file__).resolve().parent

METHODS = [
    ("streamingllm", {"keep": 100, "sinks": 4, "positions": "original", "evict": False}),
    ("streamingllm", {"keep": 33, "sinks": 0, "positions": "original", "evict": False}),
    ("snapkv", {"keep": 200, "window": 64, "pool": 5, "pooling": "avg", "gqa": "kv"}),
    ("snapkv", {"keep": 60, "window": 8, "pool": 7, "pooling": "avg", "gqa": "kv"}),
    # A line of budgets from layer to layer, clipped by the shorter prompts, and level ones.
    ("pyramidkv", {"keep": 170, "window": 8, "beta": 20, "schedule": "kvpress", "pool": 5,
                   "pooling": "avg", "gqa": "kv"}),
    ("pyramidkv", {"keep": 150, "window": 32, "beta": 5, "schedule": "kvpress", "pool": 7,
                   "pooling": "avg", "gqa": "kv"}),
]
LENGTHS = [301, 450, 620]


def cases():
    dice = random.Random(1)
    for index, length in enumerate(LENGTHS):
        tokens = [dice.randrange(3, 49000) for _ in range(length)]
        tokens[length // 2:] = tokens[:length - length // 2]  # something to attend to
        for method, params in METHODS[index % 2::2]:  # the two settings of a method take turns
            yield {"method": method, "params": params, "tokens": tokens}


def kvpress_python():
    """The interpreter that can import kvpress; made once for each state of the requirements."""
    key = hashlib.sha256(REQUIREMENTS.read_bytes() + sys.version.encode()).hexdigest()[:16]
    cache = pathlib.Path(os.environ.get("SKIPBENCH_CACHE") or ROOT / ".cache")
    folder, shared = cache / "kvpress-venv", sysconfig.get_path("purelib")
    python, stamp = folder / "bin" / "python", folder / f".installed-{key}"
    if not stamp.exists():
        print(f"installing {REQUIREMENTS.name} into {folder}", flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        purelib = subprocess.run(
            [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
            check=True, capture_output=True, text=True).stdout.strip()
        (pathlib.Path(purelib) / "shared.pth").write_text(shared + "\n")
        subprocess.run([python, "-m", "pip", "install", "--no-input", "--disable-pip-version-check",
                        "--quiet", "--no-deps", "-r", REQUIREMENTS], check=True)
        stamp.touch()
    return python


def kept_by_kvpress(file, all_cases, folder):
    cases_file, answers = folder / "cases.json", folder / "answers.json"
    cases_file.write_text(json.dumps(all_cases))
    subprocess.run([kvpress_python(), HERE / "kvpress_side.py", file, cases_file, answers], check=True,
                   env={**os.environ, "TQDM_DISABLE": "1", "HF_HUB_OFFLINE": "1"})
    return json.loads(answers.read_text())


def kept_by_us(program, file, case, folder):
    """For each layer the kept positions of each KV head, or one list for all of them."""
    tokens = folder / "tokens.json"
    tokens.write_text(json.dumps(case["tokens"]))
    trace = subprocess.run(
        [program, "trace", "--checkpoint", file, "--method", case["method"],
         "--params", json.dumps(case["params"]), "--prompt-tokens", tokens, "--max-new-tokens", "0",
         "--device", "cpu", "--dtype", "fp32", "--format", "json"],
        check=True, capture_output=True, text=True).stdout
    everyone = list(range(len(case["tokens"])))
    return [layer["kv"].get("heads") or [layer["kv"].get("indices", everyone)]
            for layer in json.loads(trace)["layers"]]


def only_rounding(ours, theirs):
    """Whether every token that one side alone keeps scores as the last one kept does."""
    scores, kept = theirs["scores"], theirs["kept"]
    if len(ours) != len(kept):
        return False
    last = min(scores[position] for position in kept)
    return all(abs(scores[position] - last) <= CLOSE * last for position in set(ours) ^ set(kept))


def compare(case, ours, theirs):
    """(lists, those that are equal, those that rounding explains)"""
    lists = equal = close = 0
    for our_heads, their_heads in zip(ours, theirs, strict=True):
        if len(our_heads) == 1:
            our_heads = our_heads * len(their_heads)
        for our_list, their_list in zip(our_heads, their_heads, strict=True):
            lists += 1
            if our_list == their_list["kept"]:
                equal += 1
            elif case["method"] != "streamingllm" and only_rounding(our_list, their_list):
                close += 1
    return lists, equal, close


def main(program):
    file = smollm2_file()
    failures, all_cases = 0, list(cases())
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        answers = kept_by_kvpress(file, all_cases, folder)
        print("tokens  method        lists  equal  rounding  parameters")
        for case, theirs in zip(all_cases, answers, strict=True):
            lists, equal, close = compare(case, kept_by_us(program, file, case, folder), theirs)
            passed = equal + close == lists and equal >= 0.95 * lists
            failures += not passed
            print(f"{len(case['tokens']):6}  {case['method']:12} {lists:6} {equal:6} {close:9}"
                  f"  {json.dumps(case['params'])}{'' if passed else '  DIFFERS'}", flush=True)
    print(f"{len(all_cases) - failures} of {len(all_cases)} prompts keep the same tokens")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
