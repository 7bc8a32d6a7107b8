import assert from "node:assert/strict";
import { test } from "node:test";

import { paintWeights } from "../../site_templates/js/heatmap.js";

test("weights become opaque pixels in reading order, by the map's colours", () => {
  const asked = [];
  const colormap = {
    color: (weight, maximum) => {
      asked.push([weight, maximum]);
      return [10 * weight, 20 * weight, 30 * weight];
    },
    css: () => "",
  };
  const bytes = paintWeights([1, 2], 0.5, colormap);
  assert.deepEqual([...bytes], [10, 20, 30, 255, 20, 40, 60, 255]);
  assert.deepEqual(asked, [[1, 0.5], [2, 0.5]]); // prettier-ignore
});
