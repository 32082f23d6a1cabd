"""The tokenizer against Hugging Face tokenizers: the same ids and the same text, on everything.

usage: tokenizer_test.py TEXT_DUMP
The oracles are built from the file's own vocabulary and merges and each family's published rules.
SKIPBENCH_DATA may name a folder whose text files are compared too.
"""

import concurrent.futures
import os
import pathlib
import random
import subprocess
import sys
import time

import mixed_text
from parity_files import skip, smollm2_file

try:
    import gguf
    import numpy as np
    from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers
except ImportError as error:
    skip(f"gguf and tokenizers are needed ({error}); scripts/test installs them")

CONTROL = 3
LLAMA3_LIKE = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}%s| ?[^\s\p{L}\p{N}]+[\r\n]*"
               r"|\s*[\r\n]+|\s+(?!\S)|\s+")


def split_by(expression):
    return pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(expression), "isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
    ])


PRE_TOKENIZERS = {
    "gpt-2": pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True),
    "smollm": pre_tokenizers.Sequence([
        pre_tokenizers.Digits(individual_digits=True),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True),
    ]),
    "llama-bpe": split_by(LLAMA3_LIKE % "{1,3}"),
    "qwen2": split_by(LLAMA3_LIKE % ""),
}


class Oracle:
    def __init__(self, file):
        fields = gguf.GGUFReader(file).fields
        self.tokens = fields["tokenizer.ggml.tokens"].contents()
        self.types = fields["tokenizer.ggml.token_type"].contents()
        self.merges = [tuple(merge.split(" ")) for merge in fields["tokenizer.ggml.merges"].contents()]

    def build(self, name):
        vocabulary = {token: id for id, token in enumerate(self.tokens)}
        model = models.BPE(vocab=vocabulary, merges=self.merges, ignore_merges=name == "llama-bpe")
        tokenizer = Tokenizer(model)
        tokenizer.pre_tokenizer = PRE_TOKENIZERS[name]
        tokenizer.decoder = decoders.ByteLevel()
        tokenizer.add_special_tokens([
            AddedToken(token, special=True, normalized=False)
            for token, type in zip(self.tokens, self.types) if type == CONTROL
        ])
        return tokenizer


def texts():
    rng = random.Random(20240607)
    yield "mixed", mixed_text.mixture(rng, 1_500_000).encode()
    yield "code", mixed_text.code(1_000_000).encode()
    yield "characters", mixed_text.every_character(rng).encode()
    yield "long runs", mixed_text.long_runs(rng).encode()
    yield "random bytes", rng.randbytes(500_000)
    broken = bytearray(mixed_text.mixture(rng, 300_000).encode())
    for _ in range(10_000):
        broken[rng.randrange(len(broken))] = rng.randrange(256)
    yield "broken UTF-8", bytes(broken)
    yield "empty", b""
    yield from data_texts()


def data_texts():
    folder = os.environ.get("SKIPBENCH_DATA", "")
    files = sorted(pathlib.Path(folder).rglob("*.jsonl")) if folder else []
    budget = 2_000_000
    for file in files:
        if budget <= 0:
            break
        content = file.read_bytes()[:250_000]
        budget -= len(content)
        yield f"data {file.name}", content


def first_difference(ours, theirs):
    length = min(len(ours), len(theirs))
    places = np.flatnonzero(ours[:length] != theirs[:length])
    at = int(places[0]) if len(places) else length
    return f"first at token {at}: {ours[at:at + 6].tolist()} instead of {theirs[at:at + 6].tolist()}"


def report(label, same, note):
    """One comparison: prints it and says whether it failed."""
    # One write a line: several threads report.
    sys.stdout.write(f"{'equal' if same else 'DIFFERENT':9} {label:34} {note}\n")
    return not same


def compare_encoding(dump, file, tokenizer, name, label, content):
    run = subprocess.run([dump, "encode", file, name], input=content, capture_output=True, check=True)
    ours = np.frombuffer(run.stdout, dtype=np.int32)
    start = time.thread_time()
    theirs = np.array(tokenizer.encode(content.decode(errors="replace")).ids, dtype=np.int32)
    seconds = max(time.thread_time() - start, 1e-6)
    if not np.array_equal(ours, theirs):
        return report(f"{name}: {label}", False, first_difference(ours, theirs))
    rates = f"{float(run.stderr) / 1e6:6.1f} MB per CPU second (theirs {len(content) / seconds / 1e6:.1f})"
    return report(f"{name}: {label}", True, f"{len(content):>9,} bytes {len(theirs):>9,} ids {rates}")


def compare_pre_tokenizer(dump, file, oracle, samples, name):
    tokenizer = oracle.build(name)
    return sum(compare_encoding(dump, file, tokenizer, name, label, content) for label, content in samples)


def compare_decoding(dump, file, oracle):
    tokenizer = oracle.build("smollm")
    ids = np.random.default_rng(7).integers(0, len(oracle.tokens) + 5, 200_000, dtype=np.int32)
    failures = 0
    for mode in ("keep", "skip"):
        run = subprocess.run([dump, "decode", file, mode], input=ids.tobytes(), capture_output=True, check=True)
        theirs = tokenizer.decode(ids.tolist(), skip_special_tokens=mode == "skip").encode()
        failures += report(f"decode, special tokens: {mode}", run.stdout == theirs, f"{len(ids):,} random ids")
    return failures


def main():
    dump, file = sys.argv[1], smollm2_file()
    oracle = Oracle(file)
    samples = list(texts())
    # Their encoder lets other Python threads run meanwhile.
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        failures = sum(pool.map(lambda name: compare_pre_tokenizer(dump, file, oracle, samples, name),
                                PRE_TOKENIZERS))
    failures += compare_decoding(dump, file, oracle)
    total = sum(len(content) for _, content in samples)
    print(f"{total:,} bytes by {len(PRE_TOKENIZERS)} pre-tokenizers; comparisons that differ: {failures}")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
