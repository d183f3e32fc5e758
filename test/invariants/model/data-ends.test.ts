/**
 * A scene whose data end obliquely, amid a building and amid a river: the model ends with them, at
 * any tile size.
 */
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { readJob } from "../../../engine/export/finished-job.js"
import { type PlacedMesh, placeMesh } from "../../../engine/export/placed-mesh.js"
import { decodeGlb } from "../../../engine/formats/tiles3d/decode-glb.js"
import { joinContents } from "../../../engine/formats/tiles3d/join-contents.js"
import { crsByEpsg } from "../../../engine/grid/crs.js"
import { openGeoid } from "../../../engine/grid/geoid.js"
import { type DataEnds, writeDataEnds } from "../../../fixtures/data-ends.js"
import { jsonOf, runKept } from "../../run-maille.js"

/** The meshes of the finest level. */
const meshesOf = async (out: string): Promise<PlacedMesh[]> => {
  const job = await readJob(out)
  const geoid = await openGeoid(job)
  const folder = join(out, "tiles", String(job.grid.leafLevel))
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith(".glb"))
  const contents = await Promise.all(names.map(async (name) => decodeGlb(await readFile(join(folder, name)), name)))
  return contents.map((content) => placeMesh(joinContents([content]), crsByEpsg(job.epsg), geoid, [0, 0, 0]))
}

describe("where the data end", () => {
  let folder = ""
  let made: DataEnds
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "maille-ends-"))
    made = await writeDataEnds(join(folder, "ends.las"), { pulsesPerM2: 2 })
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it.each([50, 250])("the model ends with them, every wall on the ground, in tiles of %i m", async (side) => {
    const out = join(folder, String(side))
    const ended = await runKept(["run", made.lidar, "--out", out, "--tile-size", `${side}`, "--products", "mesh"])
    expect(ended.code, ended.stderr).toBe(0)
    const checked = jsonOf(await runKept(["validate", out, "--json"]))
    expect(checked).toMatchObject({ ok: true, seams: { maxGapMm: 0 }, mesh: { openEdges: 0, nonManifoldEdges: 0 } })
    const worst = { beyond: 0, off: 0, hanging: 0 }
    let feet = 0
    for (const { positions: p, classes, triangles, faceClasses } of await meshesOf(out)) {
      const lowest = new Map<string, number>()
      for (let v = 0; v < classes.length; v++)
        worst.beyond = Math.max(worst.beyond, made.beyond(p[3 * v]!, p[3 * v + 1]!))
      for (const [corner, v] of triangles.entries()) {
        const [x, y, z] = [p[3 * v]!, p[3 * v + 1]!, p[3 * v + 2]!]
        const isWall = faceClasses[Math.floor(corner / 3)] === 6
        const place = `${x.toFixed(1)} ${y.toFixed(1)}`
        if (isWall)
          lowest.set(place, Math.min(lowest.get(place) ?? Number.POSITIVE_INFINITY, z - made.scene.ground(x, y)))
        else if (faceClasses[Math.floor(corner / 3)] === 2 && made.beyond(x, y) > -3)
          worst.off = Math.max(worst.off, Math.abs(z - made.scene.ground(x, y)))
      }
      // Vertices of roofs away from walls are metres above the ground.
      for (const above of lowest.values()) {
        if (above > 4) continue
        feet++
        worst.hanging = Math.max(worst.hanging, Math.abs(above))
      }
    }
    expect(feet).toBeGreaterThan(16)
    // The outline has nodes of a metre: one lies up to √5 m beyond an oblique end.
    expect(worst.beyond).toBeLessThan(Math.sqrt(5))
    // There heights follow the slope at the nearest point.
    expect(worst.off).toBeLessThan(0.65)
    expect(worst.hanging).toBeLessThan(0.05)
  })
})
