/**
 * Closed scenes: of a town with known volumes, of surfaces with voids, and against the rules of
 * manifolds.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { meshEdges } from "../../../../engine/core/geometry/mesh-edges.js"
import { seededRandom } from "../../../../engine/core/random.js"
import { closeSurface } from "../../../../engine/export/closed/close-surface.js"
import { type ClosedRequest, exportClosed } from "../../../../engine/export/closed/export-closed.js"
import { measureVolume, type OwnedMesh } from "../../../../engine/export/closed/owned-mesh.js"
import { withoutThin } from "../../../../engine/export/closed/thin-triangles.js"
import { loadSolids } from "../../../../engine/export/closed/unite.js"
import { readGlb } from "../../../../engine/formats/tiles3d/glb-container.js"
import { mailleKept as maille } from "../../../cli/maille.js"
import { townMesh } from "../../../scenes/content-town.js"
import { writeTown } from "../../../scenes/content-town-output.js"

const folder = mkdtempSync(join(tmpdir(), "maille-closed-"))
const town = join(folder, "town")
const bbox = [770500, 6277500, 770600, 6277600] as const
beforeAll(async () => void (await writeTown(town, undefined, 100)))
afterAll(() => rmSync(folder, { recursive: true }))

const write = async (more: Partial<ClosedRequest> = {}) => {
  const scene = await exportClosed({ folder: town, format: "stl", out: join(folder, "scene.stl"), ...more })
  return { scene, mesh: readStl(readFileSync(scene.path)) }
}

/** A binary STL as this test's own reader finds it: three vertices a triangle. */
const readStl = (bytes: Buffer): { positions: Float64Array; triangles: Uint32Array } => {
  const count = bytes.readUInt32LE(80)
  expect(bytes.length).toBe(84 + 50 * count)
  const positions = Float64Array.from({ length: 9 * count }, (_, i) =>
    bytes.readFloatLE(84 + 50 * Math.floor(i / 9) + 12 + 4 * (i % 9)),
  )
  return { positions, triangles: Uint32Array.from({ length: 3 * count }, (_, i) => i) }
}

const expectClosed = (mesh: { positions: Float64Array; triangles: Uint32Array }): void => {
  const { open, nonManifold, degenerate } = meshEdges(mesh.positions, mesh.triangles)
  expect({ open: open.length, nonManifold, degenerate }).toEqual({ open: 0, nonManifold: 0, degenerate: 0 })
}

/** Volume of the town's houses. */
const houses = [1, 3, 5, 7].reduce((sum, i) => sum + 4 * (100 / 9) ** 2 * (6 + 0.01 * i), 0)

describe("a closed town", () => {
  it("is one solid of the volume of its block and houses; what hangs free is counted", async () => {
    const { scene, mesh } = await write({ base: 20 })
    expectClosed(mesh)
    expect(scene).toMatchObject({ base: 20, voids: 0, thinTriangles: 0, offset: [770500, 6277500, 0] })
    expect(scene).toMatchObject({ crossings: 0, parts: 1, looseTrees: 0, looseDecks: 1 })
    expect(scene.volumeM3 / (100 * 100 * 10 + houses)).toBeCloseTo(1, 4)
    expect(measureVolume({ ...mesh, owners: new Uint32Array() }) / scene.volumeM3).toBeCloseTo(1, 6)
    const trees = await write({ base: 20, trees: true })
    expectClosed(trees.mesh)
    expect(trees.scene).toMatchObject({ parts: 1, crossings: 0, looseTrees: 1, looseDecks: 1 })
    expect(trees.scene.volumeM3 / scene.volumeM3).toBeCloseTo(1, 4)
  })

  it("is cut at the box, through houses too, and stays closed", async () => {
    const [minX, minY] = bbox
    const { scene, mesh } = await write({ bbox: [minX + 15, minY + 15, minX + 65, minY + 40], base: 29 })
    expectClosed(mesh)
    expect(scene.volumeM3).toBeGreaterThan(50 * 25)
    const extent = [0, 1].map((axis) => mesh.positions.filter((_, i) => i % 3 === axis))
    expect(extent.map((values) => [Math.min(...values), Math.max(...values)])).toEqual([
      [0, 50],
      [0, 25],
    ])
  })

  it("is the same in OBJ, PLY and glTF, with the objects of its faces", async () => {
    const { scene } = await write({ base: 20 })
    for (const format of ["obj", "ply", "glb"] as const) {
      const other = await exportClosed({ folder: town, format, base: 20, out: join(folder, `scene.${format}`) })
      expect(other).toMatchObject({ triangles: scene.triangles, volumeM3: scene.volumeM3 })
    }
    expect(readFileSync(join(folder, "scene.obj"), "utf8")).toContain("g building_house-3-5")
    const { document } = readGlb(readFileSync(join(folder, "scene.glb")))
    expect(document.meshes?.[0]?.primitives).toHaveLength(new Set(townMesh(bbox, 9).objects?.classes).size - 2)
  })

  it("is refused with the figure: too large, above its base, outside its tiles", async () => {
    const far = [770000, 6277000, 771001, 6278000] as const
    await expect(write({ bbox: far })).rejects.toThrow("the scene covers 1.001 km², more than 1 km²")
    await expect(write({ base: 30 })).rejects.toThrow("--base: 30 m is not below the surface")
    await expect(write({ bbox: [0, 0, 10, 10] })).rejects.toThrow("no mesh in the box. There is one within 770500,")
    const half = await writeTown(join(folder, "half"), undefined, 100, [770500, 6277500, 770550, 6277600])
    const empty = exportClosed({ folder: half, format: "stl", bbox: [770560, 6277510, 770590, 6277590] })
    await expect(empty).rejects.toThrow("no mesh in the box. There is one within 770500,6277500,770550,")
    const { code, stderr } = await maille("export", town, "--base", "3")
    expect([code, stderr]).toEqual([2, expect.stringContaining("Give --closed too")])
  })
})

