"""What `skipbench report --format latex` prints compiles, with no package but booktabs.

usage: latex_test.py SKIPBENCH
"""

import contextlib
import pathlib
import shutil
import sqlite3
import subprocess
import sys
import tempfile

from parity_files import ROOT, skip

DOCUMENT = r"""\documentclass{article}
\usepackage[utf8]{inputenc}
\usepackage[T1]{fontenc}
\usepackage{booktabs}
\begin{document}
%s
\end{document}
"""

SPEED = "results/h100/speed-llama-8b.db"
REPORTS = [[SPEED], [SPEED, "--provenance"], [SPEED, "--table", "experiments/tables/spts-components.yaml"],
           ["results/h100/equal-flops.db"], ["results/h200/needle-4k.db", "--provenance"]]


def compile_report(program, arguments, folder):
    printed = subprocess.run([program, "report", *arguments, "--format", "latex"], cwd=ROOT, check=True,
                             capture_output=True, text=True).stdout
    assert r"\toprule" in printed, f"{arguments}: no table"
    (folder / "report.tex").write_text(DOCUMENT % printed)
    done = subprocess.run(["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "report.tex"],
                          cwd=folder, capture_output=True, text=True, errors="replace")
    complaints = [line for line in done.stdout.splitlines() if line.startswith(("!", "l."))]
    assert done.returncode == 0, f"{arguments}: {complaints or done.stdout[-2000:]}"
    assert (folder / "report.pdf").stat().st_size > 10_000, f"{arguments}: an empty document"


def awkward_database(folder):
    """A database whose labels hold whatever means something to LaTeX."""
    file = folder / "awkward.db"
    shutil.copyfile(ROOT / SPEED, file)
    with contextlib.closing(sqlite3.connect(file)) as database, database:
        database.execute("UPDATE cell_plan SET label = ? WHERE label = 'PAP'",
                         [r"[a] 50% & #1_x {y} $z ~^ \n <b> ± Δ é | - -- ' `"])
    return str(file)


def main():
    if shutil.which("pdflatex") is None:
        skip("no LaTeX is installed; apt-get install texlive-latex-recommended")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for arguments in [*REPORTS, [awkward_database(folder)]]:
            compile_report(sys.argv[1], arguments, folder)
    print(f"{len(REPORTS) + 1} reports compile")


if __name__ == "__main__":
    main()
