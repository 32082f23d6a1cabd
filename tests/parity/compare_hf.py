"""Speed of our full attention against Hugging Face transformers, in turns in one run.

Time to first token: from token ids on the host to the first new id on the host. Both sides are
warmed at each length, use the same threads and dtype, and take turns at going first; the figure is
the median of the paired ratios (above 1: ours is faster). With --new-tokens also the time of a decoded
token, behind the first, against transformers' generate().
"""

import argparse
import json
import os
import pathlib
import random
import statistics
import sys

from models import HuggingFaceModel, OurModel, torch
from parity_files import ROOT, known_models, model_file


def arguments():
    parser = argparse.ArgumentParser(prog="compare_hf", description=__doc__)
    parser.add_argument("--checkpoint", default="smollm2-135m",
                        help="a fetched model's name, a .gguf file or random:SHAPE "
                             "(default: smollm2-135m)")
    parser.add_argument("--lengths", type=int, nargs="+", default=[512, 2048, 4096], metavar="N")
    parser.add_argument("--pairs", type=int, nargs="+", default=[7], metavar="N",
                        help="timed pairs, one number for all lengths or one each")
    parser.add_argument("--new-tokens", type=int, metavar="N",
                        help="also decode so many tokens and compare the time of one")
    parser.add_argument("--device", default="cpu", help="cpu or cuda")
    parser.add_argument("--dtype", default="float32", choices=["float32", "bfloat16", "float16"])
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--json", type=pathlib.Path, help="also write every single time here")
    parser.add_argument("--fail-below", type=float, metavar="RATIO",
                        help="exit code 1 where even the best pair of a length stays below")
    parser.add_argument("--program", default=ROOT / "build/release/serve_model", type=pathlib.Path,
                        help=argparse.SUPPRESS)
    options = parser.parse_args()
    if len(options.pairs) == 1:
        options.pairs *= len(options.lengths)
    if options.new_tokens is not None and options.new_tokens < 2:
        parser.error("--new-tokens: at least 2, of which the first belongs to the prefill")
    if len(options.pairs) != len(options.lengths):
        parser.error(f"--pairs: {len(options.pairs)} numbers for {len(options.lengths)} lengths")
    if not options.program.exists():
        parser.error(f"{options.program} is not built; run scripts/build")
    return options


def cpu_name():
    lines = pathlib.Path("/proc/cpuinfo").read_text(errors="replace").splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else "an unknown CPU"


def time_pairs(ours, theirs, tokens, pairs):
    """[(our ms, their ms)], after one untimed run of each."""
    ours.run(tokens)
    theirs.prefill_ms(tokens)
    times = []
    for pair in range(pairs):
        if pair % 2 == 0:
            mine = ours.run(tokens)["ttft_ms"]
            other = theirs.prefill_ms(tokens)
        else:
            other = theirs.prefill_ms(tokens)
            mine = ours.run(tokens)["ttft_ms"]
        times.append((mine, other))
    return times


def time_decoding(ours, theirs, tokens, new_tokens, pairs):
    """[(our ms, their ms)] of a token after the first, after one untimed run of each."""
    def mine():
        return ours.run(tokens, new_tokens)["decode_ms"] / (new_tokens - 1)

    def other():
        prompt = theirs.generate_ms(tokens, 1)
        return (theirs.generate_ms(tokens, new_tokens) - prompt) / (new_tokens - 1)

    mine(), other()
    return [(mine(), other()) for _ in range(pairs)]


def main():
    options = arguments()
    torch.set_num_threads(options.threads)
    is_random = options.checkpoint.startswith("random:")
    checkpoint = options.checkpoint if is_random else pathlib.Path(options.checkpoint)
    if options.checkpoint in known_models():
        checkpoint = model_file(options.checkpoint)
    ours = OurModel(options.program, checkpoint, options.device, options.dtype, options.threads)
    theirs = (HuggingFaceModel.random(ours.shape, options.device, options.dtype) if is_random else
              HuggingFaceModel.from_gguf(checkpoint, options.device, options.dtype))

    dice = random.Random(0)
    results, too_slow = [], []
    print(f"{checkpoint if is_random else checkpoint.name}, {options.device}, {options.dtype}, "
          f"{options.threads} threads of {cpu_name()}, load {os.getloadavg()[0]:.1f}: "
          "median time to first token")
    print("tokens  pairs    ours ms      HF ms  HF/ours  range of pairs", flush=True)
    for length, pairs in zip(options.lengths, options.pairs):
        tokens = [dice.randrange(3, ours.shape["vocabulary"]) for _ in range(length)]
        times = time_pairs(ours, theirs, tokens, pairs)
        ratios = [other / mine for mine, other in times]
        ratio = statistics.median(ratios)
        print(f"{length:6}  {pairs:5}  {statistics.median(t[0] for t in times):9.1f}"
              f"  {statistics.median(t[1] for t in times):9.1f}  {ratio:6.2f}x"
              f"  {min(ratios):.2f}..{max(ratios):.2f}", flush=True)
        result = {"tokens": length, "ours_ms": [t[0] for t in times],
                  "hf_ms": [t[1] for t in times], "median_ratio": ratio}
        if options.new_tokens:
            decoded = time_decoding(ours, theirs, tokens, options.new_tokens, min(pairs, 3))
            result["decode_ours_ms"], result["decode_hf_ms"] = map(list, zip(*decoded))
            print(f"        a decoded token  {statistics.median(t[0] for t in decoded):9.2f}"
                  f"  {statistics.median(t[1] for t in decoded):9.2f}"
                  f"  {statistics.median(other / mine for mine, other in decoded):6.2f}x", flush=True)
        results.append(result)
        if options.fail_below is not None and max(ratios) < options.fail_below:
            too_slow.append(length)
    ours.close()
    if options.json:
        options.json.write_text(json.dumps({
            "checkpoint": str(checkpoint), "device": options.device, "dtype": options.dtype,
            "threads": options.threads, "results": results}, indent=1) + "\n")
    if too_slow:
        print(f"slower than {options.fail_below}x Hugging Face in every pair at {too_slow} tokens")
    return 1 if too_slow else 0


if __name__ == "__main__":
    sys.exit(main())
