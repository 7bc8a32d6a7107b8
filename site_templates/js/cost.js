/**
 * The Vision Transformer's arithmetic, twin of `explainer/cost.py` and held to its numbers by a test. One multiply-add counts
 * once; matrix products count, biases, norms and activations do not. Knows no DOM.
 *
 * @typedef {{depth: number, embedDim: number}} Width
 * @typedef {object} Cost
 * @property {number} patchSize px
 * @property {number} imageSize px
 * @property {number} gridSize patches a side
 * @property {number} tokens patches and CLS
 * @property {number} pairs tokens squared
 * @property {number} vectorLength numbers in one flattened patch
 * @property {{projection: number, clsToken: number, positions: number, encoder: number, finalNorm: number, head: number, total: number}} parameters
 * @property {{projection: number, attentionLinear: number, attentionPairs: number, mlp: number, head: number, total: number}} multiplyAdds
 * @property {number} quadraticShare of the encoder blocks' work, 0 to 1
 */

const CHANNELS = 3;
const CLASSES = 1000;
const MLP_RATIO = 4;

/**
 * What one image costs: patch size P px and image size S px, S >= P, give (S // P)^2 + 1 tokens.
 * @param {Width} width
 * @param {number} patchSize
 * @param {number} imageSize
 * @returns {Cost}
 */
export function costOf({ depth, embedDim: dim }, patchSize, imageSize) {
  const gridSize = Math.floor(imageSize / patchSize);
  const patches = gridSize ** 2;
  const tokens = patches + 1;
  const vectorLength = CHANNELS * patchSize ** 2;
  const hidden = MLP_RATIO * dim;
  const norm = 2 * dim;
  const block = 2 * norm + 4 * (dim * dim + dim) + (dim * hidden + hidden) + (hidden * dim + dim);
  const parameters = {
    projection: vectorLength * dim + dim,
    clsToken: dim,
    positions: tokens * dim,
    encoder: depth * block,
    finalNorm: norm,
    head: dim * CLASSES + CLASSES,
  };
  const multiplyAdds = {
    projection: patches * vectorLength * dim,
    attentionLinear: depth * 4 * tokens * dim * dim,
    attentionPairs: depth * 2 * tokens * tokens * dim,
    mlp: depth * 2 * tokens * dim * hidden,
    head: dim * CLASSES,
  };
  const { attentionLinear, attentionPairs, mlp } = multiplyAdds;
  return {
    patchSize,
    imageSize,
    gridSize,
    tokens,
    pairs: tokens * tokens,
    vectorLength,
    parameters: { ...parameters, total: sum(parameters) },
    multiplyAdds: { ...multiplyAdds, total: sum(multiplyAdds) },
    quadraticShare: attentionPairs / (attentionLinear + attentionPairs + mlp),
  };
}

/** @param {Record<string, number>} parts */
function sum(parts) {
  return Object.values(parts).reduce((total, part) => total + part, 0);
}
