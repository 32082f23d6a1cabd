"""How much faster `skipbench score` is than LongBench's scoring in Python (reference_scorer.py), on the
same files in one run, each whole process on the clock and held to one core; the scores must be equal.

usage: compare_scorer.py [--program SKIPBENCH] [--predictions FOLDER] [--fail-below RATIO]
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

from parity_files import ROOT, data_folder, skip

TURNS = 5  # of ours, before and after the reference; the median counts


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--program", default=ROOT / "build/release/skipbench")
    parser.add_argument("--predictions", type=pathlib.Path,
                        help="a folder of LongBench predictions (default: the one of the data folder)")
    parser.add_argument("--fail-below", type=float, default=0.0, help="exit code 1 below this ratio")
    return parser.parse_args()


def predictions(given):
    if given:
        return given
    data = data_folder()
    if not data:
        skip("no data folder (SKIPBENCH_DATA) and no --predictions")
    return data / "longbench_predictions/llama3-8b-instruct"


def on_one_core():
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def timed(command):
    start = time.perf_counter()
    run = subprocess.run(command, stdout=subprocess.PIPE, preexec_fn=on_one_core)
    return time.perf_counter() - start, run


def main():
    given = arguments()
    folder = predictions(given.predictions)
    reference = [sys.executable, "-W", "ignore", pathlib.Path(__file__).with_name("reference_scorer.py")]
    if timed([*reference[:3], "-c", "import jieba, rouge, fuzzywuzzy, numpy; jieba.initialize()"])[1].returncode:
        skip("rouge, fuzzywuzzy, jieba and numpy are needed; scripts/test installs them")
    ours = [timed([given.program, "score", folder, "--format", "json"]) for _ in range(TURNS)]
    with tempfile.NamedTemporaryFile(suffix=".json") as out:
        theirs, run = timed([*reference, folder, "longbench", out.name])
        scores = json.load(out)["scores"] if run.returncode == 0 else sys.exit("the reference failed")
    ours += [timed([given.program, "score", folder, "--format", "json"]) for _ in range(TURNS)]
    result = json.loads(ours[0][1].stdout)
    if result["scores"] != scores:
        sys.exit(f"different scores: {result['scores']} and {scores}")
    median = sorted(seconds for seconds, _ in ours)[TURNS]
    rows = sum(result["counts"].values())
    print(f"{rows} rows of {len(scores)} tasks, equal scores; one core: Python {theirs:.2f} s, "
          f"skipbench {median:.3f} s (median of {2 * TURNS}), {theirs / median:.0f}x")
    sys.exit(theirs / median < given.fail_below)


if __name__ == "__main__":
    main()
