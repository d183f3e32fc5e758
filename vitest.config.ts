import { defineConfig } from "vitest/config"

// Slow tests (kills, memory, large tiles) have a suite of their own: `npm run test:slow`.
const slow = process.env["MAILLE_SLOW"] === "1"

export default defineConfig({
  test: {
    include: slow ? ["test/**/*.slow.test.ts"] : ["test/**/*.test.ts"],
    exclude: slow ? [] : ["test/**/*.slow.test.ts"],
    // Bounds against hanging, not speeds: a loaded machine takes several times longer than a quiet one.
    testTimeout: slow ? 900_000 : 120_000,
    hookTimeout: slow ? 300_000 : 120_000,
    // The machine of the checks has two cores; each file gets its own process so that native add-ons load once.
    pool: "forks",
    maxWorkers: 2,
  },
})
