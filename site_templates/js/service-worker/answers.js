/**
 * What a request of the page is answered with: the kept file, or the server's, which is then kept. A file is only ever
 * answered with the bytes of the version that was asked for; requests that are none of the site's files are left alone.
 */

import { bring, forbidsKeeping, isOf, NotToBeKept, OtherVersion, typeOf } from "./courier.js";
import { isHashed, keepable, pathOf, plainName, versionOf } from "./site-list.js";

/** @typedef {import("./courier.js").Expected} Expected */
/**
 * @typedef {object} Answers
 * @property {(request: Request) => ((later: (promise: Promise<unknown>) => void) => Promise<Response>) | null} to
 *   null for a request to be left alone; otherwise the answer, which hands over what outlives it
 */

/** From here on a file is passed on as it arrives, and checked after: those who read such files check them too. */
const LARGE = 2 ** 20;

/** With these a page may share memory between threads: it is alone in its process, and all it loads is its own site's. */
const ISOLATION = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};

/**
 * @param {object} given
 * @param {import("./site-list.js").SiteList} given.list
 * @param {string} given.root the site's address, with its last slash
 * @param {import("./shelf.js").Shelf} given.shelf
 * @param {typeof fetch} given.fetcher
 * @returns {Answers}
 */
export function createAnswers({ list, root, shelf, fetcher }) {
  const files = keepable(list);
  // Also those of another build, as far as they are called the same.
  const others = new Set([...Object.keys(list.live), ...Object.keys(list.downloads)].map(plainName));

  /** @param {Request} request @param {string} path @param {Expected} expected */
  const page = async (request, path, expected) => {
    try {
      return answer(await keptOrBrought(request.url, path, expected), ISOLATION);
    } catch (error) {
      // Nothing is kept, and the server has another build's page, or says not to keep it: it is whole with its own files.
      if (error instanceof OtherVersion || error instanceof NotToBeKept) return fetcher(request);
      throw error;
    }
  };

  /** @param {Request} request @param {string} path @param {Expected} expected */
  const part = async (request, path, expected) => {
    try {
      return answer(await keptOrBrought(request.url, path, expected));
    } catch (error) {
      if (error instanceof NotToBeKept) return fetcher(request);
      if (error instanceof OtherVersion) return new Response(null, { status: error.status });
      throw error;
    }
  };

  /** @param {string} address @param {string} path @param {Expected} expected */
  const keptOrBrought = async (address, path, expected) => {
    const kept = await shelf.find(path, expected.version);
    if (kept) return { content: /** @type {BodyInit} */ (kept.body), type: typeOf(kept) };
    const { content, type } = await bring(fetcher, address, expected);
    // A device without room still shows the file.
    await shelf.put(path, expected.version, content, type).catch(() => {});
    return { content, type };
  };

  /** @param {Request} request @param {string} path @param {Expected} expected @param {(promise: Promise<unknown>) => void} later */
  const large = async (request, path, expected, later) => {
    const kept = await shelf.find(path, expected.version);
    if (kept) return answer({ content: kept.body, type: typeOf(kept) });
    const response = await fetcher(request);
    if (!response.ok || !response.body || forbidsKeeping(response)) return response;
    /** @type {BlobPart[]} */
    const chunks = [];
    const through = new TransformStream({
      transform: (chunk, controller) => {
        chunks.push(chunk);
        controller.enqueue(chunk);
      },
      flush: async () => {
        const content = await new Blob(chunks).arrayBuffer();
        if (await isOf(expected, content)) {
          await shelf.put(path, expected.version, content, typeOf(response)).catch(() => {});
        }
      },
    });
    // When the page loses interest the pipe breaks, and with it the download.
    later(response.body.pipeTo(through.writable).catch(() => {}));
    return answer({ content: through.readable, type: typeOf(response) });
  };

  /** A script or picture of an earlier build, for a page that is still open. @param {Request} request @param {string} path */
  const earlier = async (request, path) => {
    const kept = await shelf.findAny(path);
    return kept ? answer({ content: kept.body, type: typeOf(kept) }) : fetcher(request);
  };

  return {
    to(request) {
      if (request.method !== "GET" || request.headers.has("Range")) return null;
      const path = pathOf(request.url, root);
      if (path === "" || others.has(plainName(path))) return null;
      if (request.mode === "navigate") {
        // Some hosts serve lab.html as `lab`.
        const name = [path, `${path}.html`].find((candidate) => files.has(candidate));
        const listed = name && files.get(name);
        return listed ? () => page(request, name, listed) : null;
      }
      const listed = files.get(path);
      const asked = versionOf(request.url);
      if (asked === "" || asked === listed?.version) {
        if (!listed) return isHashed(path) ? () => earlier(request, path) : null;
        return (later) => (listed.bytes > LARGE ? large(request, path, listed, later) : part(request, path, listed));
      }
      // A page of another build: of its files the version is known, the length is not.
      return () => part(request, path, { version: asked });
    },
  };
}

/**
 * @param {{content: BodyInit | null, type: string}} file
 * @param {Record<string, string>} [headers]
 */
function answer({ content, type }, headers = {}) {
  return new Response(content, {
    headers: { "Content-Type": type, "Cross-Origin-Resource-Policy": "same-origin", ...headers },
  });
}
