"""Every script answers --help with the comment at its head, and does nothing.

    script_help.py ROOT
"""

import pathlib
import subprocess
import sys

# These hand --help on to a Python program that needs the virtual environment.
OTHERS = {"compare_hf", "compare_scorer"}


def head_of(script):
    """The first line of the comment behind the shebang."""
    return script.read_text().splitlines()[1].removeprefix("# ")


def main(root):
    scripts = [file for file in sorted((root / "scripts").iterdir())
               if file.suffix == "" and file.name not in OTHERS]
    wrong = 0
    for script in scripts:
        answer = subprocess.run([script, "--help"], stdin=subprocess.DEVNULL, text=True,
                                capture_output=True, timeout=20, check=False)
        good = answer.returncode == 0 and answer.stdout.startswith(head_of(script))
        wrong += not good
        print(f"{script.name}: {'ok' if good else answer.stdout + answer.stderr}")
    return 1 if wrong or len(scripts) < 8 else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
