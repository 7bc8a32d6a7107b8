"""Real Chromium and Firefox on the real site, over http below a sub-path and from its folder."""

import os
from collections.abc import Iterator
from pathlib import Path

import drivers
import pytest
from firefox import Firefox
from playwright.sync_api import Browser, sync_playwright
from visits import SWITCHES, Visits, serve

from explainer import assets

ROOT = Path(__file__).resolve().parents[2]
SUB_PATH = "some/sub path"
"""With a space: an address that forgets to be relative, or to be quoted, does not survive it."""


@pytest.fixture(scope="session")
def browser(chromium_path: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium_path, args=SWITCHES)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def firefox() -> Iterator[Firefox]:
    """The system's Firefox. Without one a test is skipped, except where CI=true, which must not skip any."""
    path = drivers.program("Firefox")
    if path is None:
        missing = "no firefox-esr on the PATH; install it to run the tests of the page in Firefox"
        if os.environ.get("CI") == "true":
            pytest.fail(missing, pytrace=False)
        pytest.skip(missing)
    with drivers.firefox(path) as driver:
        yield Firefox(driver.marionette)


@pytest.fixture(scope="session")
def http_address(site: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The site on a web server, not at its root."""
    root = tmp_path_factory.mktemp("server")
    mount = root / SUB_PATH
    mount.parent.mkdir(parents=True)
    mount.symlink_to(site, target_is_directory=True)
    for address in serve(root):
        yield address + SUB_PATH.replace(" ", "%20") + "/"


@pytest.fixture(params=["http", "file"])
def address(request: pytest.FixtureRequest, http_address: str, site: Path) -> str:
    """Where the site begins; every test that uses it runs over http and from the folder."""
    return http_address if request.param == "http" else site.as_uri() + "/"


@pytest.fixture(scope="session")
def axe() -> str:
    """axe-core, as a script to evaluate."""
    assets.install(ROOT)
    return (ROOT / "node_modules/axe-core/axe.min.js").read_text(encoding="utf-8")


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator[Visits]:
    """Opens pages; when the test is over they must have had no trouble."""
    visits = Visits(browser, address)
    yield visits
    visits.close()
    assert visits.trouble == []
