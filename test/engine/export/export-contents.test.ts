import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { checkGltf } from "../../../engine/check/check-tile.js"
import { exportContents } from "../../../engine/export/export-contents.js"
import { decodeGlb } from "../../../engine/formats/tiles3d/decode-glb.js"
import { readGlb } from "../../../engine/formats/tiles3d/glb-container.js"
import type { Gltf } from "../../../engine/formats/tiles3d/gltf-types.js"
import { crsByEpsg } from "../../../engine/grid/crs.js"
import { coverArea } from "../../../engine/grid/tile-key.js"
import { mailleKept as maille } from "../../cli/maille.js"
import { writeTown } from "../../scenes/content-town-output.js"

const folder = mkdtempSync(join(tmpdir(), "maille-export-"))
const out = join(folder, "out")
const key = `${coverArea(crsByEpsg(2154).area, 100).leafLevel}/7705/62775`
beforeAll(async () => {
  await writeTown(out, "jpeg", 100)
})
afterAll(() => rmSync(folder, { recursive: true }))

const filesOf = (place: string): string[] =>
  readdirSync(place, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.(glb|json)$/.test(name) && !/^(job|plan)\.json$/.test(name))
    .sort()

/**
 * No extension that a reader must know, and nothing that plain glTF does not allow: the public
 * validator sees all of it.
 */
const expectPlain = async (bytes: Buffer, name: string): Promise<Gltf> => {
  const { document } = readGlb(bytes, name)
  expect(document.extensionsRequired, name).toBeUndefined()
  expect(document.accessors?.filter(({ normalized, type }) => normalized && type !== "VEC4")).toEqual([])
  expect((await checkGltf(bytes, name)).messages).toEqual([])
  return document
}

describe("exportContents", () => {
  it("writes the whole tileset plain, place for place and bit for bit", async () => {
    const to = join(folder, "all")
    const told = await exportContents({ folder: out, out: to })
    const names = filesOf(out)
    expect(filesOf(to)).toEqual(names)
    expect(told).toMatchObject({ format: "glb", paths: [join(to, "tileset.json")], contents: names.length - 1 })
    expect(names.length).toBeGreaterThan(4)
    expect(readFileSync(join(to, "tileset.json"))).toEqual(readFileSync(join(out, "tileset.json")))
    for (const name of names.filter((one) => one.endsWith(".glb"))) {
      const bytes = readFileSync(join(to, name))
      await expectPlain(bytes, name)
      // Positions in doubles: borders meet as they did. Texture coordinates are the nearest floats
      // of the same numbers.
      expect(await decodeGlb(bytes, name)).toEqual(await decodeGlb(readFileSync(join(out, name)), name))
    }
    await expect(exportContents({ folder: out, out: to })).rejects.toMatchObject({ code: "E_USAGE" })
  })

  it("writes one tile upright: a file a part, up is y", async () => {
    const { paths } = await exportContents({ folder: out, tile: key, out: join(folder, "town.glb") })
    expect(paths.length).toBe(filesOf(out).length - 1)
    for (const path of paths) {
      const bytes = readFileSync(path)
      const document = await expectPlain(bytes, path)
      const { centre } = (document.asset.extras ?? {}) as { readonly centre: [number, number, number] }
      const [X, Y, Z] = centre
      const crs = crsByEpsg(2154)
      const [x0, y0, h0] = crs.fromGeocentric(X, Y, Z)
      const { positions } = await decodeGlb(bytes, path)
      const m = document.nodes?.[0]?.matrix as number[]
      for (let v = 0; v < positions.length; v += 3) {
        const [dX, dY, dZ] = [positions[v]! - X, positions[v + 1]! - Y, positions[v + 2]! - Z]
        const local = [dX, dZ, -dY]
        const [east, up, south] = [0, 1, 2].map((row) => local.reduce((sum, at, k) => sum + m[4 * k + row]! * at, 0))
        const [x, y, h] = crs.fromGeocentric(positions[v]!, positions[v + 1]!, positions[v + 2]!)
        expect(Math.abs(up! - (h - h0))).toBeLessThan(0.002)
        // The grid is turned against true north by less than 2° here.
        expect(Math.hypot(east! - (x - x0), -south! - (y - y0))).toBeLessThan(0.04 * Math.hypot(x - x0, y - y0) + 0.01)
      }
    }
  })

  it("by the command: says what it wrote, and what does not go together", async () => {
    const to = join(folder, "told")
    const ended = await maille("export", out, "--all", "--format", "glb", "--out", to, "--json")
    expect([ended.code, ended.stderr]).toEqual([0, ""])
    expect(JSON.parse(ended.stdout)).toMatchObject({ format: "glb", paths: [join(to, "tileset.json")] })
    for (const [args, message] of [
      [["--all", "--format", "obj", "--out", to], "only glb takes a whole tileset"],
      [["--all", "--format", "glb"], "--out is missing"],
      [["--all", "--format", "glb", "--out", to], "is not empty"],
      [["--all", "--tile", key, "--format", "glb"], "Leave one of them out"],
    ] as const) {
      const refused = await maille("export", out, ...args)
      expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining(message)])
    }
  })
})
