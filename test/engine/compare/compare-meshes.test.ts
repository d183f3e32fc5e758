import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { compareMeshes } from "../../../engine/compare/compare-meshes.js"
import type { Box2 } from "../../../engine/core/geometry/box.js"
import { encodeGlb } from "../../../engine/formats/tiles3d/glb.js"
import { crsByEpsg } from "../../../engine/grid/crs.js"
import type { Mesh } from "../../../engine/kernel.js"
import { frameAt, gridMesh, provenance } from "../../scenes/content-scene.js"

const crs = crsByEpsg(2154)
const [west, south] = [770_500, 6_277_500]
const SQUARES = 10
let folder = ""
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "maille-meshes-"))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

interface Tile {
  readonly key: string
  readonly box: Box2
  /** Vertices at other heights than 40 m: column and row of the grid, and metres above it. */
  readonly raised?: readonly (readonly [column: number, row: number, by: number])[]
  /** The objects of the triangles of each row of squares, from the south, and their heights. */
  readonly objects?: Readonly<Record<string, number>>
}

/** A level ground of 10 × 10 squares. */
const tileMesh = ({ box, raised = [], objects = {} }: Tile): Mesh => {
  const mesh = gridMesh(box, SQUARES)
  const positions = mesh.positions.map((value, i) => (i % 3 === 2 ? 40_000 : value))
  for (const [column, row, by] of raised) positions[3 * (row * (SQUARES + 1) + column) + 2]! += 1000 * by
  const ids = ["", ...Object.keys(objects)]
  const owners = Uint32Array.from({ length: mesh.triangles.length / 3 }, (_, t) => {
    const row = Math.floor(t / (2 * SQUARES))
    return row + 1 < ids.length ? row + 1 : 0
  })
  const values = Float64Array.from([Number.NaN, ...Object.values(objects)])
  const classes = Uint8Array.from(ids, (id) => (id === "" ? 2 : 6))
  return { ...mesh, positions, owners, objects: { ids, classes, columns: { height: { type: "number", values } } } }
}

const write = async (name: string, tiles: readonly Tile[]): Promise<string> => {
  for (const tile of tiles) {
    const file = join(folder, name, "tiles", `${tile.key}.glb`)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, encodeGlb({ mesh: tileMesh(tile), frame: frameAt(2154, tile.box), ...provenance }))
  }
  return join(folder, name)
}

const compare = (a: string, b: string, hasEqualTiles = true) =>
  compareMeshes({ a, b, crs, hasEqualTiles, progress: () => undefined })

const boxAt = (from: number, to: number): Box2 => [west + from, south, west + to, south + 50]
const first: Tile = { key: "17/100/200", box: boxAt(0, 50), objects: { house: 8, shed: 3, old: 4 } }
const second: Tile = { key: "17/101/200", box: boxAt(50, 100) }
const parent: Tile = { key: "16/50/100", box: boxAt(0, 100) }

describe("compareMeshes", () => {
  it("counts contents, tiles of the finest level, and objects; measures the farthest vertex and its place", async () => {
    const a = await write("a", [first, second, parent])
    const changed: Tile = { ...first, raised: [[5, 4, 2]], objects: { house: 9, shed: 3, fresh: 4 } }
    const b = await write("b", [changed, second, { ...parent, raised: [[2, 2, 50]] }])
    const found = await compare(a, b)
    expect(found).toMatchObject({ equal: 1, changed: 2, onlyA: 0, onlyB: 0, tiles: [first.key] })
    expect(found.objects).toEqual({ equal: 1, changed: 1, new: 1, gone: 1 })
    const { largest, fromA, fromB, at, vertices, measured } = found.distance!
    // Contents have a lattice of some millimetres.
    expect(fromB).toBeCloseTo(2, 2)
    expect(largest).toBe(fromB)
    // From a vertex of the level ground to a flank of the peak: 5 m wide, 2 m high.
    expect(fromA).toBeGreaterThan(1.5)
    expect(fromA).toBeLessThan(fromB)
    expect(Math.hypot(at[0] - (west + 25), at[1] - (south + 20))).toBeLessThan(0.2)
    expect(vertices).toBeGreaterThanOrEqual(2 * (SQUARES + 1) ** 2)
    expect(measured).toBe(vertices)
  })

  it("finds the surface in the next tile, where a border moved", async () => {
    const a = await write("border-a", [first, second])
    const b = await write("border-b", [
      { ...first, box: boxAt(0, 44) },
      { ...second, box: boxAt(44, 100) },
    ])
    const found = await compare(a, b)
    expect(found.tiles).toEqual([first.key, second.key])
    expect(found.distance!.largest).toBeLessThan(0.02)
  })

  it("has no difference of a mesh and itself, and only contents where tiles have other sizes", async () => {
    const a = await write("same", [first, second])
    const none = { equal: 2, changed: 0, onlyA: 0, onlyB: 0 }
    expect(await compare(a, a)).toEqual({ ...none, tiles: [], objects: { equal: 0, changed: 0, new: 0, gone: 0 } })
    expect(await compare(a, a, false)).toEqual(none)
    const b = await write("less", [first])
    expect(await compare(a, b)).toEqual({
      ...{ ...none, equal: 1, onlyA: 1, tiles: [second.key] },
      objects: { equal: 0, changed: 0, new: 0, gone: 0 },
    })
  })
})
