import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, expect, it } from "vitest"
import { writtenTiles } from "../../../engine/check/written-tiles.js"

const folder = mkdtempSync(join(tmpdir(), "maille-tilesets-"))
afterAll(() => rmSync(folder, { recursive: true }))

/** Writes tilesets that name each other, or contents: path → addresses of its tiles. */
const write = (name: string, tilesets: Readonly<Record<string, readonly string[]>>): string => {
  const out = join(folder, name)
  mkdirSync(join(out, "tiles"), { recursive: true })
  for (const [path, uris] of Object.entries(tilesets)) {
    const children = uris.map((uri) => ({ geometricError: 1, content: { uri } }))
    writeFileSync(join(out, path), JSON.stringify({ asset: { version: "1.1" }, root: { geometricError: 2, children } }))
  }
  return out
}

it("goes through a tree of tilesets", async () => {
  const tree = { "tileset.json": ["tiles/a.json", "tiles/b.json"], "tiles/a.json": ["1/0/0.glb"], "tiles/b.json": [] }
  expect((await writtenTiles(write("tree", tree))).map(({ key }) => key)).toEqual([{ level: 1, x: 0, y: 0 }])
})

it.each([
  ["itself", { "tileset.json": ["tileset.json"] }],
  ["one that names it", { "tileset.json": ["tiles/a.json"], "tiles/a.json": ["../tileset.json"] }],
  ["the same one twice", { "tileset.json": ["tiles/a.json", "tiles/../tiles/a.json"], "tiles/a.json": [] }],
])("refuses a tileset that names %s", async (name, tilesets) => {
  await expect(writtenTiles(write(name, tilesets))).rejects.toMatchObject({
    code: "E_FORMAT",
    message: expect.stringContaining("more than one tileset refers to it"),
  })
})

it("refuses a circle through a link, whose paths differ each time", async () => {
  const out = write("link", { "tileset.json": ["again/tileset.json"] })
  symlinkSync(out, join(out, "again"))
  await expect(writtenTiles(out)).rejects.toThrow(/more than one tileset refers to it/)
})
