import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { afterAll, describe, expect, test } from "vitest"
import { writtenTiles } from "../../../engine/check/written-tiles.js"
import { boundingBox, chooseFrame } from "../../../engine/formats/tiles3d/tile-frame.js"
import { crsByEpsg } from "../../../engine/grid/crs.js"
import { coverArea, TileKey } from "../../../engine/grid/tile-key.js"
import { layout } from "../../../engine/job/layout.js"
import type { EndRecord, MeshContent } from "../../../engine/journal/journal-record.js"
import type { Plan } from "../../../engine/plan/plan.js"
import { encodeTilesets, writeTilesets } from "../../../engine/rollup/write-tilesets.js"
import { gridMesh, tiltedGeoid } from "../../scenes/content-scene.js"

const folder = mkdtempSync(join(tmpdir(), "maille-tilesets-"))
afterAll(() => rmSync(folder, { recursive: true }))

const crs = crsByEpsg(2154)
const grid = coverArea(crs.area, 500)
const options = { "parent mesh": "0123456789abcdef0" }
const facts = { source: "Contains test data", version: "1", options, epsg: 2154, grid }

const contentOf = (key: TileKey, part: string): MeshContent => {
  let [minX, minY, maxX, maxY] = TileKey.box(grid, key)
  for (const digit of part) {
    const [midX, midY] = [(minX + maxX) / 2, (minY + maxY) / 2]
    if (Number(digit) % 2 === 0) maxX = midX
    else minX = midX
    if (Number(digit) < 2) maxY = midY
    else minY = midY
  }
  const frame = chooseFrame(crs, tiltedGeoid, TileKey.box(grid, key), [0, 100])
  const box = boundingBox(gridMesh([minX, minY, maxX, maxY], 2), frame)
  const geometricError = 0.1234567 * 2 ** (grid.leafLevel - key.level)
  return { uri: layout.mesh(key, part), part, geometricError, centre: frame.centre, box }
}
const endOf = (key: TileKey, parts: readonly string[]): EndRecord => ({
  type: "end",
  key: TileKey.format(key),
  stage: key.level === grid.leafLevel ? "tile" : "parent",
  hash: "",
  outcome: "done",
  timeMs: 0,
  points: 0,
  peakBytes: 0,
  files: [],
  content: parts.map((part) => contentOf(key, part)),
})
/**
 * The ends of a square of `side` leaves and of all above, up to one tile; `partsOf` tells how each
 * is divided.
 */
const pyramid = (side: number, partsOf: (key: TileKey) => readonly string[]): EndRecord[] => {
  const ends: EndRecord[] = []
  let keys = Array.from({ length: side * side }, (_, i) => ({
    level: grid.leafLevel,
    x: 1536 + (i % side),
    y: 12544 + Math.floor(i / side),
  }))
  for (;;) {
    ends.push(...keys.map((key) => endOf(key, partsOf(key))))
    if (keys.length === 1) return ends
    keys = [...new Map(keys.map(TileKey.parent).map((key) => [TileKey.format(key), key])).values()]
  }
}
const write = async (name: string, ends: readonly EndRecord[]): Promise<string> => {
  const out = join(folder, name)
  mkdirSync(join(out, layout.temporary), { recursive: true })
  await writeTilesets(out, encodeTilesets({ context: facts } as unknown as Plan, ends))
  return out
}

interface Tile {
  readonly transform?: number[]
  readonly geometricError: number
  readonly boundingVolume: { readonly box: number[] }
  readonly content?: { readonly uri: string }
  readonly children?: Tile[]
}
/** Every content with the chain of contents above it, nested files followed. */
const chains = (out: string): Map<string, string[]> => {
  const found = new Map<string, string[]>()
  const visit = (tile: Tile, file: string, above: string[]): void => {
    const uri = tile.content && join(dirname(file), tile.content.uri)
    let path = above
    if (uri?.endsWith(".json")) {
      visit((JSON.parse(readFileSync(join(out, uri), "utf8")) as { root: Tile }).root, uri, above)
    } else if (uri !== undefined) {
      found.set(uri, above)
      path = [...above, uri]
    }
    for (const child of tile.children ?? []) visit(child, file, path)
  }
  visit((JSON.parse(readFileSync(join(out, "tileset.json"), "utf8")) as { root: Tile }).root, "tileset.json", [])
  return found
}
const files = (out: string): string[] =>
  readdirSync(out, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".json"))
const quarters = (path: string): string[] => [0, 1, 2, 3].map((digit) => `${path}${digit}`)
const sixteen = quarters("").flatMap(quarters)

