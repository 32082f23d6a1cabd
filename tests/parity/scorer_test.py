"""`skipbench score` against LongBench's scoring over the packages that it uses (reference_scorer.py):
the same double for every row and the same figure for every task, on made predictions that are hard on
each rule.

usage: scorer_test.py SKIPBENCH
"""

import json
import pathlib
import random
import subprocess
import sys
import tempfile
import warnings

import mixed_text
from parity_files import skip

warnings.filterwarnings("ignore", message="Using slow pure-python SequenceMatcher")
try:
    import reference_scorer
except ImportError as error:
    skip(f"rouge, fuzzywuzzy, jieba and numpy are needed ({error}); scripts/test installs them")

ROWS = 150
WORDS = ["the", "The", "a", "an", "AN", "cat", "cat.", "Cat,", "u.s.", "naïve", "Ça", "the-end", "it’s", "\u0130x",
         "ΟΔΟΣ", "ΣΟ.", "a\u0301", "the\u2014end", "x\u3000y", "\xa0", "...", ".", " . ", "\n", "\n\n", "\r\n", "\x1c", "ß",
         "12", "7", "٣", "1,847", "\U0001d7d9", "½", "_a_", "a_the"]
ZH = ["中国", "的", "北京大学", "。", "，", "、", "《红楼梦》", "人工智能", "A股", "3.5%", "段落7", "段落12", "段落", "ABC", " ", "\n", "龥", "㐀",
      "研究生命起源", "长春市长春药店", "他说的确实在理", "﹏", "．", ".", "１２"]
CODE = ["    return x", "return x", "\treturn self.value", "# note", "// note", "```python", "", "x = y", "x  =  y",
        "public static void main(String[] args) {", "foo(bar, baz)", "é = 'ü'", "a" * 210, "ab" * 120, "if (a == b) {"]
CLASSES = ["o", "do", "dog", "hot dog", "Other entity", "entity", "Date", "体育", "体育新闻", "新闻", "a.b"]


def words(rng, choices, most):
    return " ".join(rng.choice(choices) for _ in range(rng.randint(0, most)))


def english(rng):
    made = rng.choice(mixed_text.MAKERS)(rng) if rng.random() < 0.3 else ""
    return words(rng, WORDS, 25) + made


def chinese(rng):
    return "".join(rng.choice(ZH) for _ in range(rng.randint(0, 30)))


def code(rng):
    return "\n".join(rng.choice(CODE) for _ in range(rng.randint(0, 5)))


def paragraph(word):
    return lambda rng: f"{rng.choice(['', 'The ', 'Paragraph '])}{word}{rng.randint(1, 30)}{rng.choice(['', ' x 5'])}"


def numbers(rng):
    return words(rng, ["7", "12", "07", "٧", "Paragraph 7", "段落7", "of", "-3", "1.5"], 6)


def disturbed(rng, text):
    """A prediction like the gold text: parts left out, doubled, moved."""
    parts = text.split(" ")
    for _ in range(rng.randint(0, 4)):
        place = rng.randrange(len(parts) + 1)
        parts[place:place + 1] = rng.choice(([], parts[place:place + 1] * 2, [rng.choice(parts or [""])]))
    return rng.choice(["", "\n", "\n\n", " "]) + " ".join(parts) + rng.choice(["", "\nmore", ".", "\r\n"])


MAKERS = {reference_scorer.qa_f1: (english, english), reference_scorer.qa_f1_zh: (chinese, chinese),
          reference_scorer.rouge: (english, english), reference_scorer.rouge_zh: (chinese, chinese),
          reference_scorer.classification: (lambda rng: words(rng, CLASSES, 4), lambda rng: rng.choice(CLASSES)),
          reference_scorer.count: (numbers, lambda rng: str(rng.randint(5, 13))),
          reference_scorer.retrieval: (numbers, paragraph("Paragraph ")),
          reference_scorer.retrieval_zh: (numbers, paragraph("段落")),
          reference_scorer.code_sim: (code, lambda rng: rng.choice(CODE))}


def rows_of(rng, task):
    make_prediction, make_gold = MAKERS[reference_scorer.METRICS[task]]
    for _ in range(ROWS):
        answers = [make_gold(rng) for _ in range(rng.randint(0, 3))]
        similar = answers and rng.random() < 0.6
        prediction = disturbed(rng, rng.choice(answers)) if similar else make_prediction(rng)
        yield {"pred": prediction, "answers": answers, "all_classes": rng.sample(CLASSES, 8),
               "length": rng.choice([0, 3999, 4000, 7999, 8000, rng.randint(1, 20000)])}


def write_rows(rng, folder):
    for task in reference_scorer.METRICS:
        text = "".join(json.dumps(row, ensure_ascii=rng.random() < 0.5) + "\n" for row in rows_of(rng, task))
        (folder / f"{task}.jsonl").write_text(text, encoding="utf-8")


def ours(program, folder, benchmark):
    out = folder / "per_sample"
    run = subprocess.run([program, "score", folder, "--benchmark", benchmark, "--format", "json",
                          "--per-sample", out], stdout=subprocess.PIPE)
    if run.returncode != 1:  # 150 rows are no complete run
        sys.exit(f"exit code {run.returncode}, expected 1: the set is incomplete")
    per_sample = {file.stem: json.loads(file.read_text())["per_sample"] for file in out.glob("*.json")}
    return {"scores": json.loads(run.stdout)["scores"], "per_sample": per_sample}


def differences(ours, theirs):
    for task, score in theirs["scores"].items():
        if ours["scores"][task] != score:
            yield f"{task}: {score} became {ours['scores'][task]}"
        for row, (a, b) in enumerate(zip(ours["per_sample"][task], theirs["per_sample"][task], strict=True)):
            if a != b:
                yield f"{task} row {row + 1}: {b} became {a}"


def main(program):
    rng, found, rows = random.Random(20240607), [], 0
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        write_rows(rng, folder)
        for benchmark in ("longbench", "longbench-e"):
            if benchmark == "longbench-e":
                for task in set(reference_scorer.METRICS) - set(reference_scorer.E_TASKS):
                    (folder / f"{task}.jsonl").unlink()
            theirs = reference_scorer.score_folder(folder, benchmark)
            found += differences(ours(program, folder, benchmark), theirs)
            rows += sum(len(scores) for scores in theirs["per_sample"].values())
    for line in found[:20]:
        print("different:", line)
    print(f"{rows} rows: {len(found)} differences")
    sys.exit(len(found) > 0)


if __name__ == "__main__":
    main(sys.argv[1])
