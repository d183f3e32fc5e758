import { describe, expect, it } from "vitest"
import type { Features } from "../../../engine/kernel.js"
import { scanScene } from "../../../fixtures/sample/scan.js"
import { makeScene } from "../../../fixtures/sample/scene.js"
import { decodeCanopyNodes } from "../../../kernels/handover/canopy/nodes.js"
import { decodeTreeList } from "../../../kernels/vegetation/tree/list.js"
import { fromFiles, fromMemory, tilesOver } from "../../scenes/footprint-stages.js"
import { runTrees } from "../../scenes/tree-scene.js"
import { sharedData } from "../../shared-data.js"

const scene = makeScene()
const points = fromMemory(scanScene(scene))
interface Layer {
  readonly features: readonly Features[]
  readonly lists: readonly Uint8Array[]
  readonly canopies: readonly Uint8Array[]
}

const layers = new Map<number, Promise<Layer>>()
/** What tiles of a side make of the scene. */
const layer = (side: number): Promise<Layer> => {
  const known = layers.get(side) ?? makeLayer(side)
  layers.set(side, known)
  return known
}
const makeLayer = async (side: number): Promise<Layer> => {
  const made = { features: [] as Features[], lists: [] as Uint8Array[], canopies: [] as Uint8Array[] }
  for (const tile of tilesOver(scene.box, side, 0)) {
    const values = await runTrees(points, tile, { vegetation: "canopy" })
    made.features.push(values["tree"] as Features)
    made.lists.push(values["tree-own"] as Uint8Array)
    made.canopies.push(values["canopy-own"] as Uint8Array)
  }
  return made
}

/** Rows of several layers, sorted by id. */
const rowsOf = (layers: readonly Features[]): unknown[] =>
  layers
    .flatMap(({ ids, coordinates, columns }) =>
      ids.map((id, i) => [
        id,
        coordinates[2 * i],
        coordinates[2 * i + 1],
        ...["height", "crown_radius", "height_ground", "confidence"].map((name) => columns[name].values[i] as number),
      ]),
    )
    .sort((a, b) => (String(a[0]) < String(b[0]) ? -1 : 1))

describe("vector.tree on the scene with known truth", () => {
  it("finds the trees that stand free, at their heights, and none on a roof", async () => {
    const { features } = await layer(200)
    const [{ ids, coordinates, columns }] = features
    const found = ids.map((_, i) => [coordinates[2 * i], coordinates[2 * i + 1], columns["height"].values[i] as number])
    // A tree that a taller one's crown covers or that leaves the scene has no top of its own.
    const free = scene.trees.filter(
      (tree) =>
        tree.height >= 4 &&
        scene.trees.every(
          (other) =>
            other === tree ||
            other.height < 2 ||
            Math.hypot(other.x - tree.x, other.y - tree.y) > other.radius + tree.radius,
        ) &&
        tree.x > scene.box[0] + 4 &&
        tree.x < scene.box[2] - 4 &&
        tree.y > scene.box[1] + 4 &&
        tree.y < scene.box[3] - 4,
    )
    expect(free.length).toBeGreaterThan(20)
    const errors = free.map((tree) => {
      const near = found.filter(([x, y]) => Math.hypot(x - tree.x, y - tree.y) < Math.max(1.5, 0.6 * tree.radius))
      return { count: near.length, height: near.length === 1 ? near[0][2] - tree.height : Number.NaN }
    })

    const once = errors.filter(({ count }) => count === 1)
    expect(once.length / free.length).toBeGreaterThan(0.95)
    for (const [x, y] of found) {
      expect(scene.surface(x, y).classification, `${x} ${y}`).not.toBe(6)
      expect(scene.trees.some((tree) => Math.hypot(tree.x - x, tree.y - y) < tree.radius + 0.5)).toBe(true)
    }
  })

  it("is the same in tiles of 200 and 100 m", async () => {
    const whole = await layer(200)
    for (const side of [100]) expect(rowsOf((await layer(side)).features)).toEqual(rowsOf(whole.features))
  })

  it("has nodes of the canopy where crowns are, the same in tiles of 200 and 100 m", async () => {
    const nodesOf = async (side: number): Promise<Map<string, number[]>> => {
      const rows = new Map<string, number[]>()
      for (const bytes of (await layer(side)).canopies) {
        const nodes = decodeCanopyNodes(bytes)
        for (let i = 0; i < nodes.column.length; i++) {
          if (nodes.share[i] <= 500) continue
          const own = [nodes.share[i], nodes.top[i], nodes.highest[i]]
          const key = `${nodes.column[i]} ${nodes.row[i]}`
          // What lies on a common line is the same in all tiles that meet there.
          if (rows.has(key)) expect(rows.get(key)).toEqual(own)
          rows.set(key, own)
        }
      }
      return rows
    }
    const whole = await nodesOf(200)
    const parts = await nodesOf(100)
    expect([...parts].sort()).toEqual([...whole].sort())
    expect(whole.size).toBeGreaterThan(50)
    for (const [key, [, top, highest]] of whole) {
      const [x, y] = key.split(" ").map((n) => 2.5 * Number(n)) as [number, number]
      const near = scene.trees.filter((tree) => Math.hypot(tree.x - x, tree.y - y) < tree.radius + 4)
      expect(near.length, key).toBeGreaterThan(0)
      expect(top).toBeLessThanOrEqual(highest!)
      expect(highest! / 1000).toBeLessThan(Math.max(...near.map((tree) => tree.z + tree.height)) + 0.5)
    }
  })

  it("the list for the mesh says what the layer says", async () => {
    const { features, lists } = await layer(200)
    const list = decodeTreeList(lists[0])
    expect(Array.from(list.x, (x, i) => [x / 1000, list.y[i] / 1000]).flat()).toEqual([...features[0].coordinates])
    expect(Array.from(list.height, (h) => h / 1000)).toEqual([
      ...(features[0].columns["height"].values as Float64Array),
    ])
    expect(decodeTreeList(new Uint8Array(0)).x.length).toBe(0)
    expect(() => decodeTreeList(new Uint8Array(40))).toThrow("--force")
  })
})

describe.skipIf(!sharedData)("trees on real data", () => {
  it("bat.laz: some trees, none beside a roof's point, none twice at a border", async () => {
    const paths = [`${sharedData}/lidar-hd/pdal-ign-plugin/input/bat.laz`]
    const box = [931100, 6449650, 931200, 6449700] as const
    const real = fromFiles(paths, box)
    const found: number[][] = []
    for (const tile of tilesOver(box, 50, 0)) {
      const { tree } = await runTrees(real, tile)
      const { ids, coordinates } = tree as Features
      ids.forEach((_, i) => {
        found.push([coordinates[2 * i], coordinates[2 * i + 1]])
      })
    }
    expect(found.length).toBeGreaterThan(15)
    expect(found.length).toBeLessThan(40)
    found.forEach(([x, y], i) => {
      for (const [u, v] of found.slice(i + 1)) expect(Math.hypot(x - u, y - v)).toBeGreaterThan(1.2)
    })
  })
})
