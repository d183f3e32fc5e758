import { describe, expect, test } from "vitest"
import { runFuzz, type Target } from "./run-fuzz.js"

const wanted = process.env["MAILLE_FUZZ"] ?? "200"
const [only, number] = wanted.includes(":") ? wanted.split(":") : []
const cases = only === undefined ? Number(wanted) : 1

/**
 * A test for each target: every broken file is refused by an `EngineError` or read; no other error,
 * no hang, no more than 1 GiB.
 *
 * `MAILLE_FUZZ=5000` breaks that many files a reader and prints figures; `MAILLE_FUZZ=glb:1234`
 * repeats one case.
 */
export const fuzzTargets = (targets: readonly Target[]): void => {
  const chosen = targets.filter(({ name }) => (only ?? name) === name)
  describe.skipIf(chosen.length === 0)("broken files", () => {
    test.each(chosen.map((target) => [target.name, target] as const))(
      "%s: refused or read",
      async (name, target) => {
        const { faults, ...figures } = await runFuzz(target, cases, Number(number ?? 0))
        if (process.env["MAILLE_FUZZ"] !== undefined)
          console.log(name, JSON.stringify({ cases, faults: faults.length, ...figures }))
        expect(faults.map((text) => text.split("\n").slice(0, 8).join("\n")).slice(0, 12)).toEqual([])
        expect(figures.peakBytes).toBeLessThan(2 ** 30)
        // Mutations that break nothing, or a reader that refuses all, would show here.
        const least = Math.min(figures.read, target.isLenient ? cases : figures.refused)
        if (only === undefined) expect(least / cases).toBeGreaterThan(0.01)
      },
      1_800_000,
    )
  })
}
