/** Tests of this workspace only: `npm test -w bench/lab`, after `npm run build`. */
import { defineConfig } from "vitest/config"

export default defineConfig({
  test: { include: ["test/bench/lab/**/*.test.ts"], pool: "forks", maxWorkers: 2, testTimeout: 300_000 },
})
