/**
 * A real ViT's run on a photo -> the files that the build publishes of it: the tested twin of `photo_files` and
 * `photo_document` in `explainer/vit_artifacts.py`. Knows no DOM.
 *
 * L layers, H heads, N tokens (CLS first, then the patches row by row), d numbers a query or a key, D a token.
 */

import { relativeLengths } from "../real-measures.js";
import { agreement } from "./agreement.js";
import { rounded, roundedTable, toSteps } from "./digits.js";
import { clsRow, distances, layerMaps, meanDistance, meanTotalVariation, measure } from "./layer-maps.js";
import { layerPack } from "./layer-pack.js";
import { clsRollout, fuse, withSelf } from "./rollout.js";

/** Step of published weights. */
const WEIGHT_STEP = 2 ** -15;

/** @typedef {import("../tensor.js").Tensor} Tensor */
/** @typedef {ArrayLike<number>} Row */
/** @typedef {Record<string, any>} Files JSON values, and tensors */
/**
 * @typedef {object} Run what the model gave for one photo, all in C order
 * @property {Float32Array} tokens (N, D): after the final LayerNorm
 * @property {Float32Array} q (L, H, N, d)
 * @property {Float32Array} k (L, H, N, d)
 * @property {Float32Array} norms (L, N): each token's length as each block leaves it
 */
/**
 * @typedef {object} RealIdentity what the documents of all photos have in common
 * @property {Record<string, any> & {model: string, grid: [number, number], patch_size: number, layers: number, heads: number,
 *   head_dim: number}} head how each begins
 * @property {{rule: string, ratio: number}} long
 * @property {{rule: string, ratio: number}} sinks
 * @property {import("../real-measures.js").Recipe[]} rollout
 * @property {number[]} plainLayers counted from 1: published of the run without positions too
 * @property {Record<string, any> & {grid: [number, number]}} agreement how it begins
 */

/**
 * Any published document -> what it shares with every other: texts and constants have their one home in the build.
 * @param {any} published
 * @returns {RealIdentity}
 */
export function realIdentity(published) {
  const { photo: _photo, measures: _measures, token_norms: _norms, received: _received, ...rest } = published;
  const { artefacts, rollout, positions_off, agreement: agreed, ...head } = rest;
  const { definition, variant, temperature, grid } = agreed;
  const { long, sinks } = artefacts;
  return {
    head,
    long: { rule: long.rule, ratio: long.ratio },
    sinks: { rule: sinks.rule, ratio: sinks.ratio },
    rollout,
    plainLayers: positions_off.layers,
    agreement: { definition, variant, temperature, grid },
  };
}

/**
 * What the wall of maps needs, in a few ms: CLS's row of every layer and head, (L, H, N).
 * @param {Run} run
 * @param {RealIdentity} identity
 * @returns {Tensor}
 */
export function clsRows(run, identity) {
  const { model, layers, heads } = identity.head;
  const shape = shapeOf(run, identity);
  const rows = Array.from({ length: layers }, (_, layer) => clsRow(...layerOf(run, layer, shape), shape));
  return weights(`${model}_cls`, [layers, heads, shape.tokens], rows);
}

/**
 * The photo's files by the names under which the manifest lists them: the document, and tensors as their packs are read. One
 * step takes some tens of ms and yields how far the work has come, and the files that are made; whoever drives it may stop
 * after any. What maps are drawn from is made first, long before what is measured on them.
 * @param {string} photo id
 * @param {Run} run
 * @param {RealIdentity} identity
 * @param {object} more
 * @param {Run | null} [more.plain] the run without positions; without one, what rests on it is left out
 * @param {readonly Row[]} more.standIn (49, 49): the stand-in's weights that the identity's agreement speaks of
 * @returns {Generator<{done: number, of: number, files: Files}, Files, void>} returns all of them
 */
