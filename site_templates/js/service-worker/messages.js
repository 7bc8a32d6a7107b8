/**
 * What pages and the service worker say to each other.
 *
 * @typedef {{type: "standing"} | {type: "visited", addresses: string[]} | {type: "forget"}} Message
 *   `standing` and `forget` are answered with a Standing on the port that comes with them.
 *
 * @typedef {{type: "refused"}} Refused
 *   Told to every page, unasked: the server does not want anything to be kept, and the worker retires.
 *
 * @typedef {object} Standing what is kept now, in bytes
 * @property {boolean} outdated whether the page that asks is of an earlier build than the one that is kept
 * @property {number} bytes all that can be kept
 * @property {number} kept of that
 * @property {number} shell of that: what is always kept
 * @property {number} downloads files for other programs, which are never kept
 * @property {{address: string, bytes: number}[]} missing
 */

export {};
