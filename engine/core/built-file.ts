/** Where the files lie that the build makes: seen from it and from the sources (tests) alike. */

/** URL of a built file by its path below `dist/`. Node.js 20 runs no TypeScript: from the sources the last build serves. */
export const builtFile = (path: string): URL =>
  new URL(`${import.meta.url.endsWith(".ts") ? "../../dist/" : "../../"}${path}`, import.meta.url)
