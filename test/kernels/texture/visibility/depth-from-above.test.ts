import { describe, expect, it } from "vitest"
import { seededRandom } from "../../../../engine/core/random.js"
import type { Mesh } from "../../../../engine/kernel.js"
import { seenFromAbove, type TexelGrid } from "../../../../kernels/texture/visibility/depth-from-above.js"
import { plainSeen } from "./plain-seen.js"

const meshOf = (positions: readonly number[], triangles: readonly number[], owners?: readonly number[]): Mesh => ({
  origin: [1000, 2000, 0],
  positions: Int32Array.from(positions),
  triangles: Uint32Array.from(triangles),
  classes: new Uint8Array(positions.length / 3),
  maxError: 0,
  ...(owners === undefined
    ? {}
    : {
        owners: Uint32Array.from(owners),
        objects: { ids: ["", "a", "b"], classes: Uint8Array.of(2, 17, 6), columns: {} },
      }),
})

/**
 * Squares of 3 m over [−9, 21] m, their corners shaken in plan, some of them on middles of texels;
 * rough heights, or a plane's.
 */
const shaken = (seed: number, isPlane = false): Mesh => {
  const random = seededRandom(seed)
  const positions: number[] = []
  for (let j = 0; j <= 10; j++) {
    for (let i = 0; i <= 10; i++) {
      const isRound = random() < 0.4
      const [dx, dy] = [random(), random()].map((value) => (isRound ? 500 : Math.round(1000 * value)))
      positions.push(3000 * i - 9000 + dx!, 3000 * j - 9000 + dy!, isPlane ? 2000 : Math.round(4000 * random()))
    }
  }
  const triangles: number[] = []
  for (let j = 0; j < 10; j++)
    for (let i = 0; i < 10; i++) {
      const a = 11 * j + i
      triangles.push(a, a + 1, a + 12, a, a + 12, a + 11)
    }
  return meshOf(positions, triangles)
}

const grid: TexelGrid = { width: 40, height: 150, left: -2, top: 14, texel: 0.1 }
const rectangle = (west: number, south: number, east: number, north: number, z: number): number[] =>
  [west, south, z, east, south, z, east, north, z, west, north, z].map((value) => 1000 * value)
const square = [0, 1, 2, 0, 2, 3]

