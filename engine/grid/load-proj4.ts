/** Loads proj4 quickly on Node.js; the bundler of the viewer page replaces this file. */
import { createRequire } from "node:module"

const require = createRequire(import.meta.url)

/**
 * proj4 by `require`. `import` would first search its 300 kB, a CommonJS module, for names of
 * exports, which takes 70 ms in each thread. The bundler of the viewer page has no such step and
 * imports the package instead of this file (`cli/view/build-page.mjs`).
 */
export const proj4 = require("proj4") as typeof import("proj4")
