import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { indexSolids, type SolidIndex } from "../../../engine/check/solid-index.js"
import { encodeCitySequence } from "../../../engine/formats/cityjson/encode-city.js"
import { checkScene, type SceneChecks } from "../../scenes/check-scene.js"
import { corner, eaves, type Quad, quadsOf } from "../../scenes/house-scene.js"
import { facts, solidsOf } from "../../scenes/solids-scene.js"

const folder = mkdtempSync(join(tmpdir(), "maille-overhang-"))
afterAll(() => rmSync(folder, { recursive: true }))

type Corner = readonly [x: number, y: number, z: number]

const check = (
  change: (quads: Quad[], column: number) => Quad[],
  tiles = [0, 1],
  solids?: SolidIndex,
): Promise<SceneChecks> => checkScene((column) => change(quadsOf(10 * column, column === 0), column), tiles, solids)

describe("a house that overhangs its tile", () => {
  it("closes the ground of the neighbour, which is cut by the same outline", async () => {
    const { mesh, seams, problems } = await check((quads) => quads)
    expect(problems).toEqual([])
    // The part of its outline beyond the border: 2 + 3 + 2 edges, seen from both tiles.
    expect(mesh).toMatchObject({ openEdges: 0, outlineEdges: 0, sharedEdges: 14, nonManifoldEdges: 0, duplicates: 0 })
    expect(seams).toMatchObject({ pairs: 1, maxGapMm: 0, unequalVertices: 0, oneSidedSegments: 0 })
  })

  it("is no fault where the neighbour is not there", async () => {
    const { mesh, problems } = await check((quads) => quads, [0])
    expect(problems).toEqual([])
    expect(mesh).toMatchObject({ openEdges: 0, outlineEdges: 7 })
  })

  it("is no fault where the data end at its wall, with nothing beyond", async () => {
    // The ground west of the house is void: what is left of it begins at the house's west wall, 40
    // m from the tile's side.
    const { mesh, problems } = await check((quads) => quads.filter(([owner, a]) => owner === 1 || a![0] >= 40_000))
    expect(problems).toEqual([])
    expect(mesh).toMatchObject({ openEdges: 0, outlineEdges: 10 })
  })

  it("is no fault where the neighbour's data end at its wall, but where its ground runs on below it", async () => {
    const voids = await check((quads, column) => (column === 0 ? quads : quads.filter(([, a]) => a![0] >= 65_000)))
    expect(voids.problems.filter((text) => /open edge/.test(text))).toEqual([])
    expect(voids.mesh.openEdges).toBe(0)
    const uncut = await check((quads, column) => {
      if (column === 0) return quads
      const below = [0, 1].flatMap((i) =>
        [3, 4, 5].map((row): Quad => {
          const [w, s] = [50_000 + 5000 * i, 5000 * row]
          return [0, [w, s, 0], [w + 5000, s, 0], [w + 5000, s + 5000, 0], [w, s + 5000, 0]]
        }),
      )
      return [...quads, ...below]
    })
    expect(uncut.mesh.openEdges).toBe(7)
  })

  it("shows where it is missing as a whole, which looks like a void of the data", async () => {
    const house = solidsOf([{ id: "house", at: [40, 15, 0], size: [20, 15, 6, 6] }], [...corner, 30])
    const path = join(folder, "house.city.jsonl")
    writeFileSync(path, encodeCitySequence([house], facts))
    const solids = await indexSolids(path)
    const ground = (quads: Quad[]): Quad[] => quads.filter(([owner]) => owner === 0)
    const missing = await check(ground, [0, 1], solids)
    expect(missing.mesh).toMatchObject({ openEdges: 14, outlineEdges: 0 })
    const unknown = await check(ground)
    expect(unknown.mesh).toMatchObject({ openEdges: 0, outlineEdges: 14 })
    const sound = await check((quads) => quads, [0, 1], solids)
    expect(sound.problems).toEqual([])
  })

  it("shows where its roof is missing, and where it floats", async () => {
    const roofless = await check((quads) => quads.filter(([owner, a]) => owner === 0 || a![2] !== eaves))
    expect(roofless.mesh.openEdges).toBeGreaterThanOrEqual(14)
    const floating = await check((quads) =>
      quads.map(
        ([owner, ...corners]) => [owner, ...corners.map(([x, y, z]) => [x, y, z + 1000 * owner] as const)] as Quad,
      ),
    )
    expect(floating.mesh.openEdges).toBeGreaterThanOrEqual(14)
  })

  it("shows where its foot and the neighbour's ground are 4 mm apart", async () => {
    // The outer wall of the owner's house, away from the border.
    const far = 60_000
    const { mesh } = await check((quads, column) =>
      column === 1
        ? quads
        : quads.map(
            ([owner, ...corners]) =>
              [owner, ...corners.map(([x, y, z]) => [x === far && owner === 1 ? x + 8 : x, y, z] as const)] as Quad,
          ),
    )
    expect(mesh.openEdges).toBeGreaterThanOrEqual(3)
  })

  it("shows where a wall is missing inside the tile", async () => {
    const { mesh } = await check((quads, column) => {
      const at = column === 0 ? quads.findIndex(([owner, a]) => owner === 1 && a![2] === 0) : -1
      return quads.filter((_, i) => i !== at)
    })
    expect(mesh).toMatchObject({ openEdges: 4, outlineEdges: 0 })
  })

  it("shows a wall that stands twice, and one that is split only on its side", async () => {
    const twice = await check((quads, column) => (column === 0 ? [...quads, quads.at(-1)!] : quads))
    expect(twice.mesh.duplicates).toBe(2)
    expect(twice.mesh.nonManifoldEdges).toBeGreaterThan(0)
    const split = await check((quads, column) =>
      column === 1
        ? quads
        : quads.flatMap(([owner, ...corners]): Quad[] => {
            const [a, b, c, d] = corners as [Corner, Corner, Corner, Corner]
            const [[ax, ay, az], [bx, by, bz]] = [a, b]
            if (owner !== 1 || az !== 0 || ax !== 40_000 || bx !== 40_000) return [[owner, ...corners]]
            const middle = [ax, (ay + by) / 2, 0] as const
            const top = [ax, (ay + by) / 2, eaves] as const
            return [
              [owner, [ax, ay, az], middle, top, d],
              [owner, middle, [bx, by, bz], c, top],
            ]
          }),
    )
    // Three walls of the west side: each foot is one edge of ground and two of walls.
    expect(split.mesh.openEdges).toBeGreaterThanOrEqual(9)
  })
})