export function* realFiles(photo, run, identity, { plain = null, standIn }) {
  const { model, grid, patch_size, layers } = identity.head;
  const shape = shapeOf(run, identity);
  const between = distances(grid, patch_size);
  const of = layers * (plain ? 4 : 3) + identity.rollout.length;
  let done = 0;
  /** @type {Files} */
  const files = { [`${model}_cls`]: clsRows(run, identity) };
  const packs = Array.from({ length: layers }, (_, layer) => fileName(model, "layer", layer));
  for (const [layer, name] of packs.entries()) {
    files[name] = layerPack(name, ...layerOf(run, layer, shape), shape);
    yield { done: (done += 1), of, files };
  }
  /** @type {ReturnType<typeof measure>[]} */
  const measured = [];
  /** @type {import("./agreement.js").Agreement[]} */
  const agreed = [];
  /** @type {{moved: Float64Array, distance: Float64Array}[]} */
  const without = [];
  /** @type {Float64Array[][]} */
  const flows = identity.rollout.map(() => []);
  /** @type {Float64Array[]} */
  let [maps, other] = [];
  for (let layer = 0; layer < layers; layer += 1) {
    maps = layerMaps(...layerOf(run, layer, shape), shape, maps);
    measured.push(measure(maps, shape.tokens, between));
    yield { done: (done += 1), of, files };
    agreed.push(agreement(files[packs[layer]], standIn, grid, identity.agreement.grid));
    const matrices = new Map(identity.rollout.map(({ fusion }) => [fusion, fuse(maps, shape.heads, fusion)]));
    identity.rollout.forEach(({ fusion, discard }, index) => {
      flows[index].push(withSelf(/** @type {Float64Array} */ (matrices.get(fusion)), shape.tokens, discard));
    });
    yield { done: (done += 1), of, files };
    if (!plain) continue;
    other = layerMaps(...layerOf(plain, layer, shape), shape, other);
    without.push({ moved: meanTotalVariation(maps, other, shape.tokens), distance: meanDistance(other, shape.tokens, between) });
    yield { done: (done += 1), of, files };
  }
  /** @type {Float64Array[]} */
  const steps = [];
  for (const flow of flows) {
    steps.push(clsRollout(flow.splice(0), shape.tokens));
    yield { done: (done += 1), of, files };
  }
  files[`${model}_rollout`] = weights(`${model}_rollout`, [steps.length, layers, shape.tokens], steps);
  if (plain) {
    files[`${model}_no_positions_cls`] = { ...clsRows(plain, identity), name: `${model}_no_positions_cls` };
    for (const number of identity.plainLayers) {
      const name = fileName(model, "no_positions_layer", number - 1);
      files[name] = layerPack(name, ...layerOf(plain, number - 1, shape), shape);
    }
  }
  files[model] = {
    photo,
    ...identity.head,
    ...measures(measured, run, identity),
    ...(plain ? { positions_off: positionsOff(run, plain, without, identity) } : {}),
    agreement: { ...identity.agreement, ...agreementLists(agreed) },
  };
  return files;
}

/**
 * @param {ReturnType<typeof measure>[]} measured of each layer
 * @param {Run} run
 * @param {RealIdentity} identity
 */
function measures(measured, run, { head, long, sinks, rollout }) {
  const tokens = run.norms.length / head.layers;
  const names = /** @type {(keyof typeof measured[0]["perHead"])[]} */ (Object.keys(measured[0].perHead));
  const lists = names.map((name) => [name, measured.map(({ perHead }) => Array.from(perHead[name], (value) => rounded(value)))]);
  const lengths = relativeLengths(run.norms.subarray((head.layers - 1) * tokens));
  const crowded = measured.flatMap(({ received }, layer) =>
    Array.from(received, (share, token) => ({ layer, token, received: share })).filter(
      (spot) => spot.token > 0 && spot.received > sinks.ratio,
    ),
  );
  return {
    measures: Object.fromEntries(lists),
    token_norms: roundedTable(run.norms, tokens),
    received: measured.map(({ received }) => Array.from(received, (share) => rounded(share))),
    artefacts: {
      long: {
        ...long,
        greatest: rounded(lengths.reduce((one, other) => Math.max(one, other))),
        tokens: Array.from(lengths.keys(), (patch) => patch + 1).filter((token) => lengths[token - 1] > long.ratio),
      },
      sinks: {
        ...sinks,
        tokens: crowded
          .sort((one, other) => other.received - one.received)
          .map((spot) => ({ ...spot, received: rounded(spot.received) })),
      },
    },
    rollout,
  };
}

