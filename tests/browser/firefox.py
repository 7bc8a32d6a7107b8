"""A reader's Firefox on the site's pages: what is done there, what is read there, and every trouble that it has.

Trouble is what `visits` calls so: a console error or an exception, of the page or of its worker, something that the
policy forbids, a request that fails or leaves the site.
"""

import time
from pathlib import Path
from typing import Any

from drivers import PATIENCE
from marionette_driver import By
from marionette_driver.marionette import ActionSequence, Marionette, WebElement

CONSOLE = """
    const done = arguments[0];
    const own = /^(chrome|resource|moz-extension):/;
    const { messageManager } = gBrowser.selectedBrowser;
    // console.error is known to the page's process alone; and its answer comes after the errors that it reported.
    messageManager.addMessageListener("said", function hear({ data }) {
        messageManager.removeMessageListener("said", hear);
        const errors = Services.console.getMessageArray().filter((one) => one instanceof Ci.nsIScriptError);
        done([
            ...data,
            ...errors
                .filter(({ flags, sourceName }) => !(flags & Ci.nsIScriptError.warningFlag) && !own.test(sourceName))
                .map(({ category, errorMessage, sourceName }) => `${category}: ${errorMessage} ${sourceName}`),
        ]);
    });
    const script = `{
        const storage = Cc["@mozilla.org/consoleAPI-storage;1"].getService(Ci.nsIConsoleAPIStorage);
        const errors = storage.getEvents().filter(({ level }) => level === "error");
        sendAsyncMessage("said", errors.map((event) => "console: " + [...event.arguments].map(String).join(" ")));
        storage.clearEvents();
    }`;
    messageManager.loadFrameScript(`data:,${encodeURIComponent(script)}`, false);
"""
ASKED = """
    const inside = [arguments[0], "blob:", "data:", "about:"];
    return performance.getEntriesByType("resource").flatMap(({ name, responseStatus }) => [
        ...(inside.some((start) => name.startsWith(start)) ? [] : [`left the site: ${name}`]),
        ...(responseStatus >= 400 ? [`failed: ${name} ${responseStatus}`] : []),
    ]);
"""
MOUNTED = """
    return document.documentElement.classList.contains("js")
        && document.querySelectorAll("[data-figure]:not([data-mounted])").length === 0;
"""
CENTRE = """
    arguments[0].scrollIntoView({ behavior: "instant", block: "center" });
    const { left, top, width, height } = arguments[0].getBoundingClientRect();
    return [left, top, width, height];
"""
CELLS = """
    return [...document.querySelectorAll(arguments[0])].map((cell) => Number(cell.textContent));
"""


class Firefox:
    """One window, one page at a time."""

    def __init__(self, marionette: Marionette) -> None:
        self.marionette = marionette
        self.address = ""
        """Where the site begins that is being read."""
        marionette.set_window_rect(width=1280, height=900)

    def go(self, address: str, path: str) -> None:
        """A page, loaded; of earlier ones no trouble is known any more."""
        self.marionette.navigate("about:blank")
        with self.marionette.using_context("chrome"):
            self.marionette.execute_script("Services.console.reset()")
        self.address = address
        self.marionette.navigate(address + path)

    def open(self, address: str, path: str = "index.html") -> None:
        """A page with all its figures mounted, as a reader has who begins to read."""
        self.go(address, path)
        self.one("body").send_keys("\ue008")  # Shift
        self.until(MOUNTED)

    def run(self, script: str, *given: Any) -> Any:
        """What the body of a function of `arguments` returns."""
        return self.marionette.execute_script(script, script_args=given, sandbox=None)

    def promised(self, function: str, *given: Any) -> Any:
        """What an asynchronous function gives."""
        answer = self.marionette.execute_async_script(
            f"""const given = [...arguments];
            const done = given.pop();
            ({function})(...given).then((value) => done({{ value }}), (error) => done({{ error: String(error) }}));""",
            script_args=given,
            sandbox=None,
        )
        assert "error" not in answer, answer["error"]
        return answer["value"]

    def until(self, script: str, *given: Any) -> Any:
        """What the script returns as soon as that is something."""
        end = time.monotonic() + PATIENCE
        while not (found := self.run(script, *given)):
            if time.monotonic() > end:
                raise AssertionError(f"this never came about, of {given}:\n{script}")
            time.sleep(0.05)
        return found

    def one(self, selector: str) -> WebElement:
        """The first of them, once it is there."""
        self.until("return document.querySelector(arguments[0]) !== null", selector)
        return self.marionette.find_element(By.CSS_SELECTOR, selector)

    def press(self, selector: str, words: str = "") -> None:
        """A click in the middle of what is there to be seen and says so."""
        found = self.until(
            """return [...document.querySelectorAll(arguments[0])].find(
                (one) => one.checkVisibility() && !one.disabled && one.textContent.startsWith(arguments[1]))""",
            selector,
            words,
        )
        self._at(found, 0.5, 0.5)

    def pick(self, selector: str, cell: tuple[int, int], side: int) -> None:
        """A cell of a square grid that is laid over a picture."""
        self._at(self.one(selector), (cell[1] + 0.5) / side, (cell[0] + 0.5) / side)

    def _at(self, element: WebElement, right: float, down: float) -> None:
        left, top, width, height = self.run(CENTRE, element)
        pointer = ActionSequence(self.marionette, "pointer", "mouse")
        pointer.pointer_move(round(left + right * width), round(top + down * height)).click().perform()
        self.marionette.actions.release()

    def give(self, selector: str, file: Path) -> None:
        """A file, to a file input, as the browser's own window would."""
        self.one(selector).send_keys(str(file))

    def text(self, selector: str) -> str:
        return str(self.run("return document.querySelector(arguments[0])?.textContent ?? ''", selector)).strip()

    def numbers(self, selector: str) -> list[float]:
        return [float(number) for number in self.run(CELLS, selector)]

    @property
    def trouble(self) -> list[str]:
        """Of the page that is open."""
        asked: list[str] = self.run(ASKED, self.address)
        with self.marionette.using_context("chrome"):
            said: list[str] = self.marionette.execute_async_script(CONSOLE)
        return asked + said
