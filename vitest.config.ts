import { existsSync, readdirSync, statSync } from "node:fs"
import { dirname, join, relative, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { defineConfig } from "vitest/config"
import { BaseSequencer, type TestSpecification } from "vitest/node"

// Slow tests (kills, memory, large tiles) have a suite of their own: `npm run test:slow`.
const slow = process.env["MAILLE_SLOW"] === "1"

const common = {
  // `npm test -w bench/lab` runs those of the workspace.
  exclude: ["test/bench/lab/**", ...(slow ? [] : ["test/**/*.slow.test.ts"])],
  // Bounds against hanging, not speeds: a loaded machine takes several times longer than a quiet
  // one.
  testTimeout: slow ? 900_000 : 300_000,
  hookTimeout: slow ? 900_000 : 300_000,
  globalSetup: ["test/set-up/shared-folder.ts"],
  setupFiles: ["test/set-up/equal-arrays.ts"],
}
/**
 * What leaves nothing behind in its process (no environment, module or global changed): kernels,
 * which are pure, most of the engine, and tests that start processes of their own. These files
 * share a process, which reads the modules once; each of the others costs half a second of start.
 */
const together = [
  "test/kernels/**",
  "test/engine/{check,compare,core,distributed,export,grid,job,journal,plan,pool,preview,report,rollup,run,spatial,worker}/**",
  "test/engine/formats/{buckets,cityjson,copc,las,laz,orientation,pmtiles,tiles3d,vector}/**",
  "test/{ci,fixtures}/**",
  "test/bench/{buildings,same}/**",
  // Of the benchmarks, nothing that measures; of the images, nothing that loads GDAL.
  "test/bench/{ci-files,gdal-layers,run-program,guard/decide,guard/guard,guard/judge,kept-process,lab,pictures/table,product/compare-runs,read-path}.*",
  "test/bench/e2e/{bench-document,measurement,run-measurement,stage-costs,tile-latency}.*",
  "test/engine/formats/ports/{handed-files,walls-file}.*",
  "test/engine/formats/raster/{compose-image,encode-image,sample-pixels,sheet,tiff/read-raster,whole-pixels}.*",
  "test/engine/{errors,without-secrets,io/list-files}.*",
  "test/engine/library/{doc-examples,kernels,las,tiles3d,vector}.*",
  "test/{decisions,joined-paths,kernel-ids,kernel-package,readme,words}.*",
  "test/cli/**",
  "test/invariants/**",
]
/** These load modules anew, which Vite can do with sources only, or test what sources do. */
const fromSources = [
  "test/engine/spatial/image-catalogue.test.ts",
  "test/engine/io/secrets.test.ts",
  "test/engine/job/kernels/declare-kernels.test.ts",
]
const files = slow ? "*.slow.test.ts" : "*.test.ts"
/** Folders whose files of this suite are meant, or files by their names without an ending. */
const filesTogether = together.map((place) =>
  place.endsWith(".*") ? `${place.slice(0, -2)}.${files.slice(2)}` : `${place}/${files}`,
)

const root = dirname(fileURLToPath(import.meta.url))
const built = /^(engine|kernels|fixtures|bench|cli)[/\\].*(?=\.[jt]s$)/

/** True where `npm run build` ended after the last change of a source. */
const isBuilt = (): boolean => {
  const stamp = statSync(join(root, "dist/bundle/cli/main.js"), { throwIfNoEntry: false })?.mtimeMs ?? 0
  return ["engine", "kernels", "fixtures", "bench", "cli"].every((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).every(
      (name) => !name.endsWith(".ts") || statSync(join(root, folder, name)).mtimeMs <= stamp,
    ),
  )
}
/**
 * Tests read the modules of `dist/`, as users do: Vite need not compile them, and they run faster.
 * After a change without a build, or with `MAILLE_TEST_SOURCES=1`, they read the sources.
 */
const asBuilt = {
  name: "as-built",
  enforce: "pre" as const,
  resolveId: (name: string, importer?: string): { id: string; external: true } | undefined => {
    if (importer === undefined || !name.startsWith(".")) return undefined
    const [path] = built.exec(relative(root, resolve(dirname(importer), name))) ?? []
    const id = join(root, "dist", `${path}.js`)
    return path !== undefined && existsSync(id) ? { id, external: true } : undefined
  },
}
const plugins = process.env["MAILLE_TEST_SOURCES"] !== "1" && isBuilt() ? [asBuilt] : []

/**
 * The longest, in the order of their start. The cluster's mostly wait, beside others that do not;
 * none is left alone at the end.
 */
const longest = [
  ...[
    "containers.slow",
    "faults/nth-call.slow",
    "slurm/faults.slow",
    "invariants/admission.slow",
    "invariants/memory.slow",
    "invariants/packed.slow",
  ],
  ...["invariants/budget.slow", "slurm/national.slow", "invariants/quality.slow", "invariants/faults/killed.slow"],
  ...["invariants/faults/faults.slow", "invariants/same-bytes.slow", "invariants/faults/packed-faults.slow"],
  ...["invariants/copc.slow", "engine/export/convert-layers.slow", "invariants/model/changes.slow"],
  ...["bench/lab.slow", "invariants/regions.slow", "invariants/big-objects.slow", "distributed/national-plan.slow"],
  ...["invariants/real-outlines.slow", "laz/encoder/encoder.slow"],
  ...[
    "cli/view/page.slow",
    "cli/view/page-objects.slow",
    "invariants/images/infrared.slow",
    "invariants/tile-sizes.slow",
  ],
  ...["docs-site.slow", "invariants/broken-places.slow", "invariants/departement.slow", "invariants/squares.slow"],
  ...[
    "invariants/shards.slow",
    "invariants/coverage.slow",
    "invariants/images/colours.slow",
    "cli/view/page-places.slow",
  ],
  ...["guide/guide", "invariants/layers", "invariants/truth", "invariants/model", "bench/make-fixtures"],
  ...["bench/e2e/e2e", "invariants/faults/bad-input", "invariants/model/stages", "kernels/lod/model-pyramid"],
  ...["kernels/bridge/model", "kernels/building/footprint-scene", "kernels/building/footprint"],
].map((name) => `/test/${name}.test.ts`)

/**
 * The longest first. Of the quick suite the files that share a process come behind the others:
 * Vitest ends that process when the next file is of the other kind, and by default it mixes them.
 */
class LongestFirst extends BaseSequencer {
  override async sort(specifications: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const at = longest.findIndex((ending) => moduleId.endsWith(ending))
      return at < 0 ? longest.length : at
    }
    const group = ({ project }: TestSpecification): number => (!slow && project.name === "together" ? 1 : 0)
    const usual = await super.sort(specifications)
    return usual.sort((a, b) => group(a) - group(b) || rank(a) - rank(b))
  }
}

export default defineConfig({
  test: {
    // The machine of the checks has two cores; there are always files that wait: for a grace, a
    // browser, of the slow ones for a cluster.
    maxWorkers: slow ? 4 : 3,
    pool: "forks",
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        plugins,
        test: {
          ...common,
          name: "together",
          include: filesTogether,
          exclude: [...common.exclude, ...fromSources],
          isolate: false,
        },
      },
      // Each of these gets its own process.
      {
        plugins,
        test: {
          ...common,
          name: "alone",
          include: [`test/**/${files}`],
          exclude: [...common.exclude, ...filesTogether, ...fromSources],
        },
      },
      { test: { ...common, name: "from-sources", include: slow ? [] : fromSources } },
    ],
  },
})