describe("writeTilesets", () => {
  test("a big tree: every content once, below its parent, no file above 200 kB", async () => {
    const ends = pyramid(32, () => [""])
    const out = await write("big", ends)
    const found = chains(out)
    expect([...found.keys()].sort()).toEqual(ends.flatMap(({ content }) => content!.map(({ uri }) => uri)).sort())
    for (const [uri, above] of found) expect(above.length).toBe(5 - (grid.leafLevel - Number(uri.split("/")[1])))
    const sizes = files(out).map((name) => statSync(join(out, name)).size)
    expect(sizes.length).toBeGreaterThan(3)
    expect(Math.max(...sizes)).toBeLessThan(200_000)
  })

  test("tiles of sixteen parts: files stay below 200 kB; each part is refined by the finer parts within it", async () => {
    const ends = pyramid(16, () => sixteen)
    const out = await write("parts", ends)
    const found = chains(out)
    expect(found.size).toBe(ends.length * 16)
    expect(Math.max(...files(out).map((name) => statSync(join(out, name)).size))).toBeLessThan(200_000)
    const name = /(\d+)\/(\d+)\/(\d+)-(\d+)\.glb$/
    for (const [uri, above] of found) {
      const [, level, x, y, part] = name.exec(uri)!
      const parent = above.at(-1)
      if (Number(level) === grid.leafLevel - 4) expect(parent).toBeUndefined()
      else {
        const [, up, px, py, larger] = name.exec(parent!)!
        expect([Number(up), Number(px), Number(py)]).toEqual([Number(level) - 1, Number(x) >> 1, Number(y) >> 1])
        expect(`${(Number(x) % 2) + 2 * (Number(y) % 2)}${part}`.startsWith(larger!)).toBe(true)
      }
    }
    const tiles = await writtenTiles(out)
    expect(tiles.length).toBe(ends.length)
    for (const { contents, key } of tiles) {
      expect(contents).toHaveLength(16)
      for (const { centre } of contents)
        expect(centre).toEqual(chooseFrame(crs, tiltedGeoid, TileKey.box(grid, key), [0, 100]).centre)
    }
  })

  test("a finer content that lies in none of its parent's parts stands beside them", async () => {
    const isLeaf = (key: TileKey) => key.level === grid.leafLevel
    const ends = pyramid(4, (key) =>
      isLeaf(key) ? ["0", "1", "2", "3"] : key.level === grid.leafLevel - 1 ? ["1", "2", "30"] : [""],
    )
    const found = chains(await write("gaps", ends))
    expect(found.size).toBe(16 * 4 + 4 * 3 + 1)
    const of = (x: number, y: number, part: number) =>
      found.get(layout.mesh({ level: grid.leafLevel, x, y }, String(part)))
    const top = layout.mesh({ level: grid.leafLevel - 2, x: 384, y: 3136 })
    const parent = (part: string) => layout.mesh({ level: grid.leafLevel - 1, x: 768, y: 6272 }, part)
    expect([of(1536, 12544, 2), of(1537, 12544, 2), of(1537, 12545, 0), of(1537, 12545, 1)]).toEqual([
      [top],
      [top, parent("1")],
      [top, parent("30")],
      [top],
    ])
  })

  test("errors never grow downwards; a root without a content is never where a viewer stops", async () => {
    const out = await write(
      "roots",
      pyramid(2, () => ["0", "1", "2", "3"]),
    )
    const { root } = JSON.parse(readFileSync(join(out, "tileset.json"), "utf8")) as { root: Tile }
    expect(root.content).toBeUndefined()
    expect(root.geometricError).toBeGreaterThan(400)
    const visit = (tile: Tile): void => {
      for (const child of tile.children ?? []) {
        expect(tile.geometricError).toBeGreaterThan(child.geometricError)
        expect(child.content).toBeDefined()
        visit(child)
      }
    }
    visit(root)
  })

  test("are told by their paths; written again, nothing changes, and other files stay", async () => {
    const ends = pyramid(32, () => [""])
    const out = await write("again", ends)
    const before = files(out).map((name) => readFileSync(join(out, name), "utf8"))
    writeFileSync(join(out, "tiles", "mine.json"), "{}")
    await write("again", ends)
    const after = files(out).filter((name) => !name.endsWith("mine.json"))
    expect(files(out).length).toBe(after.length + 1)
    expect(after.map((name) => readFileSync(join(out, name), "utf8"))).toEqual(before)
  })
})
