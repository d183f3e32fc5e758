import { describe, expect, it } from "vitest"
import { seededRandom } from "../../../../engine/core/random.js"
import type { Points } from "../../../../engine/kernel.js"
import { ConstrainedTin } from "../../../../kernels/geometry/constrained-tin.js"
import { EdgeKind } from "../../../../kernels/geometry/half-edge-mesh.js"
import { gatherGround } from "../../../../kernels/terrain/tin/accept-ground.js"
import { refineTin } from "../../../../kernels/terrain/tin/refine.js"
import { TrianglePoints } from "../../../../kernels/terrain/tin/triangle-points.js"
import { type GatherRule, prepareGroundCore } from "../../../../kernels/terrain/wasm/ground.js"

const core = await prepareGroundCore()
const wanted = new Uint8Array(256)
wanted[2] = 1
wanted[66] = 1

const ruleOf = (side: number, step = 300): GatherRule => ({
  ...{ wanted, side, step, margin: 16_000, strip: 4000, corner: 16_000 },
})

/**
 * Returns of a square and of 16 m around it, in canonical order, on a lattice of `grid` mm: places
 * are shared, steps and other classes are among them.
 */
const returnsOf = (seed: number, side: number, count: number, grid: number, classes = [2, 2, 2, 5, 66, 6]): Points => {
  const random = seededRandom(seed)
  const place = (): number => -16_000 + grid * Math.floor((random() * (side + 32_000)) / grid)
  const shots = Array.from({ length: count }, () => {
    const [x, y] = [place(), place()]
    const ground = 900 * Math.sin(x / 7000) + 700 * Math.cos(y / 5000)
    const z = Math.round(ground + 60 * random() + (random() < 0.02 ? 900 * random() : 0))
    return [x, y, z, classes[Math.floor(random() * classes.length)]!] as const
  })
  const metre = (value: number): number => Math.floor(value / 1000)
  shots.sort(
    (a, b) => metre(a[1]) - metre(b[1]) || metre(a[0]) - metre(b[0]) || a[0] - b[0] || a[1] - b[1] || a[2] - b[2],
  )
  const column = (k: 0 | 1 | 2): Int32Array => Int32Array.from(shots, (shot) => shot[k])
  return {
    ...{ count, x: column(0), y: column(1), z: column(2), classification: Uint8Array.from(shots, (shot) => shot[3]) },
    ...{ scale: 0.001, origin: [0, 0, 0] },
  }
}

const both = (returns: Points, rule: GatherRule) => {
  const fast = gatherGround(returns, rule, core)
  expect(fast.core).toBe(core)
  return { fast: fast.ground, plain: gatherGround(returns, rule, null).ground }
}

/** The square with a wall across it, refined; everything that is ever read. */
const refined = (returns: Points, side: number, wasm: boolean): unknown => {
  const { ground } = gatherGround(returns, ruleOf(side), wasm ? core : null)
  const tin = new ConstrainedTin(side, [0, 0, 0, 0])
  const [a, b] = [
    [side / 4, side / 4],
    [side / 2, (3 * side) / 4],
  ].map(([x, y]) => tin.insert(x!, y!, 400, tin.locate(x!, y!, 0)))
  tin.force(a!, b!, EdgeKind.wall)
  const { inside } = ground
  const lookup = wasm ? core.lookup(inside.count) : new TrianglePoints(inside, side)
  const { atWall, sources, errors } = refineTin(tin, inside, 120, lookup)
  const corners = tin.corners.slice(0, 3 * tin.triangleCount)
  return { atWall, sources, errors, corners, sums: { ...lookup.sums(), histogram: lookup.sums().histogram.slice() } }
}

