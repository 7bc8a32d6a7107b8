"""The engine in real Chromium, under the site's policy, over http and from a folder: its numbers, its misfortunes."""

import base64
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from engine_pages import (
    DINO,
    FAILURE,
    MOBILENET,
    ONE_PHOTO,
    PREPARE,
    RUN,
    START,
    TOLERANCE,
    Server,
    copy_with_engine_page,
    native,
    outputs,
    serving,
    spoil,
)
from playwright.sync_api import Browser, Page
from visits import Visits

from explainer import packing

NOTICED = """
async (model) => {
  while (engine.status(model) !== "absent") await new Promise((resolve) => setTimeout(resolve, 10));
}
"""


@pytest.fixture(scope="session")
def engine_site(site: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_with_engine_page(site, tmp_path_factory.mktemp("engine") / "site")


@pytest.fixture
def server(engine_site: Path) -> Iterator[Server]:
    with serving(engine_site) as told:
        yield told


@pytest.fixture(params=["http", "file"])
def visit(request: pytest.FixtureRequest, browser: Browser, server: Server, engine_site: Path) -> Iterator[Visits]:
    """Opens pages with an engine; when the test is over they must have had no trouble."""
    visits = Visits(browser, server.address if request.param == "http" else engine_site.as_uri() + "/")
    yield visits
    visits.close()
    assert visits.trouble == []


ONCE = pytest.mark.parametrize("visit", ["http"], indirect=True)


def opened(visit: Visits, photo: str = ONE_PHOTO) -> Page:
    page = visit("404.html", wait=False)
    page.evaluate(START, photo)
    return page


def numbers(page: Page, model: str, **options: Any) -> dict[str, npt.NDArray[np.float32]]:
    """The page's engine on its photo -> each output, flat."""
    return outputs(page.evaluate(RUN, [model, options]))


def test_mobilenet_gives_the_numbers_that_were_published(visit: Visits, site: Path) -> None:
    page = opened(visit)
    told = page.evaluate(PREPARE, MOBILENET)
    assert {progress["phase"] for progress in told} == {"download", "start"}
    live = page.evaluate("manifest.live")
    needed = [live["worker"], live["runtime"], live["models"][MOBILENET]]
    assert told[-1]["loaded"] == told[-1]["total"] == sum(file["bytes"] for file in needed)
    assert sorted(told, key=lambda progress: progress["loaded"]) == told
    assert page.evaluate("(model) => [engine.status(model), engine.size(model)]", MOBILENET) == ["ready", 0]
    got = numbers(page, MOBILENET)["features"].reshape(49, 1280)
    expected = native(site, MOBILENET, ONE_PHOTO)["features"][0].reshape(1280, 49).T
    assert np.abs(got - expected).max() < TOLERANCE[MOBILENET]
    published = packing.unpack((site / f"data/photos/{ONE_PHOTO}/mobilenet_v2_features.bin").read_bytes())
    print(f"features: largest difference from native {np.abs(got - expected).max():.2g}")
    assert np.abs(got - published).max() < 0.05


def test_dinov2_gives_the_files_numbers_with_and_without_positions(visit: Visits, site: Path) -> None:
    page = opened(visit)
    for options, given in (({}, 1.0), ({"positions": False}, 0.0)):
        got = numbers(page, DINO, **options)
        expected = native(site, DINO, ONE_PHOTO, positions=given)
        assert set(got) == set(expected)
        for name, values in expected.items():
            furthest = np.abs(got[name] - values.ravel()).max()
            print(f"{name}, positions {given:g}: largest difference from native {furthest:.2g}")
            assert furthest < TOLERANCE[DINO] * max(1, np.abs(values).max() / 10), name


def test_a_picture_is_opened_shown_and_cut_also_by_a_worker_that_never_saw_it(visit: Visits, site: Path) -> None:
    page = opened(visit)
    file = base64.b64encode((site / f"data/photos/{ONE_PHOTO}/crop.png").read_bytes()).decode()
    found = page.evaluate(
        """async (file) => {
          const blob = new Blob([Uint8Array.from(atob(file), (letter) => letter.charCodeAt(0))], { type: "image/png" });
          const { id, ...about } = await engine.open(blob);
          kept.id = id;
          const small = await engine.preview(id, 100);
          return [about, small.width, small.height, await engine.open(new Blob(["<svg/>"])).catch(({ name }) => name)];
        }""",
        file,
    )
    about = {"width": 224, "height": 224, "format": "PNG", "notes": []}
    assert found == [about, 100, 100, "Unreadable"]
    cut = """async (quarterTurns) => {
      const square = { x: 0, y: 0, side: 224, quarterTurns };
      const [pixels, picture] = await Promise.all([engine.crop(kept.id, square), engine.show(kept.id, square)]);
      const { width } = await createImageBitmap(picture);
      return [picture.type, width, Array.from(pixels)];
    }"""
    seen = packing.unpack((site / f"data/photos/{ONE_PHOTO}/pixels.bin").read_bytes())
    kind, width, pixels = page.evaluate(cut, 0)
    assert (kind, width) == ("image/webp", 224)
    assert np.array_equal(np.uint8(pixels).reshape(224, 224, 3), seen)
    page.evaluate(PREPARE, MOBILENET)
    page.workers[0].evaluate("self.close()")
    page.evaluate(NOTICED, MOBILENET)
    pixels = page.evaluate(cut, 1)[2]
    assert np.array_equal(np.uint8(pixels).reshape(224, 224, 3), np.rot90(seen, -1))


def test_documents_of_a_run_are_those_that_were_published(visit: Visits, site: Path) -> None:
    page = opened(visit)
    numbers(page, MOBILENET)
    made = page.evaluate(
        """async ([model, photo]) => {
          const published = await loader.json(manifest.photos[0].files[model]);
          const files = await engine.documents(model, photo, kept.result, { published });
          return { names: Object.keys(files), document: files[model], shape: files[`${model}_features`].shape };
        }""",
        [MOBILENET, ONE_PHOTO],
    )
    published = json.loads((site / f"data/photos/{ONE_PHOTO}/{MOBILENET}.json").read_bytes())
    assert (made["names"], made["shape"]) == ([MOBILENET, f"{MOBILENET}_features"], [49, 1280])
    assert list(made["document"]) == list(published)
    for variant, attention in published["attention"].items():
        got = np.array(made["document"]["attention"][variant]["weights"])
        assert np.abs(got - np.array(attention["weights"])).sum(axis=1).max() / 2 < 0.02, variant


def test_nothing_large_is_fetched_before_somebody_asks_and_nothing_at_the_second_visit(
    visit: Visits, server: Server
) -> None:
    page = visit("404.html", wait=False)
    assert not [request.url for request in visit.requests if "live." in request.url or "worker." in request.url]
    page.evaluate(START, ONE_PHOTO)
    assert server.asked == []
    page.evaluate(PREPARE, MOBILENET)
    again = page.context.new_page()
    again.goto(visit.address + "404.html")
    again.evaluate(START, ONE_PHOTO)
    again.evaluate(PREPARE, MOBILENET)
    if visit.address.startswith("http"):
        assert [name.rpartition(".")[2] for name, _ in server.asked] == ["xz", "deflate"]
    assert numbers(again, MOBILENET)["features"].shape == (49 * 1280,)


@ONCE
def test_a_download_that_breaks_off_is_told_and_goes_on_where_it_stopped(visit: Visits, server: Server) -> None:
    page = opened(visit)
    server.cut["mobilenet_v2.onnx.deflate"] = 2_500_000
    name, message = page.evaluate(FAILURE, MOBILENET)
    assert name == "Error"
    assert message.startswith("The download of models/mobilenet_v2.onnx.deflate broke off after 2.")
    assert message.endswith("check the connection and try again; it goes on where it stopped.")
    assert page.evaluate("(model) => engine.status(model)", MOBILENET) == "failed"
    # A broken connection is what the browser reports too.
    assert all("mobilenet_v2.onnx.deflate" in trouble or "ERR_" in trouble for trouble in visit.trouble)
    visit.trouble.clear()
    page.evaluate(PREPARE, MOBILENET)
    assert server.asked[-1] == ("mobilenet_v2.onnx.deflate", f"bytes={2 * 2**20}-")
    assert numbers(page, MOBILENET)["features"].max() > 0


@pytest.mark.parametrize("kind", ["worker", "runtime", "model"])
@pytest.mark.parametrize("over_http", [True, False], ids=["http", "file"])
def test_a_file_that_is_not_the_published_one_is_not_used(
    browser: Browser, engine_site: Path, tmp_path: Path, over_http: bool, kind: str
) -> None:
    copy = tmp_path / "site"
    shutil.copytree(engine_site, copy, symlinks=True)
    pattern = {"worker": "assets/worker.*.js", "runtime": "models/*.xz", "model": "models/mobilenet_v2.onnx.deflate"}
    (published,) = (file for file in copy.glob(pattern[kind]) if not file.name.endswith(".1.js"))
    spoil(published, -40)
    spoil(published.with_name(f"{published.name}.1.js"), -40)
    with serving(copy) as server:
        visit = Visits(browser, server.address if over_http else copy.as_uri() + "/")
        page = opened(visit)
        name, message = page.evaluate(FAILURE, MOBILENET)
        assert name == "Mismatch"
        assert message == (
            f"{published.relative_to(copy)} is not the file that was published (its checksum differs), so it is not "
            "used: reload the page."
        )
        assert page.evaluate("(model) => engine.status(model)", MOBILENET) == "failed"
        assert len(page.workers) == (0 if kind == "worker" else 1)
        assert visit.trouble == []
        visit.close()


@ONCE
def test_what_was_spoilt_in_the_browsers_storage_is_fetched_again(visit: Visits, server: Server) -> None:
    page = opened(visit)
    page.evaluate(PREPARE, MOBILENET)
    spoilt = page.evaluate(
        """async () => {
          const [name] = await caches.keys();
          const cache = await caches.open(name);
          const part = (await cache.keys()).find(({ url }) => url.includes(manifest.live.models.mobilenet_v2.sha256));
          const bytes = new Uint8Array(await (await cache.match(part)).arrayBuffer());
          bytes[100] ^= 1;
          await cache.put(part, new Response(bytes));
          return name;
        }"""
    )
    assert spoilt == "live /"
    page.reload()
    page.evaluate(START, ONE_PHOTO)
    before = len(server.asked)
    page.evaluate(PREPARE, MOBILENET)
    assert server.asked[before:] == [("mobilenet_v2.onnx.deflate", "")]
    assert numbers(page, MOBILENET)["features"].max() > 0


def test_a_worker_that_is_killed_is_told_and_the_next_run_works(visit: Visits) -> None:
    page = opened(visit)
    page.evaluate(PREPARE, MOBILENET)
    (worker,) = page.workers
    page.evaluate(
        "(model) => { kept.lost = engine.run(model, pixels()).then(() => null, ({ message }) => message) }", DINO
    )
    worker.evaluate("self.close()")
    assert page.evaluate("kept.lost") == "The browser stopped the part of the page that runs the models: try again."
    assert page.evaluate("(model) => engine.status(model)", MOBILENET) == "absent"
    assert numbers(page, MOBILENET)["features"].max() > 0
    assert len(page.workers) == 1


def test_a_download_can_be_called_off_and_begun_again(visit: Visits) -> None:
    page = opened(visit)
    found = page.evaluate(
        """async (model) => {
          const stop = new AbortController();
          const wanted = engine.prepare(model, { signal: stop.signal, onProgress: ({ loaded }) => {
            if (loaded > 5e6) stop.abort();
          } });
          const name = await wanted.then(() => null, (error) => error.name);
          const { run, status } = engine;
          const stopRun = new AbortController();
          const called = run(model, pixels(), { signal: stopRun.signal }).catch((error) => error.name);
          stopRun.abort();
          return [name, await called, status(model)];
        }""",
        DINO,
    )
    assert found == ["AbortError", "AbortError", "absent"]
    page.evaluate(PREPARE, DINO)
    assert page.evaluate("(model) => engine.status(model)", DINO) == "ready"
    # A download that was called off is reported by the browser as a request that failed.
    visit.trouble[:] = [trouble for trouble in visit.trouble if "ERR_ABORTED" not in trouble]


@ONCE
def test_whoever_changes_photos_faster_than_the_model_runs_gets_the_last_one(visit: Visits) -> None:
    page = opened(visit)
    page.evaluate(PREPARE, MOBILENET)
    outcomes = page.evaluate(
        """async (model) => {
          const all = Array.from({ length: 20 }, (_, count) => engine.run(model, new Uint8Array(150528).fill(count)));
          const outcomes = await Promise.allSettled(all);
          const alone = await engine.run(model, new Uint8Array(150528).fill(19));
          const last = outcomes.at(-1).value?.features;
          return [outcomes.map(({ reason }) => reason?.name ?? "done"), alone.features.every((v, i) => v === last[i])];
        }""",
        MOBILENET,
    )
    assert outcomes[0][-1] == "done" and outcomes[1]
    assert outcomes[0].count("AbortError") >= 18


@ONCE
def test_fifty_runs_take_no_more_memory_than_a_few(visit: Visits, browser: Browser) -> None:
    page = opened(visit)
    many = "async ([model, count]) => { for (let n = 0; n < count; n += 1) await engine.run(model, pixels()); }"
    for model, few in ((MOBILENET, 20), (DINO, 5)):
        page.evaluate(many, [model, few])
    before = memory(browser, page)
    page.evaluate(many, [MOBILENET, 50])
    page.evaluate(many, [DINO, 10])
    after = memory(browser, page)
    print(f"renderers' memory: {before / 1e6:.0f} MB, after 50 and 10 runs more {after / 1e6:.0f} MB")
    # Ten runs' results are 100 MB, which would show.
    assert after - before < 40e6


def memory(browser: Browser, page: Page) -> int:
    """Bytes of this machine's memory that the renderers hold, after a collection of garbage."""
    statm = Path("/proc/self/statm")
    if not statm.exists():
        pytest.skip("needs /proc")
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    session.detach()
    browsers = browser.new_browser_cdp_session()
    processes = browsers.send("SystemInfo.getProcessInfo")["processInfo"]
    browsers.detach()
    held = [Path(f"/proc/{process['id']}/statm") for process in processes if process["type"] == "renderer"]
    return sum(int(file.read_text().split()[1]) * 4096 for file in held)
