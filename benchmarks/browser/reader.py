"""A reader at our page and at the baseline's, driven and timed in Chromium."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page

OPENER = ".bar [data-own-open]"
"""The bar follows the reader, so that no figure has to be left for it."""

UNTIL = 60
"""seconds after which what does not come is a failure."""

LINE = 20e6 / 8
"""bytes/s: 20 Mbit/s."""

LATENCY = 20
"""ms."""

AFTER = 1.0
"""seconds: figures far from the reader follow when the browser is idle, and their work is the page's too."""

LEAD = 2.0
"""seconds between pointing at the control and having chosen a photo in the system's window."""

WATCH = """
globalThis.longest = 0;
new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) globalThis.longest = Math.max(globalThis.longest, duration);
}).observe({ type: "longtask", buffered: false });
// The engine is the page's own; whoever measures wants it by hand.
let begin;
Object.defineProperty(globalThis, "explainerLive", {
  configurable: true,
  get: () => begin && ((context) => {
    const live = begin(context);
    globalThis.measured = { live, context };
    return live;
  }),
  set: (value) => { begin = value; },
});
"""

DRAWN = """([name, event, photo, seconds]) => {
  const figure = document.querySelector(`#figure-${name}`);
  let begun = NaN;
  const given = ({ target }) => {
    if (event === "click" && target.closest("button")?.textContent !== "Use this square") return;
    removeEventListener(event, given, true);
    begun = performance.now();
  };
  addEventListener(event, given, true);
  globalThis.drawn = new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error(`${name} does not show ${photo}`)), seconds * 1000);
    const watcher = new MutationObserver(() => {
      if (figure.dataset.shows !== photo) return;
      watcher.disconnect();
      // Until the next frame it is in memory only.
      requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - begun)));
    });
    watcher.observe(figure, { attributeFilter: ["data-shows"] });
  });
}"""
"""From a photo's being given by an event (a file chosen, the square taken) to the figure that shows it."""

OURS = """async ([runs, url]) => {
  const { live: { engine }, context } = globalThis.measured;
  const photo = context.manifest.photos[0];
  const { data } = await context.loader.pack(photo.files.pixels);
  const pixels = Uint8Array.from(data);
  const trunk = await globalThis.tfjsTrunk.load(url, { threads: crossOriginIsolated });
  await engine.prepare("mobilenet_v2");
  const times = { ours: [], model: [], baseline: [] };
  for (let turn = -15; turn < runs; turn += 1) {
    let begun = performance.now();
    const { ms } = await engine.run("mobilenet_v2", pixels);
    const ours = performance.now() - begun;
    begun = performance.now();
    await trunk.runPixels(pixels);
    const baseline = performance.now() - begun;
    // The first turns warm both up.
    if (turn < 0) continue;
    times.ours.push(ours);
    times.model.push(ms);
    times.baseline.push(baseline);
  }
  return times;
}"""


@dataclass(frozen=True)
class Visit:
    """One cold visit."""

    seconds: float
    """From the choice of a photo to the drawn map."""
    bytes: int
    """Over the line, from pointing at the control on."""
    longest_task: float
    """ms of the main thread, from pointing at the control on."""


def _opened(browser: Browser, url: str, **options: Any) -> tuple[BrowserContext, Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, **options)
    page = context.new_page()
    page.add_init_script(WATCH)
    page.goto(url)
    page.wait_for_load_state("networkidle")
    return context, page


def _on_a_line(context: BrowserContext, page: Page) -> list[int]:
    """Slows the page's line down, and counts what comes over it."""
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    session.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": LATENCY, "downloadThroughput": LINE, "uploadThroughput": LINE},
    )
    counted: list[int] = []
    session.on("Network.loadingFinished", lambda event: counted.append(int(event["encodedDataLength"])))
    return counted


