"""Two browsers, driven alike: open an address, ask the page for a text."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from playwright.sync_api import sync_playwright
from visits import SWITCHES

PATIENCE = 240
"""seconds for one answer: much, as the machine may be busy."""


class Driver(Protocol):
    """A browser with one page."""

    name: str
    version: str

    def open(self, address: str) -> None:
        """Go there, and wait until it has loaded."""

    def ask(self, function: str, asked: str) -> str:
        """What a function of the page's own, of a text, promises."""


class Chromium:
    """A Chromium that Playwright has launched."""

    name = "Chromium"

    def __init__(self, browser: Any) -> None:
        self.version = browser.version
        self.page = browser.new_page()
        self.page.set_default_timeout(1000 * PATIENCE)

    def open(self, address: str) -> None:
        self.page.goto(address)

    def ask(self, function: str, asked: str) -> str:
        answer: str = self.page.evaluate(f"(asked) => {function}(asked)", asked)
        return answer


class ByMarionette:
    """A Firefox that Marionette has begun."""

    name = "Firefox"

    def __init__(self, marionette: Any) -> None:
        self.marionette = marionette
        self.version = marionette.session_capabilities["browserVersion"]
        marionette.timeout.script = PATIENCE

    def open(self, address: str) -> None:
        self.marionette.navigate(address)

    def ask(self, function: str, asked: str) -> str:
        answer: str = self.marionette.execute_async_script(
            f"""const [asked, done] = arguments;
            window.wrappedJSObject.{function}(asked).then(done, (error) => done(String(error)));""",
            script_args=(asked,),
        )
        return answer


@contextmanager
def chromium(path: str) -> Iterator[Driver]:
    """The system's Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=SWITCHES)
        yield Chromium(browser)
        browser.close()


@contextmanager
def firefox(path: str) -> Iterator[ByMarionette]:
    """The system's Firefox: Playwright drives only a build of its own, Firefox's own protocol any."""
    from marionette_driver.marionette import Marionette

    # Its log would be left in the folder that the tests are run in; its console is read through the browser itself.
    switches = ["--remote-allow-system-access"]
    marionette = Marionette(bin=path, headless=True, gecko_log=os.devnull, app_args=switches)
    try:
        marionette.start_session({"strictFileInteractability": False})
        yield ByMarionette(marionette)
    finally:
        marionette.quit()
        marionette.cleanup()


OPENERS = {"Chromium": chromium, "Firefox": firefox}

PROGRAMS = {"Chromium": ("chromium", "chromium-browser"), "Firefox": ("firefox-esr", "firefox")}


def program(name: str) -> str | None:
    """Where a browser is on this machine."""
    return next((found for found in map(shutil.which, PROGRAMS[name]) if found), None)
