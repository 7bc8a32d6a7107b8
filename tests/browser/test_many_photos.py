"""Fifty photos of one's own, one after the other: each is shown, and the page then holds no more than early on."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from driving import figure
from own import CLOSE, Native, card, drop, expect_shown, given, photo, shown_pixels, use_square, weights_in
from playwright.sync_api import Page, expect
from visits import PATIENCE, Visits

PHOTOS = 50
SETTLED = 10
"""Photos until everything has been needed that is made once: the models, the runtime's memory, the caches."""
LEAK = 75_000
"""bytes a photo, over forty of them, that are taken for a leak; one photo's pixels alone are twice as much."""

COUNT_ADDRESSES = """(() => {
    window.addresses = new Set();
    const { createObjectURL, revokeObjectURL } = URL;
    URL.createObjectURL = (what) => {
        const address = createObjectURL.call(URL, what);
        window.addresses.add(address);
        return address;
    };
    URL.revokeObjectURL = (address) => {
        window.addresses.delete(address);
        revokeObjectURL.call(URL, address);
    };
})()"""


OF_ONE = 2
"""Addresses of one photo: the picture for the eye, and the crop."""


def expect_addresses(page: Page, count: int) -> None:
    """Those of an earlier photo live on for some seconds, for pictures that are just being drawn."""
    for _ in range(2 * PATIENCE // 50):
        if page.evaluate("addresses.size") == count:
            return
        page.wait_for_timeout(50)
    pytest.fail(f"{page.evaluate('addresses.size')} files are kept at addresses, expected {count}")


class Memory:
    """What the page and its worker hold after the garbage has been collected, by the browser's own count."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._session = page.context.new_cdp_session(page)
        self._workers: list[str] = []
        self._answers: list[dict[str, Any]] = []
        self._session.on("Target.attachedToTarget", lambda event: self._workers.append(event["sessionId"]))
        self._session.on("Target.receivedMessageFromTarget", lambda event: self._hear(event["message"]))
        self._session.send(
            "Target.setAutoAttach", {"autoAttach": True, "waitForDebuggerOnStart": False, "flatten": False}
        )

    def bytes(self) -> int:
        """Objects of scripts and of the document, and arrays outside their heaps; not the memory of WebAssembly."""
        self._session.send("HeapProfiler.collectGarbage")
        counts = [self._session.send("Runtime.getHeapUsage")]
        assert len(self._workers) == 1
        for worker in self._workers:
            self._ask(worker, "HeapProfiler.collectGarbage")
            counts.append(self._ask(worker, "Runtime.getHeapUsage"))
        return sum(count["usedSize"] + count["embedderHeapUsedSize"] + count["backingStorageSize"] for count in counts)

    def _hear(self, message: str) -> None:
        self._answers.append(json.loads(message))

    def _ask(self, worker: str, method: str) -> dict[str, Any]:
        self._answers.clear()
        self._session.send(
            "Target.sendMessageToTarget", {"sessionId": worker, "message": json.dumps({"id": 1, "method": method})}
        )
        for _ in range(PATIENCE // 50):
            if self._answers:
                found: dict[str, Any] = self._answers[0]["result"]
                return found
            self._page.wait_for_timeout(50)
        pytest.fail(f"the worker did not answer to {method}")


@pytest.mark.parametrize("address", ["http"], indirect=True)
def test_fifty_photos_leave_no_more_than_ten(visit: Visits, site: Path) -> None:
    page = visit.blank()
    page.add_init_script(COUNT_ADDRESSES)
    page.goto(f"{visit.address}index.html")
    memory = Memory(page)
    drop(page, given(photo()))
    use_square(page)
    # From here on every photo is given to both models, and DINOv2's run is called off when the next one comes sooner.
    card(page).get_by_role("button", name="Run DINOv2").click()
    counts = []
    for number in range(1, PHOTOS + 1):
        if number > 1:
            drop(page, given(photo(hue=number)))
            use_square(page)
        expect_shown(page, "attention", f"own-{number}")
        if number % SETTLED == 0:
            expect_shown(page, "head-map", f"own-{number}")
            expect(card(page).locator(".offer")).to_be_hidden(timeout=3 * PATIENCE)
            counts.append(memory.bytes())
            print(f"{number} photos: {counts[-1] / 1e6:.1f} MB")
    assert counts[-1] - counts[0] < (PHOTOS - SETTLED) * LEAK
    expect_addresses(page, OF_ONE)
    # The last is no worse than a first would be.
    pixels = shown_pixels(page, f"own-{PHOTOS}")
    maps, _ = Native(site, pixels).real
    asking = 1 + 16 * 5 + 5
    assert np.abs(weights_in(figure(page, "head-map")) - maps[10].mean(axis=0)[asking, 1:]).max() < CLOSE
