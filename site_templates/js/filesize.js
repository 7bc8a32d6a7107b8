/**
 * Bytes as people read them, by the build's own rule: "812 bytes", "14 kB", "4.7 MB".
 * @param {number} bytes
 */
export function filesize(bytes) {
  if (bytes < 1000) return `${bytes} bytes`;
  return bytes < 999_500 ? `${(bytes / 1000).toFixed(0)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
