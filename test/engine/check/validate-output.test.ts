import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { afterAll, describe, expect, test } from "vitest"
import { validateOutput } from "../../../engine/check/validate-output.js"
import { encodeCog } from "../../../engine/formats/raster/tiff/cog.js"
import { encodeGlb } from "../../../engine/formats/tiles3d/glb.js"
import { boundingBox, chooseFrame } from "../../../engine/formats/tiles3d/tile-frame.js"
import { encodeTileset, type TileNode } from "../../../engine/formats/tiles3d/tileset.js"
import { encodeFlatGeobuf } from "../../../engine/formats/vector/flatgeobuf/writer.js"
import { crsByEpsg } from "../../../engine/grid/crs.js"
import { openGeoid } from "../../../engine/grid/geoid.js"
import { coverArea, TileKey } from "../../../engine/grid/tile-key.js"
import { layout } from "../../../engine/job/layout.js"
import { fileMeasures } from "../../../engine/job/release.js"
import type { Features, Mesh } from "../../../engine/kernel.js"
import { gridMesh, heightMm, provenance } from "../../scenes/content-scene.js"

const folders: string[] = []
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true })
})

const put = (folder: string, path: string, data: Uint8Array | string): void => {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), data)
}

const square = (
  id: string,
  x: number,
  points = [
    [0, 0],
    [10, 0],
    [10, 10],
    [0, 10],
    [0, 0],
  ],
): Features => ({
  geometry: "Polygon",
  dimension: 2,
  coordinates: Float64Array.from(points.flatMap(([u, v]) => [770500 + x + u, 6277500 + v])),
  ringEnds: Uint32Array.from([points.length]),
  partEnds: Uint32Array.from([1]),
  ids: [id],
  columns: {},
})

interface Faults {
  /** Changes the mesh of a tile before it is encoded. */
  readonly mesh?: (key: string, mesh: Mesh) => Mesh
  readonly parentError?: number
  readonly dtmShift?: number
  readonly epsg?: number
  readonly corner?: readonly [number, number]
  readonly layer?: Features
}

/**
 * Two parents of 100 m beside each other with their eight leaves of 50 m, rasters and one layer, as
 * a run writes them.
 */
const writeOutput = async (
  faults: Faults = {},
): Promise<{ folder: string; leaf: (dx: number, dy: number) => string }> => {
  const folder = mkdtempSync(join(tmpdir(), "maille-check-"))
  folders.push(folder)
  const epsg = faults.epsg ?? 2154
  const [x0, y0] = faults.corner ?? [770500, 6277500]
  const crs = crsByEpsg(epsg)
  const grid = coverArea(crs.area, 50)
  const geoid = await openGeoid({ heights: "ellipsoidal", epsg })
  put(folder, "job.json", JSON.stringify({ tileSize: 50, epsg, heights: "ellipsoidal" }))
  const content = (key: TileKey, n: number, geometricError: number, children: TileNode[]): TileNode => {
    const box = TileKey.box(grid, key)
    const name = TileKey.format(key)
    const plain = gridMesh(box, n, [box[0] - 0.25, box[1], 3])
    const mesh = faults.mesh?.(name, plain) ?? plain
    const frame = chooseFrame(crs, geoid, box, [20, 40])
    put(folder, `tiles/${name}.glb`, encodeGlb({ mesh, frame, ...provenance }))
    return { uri: `tiles/${name}.glb`, geometricError, centre: frame.centre, box: boundingBox(mesh, frame), children }
  }
  const parents = TileKey.covering(grid, grid.leafLevel - 1, [x0, y0, x0 + 200, y0 + 100]).map((parent) => {
    const leaves = TileKey.covering(grid, grid.leafLevel, TileKey.box(grid, parent)).map((key) => {
      const box = TileKey.box(grid, key)
      const data = new Float32Array(100 * 100)
      for (let i = 0; i < data.length; i++) {
        const x = box[0] + 0.25 + (i % 100) / 2
        const y = box[3] - 0.25 - Math.floor(i / 100) / 2
        data[i] = heightMm(Math.round(x * 1000), Math.round(y * 1000)) / 1000 + (faults.dtmShift ?? 0)
      }
      const raster = { width: 100, height: 100, minX: box[0], maxY: box[3], cellSize: 0.5, data }
      for (const product of ["dtm", "dsm"]) {
        put(folder, `raster/${product}/${TileKey.fileName(key)}.tif`, encodeCog(raster, { epsg, metadata: {} }))
      }
      return content(key, 10, 0.1, [])
    })
    return content(parent, 8, faults.parentError ?? 2, leaves)
  })
  put(folder, "tileset.json", encodeTileset({ geometricError: 3, children: parents }, provenance))
  put(
    folder,
    "vector/building.fgb",
    encodeFlatGeobuf(faults.layer ?? square("a", 0), { name: "building", epsg, metadata: {} }),
  )
  return { folder, leaf: (dx, dy) => `${grid.leafLevel}/${x0 / 50 + dx}/${y0 / 50 + dy}` }
}

