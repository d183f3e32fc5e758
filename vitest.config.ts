import { defineConfig } from "vitest/config"

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // The machine of the checks has two cores; each file gets its own process so that native add-ons load once.
    pool: "forks",
    maxWorkers: 2,
  },
})