describe("seenFromAbove", () => {
  for (const seed of [1, 2, 3, 4, 5, 6, 7]) {
    it(`gives each texel of a sheet to exactly one face, the one around its middle (${seed})`, () => {
      const mesh = shaken(seed)
      const { uppermost, covered, hidden } = seenFromAbove(mesh, grid, Uint8Array.of(1))
      expect(covered.reduce((sum, count) => sum + count, 0)).toBe(40 * 150)
      expect(Math.max(...hidden)).toBe(0)
      for (let i = 0; i < uppermost.length; i += 7) {
        const x = 1000 * (grid.left + ((i % 40) + 0.5) * grid.texel)
        const y = 1000 * (grid.top - (Math.floor(i / 40) + 0.5) * grid.texel)
        const t = uppermost[i]! - 1
        const corners = [0, 1, 2].map((k) => 3 * mesh.triangles[3 * t + k]!)
        for (let k = 0; k < 3; k++) {
          const [a, b] = [corners[k]!, corners[(k + 1) % 3]!]
          const { positions: p } = mesh
          const side = (p[b]! - p[a]!) * (y - p[a + 1]!) - (p[b + 1]! - p[a + 1]!) * (x - p[a]!)
          expect(side).toBeGreaterThanOrEqual(-1e-3)
        }
      }
    })
  }

  it("shows the upper of two, in whichever order they come, and counts what it hides of the lower", () => {
    const whole: TexelGrid = { width: 10, height: 10, left: 0, top: 10, texel: 1 }
    const ground = rectangle(0, 0, 10, 10, 0)
    const deck = rectangle(2, 3, 6, 8, 5)
    const above = square.map((v) => v + 4)
    const one = seenFromAbove(
      meshOf([...ground, ...deck], [...square, ...above], [0, 0, 1, 1]),
      whole,
      Uint8Array.of(1, 1, 0),
    )
    const two = seenFromAbove(
      meshOf([...ground, ...deck], [...above, ...square], [1, 1, 0, 0]),
      whole,
      Uint8Array.of(1, 1, 0),
    )
    const shown = (faces: Uint32Array): number => [...faces].filter((face) => face === 3 || face === 4).length
    expect(shown(one.uppermost)).toBe(20)
    expect([...one.uppermost].map((face) => (face + 1) % 4)).toEqual([...two.uppermost].map((face) => (face + 3) % 4))
    expect([one.hidden[0]! + one.hidden[1]!, two.hidden[2]! + two.hidden[3]!]).toEqual([20, 20])
    expect(one.covered[0]! + one.covered[1]!).toBe(100)
    // Row 0 is the northernmost.
    expect([...one.uppermost.subarray(20, 30)].map((face) => face > 2)).toEqual(
      [0, 0, 1, 1, 1, 1, 0, 0, 0, 0].map((value) => value === 1),
    )
    // A closed house hides nothing that anyone could see; a mesh of one thing hides nothing of
    // itself.
    const house = seenFromAbove(
      meshOf([...ground, ...deck], [...square, ...above], [0, 0, 2, 2]),
      whole,
      Uint8Array.of(1, 1, 0),
    )
    expect([...house.hidden]).toEqual([0, 0, 0, 0])
    expect(house.uppermost).toEqual(one.uppermost)
  })

  it("sees nothing of what looks down or stands upright, and hides nothing within 5 cm", () => {
    const whole: TexelGrid = { width: 10, height: 10, left: 0, top: 10, texel: 1 }
    const under = meshOf(rectangle(0, 0, 10, 10, 3), [0, 2, 1, 0, 3, 2], [1, 1])
    expect(Math.max(...seenFromAbove(under, whole, Uint8Array.of(1, 1, 0)).uppermost)).toBe(0)
    const near = meshOf(
      [...rectangle(0, 0, 10, 10, 0), ...rectangle(0, 0, 10, 10, 0.04)],
      [...square, ...square.map((v) => v + 4)],
      [0, 0, 1, 1],
    )
    expect([...seenFromAbove(near, whole, Uint8Array.of(1, 1, 0)).hidden]).toEqual([0, 0, 0, 0])
  })

  for (const seed of [4, 5, 6, 7]) {
    it(`is what texels with their heights give, where sheets cross, lie on one another and hide (${seed})`, () => {
      const sheets = [shaken(seed), shaken(seed + 10), shaken(seed + 20, true), shaken(seed + 20, true)]
      const positions = sheets.flatMap((mesh) => [...mesh.positions])
      const triangles = sheets.flatMap((mesh, k) => [...mesh.triangles].map((v) => v + 121 * k))
      const owners = sheets.flatMap((mesh, k) => new Array<number>(mesh.triangles.length / 3).fill([0, 1, 2, 1][k]!))
      const mesh = meshOf(positions, triangles, owners)
      // Some look down.
      for (let t = 0; t < triangles.length; t += 3 * 17) mesh.triangles.subarray(t, t + 2).reverse()
      const hides = Uint8Array.of(1, 1, 0)
      const seen = seenFromAbove(mesh, grid, hides)
      const plain = plainSeen(mesh, grid, hides)
      expect(Math.max(...plain.hidden)).toBeGreaterThan(20)
      expect(Buffer.compare(Buffer.from(seen.uppermost.buffer), Buffer.from(plain.uppermost.buffer))).toBe(0)
      expect(seen.covered).toEqual(plain.covered)
      expect(seen.hidden).toEqual(plain.hidden)
    })
  }

  it("clips what lies around the grid, band by band", () => {
    const tall: TexelGrid = { width: 3, height: 1000, left: 0, top: 100, texel: 0.1 }
    const mesh = meshOf(rectangle(-500, -500, 500, 500, 1), square)
    const { uppermost, covered } = seenFromAbove(mesh, tall, Uint8Array.of(1))
    expect(Math.min(...uppermost)).toBeGreaterThan(0)
    expect(covered[0]! + covered[1]!).toBe(3000)
  })
})