describe("the passes over ground points in WebAssembly", () => {
  it.each(Array.from({ length: 68 }, (_, n) => n))("gather as their twin does: %i points", (n) => {
    const { fast, plain } = both(returnsOf(100 + n, 2000, n, 10), ruleOf(2000))
    expect(fast).toEqual(plain)
  })

  it.each([
    { name: "a lattice of 10 mm", args: [1, 50_000, 40_000, 10], facts: { merged: true, steps: true } },
    { name: "a lattice of 1 m", args: [2, 50_000, 20_000, 1000], facts: { merged: true, steps: false } },
    { name: "ground alone", args: [3, 50_000, 30_000, 1, [2]], facts: { merged: false, steps: true } },
    {
      name: "dense ground, more than a chunk of it",
      args: [4, 5000, 60_000, 20],
      facts: { merged: true, steps: true },
    },
    { name: "nothing of the classes", args: [5, 5000, 500, 1, [5]], facts: { merged: false, steps: false } },
  ] as const)("gather as their twin does, and refine as it does: $name", ({ args, facts }) => {
    const returns = returnsOf(...(args as unknown as Parameters<typeof returnsOf>))
    const { fast, plain } = both(returns, ruleOf(args[1]))
    expect(fast).toEqual(plain)
    expect({ merged: fast.merged > 0, steps: fast.steps > 0 }).toEqual(facts)
    const wanted = refined(returns, args[1], false) as { atWall: number; sources: Int32Array; errors: object }
    expect(refined(returns, args[1], true)).toEqual(wanted)
    expect(wanted.sources.length > 20).toBe(fast.inside.count > 0)
  })

  it.each([1, 20, 250])("gather even ground as their twin does: a lattice of %i mm", (grid) => {
    const { fast, plain } = both(returnsOf(31, 50_000, 40_000, grid), ruleOf(50_000, 1e6))
    expect(fast).toEqual(plain)
    expect(fast.merged > 0).toBe(grid > 1)
  })

  it("refine steep ground as their twin does, where single precision tells nothing apart", () => {
    const returns = returnsOf(41, 50_000, 60_000, 1, [2])
    const random = seededRandom(5)
    for (let i = 0; i < returns.count; i++)
      returns.z[i] = 30 * returns.x[i]! + 17 * returns.y[i]! + (random() < 0.5 ? 0 : 121 + Math.floor(3 * random()))
    expect(refined(returns, 50_000, true)).toEqual(refined(returns, 50_000, false))
  })

  it("give up points at walls as their twin does", () => {
    const returns = returnsOf(7, 8000, 60_000, 1)
    const wanted = refined(returns, 8000, false) as { atWall: number }
    expect(refined(returns, 8000, true)).toEqual(wanted)
    expect(wanted.atWall).toBeGreaterThan(0)
  })

  it("find the points of any triangle with any stride, as their twin does", () => {
    const random = seededRandom(9)
    const side = 6000
    const { inside } = gatherGround(returnsOf(9, side, 9000, 50), ruleOf(side), core).ground
    const plain = new TrianglePoints(inside, side)
    const lookup = core.lookup(inside.count)
    const any = (): number => 50 * Math.floor((random() * (side + 50)) / 50)
    let found = 0
    for (let k = 0; k < 3000; k++) {
      const [x, y, z] = [0, 1, 2].map(() => Int32Array.of(any(), any(), any())) as [Int32Array, Int32Array, Int32Array]
      const area = (x[1]! - x[0]!) * (y[2]! - y[0]!) - (y[1]! - y[0]!) * (x[2]! - x[0]!)
      if (area === 0) continue
      const tin = { corners: area > 0 ? Int32Array.of(0, 1, 2) : Int32Array.of(0, 2, 1), x, y, z }
      const [stride, bound] = [[1, 2, 8, 64][k % 4]!, 1500 * random()]
      const is = lookup.findWorst(tin, 0, stride, bound)
      expect(is).toBe(plain.findWorst(tin, 0, stride, bound))
      expect([lookup.first, lookup.worst]).toEqual([plain.first, plain.worst])
      if (is) found++
      if (is && k % 50 === 0) for (const by of [lookup, plain]) by.drop(by.worst)
      for (const by of [lookup, plain]) by.addErrors(tin, 0)
    }
    expect(found).toBeGreaterThan(1000)
    expect(lookup.sums()).toEqual(plain.sums())
  })

  it("leave numbers that are too large to the twin, and refuse points in another order, as it does", () => {
    const high = returnsOf(11, 2000, 50, 1)
    high.z[7] = 2 ** 30
    high.classification![7] = 2
    const answer = gatherGround(high, ruleOf(2000), core)
    expect(answer.core).toBe(null)
    expect(answer.ground).toEqual(gatherGround(high, ruleOf(2000), null).ground)
    const mixed = returnsOf(12, 2000, 50, 1, [2])
    mixed.x.reverse()
    mixed.y.reverse()
    for (const by of [core, null]) expect(() => gatherGround(mixed, ruleOf(2000), by)).toThrow("canonical order")
    // A broken run leaves nothing behind.
    const { fast, plain } = both(returnsOf(13, 2000, 400, 1), ruleOf(2000))
    expect(fast).toEqual(plain)
  })
})
