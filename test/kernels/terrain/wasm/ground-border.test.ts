import { describe, expect, it } from "vitest"
import { seededRandom } from "../../../../engine/core/random.js"
import type { Points } from "../../../../engine/kernel.js"
import { terrainExtent } from "../../../../kernels/terrain/border/extent.js"
import { type Frame, frameSide, heightAmong, samplesOf } from "../../../../kernels/terrain/border/profile.js"
import { gatherGround } from "../../../../kernels/terrain/tin/accept-ground.js"
import { type GroundCore, prepareGroundCore } from "../../../../kernels/terrain/wasm/ground.js"

const core = await prepareGroundCore()
const wanted = new Uint8Array(256)
wanted[2] = 1
const SIDE = 50_000
const STRIP = 4000

type Keep = (x: number, y: number) => boolean

/**
 * Ground points of a square and of 16 m around it, in canonical order, on a lattice of `grid` mm.
 */
const groundOf = (seed: number, perSquareMetre: number, grid: number, keep: Keep): Points => {
  const random = seededRandom(seed)
  const place = (): number => -16_000 + grid * Math.floor((random() * (SIDE + 32_000)) / grid)
  const count = Math.round(perSquareMetre * ((SIDE + 32_000) / 1000) ** 2)
  const shots = Array.from({ length: count }, () => {
    const [x, y] = [place(), place()]
    return [x, y, Math.round(900 * Math.sin(x / 7000) - 700 * Math.cos(y / 5000) + 60 * random())] as const
  }).filter(([x, y]) => keep(x, y))
  const metre = (value: number): number => Math.floor(value / 1000)
  shots.sort((a, b) => metre(a[1]) - metre(b[1]) || a[0] - b[0] || a[1] - b[1] || a[2] - b[2])
  const column = (k: 0 | 1 | 2): Int32Array => Int32Array.from(shots, (shot) => shot[k])
  return {
    ...{ count: shots.length, x: column(0), y: column(1), z: column(2) },
    ...{ classification: new Uint8Array(shots.length).fill(2), scale: 0.001, origin: [0, 0, 0] },
  }
}

const gather = (returns: Points) =>
  gatherGround(returns, { ...{ wanted, side: SIDE, step: 1e6, margin: 16_000, strip: STRIP, corner: 16_000 } }, core)
    .ground

const boxOf = ({ horizontal, line, length }: Frame): [number, number, number, number] =>
  horizontal
    ? [-STRIP, line - STRIP, length + STRIP, line + STRIP]
    : [line - STRIP, -STRIP, line + STRIP, length + STRIP]

const indicesIn = ({ x, y, count }: Points, [minX, minY, maxX, maxY]: [number, number, number, number]): Int32Array =>
  Int32Array.from({ length: count }, (_, i) => i).filter(
    (i) => x[i]! >= minX && x[i]! <= maxX && y[i]! >= minY && y[i]! <= maxY,
  )

/** The passes, and how often they were not sure. */
const watched = (): { readonly core: GroundCore; unsure: number } => {
  const counts = { core, unsure: 0 }
  const note = <T>(answer: T | undefined): T | undefined => {
    if (answer === undefined) counts.unsure++
    return answer
  }
  return Object.assign(counts, {
    core: {
      ...core,
      samples: (...args: Parameters<GroundCore["samples"]>) => note(core.samples(...args)),
      triangle: (...args: Parameters<GroundCore["triangle"]>) => note(core.triangle(...args)),
    },
  })
}

const corners = [
  [0, 0],
  [SIDE, 0],
  [SIDE, SIDE],
  [0, SIDE],
] as const

const everywhere: Keep = () => true