/**
 * @param {Run} run
 * @param {Run} plain
 * @param {{moved: Float64Array, distance: Float64Array}[]} without of each layer
 * @param {RealIdentity} identity
 */
function positionsOff(run, plain, without, { head, plainLayers }) {
  const tokens = run.norms.length / head.layers;
  const width = run.tokens.length / tokens;
  const same = Array.from({ length: tokens }, (_, token) => cosine(run.tokens, plain.tokens, token * width, width));
  return {
    cls_cosine: rounded(same[0]),
    patch_cosine: rounded(same.slice(1).reduce((sum, value) => sum + value, 0) / (tokens - 1)),
    total_variation: without.map(({ moved }) => Array.from(moved, (value) => rounded(value))),
    mean_distance: without.map(({ distance }) => Array.from(distance, (value) => rounded(value))),
    layers: plainLayers,
  };
}

/** @param {import("./agreement.js").Agreement[]} agreed of each layer */
function agreementLists(agreed) {
  return {
    overlap: agreed.map((layer) => layer.overlap),
    other_overlap: agreed.map((layer) => layer.other_overlap),
    spearman: agreed.map((layer) => layer.spearman),
    other_spearman: agreed.map((layer) => layer.other_spearman),
    shuffled_overlap: agreed.map((layer) => layer.shuffled_overlap),
  };
}

/**
 * @param {Run} run
 * @param {RealIdentity} identity
 * @returns {import("./layer-maps.js").Shape}
 */
function shapeOf(run, { head }) {
  const tokens = 1 + head.grid[0] * head.grid[1];
  const expected = head.layers * head.heads * tokens * head.head_dim;
  if (run.q.length !== expected || run.k.length !== expected || run.norms.length !== head.layers * tokens) {
    const got = [run.q, run.k, run.norms].map((part) => part.length).join(", ");
    throw new RangeError(`${head.model}: got ${got} numbers when ${expected}, ${expected}, ${head.layers * tokens} were expected.`);
  }
  return { heads: head.heads, tokens, width: head.head_dim };
}

/**
 * @param {Run} run
 * @param {number} layer 0-based
 * @param {import("./layer-maps.js").Shape} shape
 * @returns {[Float32Array, Float32Array]} queries and keys (H, N, d)
 */
function layerOf(run, layer, { heads, tokens, width }) {
  const size = heads * tokens * width;
  const [start, end] = [layer * size, (layer + 1) * size];
  return [run.q.subarray(start, end), run.k.subarray(start, end)];
}

/** Files carry the layer as people count it. @param {string} model @param {string} part @param {number} layer 0-based */
function fileName(model, part, layer) {
  return `${model}_${part}_${String(layer + 1).padStart(2, "0")}`;
}

/**
 * @param {string} name
 * @param {number[]} shape
 * @param {Float64Array[]} parts
 * @returns {Tensor}
 */
function weights(name, shape, parts) {
  const values = new Float64Array(parts.length * parts[0].length);
  parts.forEach((part, index) => values.set(part, index * part.length));
  return { name, shape, data: toSteps(values, WEIGHT_STEP) };
}

/** @param {Float32Array} one @param {Float32Array} other @param {number} start @param {number} width */
function cosine(one, other, start, width) {
  let [product, square, otherSquare] = [0, 0, 0];
  for (let index = start; index < start + width; index += 1) {
    product += one[index] * other[index];
    square += one[index] ** 2;
    otherSquare += other[index] ** 2;
  }
  return product / Math.sqrt(square * otherSquare);
}
