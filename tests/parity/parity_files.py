"""Where the comparisons find their files, and how they say that they cannot run."""

import os
import pathlib
import sys

SKIP = 77  # CTest shows the test as skipped
ROOT = pathlib.Path(__file__).resolve().parents[2]


def skip(reason):
    print(f"SKIPPED: {reason}")
    sys.exit(SKIP)


def data_folder():
    """Third-party data that the repository does not carry: SKIPBENCH_DATA, or shared/data beside the
    checkout. None where there is none."""
    folder = pathlib.Path(os.environ.get("SKIPBENCH_DATA") or ROOT.parent / "shared" / "data")
    return folder if folder.is_dir() else None


def smollm2_file():
    """The GGUF file of the tests; skips the test where nobody fetched it."""
    cache = pathlib.Path(os.environ.get("SKIPBENCH_CACHE") or ROOT / ".cache")
    file = cache / "models" / "SmolLM2-135M-Instruct.Q4_1.gguf"
    if not file.exists():
        skip(f"{file} is absent; scripts/fetch_model fetches it")
    return file
