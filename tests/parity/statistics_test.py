"""Compares the statistics of harness/store with SciPy and NumPy.

    statistics_test.py PROGRAM
"""

import json
import subprocess
import sys

try:
    import numpy as np
    from scipy import stats
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

RESAMPLES = 200_000
failures = []


def expect(name, ours, theirs, tolerance):
    """Both within `tolerance`, relative to the larger of 1 and theirs."""
    ours, theirs = np.asarray(ours, float), np.asarray(theirs, float)
    worst = np.max(np.abs(ours - theirs) / np.maximum(1, np.abs(theirs)))
    print(f"{name}: {ours} against {theirs}")
    if not worst <= tolerance:
        failures.append(f"{name}: {ours} against {theirs}, tolerance {tolerance}")


def one_task(rng, kind, n):
    if kind == "normal":
        return rng.normal(0.3, 1, n)
    if kind == "skewed":
        return rng.exponential(1, n) - 0.7
    return rng.choice([-100, 0, 100], n, p=[0.2, 0.6, 0.2])  # exact matches


def cases():
    rng = np.random.default_rng(0)
    return [[one_task(rng, kind, n)] for kind, n in [
        ("normal", 5), ("skewed", 9), ("matches", 12), ("normal", 14), ("normal", 60),
        ("skewed", 60), ("matches", 150)]] + [
        [one_task(rng, "normal", 6), one_task(rng, "normal", 7)],
        [one_task(rng, "skewed", 40), one_task(rng, "normal", 25), one_task(rng, "normal", 30)]]


def mean_over_tasks(*tasks, axis=-1):
    return sum(np.mean(task, axis=axis) for task in tasks) / len(tasks)


def p_value(tasks):
    """SciPy flips signs sample by sample of one list: tasks of equal weight become one list."""
    weighted = np.concatenate([task / len(task) for task in tasks])
    weighted = weighted[weighted != 0]
    exact = len(weighted) <= 16
    result = stats.permutation_test(
        (weighted,), lambda x, axis: np.sum(x, axis=axis), permutation_type="samples",
        n_resamples=np.inf if exact else RESAMPLES, vectorized=True, rng=1, batch=10_000)
    return result.pvalue, exact


def compare_case(index, tasks, ours):
    name = f"case {index} (n = {', '.join(str(len(t)) for t in tasks)})"
    expect(f"{name}, mean", ours["mean"], mean_over_tasks(*tasks), 1e-12)
    error = np.sqrt(sum(stats.sem(t) ** 2 for t in tasks)) / len(tasks)
    expect(f"{name}, standard error", ours["standard_error"], error, 1e-12)
    if sum(len(t) for t in tasks) >= 6:
        expect(f"{name}, detectable", ours["detectable"],
               error * (stats.norm.ppf(0.975) + stats.norm.ppf(0.8)), 1e-12)
        variances = [stats.sem(t) ** 2 for t in tasks]
        degrees = sum(variances) ** 2 / sum(v ** 2 / (len(t) - 1) for v, t in zip(variances, tasks))
        reach = stats.t.ppf(0.975, np.floor(degrees + 1e-9)) * error
        expect(f"{name}, interval in standard errors", np.asarray(ours["interval"]) / error,
               (mean_over_tasks(*tasks) + np.asarray([-reach, reach])) / error, 1e-4)
    else:
        assert ours["interval"] is None, f"{name}: an interval of too few"
    p, exact = p_value(tasks)
    assert exact == ours["exact"], f"{name}: exact {ours['exact']}"
    # Ours stops after 1000 hits, whose count has a relative standard error of 1 / sqrt(1000).
    expect(f"{name}, p", ours["p"], p, 1e-12 if exact else 5 * p / np.sqrt(1000))


def compare_mean_ratio(ratios, ours):
    logs = np.mean(np.log(ratios), axis=1)
    low, high = stats.t.interval(0.95, len(logs) - 1, loc=np.mean(logs), scale=stats.sem(logs))
    expect("mean of ratios", ours, np.exp([np.mean(logs), low, high]), 1e-10)


def main(program):
    all_cases = cases()
    rounds = np.random.default_rng(5).normal(2, 0.3, (11, 5))
    p_values = [0.04, 0.001, 0.03, 0.2, 0.9, 0.0, 0.012]
    question = {"p_values": p_values, "ratios": rounds.tolist(),
                "cases": [{"tasks": [[[float(x)] for x in task] for task in tasks]} for tasks in all_cases]}
    answer = json.loads(subprocess.run([program], input=json.dumps(question), check=True, text=True,
                                       capture_output=True).stdout)
    for p, quantile, back in answer["normal"]:
        expect(f"normal quantile of {p}", quantile, stats.norm.ppf(p), 1e-13)
        expect(f"normal distribution at that of {p}", back / p, 1, 1e-12)
    for p, degrees, quantile in answer["student_t"]:
        expect(f"Student's t quantile of {p} with {degrees}", quantile, stats.t.ppf(p, degrees), 1e-9)
    # SciPy corrects for the false discovery rate alone; Holm's steps in NumPy.
    order = np.argsort(p_values)
    steps = np.maximum.accumulate(np.asarray(p_values)[order] * np.arange(len(p_values), 0, -1))
    expect("Holm", np.asarray(answer["holm"])[order], np.minimum(1, steps), 1e-12)
    for index, (tasks, ours) in enumerate(zip(all_cases, answer["cases"])):
        compare_case(index, tasks, ours)
    compare_mean_ratio(rounds, answer["mean_ratio"])
    print("\n".join(failures) or "all equal")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
