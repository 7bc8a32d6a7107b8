"""How far the browsers' numbers are from Python's: every picture, from its file to the attention, in each browser here.

    python -m pip install -e '.[test]' && python build.py && python benchmarks/browsers.py

opens the site's photos and the awkward pictures of tests/awkward.py in Chromium and Firefox, by the page's own engine,
prints what it finds and writes content/data/browsers.json: data.html shows it, tests/browser/test_browsers.py holds it.
About three minutes in quiet. Run it again when a model or a decoder has changed; with --only NAME ... those are
measured, and what the file says of other pictures stays, if it speaks of the same models.
"""

import argparse
import json
import platform
import sys
import tempfile
from pathlib import Path
from typing import Any

from platformdirs import user_cache_path

from explainer import mobilenet, vit_weights, weights
from explainer.config import DINOV2_VITS14, MOBILENET_V2

ROOT = Path(__file__).resolve().parents[1]


def known(results: Path, hashes: dict[str, str]) -> dict[tuple[str, str, str], Any]:
    """What was measured with the same models: rows by browser, its version, picture."""
    document = json.loads(results.read_bytes())
    if document["models"] != hashes:
        raise SystemExit(f"{results} speaks of other models; measure all pictures")
    return {
        (browser["name"], browser["version"], row["picture"]): row
        for browser in document["browsers"]
        for row in browser["pictures"]
    }


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description="Measure the browsers' numbers against Python's.")
    parser.add_argument("--site", type=Path, default=ROOT / "dist", help="the built site (default: dist)")
    parser.add_argument("--weights-dir", type=Path, help="a folder with the checkpoints")
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME", help="measure these pictures, keep the others")
    options = parser.parse_args()
    # What is measured, and how, is the tests' too.
    sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests/browser")]
    import twins
    from drivers import OPENERS, program
    from engine_pages import copy_with_engine_page, serving

    cache = user_cache_path("vision-transformers-on-real-photos", appauthor=False)
    stand_in, real = (weights.find(model, None, options.weights_dir, cache) for model in (MOBILENET_V2, DINOV2_VITS14))
    python = twins.Python(mobilenet.load_trunk(weights.load_state(stand_in)), vit_weights.load(real))
    hashes = twins.models(options.site)
    before = known(twins.RESULTS, hashes) if options.only else {}
    browsers = []
    with tempfile.TemporaryDirectory() as folder:
        pictures = twins.cases(Path(folder))
        copy = copy_with_engine_page(options.site, Path(folder) / "site", twins.SCRIPT)
        with serving(copy) as server:
            for name, opened in OPENERS.items():
                path = program(name)
                if path is None:
                    raise SystemExit(f"{name} is not on this machine; install it")
                with opened(path) as driver:
                    driver.open(server.address + "404.html")
                    rows = []
                    for case in pictures:
                        row = None if case.name in options.only else before.get((name, driver.version, case.name))
                        row = row or twins.distances(driver, case, python, (twins.STAND_IN, twins.REAL))
                        print(name, json.dumps(row, ensure_ascii=False), flush=True)
                        rows.append(row)
                    system = f"{platform.system()} {platform.machine()}"
                    summary = {"name": name, "version": driver.version, "system": system, "worst": twins.worst(rows)}
                    browsers.append(summary | {"pictures": rows})
    document = {"models": hashes, "limits": twins.LIMITS, "browsers": browsers}
    twins.RESULTS.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"wrote {twins.RESULTS}")


if __name__ == "__main__":
    main()
