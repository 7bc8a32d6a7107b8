"""What is far from the reader costs nothing, and nobody sees a difference: nothing moves or is cut off for it."""

import pytest
from driving import come_near, figure
from playwright.sync_api import Page, expect
from visits import CONTAINED, Visits, whole

ONCE = pytest.mark.parametrize("address", ["http"], indirect=True)
"""For what does not depend on how files are loaded."""

WIDTHS = (390, 820, 1440)

LEFT_OUT = f"""() => [...document.querySelectorAll("{CONTAINED}")]
  .filter((box) => [...box.children].every((e) => !e.checkVisibility({{ contentVisibilityAuto: true }})))
  .map((box) => box.id)"""
"""-> ids of what is neither styled nor laid out at the moment."""

PLACES = f"""() => [...document.querySelectorAll("{CONTAINED}")].map((box) => {{
  const {{ top, height }} = box.getBoundingClientRect();
  return [box.id, Math.round(top + scrollY), Math.round(height)];
}})"""

MEASURED_ANEW = """() => {
  const { documentElement: root } = document;
  globalThis.anew = new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error("it is not measured anew")), 20_000);
    // Until it is measured again, nothing is left out.
    const watcher = new MutationObserver(() => root.classList.contains("settled") && resolve());
    watcher.observe(root, { attributeFilter: ["class"] });
  });
}"""

REACHING = f"""() => {{
  const found = [];
  for (const box of document.querySelectorAll("{CONTAINED}")) {{
    const {{ left, right }} = box.getBoundingClientRect();
    const margin = parseFloat(getComputedStyle(box).overflowClipMargin) || 0;
    const clipped = (e) => e !== box && (getComputedStyle(e).overflowX !== "visible" || clipped(e.parentElement));
    for (const e of box.querySelectorAll("*")) {{
      const seen = e.getBoundingClientRect();
      if (seen.width === 0 || clipped(e)) continue;
      const out = Math.max(left - seen.left, seen.right - right);
      // A focus ring takes some of the margin.
      if (out > margin / 4) found.push([box.id, e.outerHTML.slice(0, 80), out]);
    }}
  }}
  return found;
}}"""
"""-> what sticks out of its box at the left or the right, by px, where nothing else cuts it off."""


def settled(page: Page) -> None:
    page.locator("html.settled").wait_for(state="attached")


@ONCE
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("path", ["index.html", "lab.html"])
def test_what_is_left_out_keeps_its_place(visit: Visits, path: str, width: int) -> None:
    page = visit(path, viewport={"width": width, "height": 900})
    settled(page)
    assert len(page.evaluate(LEFT_OUT)) > 5
    places = page.evaluate(PLACES)
    whole(page)
    assert page.evaluate(LEFT_OUT) == []
    assert page.evaluate(PLACES) == places


@ONCE
def test_a_turned_phone_is_measured_anew(visit: Visits) -> None:
    page = visit("index.html", viewport={"width": 390, "height": 844})
    settled(page)
    page.evaluate(MEASURED_ANEW)
    page.set_viewport_size({"width": 844, "height": 390})
    page.evaluate("globalThis.anew")
    assert len(page.evaluate(LEFT_OUT)) > 5
    places = page.evaluate(PLACES)
    whole(page)
    assert page.evaluate(PLACES) == places


@ONCE
def test_a_link_to_what_is_left_out_leads_there(visit: Visits) -> None:
    # At once, so that what moves afterwards is no scrolling.
    page = visit("index.html", reduced_motion="reduce")
    settled(page)
    assert "takeaways" in page.evaluate(LEFT_OUT)
    page.locator(".contents a[href='#takeaways']").click()
    expect(page.locator("#takeaways h2")).to_be_in_viewport()
    top = "document.querySelector('#takeaways').getBoundingClientRect().top"
    before = page.evaluate(top)
    page.wait_for_timeout(500)
    assert page.evaluate(top) == pytest.approx(before, abs=1)


@ONCE
def test_nothing_is_cut_off_at_the_edge_of_what_is_contained(visit: Visits) -> None:
    page = visit("index.html")
    settled(page)
    whole(page)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate(REACHING) == [], width


@ONCE
def test_paper_has_everything(visit: Visits) -> None:
    page = visit("index.html")
    settled(page)
    assert page.evaluate(LEFT_OUT) != []
    page.emulate_media(media="print")
    assert page.evaluate(LEFT_OUT) == []


@ONCE
def test_a_reader_at_a_figure_has_a_quarter_of_the_page_at_most(visit: Visits) -> None:
    page = visit("index.html")
    settled(page)
    come_near(figure(page, "attention"))
    page.wait_for_function(
        """() => {
          const all = [...document.querySelectorAll("*")];
          return all.filter((e) => e.checkVisibility({ contentVisibilityAuto: true })).length < all.length / 4;
        }"""
    )
