/**
 * The real ViT's attention, from its published packs: rows and columns of every head. With map-agreement.js the tested twin of
 * `explainer/vit_attention.py`. Knows no DOM.
 *
 * H heads, d numbers a query or a key, N tokens: token 0 is CLS, token 1 + cols*row + col a patch.
 */

/** @typedef {import("./tensor.js").Tensor} Tensor */
/** @typedef {ArrayLike<number>} Row */
/**
 * @typedef {object} Layer one layer's queries and keys, channel-major, so that one query's scores are sums of whole rows
 * @property {number} heads H
 * @property {number} width d
 * @property {number} tokens N
 * @property {Float32Array} query (H, d, N)
 * @property {Float32Array} key (H, d, N)
 * @property {Float64Array | null} totals (H, N): log of each query's sum of exp(score), once something has needed it
 */

/** The name under which a photo's files list CLS's rows in every layer and head: a pack (L, H, N). */
const CLS_FILE = "dinov2_vits14_cls";

/** The name under which a photo's files list its layers: 0-based layer -> `dinov2_vits14_layer_01`. @param {number} layer */
export function layerFile(layer) {
  return `dinov2_vits14_layer_${String(layer + 1).padStart(2, "0")}`;
}

/** @type {WeakMap<Tensor, Layer>} */
const layers = new WeakMap();

/**
 * A layer's pack of shape (2, H, d, N) -> the layer; the same pack gives the same layer, with what it remembers.
 * @param {Tensor} pack
 * @returns {Layer}
 */
export function layerOf(pack) {
  const known = layers.get(pack);
  if (known) return known;
  const [two, heads, width, tokens] = pack.shape;
  const half = heads * width * tokens;
  if (two !== 2 || pack.shape.length !== 4 || !(pack.data instanceof Float32Array) || pack.data.length !== 2 * half) {
    throw new RangeError(`${pack.name}: got shape (${pack.shape.join(", ")}) when (2, heads, numbers, tokens) was expected.`);
  }
  const layer = { heads, width, tokens, query: pack.data.subarray(0, half), key: pack.data.subarray(half), totals: null };
  layers.set(pack, layer);
  return layer;
}

/**
 * What one token attends to, in every head: (H*N,), each head's N weights sum to 1.
 * @param {Layer} layer
 * @param {number} token
 * @returns {Float64Array}
 */
export function rowsOf(layer, token) {
  const rows = products(layer, layer.query, layer.key, token);
  for (let head = 0; head < layer.heads; head += 1) {
    const row = rows.subarray(head * layer.tokens, (head + 1) * layer.tokens);
    const total = logOfSum(row);
    for (let index = 0; index < row.length; index += 1) row[index] = Math.exp(row[index] - total);
  }
  return rows;
}

/**
 * What one token is given by all others, in every head: (H*N,); entry i is query i's weight on it.
 * The first column of a layer takes the sums of all its rows, as much work as all its weights; later ones are cheap.
 * @param {Layer} layer
 * @param {number} token
 * @returns {Float64Array}
 */
export function columnsOf(layer, token) {
  const totals = (layer.totals ??= rowTotals(layer));
  const columns = products(layer, layer.key, layer.query, token);
  for (let index = 0; index < columns.length; index += 1) columns[index] = Math.exp(columns[index] - totals[index]);
  return columns;
}

/**
 * The maps of all heads of a layer for one token, from the files that are there: CLS's own rows come with the photo, all
 * else needs the layer's pack.
 * @param {Record<string, any>} files as `followReal` hands them over
 * @param {number} layer 0-based
 * @param {number} token
 * @param {"to" | "by"} direction
 * @returns {Float32Array | Float64Array | null} (H*N,), null where the file is not there
 */
export function mapsOf(files, layer, token, direction) {
  const rows = files[CLS_FILE];
  if (rows && token === 0 && direction === "to") {
    const size = rows.shape[1] * rows.shape[2];
    return rows.data.subarray(layer * size, (layer + 1) * size);
  }
  const pack = files[layerFile(layer)];
  if (!pack) return null;
  return direction === "to" ? rowsOf(layerOf(pack), token) : columnsOf(layerOf(pack), token);
}