const lifted = (mesh: Mesh, mm: number): Mesh => ({
  ...mesh,
  positions: mesh.positions.map((value, i) => (i % 3 === 2 ? value + mm : value)),
})
const isLeaf = (key: string, dx: number, dy: number): boolean =>
  key.endsWith(`/${770500 / 50 + dx}/${6277500 / 50 + dy}`)

describe("validateOutput", () => {
  test("a sound output: every seam 0 mm, nothing open, heights as the rasters", async () => {
    const { folder } = await writeOutput()
    const report = await validateOutput(folder)
    expect(report.problems).toEqual([])
    expect(report).toMatchObject({
      ok: true,
      gltf: { files: 10, errors: 0, warnings: 0 },
      // 2 × 4 leaves have 10 common sides, the two parents one.
      seams: { pairs: 11, maxGapMm: 0, unequalVertices: 0, oneSidedSegments: 0, betweenLevelsPairs: 4 },
      mesh: { openEdges: 0, nonManifoldEdges: 0, degenerate: 0, triangles: 8 * 200 + 2 * 128 },
      vector: { layers: 1, features: 1, invalid: 0, duplicated: 0 },
      rasters: { files: 16, unreadable: 0 },
    })
    expect(report.seams.betweenLevelsMaxM).toBeGreaterThan(0.01)
    expect(report.seams.betweenLevelsMaxM).toBeLessThan(2.1)
    expect(report.accuracy.groundRmse).toBeLessThan(0.06)
    expect(report.accuracy.groundMax).toBeLessThan(0.3)
    expect(report.accuracy.roofRmse).toBeLessThan(0.06)
  })

  test("Réunion, in the southern hemisphere", async () => {
    const { folder } = await writeOutput({ epsg: 2975, corner: [377000, 7655900] })
    const report = await validateOutput(folder)
    expect(report).toMatchObject({
      ok: true,
      seams: { pairs: 11, maxGapMm: 0, unequalVertices: 0 },
      mesh: { openEdges: 0 },
    })
    expect(report.accuracy.groundRmse).toBeLessThan(0.06)
  })

  test("a tile lifted by 4 mm shows as a gap of about 4 mm", async () => {
    const { folder } = await writeOutput({ mesh: (key, mesh) => (isLeaf(key, 1, 0) ? lifted(mesh, 4) : mesh) })
    const { ok, seams } = await validateOutput(folder)
    expect(ok).toBe(false)
    expect(seams.maxGapMm).toBeGreaterThan(1)
    expect(seams.maxGapMm).toBeLessThan(10)
    expect(seams.unequalVertices).toBeGreaterThan(0)
  })

  test("a tile moved by 4 mm along the ground shows too", async () => {
    const moved = (mesh: Mesh): Mesh => ({ ...mesh, origin: [mesh.origin[0] + 0.004, mesh.origin[1], mesh.origin[2]] })
    const { folder } = await writeOutput({ mesh: (key, mesh) => (isLeaf(key, 1, 0) ? moved(mesh) : mesh) })
    const { ok, seams } = await validateOutput(folder)
    expect([ok, seams.maxGapMm > 1]).toEqual([false, true])
  })

  test("a hole inside, a hole at the border, a triangle turned over", async () => {
    const without = (mesh: Mesh, first: number): Mesh => ({
      ...mesh,
      triangles: mesh.triangles.filter((_, i) => i < first || i >= first + 6),
    })
    const middle = await writeOutput({ mesh: (key, mesh) => (isLeaf(key, 1, 0) ? without(mesh, 6 * 44) : mesh) })
    expect(await validateOutput(middle.folder)).toMatchObject({
      ok: false,
      mesh: { openEdges: 4 },
      seams: { maxGapMm: 0 },
    })
    const border = await writeOutput({ mesh: (key, mesh) => (isLeaf(key, 1, 0) ? without(mesh, 6 * 50) : mesh) })
    const report = await validateOutput(border.folder)
    expect(report).toMatchObject({ ok: false, mesh: { openEdges: 3, outlineEdges: 0 }, seams: { oneSidedSegments: 1 } })
    const turned = await writeOutput({
      mesh: (key, mesh) =>
        isLeaf(key, 1, 0)
          ? { ...mesh, triangles: mesh.triangles.with(300, mesh.triangles[301]).with(301, mesh.triangles[300]) }
          : mesh,
    })
    expect((await validateOutput(turned.folder)).mesh.nonManifoldEdges).toBe(3)
  })

  test("levels further apart than their geometric errors allow", async () => {
    const { folder } = await writeOutput({
      parentError: 0.2,
      mesh: (key, mesh) => (key.endsWith("/7705/62775") ? lifted(mesh, 5000) : mesh),
    })
    const { ok, seams, problems } = await validateOutput(folder)
    expect([ok, seams.betweenLevelsMaxM > 4]).toEqual([false, true])
    expect(problems.join()).toMatch(/geometric errors allow/)
  })

  test("a raster 1 m off shows in the accuracy", async () => {
    const { folder } = await writeOutput({ dtmShift: 1 })
    const { accuracy } = await validateOutput(folder)
    expect(accuracy.groundRmse).toBeCloseTo(1, 1)
    expect(accuracy.roofRmse).toBeCloseTo(1, 1)
  })

  test("a content in the wrong place, a cut content, a cut raster and a cut layer", async () => {
    const { folder, leaf } = await writeOutput()
    const tileset = join(folder, "tileset.json")
    writeFileSync(tileset, readFileSync(tileset, "utf8").replace(/(\d\.\d+)(,1\],"boundingVolume")/, "9$1$2"))
    const glb = join(folder, `tiles/${leaf(0, 0)}.glb`)
    writeFileSync(glb, readFileSync(glb).subarray(0, 900))
    put(folder, "raster/dsm/x.tif", "no TIFF")
    put(folder, "vector/contour.fgb", readFileSync(join(folder, "vector/building.fgb")).subarray(0, 60))
    const report = await validateOutput(folder)
    expect(report).toMatchObject({ ok: false, rasters: { unreadable: 1 }, gltf: { files: 9 } })
    for (const text of [/transform in the tileset/, /not a complete GLB/, /x\.tif/, /contour\.fgb/]) {
      expect(
        report.problems.some((line) => text.test(line)),
        String(text),
      ).toBe(true)
    }
  })

  test("invalid and repeated features", async () => {
    const bow = await writeOutput({
      layer: square("a", 0, [
        [0, 0],
        [10, 10],
        [10, 0],
        [0, 11],
        [0, 0],
      ]),
    })
    expect(await validateOutput(bow.folder)).toMatchObject({ ok: false, vector: { invalid: 1 } })
  })

  test("only rasters: no mesh is no fault; a folder of something else is refused", async () => {
    const folder = mkdtempSync(join(tmpdir(), "maille-check-"))
    folders.push(folder)
    await expect(validateOutput(folder)).rejects.toMatchObject({ code: "E_INPUT" })
    put(folder, "job.json", JSON.stringify({ tileSize: 50, epsg: 2154, heights: "ellipsoidal" }))
    const report = await validateOutput(folder)
    expect(report).toMatchObject({ ok: true, gltf: { files: 0 }, accuracy: { groundRmse: null, roofRmse: null } })
  })
})

