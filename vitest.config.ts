/**
 * How the tests run. Names decide: `*.slow.test.ts` belong to the slow suite, `*.alone.test.ts` get
 * a process of their own, `*.sources.test.ts` read the sources; the others share processes.
 */
import { readFileSync } from "node:fs"
import { dirname, join, relative } from "node:path"
import { fileURLToPath } from "node:url"
import { defineConfig } from "vitest/config"
import { BaseSequencer, type TestSpecification } from "vitest/node"
import { asBuilt } from "./test/set-up/as-built.js"

// Slow tests (kills, memory, large tiles) have a suite of their own: `npm run test:slow`.
const slow = process.env["MAILLE_SLOW"] === "1"
const ending = slow ? ".slow.test.ts" : ".test.ts"
const root = dirname(fileURLToPath(import.meta.url))

/** Seconds that files took, by `.ci/dearest.mjs`; quick ones of a few seconds are absent. */
const durations: Record<string, number> = JSON.parse(readFileSync(join(root, "test/set-up/durations.json"), "utf8"))

/**
 * The longest first. Of the quick suite the files that share a process come behind the others:
 * Vitest ends that process when the next file is of the other kind, and by default it mixes them.
 */
class LongestFirst extends BaseSequencer {
  override async sort(specifications: TestSpecification[]): Promise<TestSpecification[]> {
    const seconds = ({ moduleId }: TestSpecification): number => durations[relative(root, moduleId)] ?? 0
    const group = ({ project }: TestSpecification): number => (!slow && project.name === "together" ? 1 : 0)
    return (await super.sort(specifications)).sort((a, b) => group(a) - group(b) || seconds(b) - seconds(a))
  }
}

const only = (kind: "alone" | "sources"): string => `test/**/*.${kind}${ending}`
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
const others = [...common.exclude, only("alone"), only("sources")]

export default defineConfig({
  test: {
    // The machine of the checks has two cores; there are always files that wait: for a grace, a
    // browser, of the slow ones for a cluster.
    maxWorkers: slow ? 4 : 3,
    pool: "forks",
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        plugins: asBuilt(root),
        test: { ...common, name: "together", include: [`test/**/*${ending}`], exclude: others, isolate: false },
      },
      { plugins: asBuilt(root), test: { ...common, name: "alone", include: [only("alone")] } },
      { test: { ...common, name: "from-sources", include: [only("sources")] } },
    ],
  },
})