/** A surface of square cells at a height, without some of them. */
const cells = (n: number, z: number, without: readonly number[]): OwnedMesh => {
  const positions = Float64Array.from({ length: 3 * (n + 1) ** 2 }, (_, i) => {
    const v = Math.floor(i / 3)
    return [v % (n + 1), Math.floor(v / (n + 1)), z][i % 3]!
  })
  const corners = Array.from({ length: n * n }, (_, cell) => {
    const v = Math.floor(cell / n) * (n + 1) + (cell % n)
    return without.includes(cell) ? [] : [v, v + 1, v + n + 2, v, v + n + 2, v + n + 1]
  }).flat()
  return { positions, triangles: Uint32Array.from(corners), owners: new Uint32Array(corners.length / 3) }
}

describe("closing a surface", () => {
  it("puts lids on voids, also where two meet in a vertex, and counts them", async () => {
    const { triangulate } = await loadSolids()
    const closed = closeSurface(cells(5, 2, [6, 12, 13]), 0, triangulate)
    expectClosed(closed)
    expect(closed.voids).toBe(2)
    expect(closed.filledM2).toBeCloseTo(3, 9)
    expect(measureVolume(closed)).toBeCloseTo(50, 9)
  })

  it("refuses a surface with two triangles on one side of an edge", async () => {
    const { triangulate } = await loadSolids()
    const { positions, triangles } = cells(1, 2, [])
    const twice = { positions, triangles: Uint32Array.of(...triangles, 0, 1, 2), owners: new Uint32Array(3) }
    expect(() => closeSurface(twice, 0, triangulate)).toThrow("cannot be closed")
  })
})

describe("thin triangles", () => {
  it("are flipped or collapsed, and the mesh stays closed with its volume", async () => {
    const { triangulate, unite } = await loadSolids()
    const { positions, triangles, owners } = closeSurface(cells(3, 2, []), 0, triangulate)
    // Moves an inner vertex to within 4 mm of its neighbour, and another onto the line between two.
    positions.set([1.004, 1, 2], 3 * 6)
    const thick = withoutThin({ positions, triangles, owners }, 0.01)
    expectClosed(thick)
    expect(thick.thinTriangles).toBe(0)
    expect(thick.triangles.length).toBeLessThan(triangles.length)
    expect(measureVolume(thick)).toBeCloseTo(18, 1)
    const two = unite(
      [closeSurface(cells(3, 2, []), 0, triangulate), closeSurface(cells(2, 3, []), 1, triangulate)],
      1,
      0,
    )
    expect(two.volumeM3).toBeCloseTo(18 + 4, 4)
  })

  it("are removed also where several lie side by side, with long edges", async () => {
    const { triangulate } = await loadSolids()
    const random = seededRandom(1)
    for (let run = 0; run < 20; run++) {
      const surface = cells(4, 2, [])
      // Rows 1 to 3 lie within 4 to 12 mm of each other.
      for (let v = 6; v < 19; v++)
        if (v % 5 > 0 && v % 5 < 4)
          surface.positions.set([(v % 5) + 0.3 * random() - 0.15, 0.008 * Math.floor(v / 5) * (0.5 + random())], 3 * v)
      const thick = withoutThin(closeSurface(surface, 0, triangulate), 0.01)
      expectClosed(thick)
      expect(thick.thinTriangles).toBe(0)
      expect(measureVolume(thick) / 32).toBeCloseTo(1, 2)
    }
  })
})