describe("validateOutput, and the verdict of the run", () => {
  test("a run that is not fit for release fails, with its reasons", async () => {
    const { folder } = await writeOutput()
    const row = { metric: "mesh.terrain.rejectedShare", fail: 0.02, worst: 0.03525, worstTile: "17/5128/54038" }
    const problemsOf = async (report: unknown): Promise<readonly string[]> => {
      put(folder, "report.json", JSON.stringify(report))
      return (await validateOutput(folder)).problems
    }
    const fit = { failed: 0, quarantined: 0, quality: { thresholds: [{ ...row, failed: 0 }] } }
    expect(await problemsOf(fit)).toEqual([])
    expect(await problemsOf({ ...fit, quality: { thresholds: [{ ...row, failed: 2 }] } })).toEqual([
      "report.json: mesh.terrain.rejectedShare 0.0352, above 0.02, in tile 17/5128/54038",
    ])
    expect(await problemsOf({ ...fit, failed: 1, quarantined: 2 })).toEqual(["report.json: 3 tasks failed"])
    expect(await problemsOf({ ...fit, quarantined: 1, missing: { inputs: 1, layers: ["tree"] } })).toEqual([
      "report.json: 1 input file left out",
      "report.json: no feature in the layer tree, which the job asks for",
    ])
    expect(await problemsOf({ ...fit, missing: { inputs: 1 } })).toEqual([expect.stringMatching(/damaged/)])
    expect(await problemsOf({})).toEqual([expect.stringMatching(/^report.json: damaged/)])
  })

  test("every measure that a run does not take fails here, by its name", async () => {
    const faultsOf = async (faults: Faults, spoil: (folder: string) => void = () => undefined): Promise<string[]> => {
      const { folder } = await writeOutput(faults)
      spoil(folder)
      const { ok, faults: found } = await validateOutput(folder)
      expect(ok).toBe(false)
      return Object.keys(found)
    }
    const leafMesh = (change: (mesh: Mesh) => Mesh): Faults => ({
      mesh: (key, mesh) => (isLeaf(key, 1, 0) ? change(mesh) : mesh),
    })
    const open = (mesh: Mesh): Mesh => ({ ...mesh, triangles: mesh.triangles.filter((_, i) => i < 264 || i >= 270) })
    const shifted = (folder: string): void =>
      put(folder, "job.json", JSON.stringify({ tileSize: 50, epsg: 2154, geoid: join(folder, "none.tif") }))
    const found = {
      contents: await faultsOf({}, (folder) => put(folder, "tileset.json", "{}")),
      edges: await faultsOf(leafMesh(open)),
      seams: await faultsOf(leafMesh((mesh) => lifted(mesh, 4))),
      solids: await faultsOf({}, (folder) => put(folder, layout.solids, "{}")),
      heights: await faultsOf({}, shifted),
      vectors: await faultsOf({}, (folder) => put(folder, "vector/tree.fgb", "none")),
      rasters: await faultsOf({}, (folder) => put(folder, "raster/dsm/x.tif", "none")),
    }
    expect(Object.keys(found)).toEqual(Object.keys(fileMeasures))
    for (const [measure, names] of Object.entries(found)) expect(names).toEqual([measure])
  })

  test("a job that asks for a mesh and has no content is not ok, with or without a tileset", async () => {
    const folder = mkdtempSync(join(tmpdir(), "maille-check-"))
    folders.push(folder)
    const asking = (...products: string[]): void =>
      put(folder, "job.json", JSON.stringify({ products, tileSize: 50, epsg: 2154, heights: "ellipsoidal" }))
    for (const products of [["mesh"], ["dtm", "texture"]]) {
      asking(...products)
      expect((await validateOutput(folder)).problems).toEqual([expect.stringMatching(/no content.*asks for a mesh/)])
    }
    put(folder, "tileset.json", encodeTileset({ geometricError: 1, children: [] }, provenance))
    expect((await validateOutput(folder)).ok).toBe(false)
    asking("dtm", "vector")
    expect((await validateOutput(folder)).ok).toBe(true)
    const whole = await writeOutput()
    const job = join(whole.folder, "job.json")
    writeFileSync(job, JSON.stringify({ ...JSON.parse(readFileSync(job, "utf8")), products: ["mesh"] }))
    expect((await validateOutput(whole.folder)).ok).toBe(true)
  })
})
