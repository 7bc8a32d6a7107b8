"""What a reader's browser keeps: the service worker, with the list of every file of this build.

The list is made last, when all other files are known, and stands in `sw.js` itself: a new build has another `sw.js`, by
which a browser hears of it, and takes over from the old one only as a whole.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from explainer.assets import FAVICON, Assets
from explainer.manifest import FileRef, Manifest
from explainer.output import MARKER, Outputs

SCRIPT = "sw.js"
"""At the site's root, as a service worker sees nothing above its own folder."""
ID_DIGITS = 16


def publish(outputs: Outputs, manifest: Manifest, assets: Assets) -> None:
    """`sw.js` onto the site: the list of all that is there, and the bundled service worker."""
    listed = site_list(outputs.refs, group_of(manifest, assets))
    outputs.add(SCRIPT, b'"use strict";self.explainerSite=' + _dumps(listed) + b";\n" + assets.service_worker)


def group_of(manifest: Manifest, assets: Assets) -> dict[str, str]:
    """Path -> its group in the list, for files in a group other than `files`; pages and fonts are not named here.

    `shell`: what every page loads. `live`: what the engine fetches, checks and keeps by itself. `downloads`: what pages
    only link to.
    """
    every = (assets.script, assets.figures, assets.stylesheet, assets.offline, f"assets/{FAVICON.name}")
    live = (assets.live.worker, manifest.live.runtime, *manifest.live.models.values())
    return {
        **dict.fromkeys(every, "shell"),
        **{file.file.path: "live" for file in live},
        **{model.onnx.path: "downloads" for model in manifest.models if model.onnx},
    }


def site_list(refs: Mapping[str, FileRef], groups: Mapping[str, str]) -> dict[str, Any]:
    """Every published file -> `{group: {path: [bytes, version]}}`, with `id`, the build's own: a hash of the rest.

    Twins are not in it, as nobody asks for them over http.
    """
    listed: dict[str, dict[str, list[Any]]] = {"shell": {}, "files": {}, "live": {}, "downloads": {}}
    for path, ref in sorted(refs.items()):
        if path != MARKER:
            group = "shell" if path.endswith((".html", ".woff2")) else groups.get(path, "files")
            listed[group][path] = [ref.bytes, ref.version]
    return {"id": hashlib.sha256(_dumps(listed)).hexdigest()[:ID_DIGITS]} | listed


def _dumps(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
