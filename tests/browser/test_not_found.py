"""The page for addresses that a server does not have: it looks and leads as it should, however deep it is shown."""

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from visits import Visits

from explainer import serve

ROOT = Path(__file__).resolve().parents[2]
SITE_PATH = "/some/sub path/"
DEEP = "no/such/page.html"


@pytest.fixture(scope="module")
def address(site: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where a server has the site, which was told the path; whatever that server lacks is answered with its 404 page.

    `site` has filled the cache, so that this build computes nothing.
    """
    served = tmp_path_factory.mktemp("served")
    mount = served / SITE_PATH.strip("/")
    command = [sys.executable, str(ROOT / "build.py"), "--quiet", "--out", str(mount), "--site-path", SITE_PATH]
    given = os.environ.get("EXPLAINER_WEIGHTS_DIR")
    done = subprocess.run([*command, *(["--weights-dir", given] if given else [])], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (served / "404.html").symlink_to(mount / "404.html")
    with serve.listen(served, 0) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}{SITE_PATH.replace(' ', '%20')}"
        server.shutdown()


@pytest.fixture
def lost(browser: Browser, address: str) -> Iterator[Page]:
    """The page at a deep address; it has no trouble but its own status."""
    visits = Visits(browser, address)
    page = visits(DEEP)
    page.wait_for_load_state("networkidle")  # a click would call off what the footer still fetches
    yield page
    visits.close()
    assert [words for words in visits.trouble if "status of 404" not in words] == []
    assert len(visits.trouble) == 1


def test_it_has_its_styles_and_its_script(lost: Page, address: str) -> None:
    assert lost.url == address + DEEP
    expect(lost.get_by_role("heading", level=1)).to_have_text("No such patch")
    expect(lost.locator(".masthead .frame")).to_have_css("display", "flex")
    expect(lost.locator(".masthead-title img")).to_have_js_property("complete", True)
    assert lost.locator(".masthead-title img").evaluate("(image) => image.naturalWidth") > 0


def test_its_links_lead_to_the_site(lost: Page, address: str) -> None:
    lost.get_by_role("link", name="The story", exact=True).click()
    expect(lost).to_have_url(address + "index.html")


def test_its_skip_link_leads_to_its_text(lost: Page, address: str) -> None:
    lost.keyboard.press("Tab")
    lost.keyboard.press("Enter")
    expect(lost).to_have_url(address + "404.html#main")
    expect(lost.get_by_role("heading", level=1)).to_have_text("No such patch")


def test_only_this_page_has_a_base_and_only_one_on_this_server(lost: Page, address: str) -> None:
    for name, count in (("404.html", 1), ("index.html", 0)):
        html = lost.request.get(address + name).text()
        assert len(re.findall("<base ", html)) == count
        assert ("base-uri &#39;self&#39;" in html) == bool(count) and ("base-uri &#39;none&#39;" in html) != bool(count)
