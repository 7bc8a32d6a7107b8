/**
 * Counts what the page has asked for since a moment: the browser's own record of every file that it loads, and of every
 * attempt that its policy stopped. Knows no figure.
 */

/** @typedef {{name: string, bytes: number}} Asked a file's address relative to the site; bytes over the line, 0: not known */
/**
 * @typedef {object} Counted
 * @property {Asked[]} models the live part's own files
 * @property {Asked[]} site other files of this site: pictures and numbers of the published photos
 * @property {Asked[]} elsewhere
 * @property {string[]} stopped addresses that the policy kept the page from asking
 */
/**
 * @typedef {object} Record what the browser says of one request
 * @property {string} name absolute address
 * @property {number} startTime ms
 * @property {number} bytes
 */

/** Addresses that name something inside the page; asking for them leaves it nowhere. */
const INSIDE = /^(blob|data|about):/;

/**
 * Sorts requests by what they asked for.
 * @param {Iterable<Record>} records
 * @param {number} since ms: earlier ones don't count
 * @param {string} root address of the site's folder, with its slash at the end
 * @param {ReadonlySet<string>} models paths of the live part's files, relative to the root
 * @returns {Omit<Counted, "stopped">}
 */
export function sorted(records, since, root, models) {
  /** @type {Omit<Counted, "stopped">} */
  const counted = { models: [], site: [], elsewhere: [] };
  for (const { name, startTime, bytes } of records) {
    if (startTime < since || INSIDE.test(name)) continue;
    const path = name.startsWith(root) ? decodeURI(name.slice(root.length)).replace(/[?#].*$/, "") : null;
    if (path === null) counted.elsewhere.push({ name, bytes });
    else counted[models.has(path) ? "models" : "site"].push({ name: path, bytes });
  }
  return counted;
}

/**
 * Every path under which a file of the live part is asked for: itself, its twin, and the twin's parts.
 * @param {import("../manifest.js").Manifest["live"]} live
 * @returns {Set<string>}
 */
export function modelPaths(live) {
  const files = [live.worker, live.runtime, ...Object.values(live.models)];
  const paths = new Set([live.script]);
  for (const file of files) {
    paths.add(file.path).add(`${file.path}.js`);
    const parts = "parts" in file ? file.parts : 0;
    for (let part = 1; part <= parts; part += 1) paths.add(`${file.path}.${part}.js`);
  }
  return paths;
}

/**
 * Listens from now on, and to what the browser still remembers.
 * @param {import("../manifest.js").Manifest["live"]} live
 */
export function createRequests(live) {
  const root = new URL("./", document.baseURI).href;
  const models = modelPaths(live);
  /** @type {Record[]} */
  const records = [];
  /** @type {{name: string, startTime: number}[]} */
  const stopped = [];
  /** @type {Set<() => void>} */
  const listeners = new Set();
  let since = Infinity;
  const tellAll = () => {
    for (const tell of listeners) tell();
  };

  const watcher = new PerformanceObserver((list) => {
    for (const entry of /** @type {PerformanceResourceTiming[]} */ (list.getEntries())) {
      records.push({ name: entry.name, startTime: entry.startTime, bytes: entry.transferSize });
    }
    tellAll();
  });
  watcher.observe({ type: "resource", buffered: true });
  document.addEventListener("securitypolicyviolation", (event) => {
    stopped.push({ name: event.blockedURI, startTime: event.timeStamp });
    tellAll();
  });

  return {
    /** From this moment on. */
    begin() {
      since = performance.now();
      tellAll();
    },
    /** @param {() => void} listener */
    subscribe(listener) {
      listeners.add(listener);
    },
    /** @returns {Counted} */
    count() {
      const late = stopped.filter((attempt) => attempt.startTime >= since).map((attempt) => attempt.name);
      return { ...sorted(records, since, root, models), stopped: late };
    },
  };
}
