"""The larger maps' numbers: written when a reader asks for them, and for those without scripts on a page apart."""

import pytest
from driving import choose, come_near, figure
from playwright.sync_api import Locator, expect
from visits import Visits

LINK = "a[href^='tables.html#']"


CELLS = "[data-weight-cell]"


def numbers(root: Locator) -> list[float]:
    return [float(text) for text in root.locator(CELLS).all_text_contents()]


def opened(table: Locator) -> Locator:
    """A figure's table of numbers, as its reader opens it."""
    come_near(table)
    table.locator("summary").click()
    return table


def test_a_table_that_is_opened_begins_with_the_numbers_of_the_page_of_tables(visit: Visits) -> None:
    page, apart = visit(), visit("tables.html")
    tables = page.locator("[data-weights]").all()
    links = {index: table.locator(LINK) for index, table in enumerate(tables) if table.locator(LINK).count()}
    names = {index: (link.get_attribute("href") or "").partition("#")[2] for index, link in links.items()}
    assert len(names) >= 7 and len(set(names.values())) == len(names)
    for index, name in names.items():
        section = apart.locator(f"#{name} + .weight-table")
        expected = numbers(section)
        assert len(expected) >= 196
        table = opened(tables[index])
        expect(table.locator(CELLS)).to_have_count(len(expected))
        assert numbers(table) == pytest.approx(expected, abs=0.0011), name
        assert table.locator("caption").inner_text() == section.locator("caption").inner_text()


def test_an_open_table_follows_the_choices(visit: Visits) -> None:
    page = visit()
    root = figure(page, "position-map")
    table = opened(root.locator("[data-weights]"))
    expect(table.locator(CELLS)).to_have_count(14 * 14)
    choose(root, "position-map-patch-size", "8")
    expect(table.locator(CELLS)).to_have_count(28 * 28)
    expect(table.locator("thead th").last).to_have_text("column 28")
    table.locator("summary").click()
    choose(root, "position-map-patch-size", "32")
    table.locator("summary").click()
    expect(table.locator(CELLS)).to_have_count(7 * 7)
    expect(table.locator("tbody th").last).to_have_text("row 7")


def test_without_scripts_the_numbers_are_one_link_away(visit: Visits) -> None:
    page = visit(java_script_enabled=False)
    root = figure(page, "head-map")
    root.scroll_into_view_if_needed()
    root.locator("[data-weights] summary").click()
    root.locator(LINK).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Maps as tables")
    expect(page.locator("#head-map")).to_be_in_viewport()
    expect(page.locator("#head-map + .weight-table").locator(CELLS)).to_have_count(256)
