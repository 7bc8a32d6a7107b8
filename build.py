"""Builds the site: `python build.py` (`--help` lists the options).

First gather everything, then write: a mistake anywhere stops the build before `dist/` is touched.
"""

import sys
from pathlib import Path

from explainer import (
    cli,
    content,
    live_publish,
    output,
    photos,
    publish,
    render,
    stages,
    vit_found,
    vit_publish,
    vit_stages,
)
from explainer.cache import Cache
from explainer.config import SiteConfig
from explainer.output import Outputs
from explainer.progress import Progress

ROOT = Path(__file__).resolve().parent


def build(config: SiteConfig, progress: Progress) -> None:
    """One build, start to finish. Raises BuildError with a line for each thing that the maintainer can mend."""
    # Refuses a dangerous folder now rather than after minutes of work, and mends what a killed build left behind.
    output.prepare(config)
    outputs, cache = Outputs(), Cache(config.cache_dir / "results", fresh=config.force)
    # What people supply comes first: the photos are all read and checked before any model runs.
    with progress.stage("photos"):
        originals = photos.load_photos(config.photos)
    with progress.fetching("weights") as fetched:
        stand_in = stages.find_stand_in(config, fetched)
        real, missing = vit_found.find_real(config, fetched)

    # The expensive part, photo by photo, so that sixty need no more memory than six. Mostly it is in the cache.
    with progress.each("features", originals) as one_by_one:
        results = [stages.compute_photo(photo, stand_in, config, cache) for photo in one_by_one]
    with progress.each("attention", results) as one_by_one:
        attended = [[vit_stages.compute_photo(result, vit, config, cache) for vit in real] for result in one_by_one]
    with progress.stage("models"):
        export = stages.export_model(results, stand_in, config, cache)
        vits = vit_stages.compute_models(results, attended, real, config, cache)

    # From here on pages see files and facts, never a tensor: the manifest is all that Python and JavaScript share.
    with progress.stage("manifest"):
        entries = [publish.photo(*both, outputs) for both in zip(results, attended, strict=True)]
        models = [publish.model(export, stand_in, outputs), *vit_publish.models(vits, missing, outputs)]
        facts = stages.measure_facts(results, export, config, cache) | vit_stages.measure_facts(vits, config, cache)
        runtime = live_publish.runtime(config, outputs, cache)
        manifest = publish.assemble(entries, models, runtime, facts, config, outputs)
        artifacts = publish.data(manifest, config, outputs)
        views = publish.first_views(results[0], vits, entries[0], config, outputs)

    # Prose quotes the facts just measured, so it is read after them; a number that nobody measured is an error.
    with progress.stage("prose"):
        available = publish.figure_names(config), publish.build(manifest, config)
        site = content.load_site(config.content, manifest.facts, *available)
    with progress.stage("assets"):
        assets = publish.bundle(site, config, outputs, cache)
    with progress.stage("pages"):
        templates = (config.templates, config.cache_dir / "templates", config.site_path)
        pages = render.render(site, manifest, views, assets, artifacts, *templates)
        publish.pages(pages, manifest, assets, outputs)

    # Everything is gathered and its links hold: the new site takes the old one's place in one step.
    with progress.stage("write"):
        outputs.write(config.out)
    progress.summary(config.out, len(entries), manifest.models, [absent.line for absent in missing])


if __name__ == "__main__":
    sys.exit(cli.main(build, ROOT))
