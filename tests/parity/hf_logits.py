"""Logits and greedy tokens equal Hugging Face's in fp32, on the same GGUF file.

    hf_logits.py SERVE_MODEL [--model NAME] [--lengths N...]

The prompts are token ids (half of them of a text that never changes, half random), so tokenizers play
no part.
"""

import argparse
import os
import pathlib
import random
import sys
import tempfile

from models import HuggingFaceModel, OurModel, torch, transformers
from parity_files import ROOT, model_file

NEW_TOKENS = 32
LARGEST_ERROR = 1e-3
LENGTHS = [50, 117, 256, 511, 777, 1024, 1500, 2049, 3000]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program")
    parser.add_argument("--model", default="smollm2-135m", help="a known name")
    parser.add_argument("--lengths", type=int, nargs="+", default=LENGTHS, metavar="N")
    return parser.parse_args()


def prompts(file, lengths):
    tokenizer = transformers.AutoTokenizer.from_pretrained(str(file.parent), gguf_file=file.name)
    text = tokenizer((ROOT / "LICENSE").read_text() * (1 + max(lengths) // 2000))["input_ids"]
    dice = random.Random(1)
    for index, length in enumerate(lengths):
        if index % 2 == 0:
            begin = dice.randrange(len(text) - length)
            yield "text", text[begin:begin + length]
        else:
            yield "random", [dice.randrange(3, len(tokenizer)) for _ in range(length)]


def main():
    options = arguments()
    file = model_file(options.model)
    threads = len(os.sched_getaffinity(0))
    torch.set_num_threads(threads)
    ours = OurModel(options.program, file, threads=threads)
    theirs = HuggingFaceModel.from_gguf(file)
    failures = 0
    print("tokens  kind    largest logit error  equal greedy tokens  smallest top-2 gap")
    with tempfile.TemporaryDirectory() as folder:
        logits_file = pathlib.Path(folder) / "logits.f32"
        for kind, tokens in prompts(file, options.lengths):
            expected, expected_ids, gap = theirs.greedy(tokens, NEW_TOKENS)
            ids = ours.run(tokens, NEW_TOKENS, logits_file)["greedy"]
            got = torch.frombuffer(bytearray(logits_file.read_bytes()), dtype=torch.float32)
            error = (got - expected).abs().max().item() if got.shape == expected.shape else float("inf")
            equal = sum(a == b for a, b in zip(ids, expected_ids))
            passed = error <= LARGEST_ERROR and ids == expected_ids
            failures += not passed
            print(f"{len(tokens):6}  {kind:6}  {error:19.2e}  {equal:13} of {NEW_TOKENS}"
                  f"  {gap:18.4f}  {'' if passed else 'DIFFERS'}", flush=True)
    ours.close()
    print(f"{len(options.lengths) - failures} of {len(options.lengths)} prompts agree within "
          f"{LARGEST_ERROR}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
