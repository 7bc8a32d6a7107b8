"""Opening pages of the site in real Chromium, and taking down every trouble they have.

Trouble is a console error, an uncaught exception, a violation of the content policy, a failed request, or a request
that leaves the site. A test ends with none, or it has failed.
"""

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, expect

PATIENCE = 20_000
"""ms before a wait is a failure: much, as the machine may be busy; what works does not wait."""

expect.set_options(timeout=PATIENCE)

SWITCHES = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-sync",
    "--metrics-recording-only",
    "--no-first-run",
    # A camera of its own, for pages that have the permission to use one.
    "--use-fake-device-for-media-stream",
    # Chromium's own errands and a page's mistakes alike find no other machine.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]

WATCH_POLICY = """
document.addEventListener("securitypolicyviolation", (event) => {
  reportViolation(`${event.effectiveDirective} blocked ${event.blockedURI}`);
});
"""


class QuietHandler(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:
        pass


def serve(folder: Path) -> Iterator[str]:
    """A web server on a free port of this machine, as long as the iterator lives: its address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietHandler, directory=str(folder))) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


class Visits:
    """Opens pages of the site that begins at `address`, each in a browser context of its own."""

    def __init__(self, browser: Browser, address: str) -> None:
        self.trouble: list[str] = []
        """A test that provokes some checks it and clears it."""
        self.requests: list[Request] = []
        self.address = address
        self._browser = browser
        self._contexts: list[BrowserContext] = []

    def __call__(self, path: str = "index.html", *, wait: bool = True, **options: Any) -> Page:
        """A page with all its figures mounted, unless `wait` is off; `options` are those of a browser context."""
        page = self.blank(**options)
        page.goto(self.address + path, wait_until="domcontentloaded" if wait else "load")
        if wait and options.get("java_script_enabled", True):
            mounted(page)
        return page

    def blank(self, **options: Any) -> Page:
        """A page that has not gone anywhere yet.

        Without a service worker, unless `service_workers="allow"`: what it fetches for later is no test's but its own.
        """
        context = self._browser.new_context(**{"service_workers": "block"} | options)
        context.set_default_timeout(PATIENCE)
        self._contexts.append(context)
        page = context.new_page()
        if options.get("java_script_enabled", True):
            page.expose_function("reportViolation", lambda words: self.trouble.append(f"policy: {words}"))
            page.add_init_script(WATCH_POLICY)
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.trouble.append(f"exception: {error}"))
        page.on("requestfailed", self._failed)
        page.on("request", self._requested)
        return page

    def _said(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.trouble.append(f"console: {message.text}")

    def _failed(self, request: Request) -> None:
        # Chromium fetches the icon when it pleases, and calls that off when the page is left or reloaded. A map as the
        # build drew it is called off when the figure has drawn its own sooner.
        called_off = request.failure == "net::ERR_ABORTED"
        if not (called_off and (request.url.endswith("favicon.svg") or "/assets/first/" in request.url)):
            self.trouble.append(f"failed: {request.url} {request.failure}")

    def _requested(self, request: Request) -> None:
        self.requests.append(request)
        if not request.url.startswith((self.address, "data:", "blob:")):
            self.trouble.append(f"left the site: {request.url}")

    def close(self) -> None:
        for context in self._contexts:
            context.close()


def mounted(page: Page) -> None:
    """Begins to read, and waits until every figure of the page has come to life."""
    expect(page.locator("html.js")).to_have_count(1)
    page.keyboard.press("Shift")
    expect(page.locator("[data-figure]:not([data-mounted])")).to_have_count(0)


CONTAINED = ".chapter, .prose > .figure"
"""What the page leaves out while it is far from the reader."""


def whole(page: Page) -> None:
    """Nothing is left out any more: for what looks at all of a page at once, as no reader does."""
    boxes = page.locator(CONTAINED)
    boxes.evaluate_all("(boxes) => { for (const box of boxes) box.style.contentVisibility = 'visible'; }")
