import { expect, test } from "vitest"
import { tileLatency } from "../../../bench/e2e/run-measurement.js"

test("percentiles are times of tiles, by the nearest rank", () => {
  const hundred = Array.from({ length: 100 }, (_, i) => 100 - i)
  expect(tileLatency(hundred)).toEqual({ tiles: 100, p50: 50, p90: 90, p99: 99, max: 100 })
  expect(tileLatency([30, 10, 20])).toEqual({ tiles: 3, p50: 20, p90: 30, p99: 30, max: 30 })
  expect(tileLatency([7])).toEqual({ tiles: 1, p50: 7, p90: 7, p99: 7, max: 7 })
  expect(tileLatency([])).toBeUndefined()
})
