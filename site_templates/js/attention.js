/**
 * Self-attention's arithmetic: the tested twin of `explainer/attention.py`, in double precision. Knows no DOM.
 *
 * Shapes: N tokens, D numbers a token, d numbers a query or a key. A matrix is an array of rows.
 */

/** @typedef {ArrayLike<number>} Row */
/** @typedef {readonly Row[]} Matrix */
/** @typedef {"raw" | "layernorm" | "layernorm_position"} Variant */

/** Added to the variance, as in every ViT checkpoint. */
const LAYER_NORM_EPS = 1e-6;

/**
 * (N*D,) numbers in C order -> N rows of D.
 * @param {Row} values
 * @param {number} width D
 * @returns {Float64Array[]}
 */
export function toRows(values, width) {
  if (values.length % width !== 0) throw new RangeError(`${values.length} numbers do not make rows of ${width}.`);
  return Array.from({ length: values.length / width }, (_, row) => {
    const numbers = new Float64Array(width);
    for (let index = 0; index < width; index += 1) numbers[index] = values[row * width + index];
    return numbers;
  });
}

/**
 * (N, D) -> (N, D): each row minus its mean, over sqrt(variance + eps) (Ba, Kiros and Hinton 2016); the variance divides by D.
 * @param {Matrix} rows
 * @param {number} [eps]
 * @returns {Float64Array[]}
 */
export function layerNorm(rows, eps = LAYER_NORM_EPS) {
  return rows.map((row) => {
    const mean = sum(row) / row.length;
    const numbers = new Float64Array(row.length);
    for (let index = 0; index < row.length; index += 1) numbers[index] = row[index] - mean;
    const scale = 1 / Math.sqrt(dot(numbers, numbers) / row.length + eps);
    for (let index = 0; index < row.length; index += 1) numbers[index] *= scale;
    return numbers;
  });
}

/**
 * (N, d), (M, d) -> (N, M): q . k / sqrt(d), equation 1 of Vaswani et al. 2017 before its softmax.
 * @param {Matrix} query
 * @param {Matrix} key
 * @returns {Float64Array[]}
 */
export function logits(query, key) {
  const scale = Math.sqrt(query[0].length);
  const scores = query.map(() => new Float64Array(key.length));
  // Tokens that are their own keys are asked once for both directions.
  const same = query === key;
  for (let q = 0; q < query.length; q += 1) {
    for (let k = same ? q : 0; k < key.length; k += 1) {
      scores[q][k] = dot(query[q], key[k]) / scale;
      if (same) scores[k][q] = scores[q][k];
    }
  }
  return scores;
}

/**
 * (N,) scores -> (N,): exp(s_j / T) / sum_k exp(s_k / T), which sums to 1.
 * @param {Row} scores
 * @param {number} temperature T, above 0
 * @returns {Float64Array}
 */
export function softmaxRow(scores, temperature) {
  if (!(temperature > 0)) throw new RangeError(`The temperature must be above 0, got ${temperature}.`);
  let most = -Infinity;
  for (let index = 0; index < scores.length; index += 1) most = Math.max(most, scores[index]);
  // Subtracting the maximum changes nothing in the quotient and keeps exp from overflowing.
  const weights = Float64Array.from(scores, (score) => Math.exp((score - most) / temperature));
  const total = sum(weights);
  return weights.map((weight) => weight / total);
}

/**
 * Each row's softmax: (N, M) -> (N, M).
 * @param {Matrix} scores
 * @param {number} temperature T, above 0
 */
export function softmax(scores, temperature) {
  return scores.map((row) => softmaxRow(row, temperature));
}

/**
 * (N,) weights -> exp(-sum_j w_j ln w_j), with 0 ln 0 = 0: how many equal shares would be as spread out.
 * @param {Row} weights
 */
export function effectiveNumber(weights) {
  let entropy = 0;
  for (let index = 0; index < weights.length; index += 1) {
    if (weights[index] > 0) entropy -= weights[index] * Math.log(weights[index]);
  }
  return Math.exp(entropy);
}

/**
 * (rows*cols, dim): MAE's fixed 2-D sine-cosine code (He et al. 2022). The first half of the numbers encodes the column, the
 * second half the row; each half is sines, then cosines, of the position in cells times 10000^(-k/m), m = dim/4.
 * @param {number} rows
 * @param {number} cols
 * @param {number} dim a multiple of 4
 * @returns {Float64Array[]}
 */
export function sineCosinePositions(rows, cols, dim) {
  if (dim % 4 !== 0) throw new RangeError(`The 2-D code needs a multiple of 4 numbers, got ${dim}.`);
  const quarter = dim / 4;
  const frequencies = Float64Array.from({ length: quarter }, (_, k) => 10000 ** (-k / quarter));
  return Array.from({ length: rows * cols }, (_, token) => {
    const code = new Float64Array(dim);
    [token % cols, Math.floor(token / cols)].forEach((position, half) => {
      for (let k = 0; k < quarter; k += 1) {
        const angle = position * frequencies[k];
        code[2 * half * quarter + k] = Math.sin(angle);
        code[(2 * half + 1) * quarter + k] = Math.cos(angle);
      }
    });
    return code;
  });
}

/**
 * (N, D) features -> (N, D) tokens of a variant, which are their own queries and keys:
 * raw f_i; layernorm LN(f_i); layernorm_position LN(f_i) + alpha p_i.
 * @param {Matrix} features
 * @param {Variant} variant
 * @param {number} positionAlpha
 * @param {readonly [number, number]} grid rows, columns; N = rows * columns
 * @returns {Matrix}
 */
export function tokens(features, variant, positionAlpha, [rows, cols]) {
  if (variant === "raw") return features;
  const normalised = layerNorm(features);
  if (variant === "layernorm") return normalised;
  const positions = sineCosinePositions(rows, cols, features[0].length);
  for (const [token, row] of normalised.entries()) {
    for (let index = 0; index < row.length; index += 1) row[index] += positionAlpha * positions[token][index];
  }
  return normalised;
}

/**
 * What all rows give to one token: (N, N) -> (N,).
 * @param {Matrix} matrix
 * @param {number} index
 * @returns {Float64Array}
 */
export function column(matrix, index) {
  return Float64Array.from(matrix, (row) => row[index]);
}

/**
 * The tokens with the largest weights, largest first; equal weights in reading order.
 * @param {Row} weights
 * @param {number} count
 * @returns {{token: number, weight: number}[]}
 */
export function topK(weights, count) {
  return Array.from(weights, (weight, token) => ({ token, weight }))
    .sort((a, b) => b.weight - a.weight || a.token - b.token)
    .slice(0, count);
}

/**
 * The weight on the up to eight cells that touch a token's cell.
 * @param {Row} weights (N,), reading order
 * @param {number} token
 * @param {number} cols
 */
export function neighbourShare(weights, token, cols) {
  const [row, col] = [Math.floor(token / cols), token % cols];
  let share = 0;
  for (let index = 0; index < weights.length; index += 1) {
    const [down, across] = [Math.abs(Math.floor(index / cols) - row), Math.abs((index % cols) - col)];
    if (Math.max(down, across) === 1) share += weights[index];
  }
  return share;
}

/**
 * @param {Row} a
 * @param {Row} b
 */
function dot(a, b) {
  let total = 0;
  for (let index = 0; index < a.length; index += 1) total += a[index] * b[index];
  return total;
}

/** @param {Row} values */
function sum(values) {
  let total = 0;
  for (let index = 0; index < values.length; index += 1) total += values[index];
  return total;
}
