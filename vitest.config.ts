import { defineConfig } from "vitest/config"

// Slow tests (kills, memory, large tiles) have a suite of their own: `npm run test:slow`.
const slow = process.env["MAILLE_SLOW"] === "1"

const common = {
  exclude: slow ? [] : ["test/**/*.slow.test.ts"],
  // Bounds against hanging, not speeds: a loaded machine takes several times longer than a quiet one.
  testTimeout: slow ? 900_000 : 120_000,
  hookTimeout: slow ? 300_000 : 120_000,
}
/** Kernels are pure, and what is listed beside them leaves nothing behind: their tests share a process, which reads the modules once. */
const pure = [
  "test/kernels/**",
  "test/engine/{check,core,grid,preview,report,spatial}/**",
  "test/engine/formats/{las,tiles3d,vector}/**",
  "test/fixtures/**",
  "test/bench/projection/**",
]
const files = slow ? "*.slow.test.ts" : "*.test.ts"

export default defineConfig({
  test: {
    // The machine of the checks has two cores.
    maxWorkers: 2,
    pool: "forks",
    projects: [
      { test: { ...common, name: "pure", include: pure.map((folder) => `${folder}/${files}`), isolate: false } },
      // Each file gets its own process so that native add-ons load once.
      {
        test: {
          ...common,
          name: "whole",
          include: [`test/**/${files}`],
          exclude: [...common.exclude, ...pure.map((folder) => `${folder}/${files}`)],
        },
      },
    ],
  },
})
