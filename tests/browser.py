"""A headless Chromium for tests of pages, driven over its DevTools protocol through two pipes: no driver, no port."""

import base64
import fcntl
import json
import os
import select
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any, Self

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
INSTALL = "apt-get install -y chromium fonts-liberation"
TIMEOUT_S = 60.0


def find_browser() -> str | None:
    """Name the browser's program; ROOTLINE_BROWSER has the first word."""
    named = os.environ.get("ROOTLINE_BROWSER")
    return named or next((path for name in NAMES if (path := shutil.which(name))), None)


def install_browser() -> str | None:
    """Install Debian's package where that is allowed (root, apt); give the program or None."""
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        return None
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["apt-get", "update", "-qq"], [*INSTALL.split(), "-qq", "--no-install-recommends"]):
        subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=False, timeout=600)
    return find_browser()


class Browser:
    """One running Chromium; each page of it is a `Page`."""

    def __init__(self, program: str, folder: Path, *options: str) -> None:
        pipes = [*os.pipe(), *os.pipe()]
        # The protocol's pipes are descriptors 3 (to the browser) and 4 (from it). A shell puts them there, from higher
        # ones, because 3 and 4 may be taken here.
        to_browser, self._out, self._in, from_browser = (fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in pipes)
        for end in pipes:
            os.close(end)
        command = [
            program,
            "--headless=new",
            "--remote-debugging-pipe",
            f"--user-data-dir={folder}",
            "--no-sandbox",  # root has none
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--enable-unsafe-swiftshader",  # WebGL without a graphics processor
            "--window-size=1280,800",
            "--force-device-scale-factor=1",
            "--hide-scrollbars",
            *options,
            "about:blank",
        ]
        redirect = f'exec "$@" 3<&{to_browser} 4>&{from_browser} {to_browser}<&- {from_browser}>&-'
        self._log = (folder / "log").open("w")
        self._process = subprocess.Popen(
            ["bash", "-c", redirect, "bash", *command],
            pass_fds=(to_browser, from_browser),
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            start_new_session=True,
        )
        os.close(to_browser)
        os.close(from_browser)
        self._buffer = b""
        self._number = 0
        self.events: list[dict[str, Any]] = []

    def call(self, method: str, *, session: str | None = None, **params: Any) -> dict[str, Any]:
        """Call a method of the protocol and wait for its result; events that arrive meanwhile are kept."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": params}
        if session:
            message["sessionId"] = session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        end = time.monotonic() + TIMEOUT_S
        while True:
            answer = self._next(end, method)
            if answer.get("id") == message["id"]:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']['message']}")
                return answer["result"]
            self.events.append(answer)

    def _next(self, end: float, waiting_for: str) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._in], [], [], max(0.0, end - time.monotonic()))
            read = os.read(self._in, 1 << 20) if ready else b""
            if not read:
                self._log.flush()
                state = "gone" if ready else "silent"
                raise TimeoutError(f"the browser is {state} in {waiting_for}; see {self._log.name}")
            self._buffer += read
        text, _, self._buffer = self._buffer.partition(b"\0")
        return json.loads(text)

    def open(self, url: str) -> "Page":
        """Open a page and wait until it has loaded."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        return Page(self, target, session, url)

    def close(self) -> None:
        """End the browser."""
        try:
            self.call("Browser.close")
            self._process.wait(timeout=20)
        except (OSError, TimeoutError, subprocess.TimeoutExpired):
            self._process.kill()
        self._process.wait()
        os.close(self._out)
        os.close(self._in)
        self._log.close()


class Page:
    """A page that runs scripts, takes clicks and keys, and remembers what it complained about."""

    def __init__(self, browser: Browser, target: str, session: str, url: str) -> None:
        self._browser, self._target, self._session, self._url = browser, target, session, url
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        self.call("Page.navigate", url=url)
        self.wait("document.readyState === 'complete'")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._browser.call("Target.closeTarget", targetId=self._target)

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Call a method of the protocol on this page."""
        return self._browser.call(method, session=self._session, **params)

    def run(self, script: str) -> Any:
        """Give the value of a JavaScript expression, a promise's when it is kept."""
        answer = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            details = answer["exceptionDetails"]
            raise RuntimeError(f"{script}: {details.get('exception', {}).get('description', details['text'])}")
        return answer["result"].get("value")

    def wait(self, condition: str, *, timeout_s: float = TIMEOUT_S) -> None:
        """Wait until a JavaScript expression is true."""
        end = time.monotonic() + timeout_s
        while not self.run(condition):
            if time.monotonic() > end:
                raise TimeoutError(f"never true: {condition}; complaints: {self.complaints()}")
            time.sleep(0.02)

    def complaints(self) -> list[str]:
        """Give errors and warnings of the console, scripts that failed, and what the page asked the network for."""
        self.run("0")  # all that was sent before this answer has arrived
        found = []
        for event in self._browser.events:
            if event.get("sessionId") != self._session:
                continue
            params = event["params"]
            if event["method"] == "Runtime.exceptionThrown":
                found.append(params["exceptionDetails"].get("exception", {}).get("description", "exception"))
            elif event["method"] == "Runtime.consoleAPICalled" and params["type"] in {"error", "warning", "assert"}:
                found.append(" ".join(str(part.get("value", part.get("description"))) for part in params["args"]))
            elif event["method"] == "Log.entryAdded" and params["entry"]["level"] in {"error", "warning"}:
                if "GL Driver Message" not in params["entry"]["text"]:  # that software draws slowly is known
                    found.append(params["entry"]["text"])
            elif event["method"] == "Network.requestWillBeSent":
                url = params["request"]["url"]
                if url != self._url and not url.startswith(("data:", "blob:")):
                    found.append(f"asked for {url}")
        return found

    def move(self, x: float, y: float, **options: Any) -> None:
        """Move the mouse to a place of the window [CSS pixels]."""
        self.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y, **options)

    def click(self, x: float, y: float) -> None:
        """Move there and click."""
        self.drag([(x, y)])

    def drag(self, path: list[tuple[float, float]]) -> None:
        """Press the button at the first place, go through all, let go at the last."""
        self.move(*path[0])
        button: dict[str, Any] = {"button": "left", "clickCount": 1}
        self.call("Input.dispatchMouseEvent", type="mousePressed", x=path[0][0], y=path[0][1], buttons=1, **button)
        for x, y in path[1:]:
            self.move(x, y, button="left", buttons=1)
        self.call("Input.dispatchMouseEvent", type="mouseReleased", x=path[-1][0], y=path[-1][1], **button)

    def press(self, key: str) -> None:
        """Press and release a key that types nothing, such as Enter, or one letter."""
        text: dict[str, Any] = {"text": "\r"} if key == "Enter" else {"text": key} if len(key) == 1 else {}
        codes = {"Enter": 13, "Escape": 27, "ArrowRight": 39, "ArrowDown": 40}
        code = {"windowsVirtualKeyCode": codes[key]} if key in codes else {}
        self.call("Input.dispatchKeyEvent", type="keyDown", key=key, **text, **code)
        self.call("Input.dispatchKeyEvent", type="keyUp", key=key, **code)

    def type(self, text: str) -> None:
        """Type into the element that has the focus."""
        self.call("Input.insertText", text=text)

    def download_to(self, folder: Path) -> None:
        """Put what is downloaded into a folder without asking."""
        self._browser.call("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(folder))

    def screenshot(self) -> bytes:
        """Give a picture of the window as PNG."""
        return base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"])
