/**
 * Builds the viewer page into `dist/cli/view/page`, as part of `npm run build`.
 *
 * The result has the page with its style and its script, which includes iTowns and three. It also
 * has the worker that reads points, laz-perf's WebAssembly and the licences of the bundled
 * packages. Every file is compressed as NAME.gz.
 */
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { gzipSync } from "node:zlib"
import { build } from "esbuild"

const root = fileURLToPath(new URL("../../", import.meta.url))
const source = join(root, "cli/view/page")
const target = join(root, "dist/cli/view/page")

rmSync(target, { recursive: true, force: true })
mkdirSync(target, { recursive: true })
const { metafile } = await build({
  entryPoints: {
    viewer: join(source, "viewer.ts"),
    // iTowns starts its worker from this path, relative to the bundled script.
    "Worker/LASLoaderWorker": join(root, "node_modules/itowns/lib/Worker/LASLoaderWorker.js"),
  },
  outdir: target,
  absWorkingDir: root,
  bundle: true,
  minify: true,
  metafile: true,
  format: "esm",
  target: "es2022",
  platform: "browser",
  // The compiler's paths lead to declarations; the bundle needs the packages.
  tsconfigRaw: {},
  plugins: [
    {
      // The engine loads this package in a way that browsers do not support.
      name: "proj4",
      setup: ({ onLoad }) =>
        onLoad({ filter: /engine\/grid\/load-proj4\.ts$/ }, () => ({
          contents: 'export { default as proj4 } from "proj4"',
          resolveDir: root,
        })),
    },
  ],
  // Packages for Node.js and browsers read this variable.
  define: { "process.env.NODE_ENV": '"production"' },
  legalComments: "none",
  logLevel: "warning",
})
for (const name of ["index.html", "viewer.css"]) cpSync(join(source, name), join(target, name))
// The transcoder from KTX2 to formats of the graphics card; fetched on demand.
cpSync(join(root, "node_modules/three/examples/jsm/libs/basis"), join(target, "basis"), { recursive: true })
cpSync(join(root, "node_modules/laz-perf/lib/laz-perf.wasm"), join(target, "laz-perf.wasm"))

/** Folders of the packages whose code is in the bundle. */
const packages = new Set(
  Object.keys(metafile.inputs).flatMap((path) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []),
)
const licences = [...packages].sort().map((folder) => {
  const { name, version, license } = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"))
  const file = readdirSync(join(root, folder)).find((entry) => /^(licen[cs]e|copying)/i.test(entry))
  const text = file === undefined ? "" : readFileSync(join(root, folder, file), "utf8").trim()
  return `${name} ${version}: ${license}\n\n${text}`
})
writeFileSync(join(target, "licences.txt"), `${licences.join(`\n\n${"-".repeat(80)}\n\n`)}\n`)

for (const entry of readdirSync(target, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile()) continue
  const path = join(entry.parentPath, entry.name)
  if (entry.name !== "README.md") writeFileSync(`${path}.gz`, gzipSync(readFileSync(path), { level: 9 }))
  rmSync(path)
}
