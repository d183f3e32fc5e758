import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { OBJLoader } from "three/addons/loaders/OBJLoader.js"
import { PLYLoader } from "three/addons/loaders/PLYLoader.js"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { meshEdges } from "../../../engine/core/geometry/mesh-edges.js"
import type { ExportFormat } from "../../../engine/export/export-formats.js"
import { exportTile } from "../../../engine/export/export-tile.js"
import { crsByEpsg } from "../../../engine/grid/crs.js"
import { coverArea } from "../../../engine/grid/tile-key.js"
import { mailleKept as maille } from "../../cli/maille.js"
import { townMesh } from "../../scenes/content-town.js"
import { writeTown } from "../../scenes/content-town-output.js"

const folder = mkdtempSync(join(tmpdir(), "maille-export-"))
const out = join(folder, "out")
const { leafLevel } = coverArea(crsByEpsg(2154).area, 100)
const key = `${leafLevel}/7705/62775`
const town = townMesh([770500, 6277500, 770600, 6277600], 9)
beforeAll(async () => {
  await writeTown(out, "jpeg", 100)
})
afterAll(() => rmSync(folder, { recursive: true }))

const write = async (format: ExportFormat, name = `town.${format}`): Promise<Buffer> => {
  await exportTile({ folder: out, tile: key, format, out: join(folder, name) })
  return readFileSync(join(folder, name))
}

/** A mesh as a reader of this test's own finds it: metres of the CRS. */
interface ReadMesh {
  readonly positions: number[][]
  readonly faces: { corners: number[]; owner: string; code?: number }[]
}
const offsetOf = (text: string): number[] => /offset (\S+) (\S+) (\S+):/.exec(text)!.slice(1).map(Number)

const readObj = (bytes: Buffer): ReadMesh => {
  const lines = bytes.toString("utf8").split("\n")
  const offset = offsetOf(bytes.toString("utf8"))
  const positions: number[][] = []
  const faces: ReadMesh["faces"] = []
  let owner = ""
  for (const line of lines) {
    const [kind, ...rest] = line.split(" ")
    if (kind === "v") positions.push(rest.map((value, k) => Number(value) + offset[k]!))
    else if (kind === "g") owner = rest.join(" ")
    else if (kind === "f") faces.push({ corners: rest.map((value) => Number(value) - 1), owner })
  }
  return { positions, faces }
}

const readPly = (bytes: Buffer): ReadMesh & { objects: Map<number, Record<string, unknown>> } => {
  const end = bytes.indexOf("end_header\n") + 11
  const header = bytes.subarray(0, end).toString("utf8")
  const offset = offsetOf(header)
  const [vertices = 0, count = 0] = [...header.matchAll(/element \w+ (\d+)/g)].map((found) => Number(found[1]))
  const objects = new Map(
    [...header.matchAll(/comment object (\d+) (.+)/g)].map(([, row, facts]) => [Number(row), JSON.parse(facts!)]),
  )
  const positions = Array.from({ length: vertices }, (_, v) =>
    [0, 1, 2].map((k) => bytes.readDoubleLE(end + 25 * v + 8 * k) + offset[k]!),
  )
  const faces = Array.from({ length: count }, (_, t) => {
    const at = end + 25 * vertices + 18 * t
    expect(bytes[at]).toBe(3)
    const corners = [0, 1, 2].map((k) => bytes.readInt32LE(at + 1 + 4 * k))
    return { corners, code: bytes[at + 13]!, owner: String(bytes.readInt32LE(at + 14)) }
  })
  expect(bytes.length).toBe(end + 25 * vertices + 18 * count)
  return { positions, faces, objects }
}

/**
 * Corners of the town's faces, roughly (the lattice moves them by 4 mm at most), by owner, in
 * canonical turn.
 */
const faceNames = (faces: readonly { corners: number[]; owner: string }[], place: (v: number) => number[]): string[] =>
  faces
    .map(({ corners, owner }) => {
      const names = corners.map((v) =>
        place(v)
          .map((value, k) => Math.round(value * (k === 2 ? 8 : 10)))
          .join(" "),
      )
      const first = names.indexOf([...names].sort()[0]!)
      return [owner, ...[0, 1, 2].map((k) => names[(first + k) % 3])].join(" | ")
    })
    .sort()
const name = (id: string): string =>
  ({ "": "ground", pond: "water_pond", deck: "bridge_deck", crown: "tree_crown" })[id] ?? `building_${id}`

