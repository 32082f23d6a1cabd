"""Greedy tokens of a real model, ours against Hugging Face transformers.

In half precision two right programs disagree wherever the two best tokens are next to equal. So ours
is held to what Hugging Face's own attentions (sdpa and eager), which share all other roundings, agree
among themselves, and it must agree with the same model in fp32 as often as Hugging Face's half
precision does, both but for two standard errors over the prompts. In fp32 our CPU and GPU may differ only after
a token that led by less than 0.001.
"""

import argparse
import os
import pathlib
import random
import statistics
import sys

from models import HuggingFaceModel, OurModel, torch, transformers
from parity_files import ROOT, known_models, model_file

CLOSE = 1e-3  # nats between the two best tokens


def arguments():
    parser = argparse.ArgumentParser(prog="compare_greedy", description=__doc__)
    parser.add_argument("--model", default="smollm2-135m", choices=list(known_models()))
    parser.add_argument("--prompts", type=int, default=50, help="at least 2 (default: 50)")
    parser.add_argument("--new-tokens", type=int, default=32)
    parser.add_argument("--device", default="cuda", help="cpu or cuda")
    parser.add_argument("--dtype", default="bfloat16", choices=["bfloat16", "float16"])
    parser.add_argument("--devices-prompts", type=int, metavar="N",
                        help="prompts in fp32 on the CPU and the device (default: as --prompts)")
    parser.add_argument("--program", default=ROOT / "build/release/serve_model", type=pathlib.Path,
                        help=argparse.SUPPRESS)
    return parser.parse_args()


def text_prompts(file, count):
    """Windows of 64 to 1,500 tokens of the project's own texts."""
    tokenizer = transformers.AutoTokenizer.from_pretrained(str(file.parent), gguf_file=file.name)
    names = ["LICENSE", "README.md", "CONTRIBUTING.md"]
    ids = tokenizer("\n".join((ROOT / name).read_text() for name in names))["input_ids"]
    dice = random.Random(2)
    for _ in range(count):
        length = dice.randrange(64, 1500)
        begin = dice.randrange(len(ids) - length)
        yield ids[begin:begin + length]


def equal_until_they_part(a, b):
    """Tokens before the first difference: after it the texts are different ones."""
    for index, (x, y) in enumerate(zip(a, b)):
        if x != y:
            return index
    return min(len(a), len(b))


def agreement(a, b):
    """Tokens until the first difference, prompt by prompt."""
    return [equal_until_they_part(x, y) for x, y in zip(a, b)]


def margin(ours, theirs):
    """By how many tokens ours agree more often, and the standard error of that."""
    differences = [x - y for x, y in zip(ours, theirs)]
    return sum(differences), statistics.stdev(differences) * len(differences) ** 0.5


def greedy_tokens(options, file, prompts, threads):
    """By program and precision: for each prompt its new tokens."""
    ours = OurModel(options.program, file, options.device, options.dtype, threads)
    tokens = {"ours": [ours.run(prompt, options.new_tokens)["greedy"] for prompt in prompts]}
    ours.close()
    theirs = HuggingFaceModel.from_gguf(file, options.device)
    for name, attention, dtype in (("fp32", "sdpa", "float32"), ("sdpa", "sdpa", options.dtype),
                                   ("eager", "eager", options.dtype)):
        theirs.change(dtype, attention)
        tokens[name] = [theirs.greedy(prompt, options.new_tokens)[1] for prompt in prompts]
    return tokens


def compare_half(options, file, prompts, threads):
    tokens = greedy_tokens(options, file, prompts, threads)
    print(f"{options.dtype} on {options.device}: tokens equal before the first difference, of "
          f"{len(prompts) * options.new_tokens}")
    passed = True
    # What ours is compared with, and which two of theirs with one another.
    for other, (a, b) in (("sdpa", ("sdpa", "eager")), ("fp32", ("fp32", "sdpa"))):
        mine, among = agreement(tokens["ours"], tokens[other]), agreement(tokens[a], tokens[b])
        more, error = margin(mine, among)
        print(f"  Hugging Face {a} and {b:5}  {sum(among):5}   ours and {other}  {sum(mine):5}"
              f"   difference {more:+} ± {error:.0f}")
        passed &= more + 2 * error >= 0
    return passed


def compare_devices(options, file, prompts, threads):
    runs = {}
    for device in ("cpu", options.device):
        model = OurModel(options.program, file, device, "float32", threads)
        runs[device] = [model.run(tokens, options.new_tokens, gaps=True) for tokens in prompts]
        model.close()
    parted, wrong = 0, 0
    for cpu, other in zip(runs["cpu"], runs[options.device]):
        equal = equal_until_they_part(cpu["greedy"], other["greedy"])
        if equal == options.new_tokens:
            continue
        parted += 1
        wrong += cpu["gaps"][equal] >= CLOSE
    print(f"float32, cpu and {options.device}: {len(prompts) - parted} of {len(prompts)} replies equal, "
          f"{parted - wrong} part at two tokens within {CLOSE}, {wrong} elsewhere")
    return wrong == 0


def main():
    options = arguments()
    file = model_file(options.model)
    threads = len(os.sched_getaffinity(0))
    torch.set_num_threads(threads)
    prompts = list(text_prompts(file, options.prompts))
    passed = compare_half(options, file, prompts, threads)
    if options.device != "cpu":
        passed &= compare_devices(options, file, prompts[:options.devices_prompts], threads)
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
