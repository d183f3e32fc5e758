import { describe, expect, it } from "vitest"
import { doubledArea } from "../../../engine/core/geometry/rings.js"
import { seededRandom } from "../../../engine/core/random.js"
import { type CellRuns, chooseRuns, connectRuns, groupRuns, runsOfMask } from "../../../kernels/grid/cell-runs.js"
import { closeMask } from "../../../kernels/grid/close-mask.js"
import { tracePatch } from "../../../kernels/grid/trace-patches.js"

const width = 23
const height = 17

const patchesOf = (mask: Uint8Array): CellRuns[] => {
  const runs = runsOfMask(mask, width, { column: 0, row: 0, columns: width, rows: height }, { column: 100, row: 200 })
  const { members, groupEnds } = groupRuns(connectRuns(runs))
  return Array.from(groupEnds, (end, g) => chooseRuns(runs, members.subarray(g > 0 ? groupEnds[g - 1] : 0, end)))
}

/** 4-connected patches of `value` by flood fill on the mask with an empty frame; their cells. */
const flood = (mask: Uint8Array, value: number): number[][] => {
  const seen = new Set<number>()
  const at = (c: number, r: number): number => (c < 0 || r < 0 || c >= width || r >= height ? 0 : mask[r * width + c])
  const patches: number[][] = []
  for (let r = -1; r <= height; r++) {
    for (let c = -1; c <= width; c++) {
      if (at(c, r) !== value || seen.has(r * 1000 + c)) continue
      const patch: number[] = []
      const stack = [[c, r]]
      seen.add(r * 1000 + c)
      while (stack.length > 0) {
        const [x, y] = stack.pop()!
        patch.push(y * 1000 + x)
        for (const [u, v] of [
          [x + 1, y],
          [x - 1, y],
          [x, y + 1],
          [x, y - 1],
        ]) {
          if (u < -1 || v < -1 || u > width || v > height || at(u, v) !== value || seen.has(v * 1000 + u)) continue
          seen.add(v * 1000 + u)
          stack.push([u, v])
        }
      }
      patches.push(patch)
    }
  }
  return patches
}

const randomMask = (seed: number, density: number): Uint8Array => {
  const random = seededRandom(seed)
  return Uint8Array.from({ length: width * height }, () => (random() < density ? 1 : 0))
}

describe("tracing against flood fill", () => {
  it.each(Array.from({ length: 40 }, (_, seed) => [seed, 0.3 + (seed % 8) / 12] as const))(
    "mask %i",
    (seed, density) => {
      const mask = randomMask(seed, density)
      const patches = patchesOf(mask)
      const full = flood(mask, 1)
      expect(
        patches.map((runs) => runs.rows.reduce((sum, _, k) => sum + runs.ends[k] - runs.starts[k], 0)).sort(),
      ).toEqual(full.map((cells) => cells.length).sort())
      for (const runs of patches) {
        const cells = runs.rows.reduce((sum, _, k) => sum + runs.ends[k] - runs.starts[k], 0)
        const own = new Uint8Array(width * height)
        runs.rows.forEach((row, k) => {
          own.fill(1, (row - 200) * width + runs.starts[k] - 100, (row - 200) * width + runs.ends[k] - 100)
        })
        const rings = tracePatch(runs)
        // Area to the cell; one hole for each empty patch but the outside.
        expect(rings.reduce((sum, ring) => sum + doubledArea(ring), 0)).toBe(2 * cells)
        expect(rings.length).toBe(flood(own, 0).length)
        rings.forEach((ring, r) => {
          expect(Math.sign(doubledArea(ring))).toBe(r === 0 ? 1 : -1)
          const vertices = Array.from({ length: ring.length / 2 }, (_, v) => `${ring[2 * v]} ${ring[2 * v + 1]}`)
          expect(new Set(vertices).size).toBe(vertices.length)
          for (let i = 0; i < ring.length; i += 2) {
            const [x, y] = [ring[(i + 2) % ring.length], ring[(i + 3) % ring.length]]
            expect((x === ring[i]) !== (y === ring[i + 1])).toBe(true)
          }
        })
      }
    },
  )
})

describe("closing", () => {
  it.each([1, 2, 3])("radius %i equals its definition, away from the border", (radius) => {
    const mask = randomMask(radius, 0.12)
    const reach = (from: Uint8Array, value: number): Uint8Array =>
      from.map((_, i) => {
        const [c, r] = [i % width, Math.floor(i / width)]
        for (let v = Math.max(0, r - radius); v <= Math.min(height - 1, r + radius); v++) {
          for (let u = Math.max(0, c - radius); u <= Math.min(width - 1, c + radius); u++) {
            if (from[v * width + u] === value) return value
          }
        }
        return 1 - value
      })
    const expected = reach(reach(mask, 1), 0)
    const closed = mask.slice()
    closeMask(closed, new Uint8Array(mask.length), width, height, radius)
    expect(closed).toEqual(expected)
    mask.forEach((value, i) => {
      if (value === 1) expect(closed[i]).toBe(1)
    })
  })
})
