"""A headless Chromium, spoken to over two pipes in its own protocol; nothing but the standard library is needed.

    with Chromium() as browser, browser.page(html) as page:
        page.show(width=390, scheme="dark")
        page.evaluate("document.title")
        page.picture()

Pages are given as text, never loaded from anywhere, and the browser has no network.
"""

import base64
import contextlib
import json
import os
import shutil
import signal
import subprocess
import tempfile

# Longer than any page of ours takes on a busy machine. A browser that hangs is killed, and the check fails.
PATIENCE_SECONDS = 120


class ChromiumFailed(Exception):
    """The browser said no, or nothing."""


class Chromium:
    """One browser process, stopped at the end of the `with` block."""

    def __enter__(self):
        program = shutil.which("chromium")
        if program is None:
            raise ChromiumFailed("chromium is not installed (Debian: apt-get install chromium)")
        self.profile = tempfile.TemporaryDirectory(prefix="dutyclerk-chromium-", ignore_cleanup_errors=True)
        hears, self.ours_out = os.pipe()
        self.ours_in, says = os.pipe()

        def as_three_and_four():
            # By way of high numbers: one of the two may be 3 or 4 already.
            os.dup2(hears, 103), os.dup2(says, 104)
            os.dup2(103, 3), os.dup2(104, 4)

        self.process = subprocess.Popen(
            [program, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--disable-dev-shm-usage", "--disable-lcd-text",
             "--host-resolver-rules=MAP * ~NOTFOUND", f"--user-data-dir={self.profile.name}",
             "--remote-debugging-pipe", "about:blank"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            preexec_fn=as_three_and_four, pass_fds=(3, 4), start_new_session=True,
        )
        os.close(hears), os.close(says)
        self.number, self.buffer = 0, b""
        signal.signal(signal.SIGALRM, self._too_slow)
        signal.alarm(PATIENCE_SECONDS)
        return self

    def __exit__(self, *_):
        signal.alarm(0)
        os.close(self.ours_out)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        os.close(self.ours_in)
        self.profile.cleanup()

    @staticmethod
    def _too_slow(*_):
        raise ChromiumFailed(f"chromium gave no answer in {PATIENCE_SECONDS} s")

    def call(self, method, session=None, **params):
        """One command and its result; events in between are passed over."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if session:
            message["sessionId"] = session
        left = json.dumps(message).encode() + b"\0"
        while left:
            left = left[os.write(self.ours_out, left):]
        signal.alarm(PATIENCE_SECONDS)
        while True:
            answer = self._next()
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise ChromiumFailed(f"{method}: {answer['error']['message']}")
                return answer["result"]

    def _next(self):
        while b"\0" not in self.buffer:
            read = os.read(self.ours_in, 1 << 20)
            if not read:
                raise ChromiumFailed("chromium ended")
            self.buffer += read
        one, _, self.buffer = self.buffer.partition(b"\0")
        return json.loads(one)

    def page(self, html):
        """A page of this text."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = Page(self, target, session)
        page.call("Page.enable")
        frame = page.call("Page.getFrameTree")["frameTree"]["frame"]["id"]
        page.call("Page.setDocumentContent", frameId=frame, html=html)
        return page


class Page:
    """One tab."""

    def __init__(self, browser, target, session):
        self.browser, self.target, self.session, self.width = browser, target, session, None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.browser.call("Target.closeTarget", targetId=self.target)

    def call(self, method, **params):
        return self.browser.call(method, session=self.session, **params)

    def show(self, width, scheme="light"):
        """Shows it so many CSS pixels wide, to a reader who prefers this colour scheme."""
        self.width = width
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=1, mobile=False)
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        if self.evaluate("matchMedia('(prefers-color-scheme: dark)').matches") != (scheme == "dark"):
            raise ChromiumFailed(f"the page is not shown in {scheme} colours")

    def evaluate(self, expression):
        """The value of a JavaScript expression; a promise is waited for."""
        answer = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            details = answer["exceptionDetails"]
            raise ChromiumFailed(details.get("exception", {}).get("description") or details["text"])
        return answer["result"].get("value")

    def picture(self):
        """The whole page as PNG."""
        height = self.evaluate("Math.ceil(document.documentElement.getBoundingClientRect().height)")
        clip = {"x": 0, "y": 0, "width": self.width, "height": height, "scale": 1}
        shot = self.call("Page.captureScreenshot", format="png", clip=clip, captureBeyondViewport=True)
        return base64.b64decode(shot["data"])
