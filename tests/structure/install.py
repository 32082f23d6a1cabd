"""The program works where it is installed: its data, its libraries, its completions.

    install.py BUILD ENGINE

ENGINE is 1 for a build that runs models.
"""

import os
import pathlib
import subprocess
import sys
import tempfile

MINE = """experiment: mine
model: random:tiny-llama
tasks: [{task: speed, lengths: [32], new_tokens: 2, samples: 1, repeats: 1}]
methods: [{method: full}]
"""

# What bash would offer behind the line, with the completion that was installed.
COMPLETE = """source "$1"
COMP_LINE=$2 COMP_POINT=${#2}
_skipbench
printf '%s\\n' "${COMPREPLY[@]}"
"""


class Installed:
    """A prefix, and a folder far from it in which commands run as a stranger would run them."""

    def __init__(self, prefix, elsewhere):
        self.prefix, self.elsewhere = prefix, elsewhere
        self.environment = {key: value for key, value in os.environ.items()
                            if not key.startswith("SKIPBENCH_")}
        self.environment["HOME"] = str(elsewhere)

    def run(self, *arguments, **more):
        words = [self.prefix / "bin/skipbench", *arguments]
        return subprocess.run(words, cwd=self.elsewhere, env={**self.environment, **more},
                              stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=200, check=False)

    def complete(self, line):
        script = self.prefix / "share/bash-completion/completions/skipbench"
        answer = subprocess.run(["bash", "-c", COMPLETE, "bash", script, line],
                                cwd=self.elsewhere, capture_output=True, text=True, check=True)
        assert not answer.stderr, answer.stderr
        return answer.stdout.split()


def check_program(installed):
    answer = installed.run("methods")
    assert answer.returncode == 0 and "spts" in answer.stdout, answer.stderr
    # Presets lie in the installed data.
    answer = installed.run("methods", "spts")
    assert "llama-3.1-8b (32 layers" in answer.stdout, answer.stdout + answer.stderr


def check_data(installed):
    """Experiments come from the prefix, or from SKIPBENCH_HOME, which wins."""
    data = installed.prefix / "share/skipbench"
    (data / "experiments/mine.yaml").write_text(MINE)
    words = ("run", "experiments/mine.yaml", "--dry-run")
    answer = installed.run(*words)
    assert answer.returncode == 0 and "experiment mine: 1 rows" in answer.stdout, answer.stderr
    answer = installed.run(*words, SKIPBENCH_HOME=str(installed.elsewhere))
    assert answer.returncode == 2 and "mine.yaml" in answer.stderr, answer.stdout
    # What is fetched goes to the user's cache, not into the prefix.
    answer = installed.run("run", "experiments/quickstart.yaml", "--dry-run")
    cache = installed.elsewhere / ".cache/skipbench/models"
    assert answer.returncode == 2 and str(cache) in answer.stderr, answer.stderr


def check_run(installed):
    answer = installed.run("run", "experiments/mine.yaml", "--device", "cpu")
    assert answer.returncode == 0 and "1 of 1 rows are in results/mine.db" in answer.stdout, (
        answer.stdout + answer.stderr)


def check_completion(installed, engine):
    assert "report" in installed.complete("skipbench ")
    assert installed.complete("skipbench rep") == ["report"]
    assert "--provenance" in installed.complete("skipbench report --")
    assert installed.complete("skipbench report x.db --format m") == ["md"]
    assert installed.complete("skipbench tasks need") == ["needle"]
    assert set(installed.complete("skipbench completion ")) >= {"bash", "zsh", "fish"}
    (installed.elsewhere / "some.yaml").touch()
    assert "some.yaml" in installed.complete("skipbench report --table some")
    if not engine:
        return
    assert installed.complete("skipbench methods spt") == ["spts"]
    assert set(installed.complete("skipbench trace --method s")) >= {"spts", "snapkv", "sliminfer"}
    assert installed.complete("skipbench trace --checkpoint smol") == ["smollm2-135m"]
    assert installed.complete("skipbench trace --checkpoint random:llama-3") == ["llama-3.1-8b"]
    assert "--prompt-file" in installed.complete("skipbench trace --checkpoint x --prompt")
    assert "some.yaml" in installed.complete("skipbench run some")


def check_files(prefix):
    for name in ("share/doc/skipbench/LICENSE", "share/doc/skipbench/THIRD_PARTY.md",
                 "share/skipbench/scripts/lib.sh", "share/zsh/site-functions/_skipbench",
                 "share/fish/vendor_completions.d/skipbench.fish"):
        assert (prefix / name).stat().st_size > 0, name
    answer = subprocess.run([prefix / "share/skipbench/scripts/fetch_model", "--help"],
                            capture_output=True, text=True, check=True)
    assert "SmolLM2" in answer.stdout


def main(build, engine):
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder).resolve()
        prefix, elsewhere = folder / "prefix", folder / "elsewhere"
        elsewhere.mkdir()
        subprocess.run(["cmake", "--install", build, "--prefix", prefix], check=True,
                       stdout=subprocess.DEVNULL)
        installed = Installed(prefix, elsewhere)
        check_files(prefix)
        check_completion(installed, engine)
        if engine:
            check_program(installed)
            check_data(installed)
            check_run(installed)
    print("the installed program finds its data, libraries and completions")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).resolve(), sys.argv[2] == "1")
