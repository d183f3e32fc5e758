import { describe, expect, it } from "vitest"
import { triangleIndex } from "../../../../engine/core/geometry/triangle-distance.js"
import { seededRandom } from "../../../../engine/core/random.js"
import type { Mesh } from "../../../../engine/kernel.js"
import { HeightLookup } from "../../../../kernels/geometry/height-lookup.js"
import { coarserGround } from "../../../../kernels/lod/levels/ground.js"
import { sampleMesh } from "../../../scenes/mesh-distance.js"

const SIDE = 128_000
const BOUND = 150

/**
 * Rolling ground with a cutting right through it, askew to the grid of its vertices: two walls 7 m
 * high and 0.3 m wide.
 */
const underpass = (): Mesh => {
  const random = seededRandom(7)
  const columns = 129
  const positions: number[] = []
  // Columns lean over, so that walls lie along edges; eight of them are narrow.
  const narrow = [50, 60]
  const at = (column: number, row: number): number => {
    if (column === 0 || column === columns - 1) return 1000 * column
    const shift = Math.round(4000 * Math.sin(row / 9) * Math.min(column, columns - 1 - column) * 0.02)
    return 1000 * (narrow.includes(column) ? column - 1 : column) + (narrow.includes(column) ? 300 : 0) + shift
  }
  for (let row = 0; row < columns; row++) {
    for (let column = 0; column < columns; column++) {
      const deep = column >= 50 && column < 60 ? -7000 : 0
      const rolling = 900 * Math.sin(column / 17) * Math.cos(row / 23)
      positions.push(at(column, row), 1000 * row, Math.round(150_000 + deep + rolling + 100 * random()))
    }
  }
  const triangles: number[] = []
  for (let row = 0; row + 1 < columns; row++) {
    for (let column = 0; column + 1 < columns; column++) {
      const a = row * columns + column
      if ((row + column) % 2 === 0) triangles.push(a, a + 1, a + columns, a + 1, a + columns + 1, a + columns)
      else triangles.push(a, a + 1, a + columns + 1, a, a + columns + 1, a + columns)
    }
  }
  return {
    origin: [0, 0, 0],
    positions: Int32Array.from(positions),
    triangles: Uint32Array.from(triangles),
    classes: new Uint8Array(columns * columns).fill(2),
    maxError: 0.1,
    owners: new Uint32Array(triangles.length / 3),
  }
}

/** The triangles that are more than 2 m high. */
const steepOf = (mesh: Mesh): Mesh => {
  const triangles: number[] = []
  for (let t = 0; t < mesh.triangles.length; t += 3) {
    const corners = [...mesh.triangles.subarray(t, t + 3)]
    const heights = corners.map((v) => mesh.positions[3 * v + 2])
    if (Math.max(...heights) - Math.min(...heights) > 2000) triangles.push(...corners)
  }
  expect(triangles.length).toBeGreaterThan(0)
  return { ...mesh, triangles: Uint32Array.from(triangles), owners: new Uint32Array(triangles.length / 3) }
}

/**
 * Level ground with a canal `depth` mm deep and 6 m wide, its axis a wave. It ends `inset` columns
 * before the west and east.
 */
const canal = (inset: number, depth: number): Mesh => {
  const count = 65
  const at = (value: number): number => 2000 * value
  const isWater = (column: number, row: number): boolean =>
    column >= inset && column < count - 1 - inset && Math.abs(row - 31 - 8 * Math.sin(column / 10)) < 2
  const positions: number[] = []
  const wet = new Set<number>()
  const triangles: number[] = []
  const owners: number[] = []
  for (let row = 0; row + 1 < count; row++) {
    for (let column = 0; column + 1 < count; column++) {
      const a = row * count + column
      const corners = [a, a + 1, a + count + 1, a, a + count + 1, a + count]
      triangles.push(...corners)
      const owner = isWater(column, row) ? 1 : 0
      owners.push(owner, owner)
      if (owner === 1) for (const v of corners) wet.add(v)
    }
  }
  for (let v = 0; v < count * count; v++) {
    positions.push(at(v % count), at(Math.floor(v / count)), wet.has(v) ? 10_000 - depth : 10_000)
  }
  return {
    origin: [0, 0, 0],
    positions: Int32Array.from(positions),
    triangles: Uint32Array.from(triangles),
    classes: new Uint8Array(count * count).fill(2),
    maxError: 0.1,
    owners: Uint32Array.from(owners),
    objects: { ids: ["ground", "canal"], classes: Uint8Array.of(2, 9), columns: {} },
  }
}

/** Shares of the places of both waters where only one of the meshes has water. */
const waterApart = (fine: Mesh, coarse: Mesh): number => {
  const wetAt = (mesh: Mesh): ((x: number, y: number) => boolean) => {
    const [x, y] = [0, 1].map((k) => mesh.positions.filter((_, i) => i % 3 === k)) as [Int32Array, Int32Array]
    const water = [...mesh.owners!.keys()].filter((t) => mesh.objects!.classes[mesh.owners![t]!] === 9)
    if (water.length === 0) return () => false
    const lookup = new HeightLookup({ x, y, z: x, triangles: mesh.triangles }, water)
    return (px, py) => lookup.triangleAt(px, py) >= 0
  }
  const [a, b] = [wetAt(fine), wetAt(coarse)]
  let [either, one] = [0, 0]
  for (let x = 250; x < SIDE; x += 500) {
    for (let y = 250; y < SIDE; y += 500) {
      either += Number(a(x, y) || b(x, y))
      one += Number(a(x, y) !== b(x, y))
    }
  }
  return one / either
}

describe("coarserGround", () => {
  it.each([
    [0, 400],
    [6, 400],
    [0, 4000],
    [6, 4000],
  ])("a canal remains water, also where less deep than the bound (inset %i, %i mm)", (inset, depth) => {
    const fine = canal(inset, depth)
    const rule = { bound: 1200, side: SIDE, tileSide: SIDE / 2, maxTriangles: 1_000_000 }
    const { mesh, ownError } = coarserGround([fine], [0, 0, 0], rule)
    expect(mesh.triangles.length).toBeLessThan(fine.triangles.length / 8)
    expect(ownError).toBeLessThanOrEqual(2 * rule.bound)
    expect(waterApart(fine, mesh)).toBeLessThan(0.05)
  })

  it("keeps the walls of an underpass, and no place of either surface is farther from the other than it states", () => {
    const fine = underpass()
    const rule = { bound: BOUND, side: SIDE, tileSide: SIDE / 2, maxTriangles: 1_000_000 }
    const { mesh, ownError } = coarserGround([fine], [0, 0, 0], rule)
    expect(mesh.triangles.length).toBeLessThan(fine.triangles.length / 2)
    expect(ownError).toBeLessThan(3 * BOUND)
    expect(mesh.maxError).toBeCloseTo(0.1 + ownError / 1000, 9)
    const apart = (from: Mesh, to: Mesh, seed: number): number => {
      const index = triangleIndex(Float64Array.from(to.positions), to.triangles)
      const places = [...sampleMesh(from, 3000, seed), ...sampleMesh(steepOf(from), 3000, seed)]
      return Math.max(...places.map(({ x, y, z }) => index.distance(x, y, z)))
    }
    const [up, down] = [apart(mesh, fine, 3), apart(fine, mesh, 4)]
    for (const distance of [up, down]) expect(distance).toBeLessThanOrEqual(ownError)
    // Not much more than it needs.
    expect(ownError).toBeLessThan(5 * Math.max(up, down))
  })
})
