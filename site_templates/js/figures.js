/**
 * All figures but those of the story's first screen: a script of its own, which the page adds when its reader begins to read.
 */

import * as attention from "./figures/attention.js";
import * as attentionDistance from "./figures/attention-distance.js";
import * as attentionMatrix from "./figures/attention-matrix.js";
import * as classify from "./figures/classify.js";
import * as clsStandIn from "./figures/cls-stand-in.js";
import * as cost from "./figures/cost.js";
import * as encoderBlock from "./figures/encoder-block.js";
import * as headMap from "./figures/head-map.js";
import * as headWall from "./figures/head-wall.js";
import * as liveFigure from "./figures/live-figure.js";
import * as patchFilters from "./figures/patch-filters.js";
import * as patchGrid from "./figures/patch-grid.js";
import * as patchInspector from "./figures/patch-inspector.js";
import * as positionMap from "./figures/position-map.js";
import * as positionTable from "./figures/position-table.js";
import * as positionsOff from "./figures/positions-off.js";
import * as recipe from "./figures/recipe.js";
import * as rollout from "./figures/rollout.js";
import * as shuffle from "./figures/shuffle.js";
import * as standInOrReal from "./figures/stand-in-or-real.js";
import * as tokenNorms from "./figures/token-norms.js";
import * as tokenSequence from "./figures/token-sequence.js";

/** @type {import("./mounting.js").Figures} */
const figures = {
  "patch-grid": patchGrid,
  "patch-inspector": patchInspector,
  "token-sequence": tokenSequence,
  "patch-filters": patchFilters,
  "position-map": positionMap,
  "position-table": positionTable,
  "positions-off": positionsOff,
  shuffle,
  "cls-stand-in": clsStandIn,
  attention,
  "attention-matrix": attentionMatrix,
  "encoder-block": encoderBlock,
  recipe,
  rollout,
  "token-norms": tokenNorms,
  "attention-distance": attentionDistance,
  classify,
  cost,
  "head-map": headMap,
  "head-wall": headWall,
  "stand-in-or-real": standInOrReal,
  "what-if": liveFigure,
  occlusion: liveFigure,
  "check-us": liveFigure,
};

Object.assign(globalThis, { explainerFigures: figures });
