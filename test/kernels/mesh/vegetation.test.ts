import { describe, expect, it } from "vitest"
import type { Kernel, Mesh, Tile } from "../../../engine/kernel.js"
import { encodeTreeList } from "../../../kernels/lib/tree-list.js"
import vegetation from "../../../kernels/mesh/vegetation.js"
import { optionsOf, scratch, tileOf } from "../site-stages.js"

const tile: Tile = tileOf(100, 7700, 62770, 0)
const [X, Y] = tile.cell.map((v) => 1000 * v)

/** x, y (metres from the tile's corner), ground, height, radius. */
const meshOf = (trees: readonly (readonly number[])[], given: Record<string, number | string> = {}): Mesh => {
  const kernel = vegetation as unknown as Kernel
  const mm = (k: number): number[] => trees.map((tree) => Math.round(1000 * tree[k]))
  const blob = encodeTreeList({
    x: Float64Array.from(mm(0), (v) => v + X),
    y: Float64Array.from(mm(1), (v) => v + Y),
    ground: Int32Array.from(mm(2)),
    height: Int32Array.from(mm(3)),
    radius: Int32Array.from(mm(4)),
  })
  return kernel.run(tile, { "tree-own": blob } as never, optionsOf(kernel, given), scratch)["crown"] as Mesh
}

/** Volume of each object, m³, and whether each of its directed edges has its one opposite. */
const bodiesOf = ({ positions: p, triangles, owners, objects }: Mesh): { volume: number; closed: boolean }[] =>
  objects!.ids.map((_, row) => {
    const edges = new Map<string, number>()
    let volume = 0
    for (let t = 0; t < triangles.length; t += 3) {
      if (owners![t / 3] !== row) continue
      const v = [...triangles.subarray(t, t + 3)]
      v.forEach((a, i) => {
        const edge = `${a} ${v[(i + 1) % 3]}`
        edges.set(edge, (edges.get(edge) ?? 0) + 1)
      })
      const [a, b, c] = v.map((i) => [p[3 * i], p[3 * i + 1], p[3 * i + 2]])
      const cross = [b[1] * c[2] - b[2] * c[1], b[2] * c[0] - b[0] * c[2], b[0] * c[1] - b[1] * c[0]]
      volume += (a[0] * cross[0] + a[1] * cross[1] + a[2] * cross[2]) / 6e9
    }
    const closed = [...edges].every(([edge, n]) => n === 1 && edges.get(edge.split(" ").reverse().join(" ")) === 1)
    return { volume, closed }
  })

describe("mesh.vegetation", () => {
  it("one closed body a tree, outward, from below the ground to its top, with its attributes", () => {
    const mesh = meshOf([
      [10, 10, 50, 12, 3],
      [30.25, 40.75, 52, 4, 1],
    ])
    expect(mesh.objects!.ids.length).toBe(3)
    expect([...mesh.objects!.classes]).toEqual([2, 5, 5])
    expect([...mesh.objects!.columns["height"].values]).toEqual([Number.NaN, 12, 4])
    expect([...mesh.objects!.columns["crown_radius"].values]).toEqual([Number.NaN, 3, 1])
    expect(mesh.triangles.length / 3).toBe(48)
    const [ground, oak, bush] = bodiesOf(mesh)
    expect(ground).toEqual({ volume: 0, closed: true })
    expect([oak.closed, bush.closed]).toEqual([true, true])
    // Of a body of revolution about as wide as the crown and as deep as 2.5 radii.
    expect(oak.volume).toBeGreaterThan(0.35 * Math.PI * 9 * 7.5)
    expect(oak.volume).toBeLessThan(Math.PI * 9 * 7.5)
    expect(bush.volume).toBeGreaterThan(0)
    const z = Array.from({ length: 16 }, (_, v) => mesh.positions[3 * v + 2])
    expect(Math.max(...z)).toBe(62000)
    expect(Math.min(...z)).toBe(49500)
  })

  it("of tops in one square the tallest stands for all; spacing 0 keeps each; none keeps nothing", () => {
    const wood = [
      [11, 11, 50, 8, 1],
      [13, 13, 50, 12, 1],
      [14, 11, 50, 12, 1],
      [16, 11, 50, 7, 1],
    ]
    const merged = meshOf(wood)
    expect([...merged.objects!.columns["height"].values]).toEqual([Number.NaN, 12, 7])
    const stem = [3 * 11, 3 * 11 + 1].map((k) => merged.positions[k])
    const reach = Array.from({ length: 12 }, (_, v) =>
      Math.hypot(merged.positions[3 * v] - stem[0], merged.positions[3 * v + 1] - stem[1]),
    )
    expect(Math.max(...reach)).toBeCloseTo(2500, -1)
    expect(meshOf(wood, { treeSpacing: 0 }).objects!.ids.length).toBe(5)
    expect(meshOf(wood, { treeSpacing: 0, treeHeight: 8 }).objects!.ids.length).toBe(4)
    const none = meshOf(wood, { vegetation: "none" })
    expect([none.triangles.length, none.positions.length, none.objects!.ids.length]).toEqual([0, 0, 1])
  })
})
