/** `readMesh`: the town of the export's test, read back in the CRS, whole and in parts. */
import { copyFile, mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, expect, it } from "vitest"
import { crsByEpsg } from "../../../engine/grid/crs.js"
import { coverArea } from "../../../engine/grid/tile-key.js"
import { type ContentMesh, readMesh } from "../../../engine/library/tiles3d.js"
import { townMesh } from "../../scenes/content-town.js"
import { writeTown } from "../../scenes/content-town-output.js"

const box = [770500, 6277500, 770600, 6277600] as const
const town = townMesh(box, 9)
let out: string
beforeAll(async () => {
  out = await mkdtemp(join(tmpdir(), "maille-tiles3d-"))
  await writeTown(out, undefined, 100)
})
afterAll(() => rm(out, { recursive: true }))

const collect = async (path: string, query = {}): Promise<ContentMesh[]> => {
  const found: ContentMesh[] = []
  for await (const one of readMesh(path, query)) found.push(one)
  return found
}
/** Area of the triangles of a class. */
const areaOf = (
  positions: ArrayLike<number>,
  triangles: Uint32Array,
  takes: (t: number) => boolean,
  unit: number,
): number => {
  let sum = 0
  for (let t = 0; t < triangles.length / 3; t++) {
    if (!takes(t)) continue
    const [a, b, c] = [0, 1, 2].map((k) => [0, 1, 2].map((axis) => positions[3 * triangles[3 * t + k] + axis] * unit))
    const [u, v] = [b, c].map((p) => p.map((value, axis) => value - a[axis]))
    sum += Math.hypot(u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]) / 2
  }
  return sum
}

it("gives the triangles of all parts in CRS metres, with their objects", async () => {
  const contents = await collect(out)
  expect(contents.length).toBeGreaterThan(1)
  expect(contents.reduce((sum, { triangles }) => sum + triangles.length, 0)).toBeGreaterThanOrEqual(
    town.triangles.length,
  )
  const { leafLevel } = coverArea(crsByEpsg(2154).area, 100)
  expect(new Set(contents.map(({ key }) => key))).toEqual(new Set([`${leafLevel}/7705/62775`]))
  for (const code of [2, 6]) {
    const truth = areaOf(town.positions, town.triangles, (t) => town.objects!.classes[town.owners![t]] === code, 0.001)
    const found = contents.map(({ positions, triangles, triangleClasses }) =>
      areaOf(positions, triangles, (t) => triangleClasses[t] === code, 1),
    )
    const sum = found.reduce((all, one) => all + one, 0)
    expect(truth).toBeGreaterThan(0)
    expect(Math.abs(sum - truth)).toBeLessThan(1e-3 * truth)
  }
  const ids = new Set(contents.flatMap(({ objects, features }) => [...features].map((row) => objects.ids[row])))
  expect(ids).toEqual(new Set([...town.owners!].map((row) => town.objects!.ids[row])))
  for (const { positions } of contents)
    for (let i = 0; i < positions.length; i += 3) {
      expect(positions[i] - box[0]).toBeGreaterThan(-0.01)
      expect(box[3] - positions[i + 1]).toBeGreaterThan(-0.01)
    }
})

it("reads the contents of a box, and none of another level", async () => {
  const all = await collect(join(out, "tileset.json"))
  const some = await collect(out, { box: [770500, 6277500, 770510, 6277510] })
  expect(some.length).toBeGreaterThan(0)
  expect(some.length).toBeLessThan(all.length)
  expect(await collect(out, { box: [0, 0, 1, 1] })).toEqual([])
  expect(await collect(out, { level: 3 })).toEqual([])
})

it("reads a content by itself with a stated CRS, and asks for what it cannot know", async () => {
  const [first] = await collect(out)
  const folder = await mkdtemp(join(tmpdir(), "maille-content-"))
  await copyFile(join(out, first.path), join(folder, "one.glb"))
  const [content] = await collect(join(folder, "one.glb"), { epsg: 2154, heights: "ellipsoidal" })
  expect(content.positions).toEqual(first.positions)
  await expect(collect(join(folder, "one.glb"))).rejects.toThrow(/epsg: the tileset states no CRS/)
  await expect(collect(join(folder, "one.glb"), { epsg: 2154 })).rejects.toThrow(/Give heights/)
  await expect(collect(join(folder, "none.glb"), { epsg: 2154, heights: "ellipsoidal" })).rejects.toThrow(/none\.glb/)
  await rm(folder, { recursive: true })
})
