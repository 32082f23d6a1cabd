"""Where the comparisons find their files, and how they say that they cannot run."""

import json
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


def known_models():
    """The rows of scripts/models.json by name, each with the "path" at which the model lies once it is
    fetched."""
    folder = pathlib.Path(os.environ.get("SKIPBENCH_CACHE") or ROOT / ".cache") / "models"
    rows = json.loads((ROOT / "scripts/models.json").read_text())
    return {row["name"]: {**row, "path": folder / row["file"]} for row in rows}


def model_file(name):
    """The GGUF file of a known model; skips the test where nobody fetched it."""
    file = known_models()[name]["path"]
    if not file.exists():
        skip(f"{file} is absent; scripts/fetch_model {name} fetches it")
    return file


def smollm2_file():
    return model_file("smollm2-135m")
