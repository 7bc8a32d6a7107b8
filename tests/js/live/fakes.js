/** What the live part's modules meet in a browser, in small. */

/** Cache Storage that keeps bodies in memory. */
export class FakeCaches {
  /** @type {Map<string, Map<string, ArrayBuffer>>} */
  #caches = new Map();

  async keys() {
    return [...this.#caches.keys()];
  }

  /** @param {string} name @returns {Promise<any>} */
  async open(name) {
    const kept = this.#caches.get(name) ?? new Map();
    this.#caches.set(name, kept);
    return {
      match: async (/** @type {string} */ url) => (kept.has(url) ? new Response(kept.get(url)) : undefined),
      put: async (/** @type {string} */ url, /** @type {Response} */ response) =>
        void kept.set(url, await response.arrayBuffer()),
      keys: async () => [...kept.keys()].map((url) => ({ url })),
      delete: async (/** @type {{url: string}} */ { url }) => kept.delete(url),
    };
  }
}

/** Locks, each held by one at a time. */
export class FakeLocks {
  /** @type {Map<string, (() => void)[]>} those who wait, behind the one who holds it */
  #queues = new Map();

  /** @param {string} name @param {() => any} callback */
  async request(name, callback) {
    const queue = this.#queues.get(name);
    if (queue) await new Promise((resolve) => queue.push(() => resolve(undefined)));
    else this.#queues.set(name, []);
    callback();
  }

  /** @param {string} name */
  release(name) {
    this.#queues.get(name)?.shift()?.();
  }
}

/**
 * A worker that answers as told: `work[name](input, bytes, tell)`, with all the bytes that were sent along.
 * @param {Record<string, (input: any, bytes: Uint8Array, tell: (progress: any) => void) => any>} work
 */
export class FakeWorker extends EventTarget {
  asked = [];
  terminated = false;
  life = "";
  #sent = new Map();

  /** @param {Record<string, any>} work @param {FakeLocks} [locks] */
  constructor(work, locks) {
    super();
    this.work = work;
    this.locks = locks;
  }

  postMessage(given, transfer = []) {
    const message = structuredClone(given, { transfer });
    if (!message.life) return void this.#take(message);
    this.life = message.life;
    void this.locks?.request(message.life, () => this.#answer({ alive: true }));
    return undefined;
  }

  async #take({ call, name, input, bytes, end, cancel }) {
    if (name) {
      this.asked.push(name);
      const sent = { pieces: [] };
      sent.all = new Promise((resolve, reject) => Object.assign(sent, { resolve, reject }));
      sent.all.catch(() => {});
      this.#sent.set(call, sent);
      try {
        const tell = (progress) => this.#answer({ call, progress });
        this.#answer({ call, value: await this.work[name](input, sent.all, tell) });
      } catch ({ name, message }) {
        this.#answer({ call, error: { name, message } });
      }
      return;
    }
    const sent = this.#sent.get(call);
    if (bytes) sent.pieces.push(...bytes);
    if (end) sent.resolve(Uint8Array.from(sent.pieces));
    if (cancel) sent.reject(new DOMException("", "AbortError"));
  }

  #answer(data) {
    if (!this.terminated) this.dispatchEvent(new MessageEvent("message", { data }));
  }

  terminate() {
    this.terminated = true;
    this.locks?.release(this.life);
  }

  /** As a browser does that is short of memory: without a word. */
  die() {
    this.terminate();
  }
}
