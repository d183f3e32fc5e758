/**
 * Builds the viewer page into `dist/cli/view/page`: the page's script with iTowns and three in
 * it, the worker that reads points, laz-perf's WebAssembly, the page with its style, and the
 * licences of the packages that are in the bundle. Every file is compressed: NAME.gz. Part of `npm
 * run build`.
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
    // iTowns starts its worker by this place, relative to the script that it is bundled in.
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
      // The engine loads this package another way, which browsers do not have.
      name: "proj4",
      setup: ({ onLoad }) =>
        onLoad({ filter: /engine\/grid\/load-proj4\.ts$/ }, () => ({
          contents: 'export { default as proj4 } from "proj4"',
          resolveDir: root,
        })),
    },
  ],
  // Packages that serve both worlds look for this.
  define: { "process.env.NODE_ENV": '"production"' },
  legalComments: "none",
  logLevel: "warning",
})
for (const name of ["index.html", "viewer.css"]) cpSync(join(source, name), join(target, name))
// Turns KTX2 textures into what the graphics card knows; fetched when there is one.
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
