"""LongBench's scores in Python, over the packages that the benchmark itself uses: rouge 1.0.1,
fuzzywuzzy 0.18.0 without python-Levenshtein, jieba 0.42.1, NumPy. It restates the published rules and
is the outside oracle of `skipbench score`.

usage: reference_scorer.py FOLDER longbench|longbench-e OUT.json
Writes {"scores": {task: ...}, "per_sample": {task: [repr, ...]}}.
"""

import collections
import json
import logging
import pathlib
import re
import string
import sys

import jieba
import numpy as np
from fuzzywuzzy import fuzz
from rouge import Rouge

jieba.setLogLevel(logging.WARNING)

CJK_PUNCTUATION = (
    "！？｡。＂＃＄％＆＇（）＊＋，－／：；＜＝＞＠［＼］＾＿｀｛｜｝～｟｠｢｣､、〃》「」『』【】〔〕〖〗〘〙〚〛〜〝〞〟"
    "〰〾〿–—‘’‛“”„‟…‧﹏.")


def overlap_f1(prediction, gold):
    same = sum((collections.Counter(prediction) & collections.Counter(gold)).values())
    if same == 0:
        return 0
    precision, recall = same / len(prediction), same / len(gold)
    return (2 * precision * recall) / (precision + recall)


def normal_words(text):
    text = "".join(c for c in text.lower() if c not in set(string.punctuation))
    return re.sub(r"\b(a|an|the)\b", " ", text).split()


def normal_word_zh(word):
    dropped = set(string.punctuation + CJK_PUNCTUATION)
    return "".join("".join(c for c in word.lower() if c not in dropped).split())


def qa_f1(prediction, gold, classes):
    return overlap_f1(normal_words(prediction), normal_words(gold))


def qa_f1_zh(prediction, gold, classes):
    words = [[normal_word_zh(word) for word in jieba.cut(text, cut_all=False)]
             for text in (prediction, gold)]
    return overlap_f1(*[[word for word in side if word] for side in words])


def rouge(prediction, gold, classes):
    try:
        scores = Rouge().get_scores([prediction], [gold], avg=True)
    except (ValueError, RecursionError):
        return 0.0
    return scores["rouge-l"]["f"]


def rouge_zh(prediction, gold, classes):
    prediction = " ".join(jieba.cut(prediction, cut_all=False))
    gold = " ".join(jieba.cut(gold, cut_all=False))
    return rouge(prediction, gold, classes)


def classification(prediction, gold, classes):
    named = [name for name in classes if name in prediction]
    for name in named:  # the published scorer removes from the list that it walks over
        if name in gold and name != gold:
            named.remove(name)
    return 1.0 / len(named) if gold in named else 0.0


def share_of_numbers(prediction, right):
    numbers = re.findall(r"\d+", prediction)
    return sum(number == right for number in numbers) / len(numbers) if numbers else 0.0


def count(prediction, gold, classes):
    return share_of_numbers(prediction, gold)


def retrieval(prediction, gold, classes):
    return share_of_numbers(prediction, re.findall(r"Paragraph (\d+)", gold)[0])


def retrieval_zh(prediction, gold, classes):
    return share_of_numbers(prediction, re.findall(r"段落(\d+)", gold)[0])


def code_sim(prediction, gold, classes):
    line = ""
    for candidate in prediction.lstrip("\n").split("\n"):
        if "`" not in candidate and "#" not in candidate and "//" not in candidate:
            line = candidate
            break
    return fuzz.ratio(line, gold) / 100


METRICS = {
    "narrativeqa": qa_f1, "qasper": qa_f1, "multifieldqa_en": qa_f1, "multifieldqa_zh": qa_f1_zh,
    "hotpotqa": qa_f1, "2wikimqa": qa_f1, "musique": qa_f1, "dureader": rouge_zh,
    "gov_report": rouge, "qmsum": rouge, "multi_news": rouge, "vcsum": rouge_zh,
    "trec": classification, "triviaqa": qa_f1, "samsum": rouge, "lsht": classification,
    "passage_count": count, "passage_retrieval_en": retrieval, "passage_retrieval_zh": retrieval_zh,
    "lcc": code_sim, "repobench-p": code_sim,
}
E_TASKS = ("qasper", "multifieldqa_en", "hotpotqa", "2wikimqa", "gov_report", "multi_news", "trec",
           "triviaqa", "samsum", "passage_count", "passage_retrieval_en", "lcc", "repobench-p")
FIRST_LINE = {"trec", "triviaqa", "samsum", "lsht"}


def sample_scores(task, rows):
    metric, scores = METRICS[task], []
    for row in rows:
        prediction, score = row["pred"], 0.0
        if task in FIRST_LINE:
            prediction = prediction.lstrip("\n").split("\n")[0]
        for gold in row["answers"]:
            score = max(score, metric(prediction, gold, rows[-1]["all_classes"]))
        scores.append(score)
    return scores


def task_score(scores):
    total = 0.0
    for score in scores:
        total += score
    return round(100 * total / len(scores), 2)


def score_by_length(scores, rows):
    ranges = {"0-4k": [], "4-8k": [], "8k+": []}
    for score, row in zip(scores, rows):
        length = row["length"]
        ranges["0-4k" if length < 4000 else "4-8k" if length < 8000 else "8k+"].append(score)
    return {name: round(100 * np.mean(part), 2) if part else None for name, part in ranges.items()}


def score_folder(folder, benchmark):
    result = {"scores": {}, "per_sample": {}}
    for file in sorted(pathlib.Path(folder).glob("*.jsonl")):
        task = file.stem.removesuffix("_e")
        with open(file, encoding="utf-8") as lines:
            rows = [json.loads(line) for line in lines]
        scores = sample_scores(task, rows)
        result["scores"][task] = (score_by_length(scores, rows) if benchmark == "longbench-e"
                                  else task_score(scores))
        result["per_sample"][task] = [repr(float(score)) for score in scores]
    return result


if __name__ == "__main__":
    pathlib.Path(sys.argv[3]).write_text(json.dumps(score_folder(*sys.argv[1:3])))