describe("exportTile", () => {
  test.each([
    ["obj", readObj],
    ["ply", readPly],
  ] as const)("%s: read back, the faces of all parts are one closed mesh in its place", async (format, read) => {
    const { positions, faces } = read(await write(format))
    // 4 mm of the lattice and half a millimetre of rounding.
    const nearest = (place: number[]): number => {
      let best = Infinity
      for (let v = 0; v < town.classes.length; v++) {
        const own = [0, 1, 2].map((k) => town.origin[k]! + town.positions[3 * v + k]! / 1000)
        best = Math.min(best, Math.hypot(...own.map((value, k) => value - place[k]!)))
      }
      return best
    }
    const used = new Set(faces.flatMap(({ corners }) => corners))
    expect(used.size).toBe(positions.length)
    // Vertices of the town are all there; those beyond are of the cuts between parts, on its edges.
    const exact = positions.filter((place) => nearest(place) < 0.0045)
    expect(exact.length).toBe(town.classes.length)
    expect(positions.length).toBeGreaterThan(town.classes.length)
    const edges = meshEdges(
      Float64Array.from(positions.flat()),
      Uint32Array.from(faces.flatMap(({ corners }) => corners)),
    )
    expect([edges.nonManifold, edges.open.length / 2]).toEqual([0, 4 * 9])
  })

  test("objects: groups of the OBJ, numbers and attributes of the PLY", async () => {
    await writeTown(join(folder, "whole"), undefined, 1e6)
    const files = await Promise.all(
      (["obj", "ply"] as const).map(async (format) => {
        const path = join(folder, `whole.${format}`)
        const told = await exportTile({ folder: join(folder, "whole"), tile: key, format, out: path })
        expect(told).toMatchObject({ key, format, epsg: 2154, offset: [770500, 6277500, 0], objects: 19 })
        return readFileSync(path)
      }),
    )
    const obj = readObj(files[0]!)
    const ply = readPly(files[1]!)
    const { ids } = town.objects!
    const truth = Array.from(town.owners!, (row, t) => ({
      corners: [0, 1, 2].map((k) => town.triangles[3 * t + k]!),
      owner: name(ids[row]!),
    }))
    const place = (v: number): number[] => [0, 1, 2].map((k) => town.origin[k]! + town.positions[3 * v + k]! / 1000)
    expect(faceNames(obj.faces, (v) => obj.positions[v]!)).toEqual(faceNames(truth, place))
    const named = ply.faces.map(({ corners, owner }) => ({
      corners,
      owner: name(String(ply.objects.get(Number(owner))!["id"])),
    }))
    expect(faceNames(named, (v) => ply.positions[v]!)).toEqual(faceNames(truth, place))
    for (const { owner, code } of ply.faces) expect(ply.objects.get(Number(owner))!["class"]).toBe(code)
    const house = [...ply.objects.values()].find(({ id }) => id === "house-5-3")!
    expect(house).toMatchObject({ height: ids.indexOf("house-5-3") / 3, "nature du bâti": "indifférenciée" })
    // Nothing where there is no number.
    expect(Object.keys([...ply.objects.values()].find(({ id }) => id === "pond")!)).toEqual(["floors", "id", "class"])
  })

  test("three's loaders read both, and keep millimetres in their 32 bits", async () => {
    const obj = new OBJLoader().parse((await write("obj")).toString("utf8"))
    expect(obj.children.map((child) => child.name)).toEqual(expect.arrayContaining(["ground", "building_house-5-3"]))
    const bytes = await write("ply")
    const geometry = new PLYLoader().parse(Uint8Array.from(bytes).buffer)
    const { positions, faces } = readPly(bytes)
    expect(geometry.getIndex()!.count).toBe(3 * faces.length)
    const place = geometry.getAttribute("position")
    expect(place.count).toBe(positions.length)
    for (let v = 0; v < place.count; v++) {
      expect(Math.abs(place.getX(v) + 770500 - positions[v]![0]!)).toBeLessThan(1e-5)
      expect(Math.abs(place.getZ(v) - positions[v]![2]!)).toBeLessThan(1e-5)
    }
  })

  test("the command: a place in place of a key, the ending as the format, JSON", async () => {
    const path = join(folder, "command.ply")
    const ended = await maille("export", out, "--at", "770550.5,6277599.9", "--out", path, "--json")
    expect(ended.code, ended.stderr).toBe(0)
    expect(JSON.parse(ended.stdout)).toMatchObject({ path, key, format: "ply", sizeBytes: readFileSync(path).length })
    expect(readFileSync(path).equals(await write("ply"))).toBe(true)
    const person = await maille("export", out, "--tile", key, "--out", join(folder, "command.obj"))
    expect(person.stdout).toContain("EPSG:2154 minus 770500 6277500 0")
  })

  test("what cannot be: no such tile, no tile named, no output folder", async () => {
    const other = await maille("export", out, "--tile", `${leafLevel}/7706/62775`)
    expect([other.code, other.stderr.includes(`its tiles: ${key}`)]).toEqual([3, true])
    expect((await maille("export", out)).code).toBe(2)
    expect((await maille("export", out, "--at", "12")).code).toBe(2)
    expect((await maille("export", out, "--tile", key, "--level", "3")).code).toBe(2)
    expect((await maille("export", folder, "--tile", key)).code).toBe(3)
    expect((await maille("export", out, "--tile", key, "--format", "fbx")).code).toBe(2)
  })
})
