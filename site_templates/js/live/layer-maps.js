/**
 * The maps of one layer of a real ViT, all queries of all heads, and what is measured on them: part of the tested twin of
 * `explainer/vit_attention.py` and `measure` in `explainer/vit_measures.py`. Knows no DOM.
 *
 * H heads, N tokens (CLS first, then the patches row by row), d numbers a query or a key.
 */

/** @typedef {ArrayLike<number>} Row */
/** @typedef {{heads: number, tokens: number, width: number}} Shape H, N, d */

/**
 * softmax(q . k / sqrt(d)) of every query: (H, N, N), row = query.
 * @param {Float32Array} query (H, N, d)
 * @param {Float32Array} key (H, N, d)
 * @param {Shape} shape
 * @param {Float64Array} [maps] what held another layer's, to be written over: 3 MB need not be made and dropped each time
 * @returns {Float64Array}
 */
export function layerMaps(query, key, shape, maps = new Float64Array(shape.heads * shape.tokens ** 2)) {
  const { heads, tokens } = shape;
  for (let head = 0; head < heads; head += 1) {
    const keys = headOf(key, head, shape);
    const queries = headOf(query, head, shape);
    for (let token = 0; token < tokens; token += 1) {
      weighRow(queries, token, keys, shape, maps, (head * tokens + token) * tokens);
    }
  }
  return maps;
}

/**
 * CLS's row of every head: (H, N).
 * @param {Float32Array} query (H, N, d)
 * @param {Float32Array} key (H, N, d)
 * @param {Shape} shape
 * @returns {Float64Array}
 */
export function clsRow(query, key, shape) {
  const rows = new Float64Array(shape.heads * shape.tokens);
  for (let head = 0; head < shape.heads; head += 1) {
    weighRow(headOf(query, head, shape), 0, headOf(key, head, shape), shape, rows, head * shape.tokens);
  }
  return rows;
}

/**
 * Five measures of each head's map, means over the patches asked, (H,) each; and what each token receives.
 * @param {Float64Array} maps (H, N, N)
 * @param {number} tokens N
 * @param {Float64Array} between (N - 1, N - 1): px between the patches' centres
 */
export function measure(maps, tokens, between) {
  const heads = maps.length / (tokens * tokens);
  const of = () => new Float64Array(heads);
  const perHead = { mean_distance: of(), effective_number: of(), cls_effective_number: of(), cls_share: of(), self_share: of() };
  const received = new Float64Array(tokens);
  const patches = tokens - 1;
  for (let head = 0; head < heads; head += 1) {
    for (let token = 0; token < tokens; token += 1) {
      const row = maps.subarray((head * tokens + token) * tokens, (head * tokens + token + 1) * tokens);
      let entropy = 0;
      for (let index = 0; index < tokens; index += 1) {
        // An even share is 1/N: the mean over heads and queries, times N.
        received[index] += row[index] / heads;
        if (row[index] > 0) entropy -= row[index] * Math.log(row[index]);
      }
      if (token === 0) {
        perHead.cls_effective_number[head] = Math.exp(entropy);
        continue;
      }
      perHead.effective_number[head] += Math.exp(entropy) / patches;
      perHead.cls_share[head] += row[0] / patches;
      perHead.self_share[head] += row[token] / patches;
      perHead.mean_distance[head] += distanceOf(row, token, between) / patches;
    }
  }
  return { perHead, received };
}

/**
 * How far each head's patches look: (H,) px. Dosovitskiy et al. 2020, figure 7: CLS, which is nowhere, is left out.
 * @param {Float64Array} maps (H, N, N)
 * @param {number} tokens N
 * @param {Float64Array} between (N - 1, N - 1): px
 * @returns {Float64Array}
 */
export function meanDistance(maps, tokens, between) {
  return Float64Array.from({ length: maps.length / (tokens * tokens) }, (_, head) => {
    let sum = 0;
    for (let token = 1; token < tokens; token += 1) {
      const start = (head * tokens + token) * tokens;
      sum += distanceOf(maps.subarray(start, start + tokens), token, between);
    }
    return sum / (tokens - 1);
  });
}

