import { describe, expect, it } from "vitest"
import type { Kernel, Mesh, Tile } from "../../../engine/kernel.js"
import { type CanopyNodes, encodeCanopyNodes } from "../../../kernels/handover/canopy/nodes.js"
import vegetation from "../../../kernels/vegetation/crowns.js"
import { encodeTreeList } from "../../../kernels/vegetation/tree/list.js"
import { tileOf } from "../../scenes/footprint-stages.js"
import { optionsOf, scratch } from "../../scenes/kernel-run.js"

const tile: Tile = tileOf(100, 7700, 62770, 0)
const [X, Y] = tile.cell.map((v) => 1000 * v)

/** Flat ground under the tile, mm. */
const floorAt = (z: number): Mesh => ({
  origin: tile.origin,
  positions: Int32Array.of(0, 0, z, 100_000, 0, z, 100_000, 100_000, z, 0, 100_000, z),
  triangles: Uint32Array.of(0, 1, 2, 0, 2, 3),
  classes: new Uint8Array(4).fill(2),
  maxError: 0,
})

const runOn = (
  trees: Uint8Array,
  nodes: Uint8Array,
  given: Record<string, number | string>,
  ground = floorAt(50_000),
): Record<string, unknown> => {
  const kernel = vegetation as unknown as Kernel
  return kernel.run(
    tile,
    { "tree-own": trees, "canopy-own": nodes, ground } as never,
    optionsOf(kernel, given),
    scratch,
  )
}

/** x, y (metres from the tile's corner), ground, height, radius. */
const meshOf = (trees: readonly (readonly number[])[], given: Record<string, number | string> = {}): Mesh => {
  const mm = (k: number): number[] => trees.map((tree) => Math.round(1000 * tree[k]))
  const blob = encodeTreeList({
    x: Float64Array.from(mm(0), (v) => v + X),
    y: Float64Array.from(mm(1), (v) => v + Y),
    ground: Int32Array.from(mm(2)),
    height: Int32Array.from(mm(3)),
    radius: Int32Array.from(mm(4)),
  })
  return runOn(blob, encodeCanopyNodes(undefined), given)["crown"] as Mesh
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

  describe("as one canopy", () => {
    /** Nodes 2.5 m apart from the tile's corner on, each 10 m high or as given. */
    const nodesAt = (
      places: readonly (readonly [c: number, r: number, height?: number, highest?: number])[],
    ): CanopyNodes => {
      const of = (value: (at: (typeof places)[number]) => number): Int32Array => Int32Array.from(places, value)
      return {
        column: of(([c]) => X / 2500 + c),
        row: of(([, r]) => Y / 2500 + r),
        share: of(() => 1000),
        top: of(([, , height]) => 50_000 + (height ?? 10_000)),
        highest: of(([, , , highest]) => 50_000 + (highest ?? 12_000)),
      }
    }
    const canopyOf = (nodes: CanopyNodes, ground?: Mesh): Record<string, unknown> =>
      runOn(
        encodeTreeList({
          x: new Float64Array(0),
          y: new Float64Array(0),
          ground: new Int32Array(0),
          height: new Int32Array(0),
          radius: new Int32Array(0),
        }),
        encodeCanopyNodes(nodes),
        { vegetation: "canopy" },
        ground,
      )

    it("closes bodies over their nodes, one object a square of 25 m, from below the ground to the surface", () => {
      const values = canopyOf(
        nodesAt([
          [5, 5],
          [6, 5, 11_000],
          [6, 6],
          [15, 5, 9000, 14_500],
        ]),
      )
      const canopy = values["canopy"] as Mesh
      expect((values["crown"] as Mesh).triangles.length).toBe(0)
      expect([...canopy.objects!.classes]).toEqual([2, 5, 5])
      expect([...canopy.objects!.columns["height"].values]).toEqual([Number.NaN, 12, 14.5])
      const z = canopy.positions.filter((_, i) => i % 3 === 2)
      expect([Math.min(...z), Math.max(...z)]).toEqual([49_500, 61_000])
      const [, west, east] = bodiesOf(canopy)
      expect([west.closed, east.closed]).toEqual([true, true])
      const [, area] = canopy.objects!.columns["canopy_area"].values as Float64Array
      expect(west.volume).toBeGreaterThan(area * 6)
      expect(west.volume).toBeLessThan(area * 11.5)
      expect(values["crown-quality"]).toMatchObject({ crowns: 0, canopySquares: 2 })
    })

    it("has no walls between its squares, nor on the tile's border", () => {
      const row = Array.from({ length: 41 }, (_, c) => [c, 5] as const)
      const canopy = canopyOf(nodesAt(row))["canopy"] as Mesh
      expect(canopy.objects!.ids.length).toBe(5)
      const across = Array.from({ length: canopy.triangles.length / 3 }, (_, t) =>
        [0, 1, 2].map((k) => canopy.positions[3 * canopy.triangles[3 * t + k]]),
      ).filter(([a, b, c]) => a === b && b === c)
      expect(across).toEqual([])
    })

    it("leaves out what is lower than treeHeight, and what has no ground", () => {
      const low = nodesAt([
        [5, 5, 2900],
        [25, 5, 3000],
      ])
      expect((canopyOf(low)["canopy"] as Mesh).objects!.ids.length).toBe(2)
      // Ground in the south-east alone.
      const half = { ...floorAt(50_000), triangles: Uint32Array.of(0, 1, 2) }
      const both = nodesAt([
        [5, 25],
        [25, 5],
      ])
      expect((canopyOf(both)["canopy"] as Mesh).objects!.ids.length).toBe(3)
      const { positions, objects } = canopyOf(both, half)["canopy"] as Mesh
      expect(objects!.ids.length).toBe(2)
      expect(positions[0]).toBeGreaterThan(50_000)
    })

    it("is empty without nodes, and asks for them where vector.tree was not told", () => {
      const empty = canopyOf(nodesAt([]))["canopy"] as Mesh
      expect([empty.triangles.length, empty.positions.length, empty.objects!.ids.length]).toEqual([0, 0, 1])
      expect(() => meshOf([], { vegetation: "canopy" })).toThrow("--set vector.tree.vegetation=canopy")
    })
  })
})