describe("the border of the ground in WebAssembly", () => {
  const cases: Record<string, { readonly args: Parameters<typeof groundOf>; readonly sure: boolean }> = {
    dense: { args: [1, 10, 1, everywhere], sure: true },
    "on a lattice of 250 mm, with many points on one circle": { args: [2, 10, 250, everywhere], sure: false },
    "on a lattice of 10 mm": { args: [3, 10, 10, everywhere], sure: true },
    thin: { args: [4, 0.3, 1, everywhere], sure: true },
    "thin, on a lattice of 2 m": { args: [17, 0.5, 1999, everywhere], sure: true },
    "very thin": { args: [5, 0.03, 1, everywhere], sure: true },
    "with gaps of 12 m": {
      args: [6, 8, 1, (x, y) => Math.hypot((x % 25_000) - 12_000, (y % 25_000) - 2000) > 6000],
      sure: true,
    },
    "with a gap of 38 m": {
      args: [7, 8, 1, (x, y) => Math.abs(x - 25_000) > 19_000 && Math.abs(y - 25_000) > 19_000],
      sure: true,
    },
    "on a lattice, with gaps of 38 m between points on one circle": {
      args: [14, 12, 500, (x, y) => Math.abs(x - 25_000) > 18_900 && Math.abs(y - 25_000) > 18_900],
      sure: false,
    },
    "with gaps on one side of the line": { args: [8, 8, 1, (x, y) => x < 0 || x > 3000 || y < 20_000], sure: true },
    "that ends at the tile's east and north": { args: [9, 8, 1, (x, y) => x <= SIDE && y <= SIDE], sure: true },
    "that ends slanting": { args: [10, 8, 1, (x, y) => x + y < 40_000], sure: true },
    "in a corner alone": { args: [11, 8, 1, (x, y) => x < 3000 && y < 2000], sure: true },
    "on the lines themselves and in a few more places": {
      args: [12, 12, 100, (x, y) => x === 0 || y === 0 || x === SIDE || y === SIDE || (x + y) % 1700 === 0],
      sure: true,
    },
    nowhere: { args: [13, 1, 1, () => false], sure: true },
  }
  for (const [name, { args, sure }] of Object.entries(cases)) {
    it(`is that of its reference implementation: points ${name}`, () => {
      const { near } = gather(groundOf(...args))
      const points: Points = { ...near, scale: 0.001, origin: [0, 0, 0] }
      const fast = watched()
      let samples = 0
      for (let index = 0; index < 4; index++) {
        const frame = frameSide(index, SIDE)
        const all = indicesIn(points, boxOf(frame))
        expect(core.within(...boxOf(frame)).slice()).toEqual(all)
        const some = all.filter((i) => i % 7 !== 0)
        for (const indices of [core.within(...boxOf(frame)), some]) {
          const plain = samplesOf(points, indices.slice(), frame)
          expect(samplesOf(points, indices, frame, fast.core)).toEqual(plain)
          samples += plain.length
        }
      }
      for (const [x, y] of corners) {
        const box = [x - STRIP, y - STRIP, x + STRIP, y + STRIP] as const
        const plain = heightAmong(points, indicesIn(points, [...box]), x, y)
        expect(heightAmong(points, core.within(...box), x, y, fast.core)).toBe(plain)
      }
      expect(samples > 50).toBe(name !== "nowhere")
      expect(fast.unsure > 0).toBe(!sure)
    })
  }

  it("has its extent from the same nodes as its reference implementation", () => {
    const random = seededRandom(21)
    const n = SIDE / 1000 + 32
    const origin = { scale: 0.001, origin: [0, 0, 0] as const }
    gather(groundOf(1, 1, 1, everywhere))
    let voids = 0
    for (let k = 0; k < 40; k++) {
      const share = [0.5, 0.05, 0.01, 0.003][k % 4]!
      const cells = Uint8Array.from({ length: n * n }, () => (random() < share ? 1 : 0))
      if (k % 8 > 3) for (let c = 0; c < n * n; c++) if (c % n > n - 17 || c < 16 * n) cells[c] = 0
      const [fast, plain] = [core, null].map(
        (by) => terrainExtent(origin, cells.slice(), SIDE, 8, { core: by }).inner,
      ) as [ReturnType<typeof terrainExtent>["inner"], ReturnType<typeof terrainExtent>["inner"]]
      expect(fast.whole).toBe(plain.whole)
      if (plain.whole) continue
      voids++
      for (let x = -16_000; x <= SIDE + 16_000; x += 1000)
        for (let y = -16_000; y <= SIDE + 16_000; y += 1000)
          if (fast.covers(x, y) !== plain.covers(x, y)) throw new Error(`another extent at ${x}, ${y}`)
    }
    expect(voids).toBeGreaterThan(10)
    expect(voids).toBeLessThan(40)
  })
})
