"""The page's own decoding and models against Python, in Chromium and Firefox, over http and from a folder.

What data.html says of it was measured by benchmarks/browsers.py; here it is held to.
"""

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import awkward
import pytest
import twins
from drivers import OPENERS, Chromium, Driver, program
from engine_pages import copy_with_engine_page, serving

if TYPE_CHECKING:
    from torch import nn

    from explainer.vit import VisionTransformer

PUBLISHED = json.loads(twins.RESULTS.read_bytes())

EXEMPT = {
    ("Chromium", "grey_sixteen"): "16 bits a channel are made 8 by another rule",
    ("Firefox", "sixteen"): "16 bits a channel are made 8 by another rule",
    ("Firefox", "avif"): "colour stored at half its size is enlarged by another rule",
}
"""Where a browser's decoder differs from Pillow's, so that MobileNet's limits cannot hold; data.html says so."""

REAL_TOO = ("chelsea", "rocket", "wide", "translucent", "p3_jpeg", "sixteen", "avif")
"""Pictures that take the time for DINOv2 in every run of the tests; the benchmark takes it for all."""

SLACK = 5e-4
"""Of a published mean: another version of a browser or of this machine's arithmetic."""


@pytest.fixture(scope="module")
def python(real_trunk: "nn.Module", dinov2: "VisionTransformer") -> twins.Python:
    return twins.Python(real_trunk, dinov2)


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> dict[str, twins.Case]:
    return {case.name: case for case in twins.cases(tmp_path_factory.mktemp("awkward"))}


@pytest.fixture(scope="module")
def copy(site: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_with_engine_page(site, tmp_path_factory.mktemp("twins") / "site", twins.SCRIPT)


@pytest.fixture(scope="module")
def http(copy: Path) -> Iterator[str]:
    with serving(copy) as server:
        yield server.address


@pytest.fixture(scope="module", params=list(OPENERS))
def driver(request: pytest.FixtureRequest) -> Iterator[Driver]:
    path = program(request.param)
    if path is None:
        missing = f"{request.param} is not on this machine; install it to compare its numbers"
        if os.environ.get("CI") == "true":
            pytest.fail(missing, pytrace=False)
        pytest.skip(missing)
    if request.param == Chromium.name:
        # The one that all tests share: a thread holds no second Playwright.
        shared = Chromium(request.getfixturevalue("browser"))
        yield shared
        shared.page.close()
    else:
        with OPENERS[request.param](path) as opened:
            yield opened


def hold(row: Mapping[str, Any], limits: Mapping[str, float], measured: Mapping[str, float]) -> None:
    for part, limit in limits.items():
        assert measured[part] <= limit, f"{row['picture']}: {part} {measured[part]}"


def test_what_is_published_speaks_of_these_models_and_pictures() -> None:
    remedy = "measure again: python benchmarks/browsers.py"
    assert set(PUBLISHED["models"]) == {twins.STAND_IN, twins.REAL}
    assert PUBLISHED["limits"] == twins.LIMITS, remedy
    assert [browser["name"] for browser in PUBLISHED["browsers"]] == list(OPENERS), remedy
    for browser in PUBLISHED["browsers"]:
        named = [(row["picture"], row["what"]) for row in browser["pictures"]]
        assert [row for row in named if row[1] != twins.PHOTO] == list(twins.WHAT.items()), remedy
        assert browser["worst"] == twins.worst(browser["pictures"]), remedy


def test_published_numbers_keep_the_limits() -> None:
    for browser in PUBLISHED["browsers"]:
        for row in browser["pictures"]:
            hold(row, twins.LIMITS[twins.REAL], row[twins.REAL])
            if (browser["name"], row["picture"]) not in EXEMPT:
                for measured in row[twins.STAND_IN].values():
                    hold(row, twins.LIMITS[twins.STAND_IN], measured)


def test_a_browser_sees_what_python_sees(
    driver: Driver, http: str, cases: Mapping[str, twins.Case], python: twins.Python
) -> None:
    """Every picture over http; no further from Python than data.html says."""
    (published,) = (browser for browser in PUBLISHED["browsers"] if browser["name"] == driver.name)
    driver.open(http + "404.html")
    for row in published["pictures"]:
        models = (twins.STAND_IN, twins.REAL) if row["picture"] in REAL_TOO else (twins.STAND_IN,)
        found = twins.distances(driver, cases[row["picture"]], python, models)
        told = f"{driver.name} {driver.version}, {row['picture']}: {json.dumps(found)}, published {json.dumps(row)}"
        assert found["pixels"]["mean"] <= row["pixels"]["mean"] + 0.05, told
        for variant, measured in found[twins.STAND_IN].items():
            assert measured["mean"] <= 1.2 * row[twins.STAND_IN][variant]["mean"] + SLACK, told
        if twins.REAL in models:
            assert found[twins.REAL]["mean"] <= min(
                1.05 * row[twins.REAL]["mean"] + SLACK, twins.LIMITS[twins.REAL]["mean"]
            ), told


def test_a_folder_gives_the_same(
    driver: Driver, copy: Path, cases: Mapping[str, twins.Case], python: twins.Python
) -> None:
    driver.open(copy.as_uri() + "/404.html")
    for name, models in (("rocket", (twins.STAND_IN, twins.REAL)), ("p3_png", (twins.STAND_IN,))):
        found = twins.distances(driver, cases[name], python, models)
        for model in models:
            for measured in [found[model]] if model == twins.REAL else found[model].values():
                hold(found, twins.LIMITS[model], measured)


def test_what_is_no_photo_is_refused_in_a_sentence(driver: Driver, http: str) -> None:
    driver.open(http + "404.html")
    for name, (_, content, said) in awkward.refused().items():
        answer = twins.look(driver, content, None, ())
        assert answer.get("name") == "Unreadable", f"{name}: {answer}"
        assert said in answer["message"], f"{name}: {answer['message']}"


def test_of_a_picture_that_moves_the_first_frame_is_taken(driver: Driver, http: str) -> None:
    driver.open(http + "404.html")
    for name, (_, content) in awkward.moving().items():
        answer = twins.look(driver, content, None, ())
        assert answer.get("notes") == ["This picture moves; its first frame is used."], f"{name}: {answer}"
        assert (answer["width"], answer["height"]) == (100, 90)