/**
 * Would `mapsOf` take as long as a whole layer's weights, some tens of ms, because it is the layer's first column?
 * @param {Record<string, any>} files
 * @param {number} layer 0-based
 * @param {"to" | "by"} direction
 */
export function isSlow(files, layer, direction) {
  const pack = files[layerFile(layer)];
  return direction === "by" && Boolean(pack) && layerOf(pack).totals === null;
}

/**
 * The file that `mapsOf` reads.
 * @param {number} layer 0-based
 * @param {number} token
 * @param {"to" | "by"} direction
 */
export function fileFor(layer, token, direction) {
  return token === 0 && direction === "to" ? CLS_FILE : layerFile(layer);
}

/**
 * That file and, as figures tell a token's own row whichever way is asked, the one for it: CLS's comes with the photo, so that
 * it is always the same numbers.
 * @param {number} layer 0-based
 * @param {number} token
 * @param {"to" | "by"} direction
 */
export function filesFor(layer, token, direction) {
  return [...new Set([fileFor(layer, token, "to"), fileFor(layer, token, direction)])];
}

/**
 * One head of (H*N,) maps, or the mean of all heads.
 * @param {Row & {subarray: (start: number, end: number) => Row}} maps
 * @param {string} head 0-based, or "mean"
 * @param {number} heads H
 * @returns {Row} (N,)
 */
export function headOf(maps, head, heads) {
  const tokens = maps.length / heads;
  if (head !== "mean") return maps.subarray(Number(head) * tokens, (Number(head) + 1) * tokens);
  const mean = new Float64Array(tokens);
  for (let index = 0; index < maps.length; index += 1) mean[index % tokens] += maps[index] / heads;
  return mean;
}

/**
 * The patches of a map, without CLS: (N,) -> (N - 1,), a view where there can be one.
 * @param {Row} map
 * @returns {Row}
 */
export function patchesOf(map) {
  return ArrayBuffer.isView(map) ? /** @type {Float64Array} */ (map).subarray(1) : Array.prototype.slice.call(map, 1);
}

/**
 * Scores of one token against all: (H*N,), a[h, :, token] . b[h, :, j] / sqrt(d).
 * @param {Layer} layer
 * @param {Float32Array} a (H, d, N)
 * @param {Float32Array} b (H, d, N)
 * @param {number} token
 * @returns {Float64Array}
 */
function products({ heads, width, tokens }, a, b, token) {
  const scores = new Float64Array(heads * tokens);
  const scale = 1 / Math.sqrt(width);
  for (let head = 0; head < heads; head += 1) {
    const start = head * tokens;
    let channel = 0;
    // Four numbers at a time: the sums are read and written a quarter as often.
    for (; channel + 4 <= width; channel += 4) {
      const one = (head * width + channel) * tokens;
      const [two, three, four] = [one + tokens, one + 2 * tokens, one + 3 * tokens];
      const [p, q, r, s] = [a[one + token] * scale, a[two + token] * scale, a[three + token] * scale, a[four + token] * scale];
      for (let index = 0; index < tokens; index += 1) {
        scores[start + index] += p * b[one + index] + q * b[two + index] + r * b[three + index] + s * b[four + index];
      }
    }
    for (; channel < width; channel += 1) {
      const line = (head * width + channel) * tokens;
      const factor = a[line + token] * scale;
      for (let index = 0; index < tokens; index += 1) scores[start + index] += factor * b[line + index];
    }
  }
  return scores;
}

/** @param {Layer} layer @returns {Float64Array} (H*N,) */
function rowTotals(layer) {
  const totals = new Float64Array(layer.heads * layer.tokens);
  for (let token = 0; token < layer.tokens; token += 1) {
    const scores = products(layer, layer.query, layer.key, token);
    for (let head = 0; head < layer.heads; head += 1) {
      const row = scores.subarray(head * layer.tokens, (head + 1) * layer.tokens);
      totals[head * layer.tokens + token] = logOfSum(row);
    }
  }
  return totals;
}

/** log(sum_j exp(s_j)), without overflow. @param {Float64Array} scores */
function logOfSum(scores) {
  let most = -Infinity;
  for (let index = 0; index < scores.length; index += 1) most = Math.max(most, scores[index]);
  let sum = 0;
  for (let index = 0; index < scores.length; index += 1) sum += Math.exp(scores[index] - most);
  return most + Math.log(sum);
}