def near(page: Page, name: str) -> None:
    """The reader is at a figure, which has come to life."""
    figure = page.locator(f"#figure-{name}")
    figure.evaluate("(figure) => figure.scrollIntoView({ behavior: 'instant', block: 'center' })")
    page.wait_for_selector(f"#figure-{name}[data-mounted]")
    page.wait_for_load_state("networkidle")


def point(page: Page) -> None:
    """The reader's pointer goes to the button that opens the dialog."""
    box = page.locator(OPENER).bounding_box()
    assert box, "the bar has no button for one's own photo"
    # Not hover() or click(), which scroll for what is there at the bar already.
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)


def choose(page: Page, photo: Path) -> None:
    """Opens the dialog, chooses a file in it, and takes the square as it is offered."""
    point(page)
    page.mouse.down()
    page.mouse.up()
    page.set_input_files("dialog[open] input[type=file]", str(photo))
    # By its class: to find it by its role takes Playwright a long task of the page's.
    page.locator(".crop-step .button-strong").click()


def times(page: Page) -> tuple[float, float]:
    """-> ms from given to drawn, once it is, and the longest task, also of what the page does a moment later."""
    took = page.evaluate("globalThis.drawn")
    time.sleep(AFTER)
    return float(took), float(page.evaluate("globalThis.longest"))


def cold_ours(browser: Browser, address: str, photo: Path, lead: float) -> Visit:
    """`lead`: seconds that the pointer is on the control before a photo is chosen."""
    context, page = _opened(browser, f"{address}site/index.html", service_workers="block")
    near(page, "attention")
    counted = _on_a_line(context, page)
    page.evaluate("globalThis.longest = 0")
    if lead:
        point(page)
        time.sleep(lead)
    page.evaluate(DRAWN, ["attention", "change", "own-1", UNTIL])
    choose(page, photo)
    took, longest = times(page)
    context.close()
    return Visit(took / 1000, sum(counted), longest)


def cold_baseline(browser: Browser, address: str, photo: Path) -> Visit:
    context, page = _opened(browser, f"{address}baseline/tfjs.html")
    counted = _on_a_line(context, page)
    page.evaluate("globalThis.longest = 0")
    page.set_input_files("#photo", str(photo))
    page.wait_for_function("document.body.dataset.drawn", timeout=60_000)
    drawn, longest = page.evaluate("[Number(document.body.dataset.drawn) / 1000, globalThis.longest]")
    context.close()
    return Visit(drawn, sum(counted), longest)


def warm(browser: Browser, address: str, runs: int) -> dict[str, list[float]]:
    """-> ms by engine. Both run in our page, which for this lets the baseline's script in."""
    context, page = _opened(browser, f"{address}site/lab.html", bypass_csp=True, service_workers="block")
    _begin(page)
    page.add_script_tag(url=f"{address}baseline/tfjs.js")
    times: dict[str, list[float]] = page.evaluate(OURS, [runs, f"{address}baseline/tfjs.html"])
    context.close()
    return times


def _begin(page: Page) -> None:
    """The live part is fetched for a reader who means it."""
    point(page)
    # Not wait_for_function, which the page's policy forbids.
    page.evaluate("async () => { while (!globalThis.measured) await new Promise((done) => setTimeout(done, 20)); }")


def real_maps(browser: Browser, address: str, photos: list[Path], runs: int) -> list[tuple[float, float]]:
    """DINOv2, once loaded: -> of each photo ms from taking its square to all maps drawn, and the longest task."""
    context, page = _opened(browser, f"{address}site/index.html", service_workers="block")
    near(page, "head-wall")
    choose(page, photos[0])
    page.locator("#figure-head-wall .offer button:visible").first.click()
    page.wait_for_selector("#figure-head-wall[data-shows='own-1']", timeout=120_000)
    found = []
    for turn in range(2, runs + 2):
        time.sleep(AFTER)
        page.evaluate("globalThis.longest = 0")
        page.evaluate(DRAWN, ["head-wall", "click", f"own-{turn}", UNTIL])
        choose(page, photos[turn % len(photos)])
        found.append(times(page))
    context.close()
    return found
