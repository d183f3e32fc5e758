/** Locates files that the build makes, both from the built code and from the sources (in tests). */

/**
 * URL of a built file by its path below `dist/`. From the sources, this is the file of the last
 * build, since Node.js 20 cannot run TypeScript.
 */
export const builtFile = (path: string): URL =>
  new URL(`${import.meta.url.endsWith(".ts") ? "../../dist/" : "../../"}${path}`, import.meta.url)
