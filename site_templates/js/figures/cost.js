/** The bill: what a patch size, an image size and a model width cost, and which part grows with the pairs. */

import { wireControls } from "../controls.js";
import { costOf } from "../cost.js";
import { fill, find, setAttributes } from "../elements.js";
import { PATCH_SIZES } from "../patch-grid.js";

const COUNT = new Intl.NumberFormat("en");
const DECIMALS = new Intl.NumberFormat("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 });

/**
 * @param {HTMLElement} root
 * @param {import("../main.js").Context} context
 */
export function mount(root, context) {
  const { state } = context;
  const live = find(root, "[data-spoken]");
  const remainder = find(root, "[data-remainder]");
  const bar = find(root, ".cost-bar");
  const base = Number(root.dataset.base);
  const controls = wireControls(root, context);

  const show = () => {
    const { patchSize } = state.get();
    const chosen = /** @type {HTMLInputElement} */ (find(root, "[data-width]:checked")).dataset;
    const imageSize = Number(/** @type {HTMLInputElement} */ (find(root, "[data-image-size]:checked")).value);
    const width = { depth: Number(chosen.depth), embedDim: Number(chosen.embedDim) };
    const cost = costOf(width, patchSize, imageSize);
    const { projection, head, attentionLinear, attentionPairs, mlp, total } = cost.multiplyAdds;
    const blocks = attentionLinear + attentionPairs + mlp;
    fill(root, {
      width: chosen.width ?? "",
      "patch-size": patchSize,
      "image-size": imageSize,
      tokens: COUNT.format(cost.tokens),
      pairs: COUNT.format(cost.pairs),
      parameters: COUNT.format(cost.parameters.total),
      work: giga(total),
      relative: DECIMALS.format(total / base),
      outside: giga(projection + head),
      remainder: imageSize % patchSize,
    });
    remainder.hidden = imageSize % patchSize === 0;

    let start = 0;
    for (const [part, work] of Object.entries({
      "attention-linear": attentionLinear,
      "attention-pairs": attentionPairs,
      mlp,
    })) {
      const share = (100 * work) / blocks;
      setAttributes(find(bar, `[data-part="${part}"]`), { x: `${start.toFixed(3)}%`, width: `${share.toFixed(3)}%` });
      fill(root, { [`${part}-share`]: `${share.toFixed(1)}%` });
      start += share;
    }

    for (const size of PATCH_SIZES) {
      const row = costOf(width, size, imageSize);
      fill(root, {
        [`tokens-${size}`]: COUNT.format(row.tokens),
        [`pairs-${size}`]: COUNT.format(row.pairs),
        [`work-${size}`]: giga(row.multiplyAdds.total),
        [`share-${size}`]: `${(100 * row.quadraticShare).toFixed(1)}%`,
        [`relative-${size}`]: DECIMALS.format(row.multiplyAdds.total / base),
      });
      find(root, `[data-row="${size}"]`).toggleAttribute("data-current", size === patchSize);
    }
    return `${COUNT.format(cost.tokens)} tokens, ${giga(total)} billion multiply-adds, ${DECIMALS.format(total / base)} times ViT-B/16`;
  };

  /** @param {Event} event */
  const onInput = (event) => {
    if (/** @type {Element} */ (event.target).matches("[data-width], [data-image-size]")) live.textContent = show();
  };
  root.addEventListener("input", onInput);
  const unsubscribe = state.subscribe((_, changed) => {
    if (changed.has("patchSize")) live.textContent = show();
  });
  show();
  return {
    destroy() {
      unsubscribe();
      controls.destroy();
      root.removeEventListener("input", onInput);
    },
  };
}

/** @param {number} count */
function giga(count) {
  return DECIMALS.format(count / 1e9);
}
