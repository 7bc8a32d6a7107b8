"""What the prose says of places in our photos without a measured fact, worked out anew from the published files."""

import re
from pathlib import Path
from urllib.parse import parse_qs

import numpy as np
import pytest
from published_files import open_pack, read

ROOT = Path(__file__).resolve().parents[1]
PROSE = sorted((ROOT / "content").rglob("*.md"))
SIDE = 16

LIKE_THINGS = {
    "rocket": ((21, 203), 6, [(46, 207), (135, 207), (172, 206)]),
    "astronaut": ((63, 161), 10, [(132, 157)]),
}
"""Photo -> the point on one thing, px of the crop; the 0-based layer; points on the others of its kind, by eye."""


def links() -> list[dict[str, str]]:
    """The states that links of the prose hold, field by field; facts stay as they are written."""
    found = []
    for file in PROSE:
        for query in re.findall(r"\]\(#figure-[\w-]+\?([^)]+)\)", file.read_text(encoding="utf-8")):
            found.append({name: values[0] for name, values in parse_qs(query, keep_blank_values=True).items()})
    return found


def patch_at(x: int, y: int) -> int:
    return SIDE * (y // 14) + x // 14


def asked(site: Path, photo: str, layer: int, patch: int) -> np.ndarray:
    """(256,): what a patch attends to, mean over heads, from the published queries and keys."""
    header, stored = open_pack((site / f"data/photos/{photo}/dinov2_vits14_layer_{layer + 1:02d}.bin").read_bytes())
    query, key = (stored * header["scale"]).astype(np.float64).transpose(0, 1, 3, 2)
    raised = np.exp(np.einsum("hd,hjd->hj", query[:, 1 + patch], key) / 8)
    return np.asarray((raised / raised.sum(axis=1, keepdims=True)).mean(axis=0)[1:])


def test_links_name_no_layer_or_head_that_nobody_checks() -> None:
    """A layer and a head come from a fact (`{{..._view}}`), or the photo is one of LIKE_THINGS."""
    by_hand = [link for link in links() if "layer" in link or "head" in link]
    assert {link["photo"] for link in by_hand} == set(LIKE_THINGS)
    for link in by_hand:
        at, layer, _ = LIKE_THINGS[link["photo"]]
        assert (link["at"], link["layer"]) == (f"{at[0]},{at[1]}", str(layer)) and "head" not in link


@pytest.mark.parametrize("photo", LIKE_THINGS)
def test_a_thing_finds_the_others_of_its_kind(site: Path, photo: str) -> None:
    """They are the strongest answers of all that is not beside the patch that asks."""
    at, layer, others = LIKE_THINGS[photo]
    here = patch_at(*at)
    weights = asked(site, photo, layer, here)
    row, col = np.divmod(np.arange(SIDE * SIDE), SIDE)
    apart = np.maximum(np.abs(row - row[here]), np.abs(col - col[here]))
    strongest = [int(patch) for patch in np.argsort(-weights) if apart[patch] > 1][: len(others)]
    assert sorted(strongest) == sorted(patch_at(*other) for other in others)
    assert min(weights[strongest]) * 257 > 10  # even shares


def test_points_of_links_lie_where_the_prose_says(site: Path) -> None:
    facts = read(site, "data/manifest.json")["facts"]
    points = {"{{dinov2_late_view}}": "other", "{{dinov2_crowd_view}}": "crowd"}
    seen = set()
    for link in links():
        (name,) = [name for name in link if name.startswith("{{")] or [""]
        if name in points and "at" in link:
            row, col = divmod(patch_at(*map(int, link["at"].split(","))), SIDE)
            place = points[name]
            assert facts[f"dinov2_{place}_row"] == str(row + 1) and facts[f"dinov2_{place}_column"] == str(col + 1)
            seen.add(name)
    assert seen == set(points)


def test_the_storys_layer_is_the_one_where_the_eye_finds_the_other(site: Path) -> None:
    """And its halves are as the prose tells them: most late heads find it, fewer early ones do."""
    facts = read(site, "data/manifest.json")["facts"]
    script = (ROOT / "site_templates/js/state.js").read_text(encoding="utf-8")
    told = re.search(
        r"Layer (\d+): .* its most, (\d\.\d+) in the heads' mean\. \*/\nconst CLEAREST_LAYER = (\d+);", script
    )
    assert told
    assert told.groups() == (facts["dinov2_other_layer"], facts["dinov2_other_weight"], str(int(told[1]) - 1))
    early, late, half = (int(facts[f"dinov2_{name}_count"]) for name in ("early", "late", "half"))
    assert early < late and late > half / 2
    assert facts["dinov2_early_layer"] == "1"  # "before any token has heard from another"
