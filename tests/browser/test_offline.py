"""The service worker and its control: the network is cut, the site deployed anew; no page ever mixes two builds."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from driving import Numbers, View, choose_photo, come_near, expect_attention, figure
from engine_pages import copy_with_engine_page
from hosting import Host, copied, hosted, listed, rebuild
from playwright.sync_api import Browser, Locator, Page, expect
from test_accessibility import violations
from test_engine import DINO, MOBILENET, START, numbers
from visits import PATIENCE, Visits, mounted

DOCUMENT = "data/photos/coffee/mobilenet_v2.json"

STANDING = """() => new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }) => resolve(data);
    navigator.serviceWorker.controller.postMessage({ type: 'standing' }, [port2]);
})"""


@pytest.fixture
def deploy(site: Path, tmp_path: Path) -> Callable[[str], Path]:
    """Copies of the site, for the host to serve and for tests to change: by name."""
    return lambda name: copied(site, tmp_path / name)


@pytest.fixture
def host(deploy: Callable[[str], Path]) -> Iterator[Host]:
    with hosted(deploy("first")) as host:
        yield host


@pytest.fixture
def visit(browser: Browser, host: Host) -> Iterator[Visits]:
    """Opens pages on the host; when the test is over they must have had no trouble that the test did not expect."""
    visits = Visits(browser, host.address)
    yield visits
    visits.close()
    # A page that is left or reloaded calls off what it was just fetching.
    assert [trouble for trouble in visits.trouble if not trouble.endswith("net::ERR_ABORTED")] == []


def opened(visit: Visits, path: str = "index.html", **options: Any) -> Page:
    """A page under the service worker, as everything is that comes after."""
    page = visit(path, service_workers="allow", **options)
    page.wait_for_function("() => navigator.serviceWorker.controller !== null")
    return page


def standing(page: Page) -> dict[str, Any]:
    told: dict[str, Any] = page.evaluate(STANDING)
    return told


def missing(page: Page) -> set[str]:
    """Paths that would need the network."""
    return {found["address"].partition("/site/")[2].partition("?")[0] for found in standing(page)["missing"]}


def until(page: Page, condition: Callable[[], bool]) -> None:
    for _ in range(PATIENCE // 50):
        if condition():
            return
        page.wait_for_timeout(50)
    pytest.fail("waited in vain")


def versions(page: Page, path: str) -> set[str]:
    """What is kept of a file, by version."""
    addresses: list[str] = page.evaluate(
        """async (path) => {
            const name = (await caches.keys()).find((name) => name.startsWith('explainer '));
            const requests = await (await caches.open(name)).keys();
            return requests.map((request) => request.url).filter((url) => new URL(url).pathname.endsWith(`/${path}`));
        }""",
        path,
    )
    return {address.partition("?v=")[2] for address in addresses}


def taken_over(page: Page, folder: Path) -> None:
    """Waits until this build is the one that pages come from: a page may have been served by either before."""
    active = """navigator.serviceWorker.getRegistration()
        .then(({ installing, waiting, active }) => !installing && !waiting && active.state)"""
    until(page, lambda: listed(folder)["shell"]["index.html"][1] in versions(page, "index.html"))
    until(page, lambda: page.evaluate(active) == "activated")


def control(page: Page) -> Locator:
    """The one in the footer, which is there when the footer is near."""
    page.locator("footer").scroll_into_view_if_needed()
    return page.locator("[data-offline]")


def says(page: Page, words: str) -> None:
    """What the control says to the reader now; its other sentences are hidden."""
    expect(control(page).locator("p:visible", has_text=words)).to_have_count(1)


def keep_everything(page: Page) -> None:
    control(page).locator("[data-offline-keep]").click()
    expect(control(page).locator("[role=status]")).to_have_text("Everything is kept.", timeout=3 * PATIENCE)


def shows(page: Page, photo: str, folder: Path) -> None:
    choose_photo(page, photo)
    expect_attention(page, View(folder, photo))


def test_what_was_visited_works_without_a_network(visit: Visits, host: Host) -> None:
    page = opened(visit)
    assert page.evaluate("crossOriginIsolated") is False
    shows(page, "coffee", host.folder)
    shows(page, "chelsea", host.folder)
    # What the page had before the worker was there is kept a moment later.
    visited = {DOCUMENT, DOCUMENT.replace("coffee", "chelsea")}
    until(page, lambda: not visited & missing(page))
    assert "data/photos/rocket/mobilenet_v2.json" in missing(page)
    host.down = True
    page.goto("about:blank")
    page.goto(f"{host.address}index.html#attention?photo=coffee", wait_until="domcontentloaded")
    mounted(page)
    expect_attention(page, View(host.folder, "coffee"))
    shows(page, "chelsea", host.folder)
    assert page.evaluate("crossOriginIsolated") is True
    # All pages are there from the first visit on, the folder's address too.
    for path, title in (("", "Vision"), ("data.html", "data"), ("credits.html", "Credits"), ("lab.html", "lab")):
        page.goto(host.address + path)
        assert title.lower() in page.title().lower()
    # A photo that was not visited is told of, not made up.
    visit.trouble.clear()
    choose_photo(page, "rocket")
    come_near(figure(page, "attention"))
    expect(figure(page, "attention").locator(".figure-error")).to_contain_text("check the connection")
    visit.trouble.clear()


def test_the_first_view_waits_for_nothing_of_it(visit: Visits, host: Host) -> None:
    page = opened(visit)

    def asked(script: str) -> bool:
        return any(f"assets/{script}." in request.url for request in visit.requests)

    assert asked("main") and not asked("offline")
    before = host.asked[: host.asked.index("sw.js")]
    assert {path.partition(".")[0] for path in before} >= {"assets/main", "assets/site", "index"}
    assert "lab.html" not in before and host.asked.count("lab.html") == 1
    expect(control(page)).to_be_visible()
    assert asked("offline")


def test_everything_kept_needs_no_network(visit: Visits, host: Host) -> None:
    page = opened(visit, "lab.html")
    groups = listed(host.folder)
    total = sum(size for group in ("shell", "files", "live") for size, _ in groups[group].values())
    says(page, f"of {total / 1e6:.1f} MB")
    says(page, f"({sum(size for size, _ in groups['downloads'].values()) / 1e6:.1f} MB on the data page)")
    button = control(page).locator("[data-offline-keep]")
    offered = float(re.findall(r"[(]([0-9.]+) MB[)]", button.inner_text())[0])
    assert total / 1e6 - 3 < offered < total / 1e6
    button.focus()
    page.keyboard.press("Enter")
    expect(control(page).locator("[data-offline-cancel]")).to_be_focused()
    expect(control(page).locator("[role=status]")).to_have_text("Everything is kept.", timeout=3 * PATIENCE)
    says(page, "All of this site is kept on this device")
    assert missing(page) == set()
    host.down = True
    page.reload(wait_until="domcontentloaded")
    mounted(page)
    shows(page, "rocket", host.folder)
    for path in ("index.html", "data.html", "credits.html", "404.html"):
        page.goto(host.address + path, wait_until="domcontentloaded")
        mounted(page)
    says(page, "All of this site is kept on this device")
    # A file that data.html links to.
    assert json.loads(page.evaluate("fetch('data/parity.json').then((response) => response.text())"))
    control(page).locator("[data-offline-forget]").click()
    expect(control(page).locator("[role=status]")).to_have_text("Forgotten.")
    assert missing(page) == set(listed(host.folder)["files"])


def other_numbers(folder: Path) -> bytes:
    """The document of another build, in which every patch attends otherwise."""
    document = json.loads((folder / DOCUMENT).read_text(encoding="utf-8"))
    document["logits"]["layernorm"].reverse()
    document["attention"]["layernorm"]["weights"].reverse()
    return json.dumps(document).encode()


def test_a_new_deploy_never_mixes_with_the_old(visit: Visits, host: Host, deploy: Callable[[str], Path]) -> None:
    page = opened(visit)
    shows(page, "rocket", host.folder)
    first, second = host.folder, deploy("second")
    title = (second / "index.html").read_text(encoding="utf-8").replace("<title>", "<title>Second: ")
    rebuild(second, {"index.html": title.encode()})
    rebuild(second, {DOCUMENT: other_numbers(second)})
    host.folder = second

    # The page that is open asks for its own build's file, which is nowhere any more.
    choose_photo(page, "coffee")
    come_near(figure(page, "attention"))
    expect(figure(page, "attention").locator(".figure-error")).to_contain_text("has changed on the server")
    visit.trouble.clear()
    # What it had it still has, also after the new build has taken over, which it does when it is complete.
    page.evaluate("navigator.serviceWorker.getRegistration().then((registration) => registration.update())")
    says(page, "A newer version of this site is here.")
    shows(page, "rocket", first)
    assert not page.title().startswith("Second")
    page.locator("[data-offline-reload]").click()
    expect(page).to_have_title(re.compile("^Second"))
    mounted(page)
    shows(page, "coffee", second)
    # Of the old build nothing is left once its page is closed.
    expect(control(page)).to_be_visible()
    until(page, lambda: versions(page, "index.html") == {listed(second)["shell"]["index.html"][1]})


def test_what_was_kept_is_kept_of_the_new_build_too(visit: Visits, host: Host, deploy: Callable[[str], Path]) -> None:
    page = opened(visit)
    shows(page, "coffee", host.folder)
    until(page, lambda: DOCUMENT not in missing(page))
    second = deploy("second")
    rebuild(second, {DOCUMENT: other_numbers(second)})
    host.folder = second
    page.reload(wait_until="domcontentloaded")
    taken_over(page, second)
    host.down = True
    page.reload(wait_until="domcontentloaded")
    mounted(page)
    shows(page, "coffee", second)


@pytest.mark.parametrize("how", ["missing", "cut"])
def test_a_broken_deploy_leaves_the_old_site(
    visit: Visits, host: Host, deploy: Callable[[str], Path], how: str
) -> None:
    page = opened(visit)
    shows(page, "coffee", host.folder)
    first, second = host.folder, deploy("second")
    title = (second / "index.html").read_text(encoding="utf-8").replace("<title>", "<title>Second: ")
    rebuild(second, {"index.html": title.encode(), "lab.html": (second / "lab.html").read_bytes() + b"\n"})
    getattr(host, how).add("lab.html")
    host.folder = second
    for _ in range(2):
        asked = len(host.asked)
        page.reload(wait_until="domcontentloaded")
        until(page, lambda before=asked: "lab.html" in host.asked[before:])  # type: ignore[misc]
        mounted(page)
        assert not page.title().startswith("Second")
        shows(page, "coffee", first)
    getattr(host, how).clear()
    page.reload(wait_until="domcontentloaded")
    taken_over(page, second)
    page.reload(wait_until="domcontentloaded")
    expect(page).to_have_title(re.compile("^Second"))
    mounted(page)


def test_keeping_can_be_stopped_and_goes_on_where_it_broke_off(visit: Visits, host: Host) -> None:
    page = opened(visit, "404.html")
    status, keep = control(page).locator("[role=status]"), control(page).locator("[data-offline-keep]")
    before = len(missing(page))
    keep.click()
    until(page, lambda: len(host.asked) > 60)
    control(page).locator("[data-offline-cancel]").click()
    expect(status).to_have_text("Stopped. What has arrived is kept.")
    expect(keep).to_be_focused()
    stopped = len(missing(page))
    assert 0 < stopped < before

    [large] = [path for path in listed(host.folder)["live"] if "mobilenet" in path]
    host.cut = {DOCUMENT, large}
    keep.click()
    expect(status).to_have_text("The connection broke. What has arrived is kept.")
    visit.trouble.clear()
    assert DOCUMENT in missing(page)
    host.cut.clear()
    host.asked.clear()
    keep_everything(page)
    assert len(host.asked) <= stopped + 8


def test_a_server_that_asks_to_keep_nothing_gets_its_will(
    visit: Visits, host: Host, deploy: Callable[[str], Path]
) -> None:
    page = opened(visit)
    second = deploy("second")
    title = (second / "index.html").read_text(encoding="utf-8").replace("<title>", "<title>Second: ")
    rebuild(second, {"index.html": title.encode()})
    host.folder, host.headers = second, {"Cache-Control": "no-store"}
    page.reload(wait_until="domcontentloaded")
    # The kept page goes by itself, and no other one stands between the maintainer and the server any more.
    expect(page).to_have_title(re.compile("^Second"))
    page.wait_for_load_state()
    until(page, lambda: not page.evaluate("caches.has('explainer ' + new URL('.', location.href))"))
    (second / "index.html").unlink()
    (second / "index.html").write_text(title.replace("Second: ", "Third: "), encoding="utf-8")
    page.reload(wait_until="domcontentloaded")
    expect(page).to_have_title(re.compile("^Third"))
    says(page, "asks browsers to keep nothing")


def test_the_policy_lets_no_other_script_be_the_worker(visit: Visits, host: Host) -> None:
    page = opened(visit)
    name = page.evaluate("navigator.serviceWorker.register('assets/other.js').catch((error) => error.name)")
    assert name == "TypeError"
    until(page, lambda: any(trouble.startswith("policy") for trouble in visit.trouble))
    assert all("rusted" in trouble for trouble in visit.trouble)
    visit.trouble.clear()


def test_a_folder_needs_none_of_it(browser: Browser, site: Path) -> None:
    visits = Visits(browser, site.as_uri() + "/")
    page = visits(service_workers="allow")
    says(page, "from a folder")
    expect(control(page).locator("button:visible")).to_have_count(0)
    visits.close()
    assert visits.trouble == []


@pytest.fixture
def engine_host(deploy: Callable[[str], Path], site: Path, tmp_path: Path) -> Iterator[Host]:
    """A deploy whose pages do nothing but offer the engine and the service worker (see engine-page.js)."""
    folder = deploy("engine")
    [main] = (copy_with_engine_page(site, tmp_path / "page") / "assets").glob("main.*.js")
    rebuild(folder, {f"assets/{main.name}": main.read_bytes()})
    with hosted(folder) as host:
        yield host


def features(page: Page) -> Numbers:
    """What MobileNet gives for a published photo, in this page."""
    page.evaluate(START, "coffee")
    return numbers(page, MOBILENET)["features"].astype(np.float64)


def test_models_run_without_a_network_and_on_threads(browser: Browser, engine_host: Host) -> None:
    visits = Visits(browser, engine_host.address)
    page = visits("404.html", wait=False, service_workers="allow")
    alone = features(page)
    assert page.evaluate("[crossOriginIsolated, engine.threads()]") == [False, 1]
    page.evaluate("loader.script(document.querySelector('[data-offline]').dataset.offline)")
    page.evaluate("loader.serviceWorker().then(() => navigator.serviceWorker.ready)")
    keep_everything(page)
    engine_host.down = True
    page.reload()
    together = features(page)
    isolated, threads = page.evaluate("[crossOriginIsolated, engine.threads()]")
    assert isolated and (threads > 1) == (page.evaluate("navigator.hardwareConcurrency") > 1)
    np.testing.assert_allclose(together, alone, atol=1e-5)
    assert numbers(page, DINO)["tokens"].shape == (257 * 384,)
    visits.close()
    assert visits.trouble == []


@pytest.mark.parametrize("width", [320, 1440])
def test_axe_finds_nothing_in_the_control(visit: Visits, axe: str, width: int) -> None:
    page = opened(visit, "404.html", viewport={"width": width, "height": 900}, color_scheme="dark")
    expect(control(page)).to_be_visible()
    assert violations(page, axe) == []
    expect(control(page).get_by_role("heading")).to_have_text("Without a network")
    keep_everything(page)
    assert violations(page, axe) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
