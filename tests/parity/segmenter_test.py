"""The Chinese segmenter against jieba 0.42.1: the same words, on everything.

usage: segmenter_test.py SEGMENT_DUMP
Texts are made from jieba's own word list, from characters of every kind, and where a data folder is
at hand (SKIPBENCH_DATA) from the Chinese tasks of LongBench.
"""

import json
import logging
import random
import subprocess
import sys

import mixed_text
from parity_files import data_folder, skip

try:
    import jieba
except ImportError as error:
    skip(f"jieba is needed ({error}); scripts/test installs it")

jieba.setLogLevel(logging.WARNING)
DATA_FILES = ("longbench/multifieldqa_zh.jsonl", "longbench/passage_retrieval_zh.jsonl",
              "longbench_predictions/llama3-8b-instruct/vcsum.jsonl",
              "longbench_predictions/llama3-8b-instruct/dureader.jsonl",
              "longbench_predictions/llama3-8b-instruct/lsht.jsonl")
DATA_BYTES = 4_000_000
FOREIGN = ["12.5%", "3.14.15", "v2.0", "A+B", "c++", "AT&T", "B超", "x.y", "100%", "%", "+", "-", "#", "&", ".", "_",
           "T恤", "卡拉OK", " ", "\r\n", "\r", "\n", "\u3000", "\t", "，", "。", "（", "”", "é", "Я", "😀", "〇", "龥", "鿕", "鿖",
           "㐀", "𠀀", "١٢", "①"]


def synthetic(rng):
    words = list(jieba.dt.FREQ)
    for _ in range(1500):
        yield "".join(rng.choice(words) for _ in range(rng.randint(1, 40)))  # beginnings of words too
    for _ in range(1500):
        yield "".join(rng.choice((rng.choice(words), rng.choice(FOREIGN),
                                  chr(rng.randint(0x4E00, 0x9FD5)), rng.choice(mixed_text.CHINESE)))
                      for _ in range(rng.randint(1, 60)))
    for _ in range(300):
        yield "".join(chr(rng.randint(0x4DF0, 0x9FE0)) for _ in range(rng.randint(1, 80)))
    for _ in range(200):
        yield mixed_text.mixture(rng, 2000)
    yield from ("", "a", "中", "\r\n", *FOREIGN)


def texts_in(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for entry in value:
            yield from texts_in(entry)


def from_data():
    folder, left = data_folder(), DATA_BYTES
    for name in DATA_FILES if folder else ():
        with open(folder / name, encoding="utf-8") as lines:
            for line in lines:
                for value in json.loads(line).values():
                    for text in texts_in(value):
                        left -= len(text.encode())
                        if left < 0:
                            return
                        yield text


def main(program):
    jieba.initialize()
    texts = list(synthetic(random.Random(20240607)))
    made = sum(len(text.encode()) for text in texts)
    texts += from_data()
    size = sum(len(text.encode()) for text in texts)
    lines = "".join(json.dumps(text) + "\n" for text in texts)
    run = subprocess.run([program], input=lines, stdout=subprocess.PIPE, encoding="utf-8")
    if run.returncode:
        sys.exit("segment_dump failed")
    differences = words = 0
    for text, line in zip(texts, run.stdout.split("\n")[:-1], strict=True):
        ours, theirs = json.loads(line), list(jieba.cut(text, cut_all=False))
        words += len(theirs)
        if ours == theirs:
            continue
        differences += 1
        place = next((i for i, (a, b) in enumerate(zip(ours, theirs)) if a != b), 0)
        print(f"different: {theirs[place:place + 6]} became {ours[place:place + 6]}")
    print(f"{made / 1e6:.1f} MB of made texts, {(size - made) / 1e6:.1f} MB of data, {words} words: "
          f"{differences} texts differ")
    sys.exit(differences > 0)


if __name__ == "__main__":
    main(sys.argv[1])
