"""A headless Chromium, driven over its DevTools protocol on two pipes: no package is needed for it."""

import json
import os
import pathlib
import select
import shutil
import subprocess
import tempfile
import time

from parity_files import skip

BROWSERS = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
TIMEOUT_S = 120


def find_browser():
    """Skips the test where there is none."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        skip("no Chromium is installed; apt-get install chromium")
    return browser


class Browser:
    """One page. What its console and its errors say gathers in `console`."""

    def __init__(self):
        self.console = []
        self._profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        to_browser, self._out = os.pipe()
        self._in, from_browser = os.pipe()

        def place_pipes():  # the browser reads from 3 and writes to 4
            reads, writes = os.dup(to_browser), os.dup(from_browser)
            os.dup2(reads, 3)
            os.dup2(writes, 4)

        self._process = subprocess.Popen(
            [find_browser(), "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
             "--remote-debugging-pipe", f"--user-data-dir={self._profile.name}", "about:blank"],
            preexec_fn=place_pipes, close_fds=False,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_browser)
        os.close(from_browser)
        self._buffer, self._next, self._session = b"", 0, None
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self.send(f"{domain}.enable")

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self._process.kill()
        self._process.wait()
        os.close(self._in)
        os.close(self._out)
        self._profile.cleanup()

    def send(self, method, **parameters):
        """The answer to one command; events that come before it are noted."""
        self._next += 1
        message = {"id": self._next, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._receive()
            if answer.get("id") == self._next:
                assert "error" not in answer, f"{method}: {answer['error']}"
                return answer["result"]

    def _receive(self):
        end = time.monotonic() + TIMEOUT_S
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._in], [], [], max(0, end - time.monotonic()))
            assert ready, "Chromium does not answer"
            more = os.read(self._in, 1 << 20)
            assert more, "Chromium has ended"
            self._buffer += more
        message, self._buffer = self._buffer.split(b"\0", 1)
        message = json.loads(message)
        self._note(message)
        return message

    def _note(self, message):
        parameters = message.get("params", {})
        if message.get("method") == "Runtime.exceptionThrown":
            self.console.append(parameters["exceptionDetails"].get("exception", {}).get("description"))
        if message.get("method") == "Runtime.consoleAPICalled":
            self.console.append(f"{parameters['type']}: {parameters['args']}")
        if message.get("method") == "Log.entryAdded":
            self.console.append(parameters["entry"]["text"])

    def emulate(self, width, height=900, scheme="light", media=""):
        """The size of the window in CSS pixels, the colour scheme, and `media` ("print")."""
        self.send("Emulation.setDeviceMetricsOverride", width=width, height=height,
                  deviceScaleFactor=1, mobile=width < 600)
        self.send("Emulation.setEmulatedMedia", media=media,
                  features=[{"name": "prefers-color-scheme", "value": scheme}])

    def open(self, page):
        """Shows a file and waits until its script has run and it is painted."""
        answer = self.send("Page.navigate", url=pathlib.Path(page).resolve().as_uri())
        assert "errorText" not in answer, f"{page}: {answer['errorText']}"
        self.evaluate("""new Promise(done => {
            const painted = () => requestAnimationFrame(() => requestAnimationFrame(done));
            document.readyState === "complete" ? painted() : addEventListener("load", painted);
        })""")

    def evaluate(self, expression):
        """The value of a JavaScript expression, of a promise what it resolves to."""
        answer = self.send("Runtime.evaluate", expression=expression, awaitPromise=True,
                           returnByValue=True)
        assert "exceptionDetails" not in answer, f"{expression}: {answer['exceptionDetails']}"
        return answer["result"].get("value")

    def press(self, key):
        """A key on the focused element: "Enter", "Tab", ..."""
        codes = {"Enter": 13, "Tab": 9, " ": 32}
        text = {"Enter": "\r", " ": " "}.get(key, "")
        for kind in ("keyDown", "keyUp"):
            self.send("Input.dispatchKeyEvent", type=kind, key=key, text=text if kind == "keyDown" else "",
                      windowsVirtualKeyCode=codes[key])

    def picture(self, whole=False):
        """A PNG of the window, or of the whole page, in base64."""
        return self.send("Page.captureScreenshot", captureBeyondViewport=whole)["data"]

    def pdf(self):
        """The page as it prints, in base64."""
        return self.send("Page.printToPDF", preferCSSPageSize=True, printBackground=True)["data"]