/**
 * px of the crop between the centres of every two patches.
 * @param {readonly [number, number]} grid rows, columns
 * @param {number} patchSize px
 * @returns {Float64Array} (rows*cols, rows*cols)
 */
export function distances([rows, cols], patchSize) {
  const count = rows * cols;
  return Float64Array.from({ length: count * count }, (_, pair) => {
    const [one, other] = [Math.floor(pair / count), pair % count];
    const [down, across] = [Math.floor(one / cols) - Math.floor(other / cols), (one % cols) - (other % cols)];
    return patchSize * Math.hypot(down, across);
  });
}

/**
 * Total variation of two layers' maps, mean over all queries of each head: (H,).
 * @param {Float64Array} one (H, N, N)
 * @param {Float64Array} other (H, N, N)
 * @param {number} tokens N
 * @returns {Float64Array}
 */
export function meanTotalVariation(one, other, tokens) {
  const size = tokens * tokens;
  return Float64Array.from({ length: one.length / size }, (_, head) => {
    let sum = 0;
    for (let index = head * size; index < (head + 1) * size; index += 1) sum += Math.abs(one[index] - other[index]);
    return sum / 2 / tokens;
  });
}

/**
 * One patch's mean distance to what it looks at, its row made whole without CLS.
 * @param {Float64Array} row (N,)
 * @param {number} token from 1
 * @param {Float64Array} between (N - 1, N - 1)
 */
function distanceOf(row, token, between) {
  const start = (token - 1) * (row.length - 1) - 1;
  let [sum, whole] = [0, 0];
  for (let index = 1; index < row.length; index += 1) {
    sum += row[index] * between[start + index];
    whole += row[index];
  }
  return sum / whole;
}

/**
 * One head's queries or keys, in double precision: each number is used once for every token, and widened only once.
 * @param {Float32Array} layer (H, N, d)
 * @param {number} head
 * @param {Shape} shape
 * @returns {Float64Array} (N, d)
 */
function headOf(layer, head, { tokens, width }) {
  return new Float64Array(layer.subarray(head * tokens * width, (head + 1) * tokens * width));
}

/**
 * One query's weights on every key of its head.
 * @param {Float64Array} queries (N, d)
 * @param {number} token
 * @param {Float64Array} keys (N, d)
 * @param {Shape} shape
 * @param {Float64Array} weights written
 * @param {number} to where its row begins
 */
function weighRow(queries, token, keys, { tokens, width }, weights, to) {
  const scale = 1 / Math.sqrt(width);
  const from = token * width;
  let other = 0;
  // Four keys at a time: each number of the query is read a quarter as often.
  for (; other + 4 <= tokens; other += 4) {
    const [one, two, three, four] = [other * width, (other + 1) * width, (other + 2) * width, (other + 3) * width];
    let [a, b, c, d] = [0, 0, 0, 0];
    for (let index = 0; index < width; index += 1) {
      const number = queries[from + index];
      a += number * keys[one + index];
      b += number * keys[two + index];
      c += number * keys[three + index];
      d += number * keys[four + index];
    }
    weights[to + other] = a * scale;
    weights[to + other + 1] = b * scale;
    weights[to + other + 2] = c * scale;
    weights[to + other + 3] = d * scale;
  }
  for (; other < tokens; other += 1) {
    let sum = 0;
    for (let index = 0; index < width; index += 1) sum += queries[from + index] * keys[other * width + index];
    weights[to + other] = sum * scale;
  }
  soften(weights, to, to + tokens);
}

/**
 * A row's scores become weights that sum to 1.
 * @param {Float64Array} row
 * @param {number} start
 * @param {number} end
 */
function soften(row, start, end) {
  let most = -Infinity;
  for (let index = start; index < end; index += 1) if (row[index] > most) most = row[index];
  let total = 0;
  for (let index = start; index < end; index += 1) {
    row[index] = Math.exp(row[index] - most);
    total += row[index];
  }
  for (let index = start; index < end; index += 1) row[index] /= total;
}
