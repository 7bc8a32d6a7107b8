/** A page with the site's loader and live part, and nothing else: what test_engine.py puts in the place of main.js. */

import { createLive } from "../../site_templates/js/live-stub.js";
import { createLoader } from "../../site_templates/js/loader.js";
import { parseManifest } from "../../site_templates/js/manifest.js";

const manifest = parseManifest(document.getElementById("manifest").textContent);
const loader = createLoader();
const live = createLive({ manifest, loader });

Object.assign(globalThis, { manifest, loader, live, kept: {} });
