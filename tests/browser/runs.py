"""The runs that a page asks of its models: taken down, and held back for as long as a test needs."""

from playwright.sync_api import Page
from visits import PATIENCE, Visits, mounted

WATCH_RUNS = """
    window.runs = [];
    window.held = null;
    const post = Worker.prototype.postMessage;
    Worker.prototype.postMessage = function (message, transfer) {
        const now = () => post.call(this, message, transfer);
        if (message.name !== "run") return now();
        window.runs.push([message.input.model, message.input.positions]);
        return window.held ? window.held.push(now) : now();
    };
"""


def watching(visit: Visits, path: str) -> Page:
    """A page that takes down which runs its worker is asked for, and holds them back in `held` where that is a list."""
    page = visit.blank()
    page.add_init_script(WATCH_RUNS)
    page.goto(visit.address + path)
    mounted(page)
    return page


def hold(page: Page) -> None:
    """From now on the worker is asked for no run."""
    page.evaluate("() => { held = []; }")


def expect_held(page: Page) -> None:
    """A run has been asked for; the model may have had to be fetched and started first."""
    page.wait_for_function("() => held.length > 0", timeout=3 * PATIENCE)


def let_go(page: Page) -> None:
    """What was held back is asked for, and so is whatever comes next."""
    page.evaluate("() => { for (const post of held.splice(0)) post(); held = null; }")
