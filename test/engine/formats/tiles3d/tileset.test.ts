import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { Ajv2020 } from "ajv/dist/2020.js"
import { describe, expect, test } from "vitest"
import type { Box2 } from "../../../../engine/core/geometry/box.js"
import { axesOf, boundingBox, latticePositions } from "../../../../engine/formats/tiles3d/tile-frame.js"
import { encodeTileset, type TileNode } from "../../../../engine/formats/tiles3d/tileset.js"
import { frameAt, gridMesh, provenance } from "../../../scenes/content-scene.js"
import { sharedData } from "../../../shared-data.js"

interface Tile {
  transform?: number[]
  boundingVolume: { box: number[] }
  geometricError: number
  refine?: string
  content?: { uri: string }
  children?: Tile[]
}
interface Tileset {
  asset: { version: string; extras: Record<string, unknown> }
  geometricError: number
  root: Tile
}

const CELLS: [string, Box2, number][] = [
  ["9/1", [770500, 6277500, 770600, 6277600], 0.4],
  ["10/2", [770500, 6277500, 770550, 6277550], 0.1],
  ["10/3", [770550, 6277500, 770600, 6277550], 0.5],
  ["10/4", [770500, 6277550, 770550, 6277600], 0.2],
]
const nodeOf = ([key, box, geometricError]: (typeof CELLS)[number], children: TileNode[] = []): TileNode => {
  const frame = frameAt(2154, box)
  return {
    uri: `tiles/${key}.glb`,
    geometricError,
    centre: frame.centre,
    box: boundingBox(gridMesh(box, 8), frame),
    children,
  }
}
const tree = (): TileNode => {
  const parent = nodeOf(
    CELLS[0],
    CELLS.slice(1).map((cell) => nodeOf(cell)),
  )
  return { geometricError: 0, children: [{ geometricError: 0, children: [parent] }] }
}
const encode = (root: TileNode, within?: [number, number, number]): Tileset =>
  JSON.parse(encodeTileset(root, { ...provenance, ...(within ? { within } : {}) })) as Tileset

const flat = (tile: Tile, at = [0, 0, 0]): { tile: Tile; centre: number[] }[] => {
  const centre = at.map((value, k) => value + (tile.transform?.[12 + k] ?? 0))
  return [{ tile, centre }, ...(tile.children ?? []).flatMap((child) => flat(child, centre))]
}

const inside = (box: number[], centre: number[], point: number[]): boolean => {
  const axes = axesOf(box)
  return axes.every((axis, i) => {
    const half = Math.hypot(...box.slice(3 + 3 * i, 6 + 3 * i))
    const along = axis.reduce((sum, value, k) => sum + value * (point[k] - centre[k] - box[k]), 0)
    return Math.abs(along) <= half + 1e-6
  })
}

describe("encodeTileset", () => {
  test("each transform chain ends exactly at the content's centre", () => {
    const tiles = flat(encode(tree()).root)
    for (const cell of CELLS) {
      const found = tiles.find(({ tile }) => tile.content?.uri === `tiles/${cell[0]}.glb`)
      expect(found!.centre).toEqual([...frameAt(2154, cell[1]).centre])
    }
  })

  test("every box holds the vertices of its own content and of all below", () => {
    const tiles = flat(encode(tree()).root)
    for (const { tile, centre } of tiles) {
      const below = flat(tile).flatMap(({ tile: one }) => (one.content ? [one.content.uri] : []))
      for (const [key, box] of CELLS.filter(([name]) => below.includes(`tiles/${name}.glb`))) {
        const frame = frameAt(2154, box)
        const lattice = latticePositions(gridMesh(box, 8), frame)
        for (let i = 0; i < lattice.length; i += 3) {
          const point = [0, 1, 2].map((k) => frame.centre[k] + lattice[i + k] * frame.step)
          expect(inside(tile.boundingVolume.box, centre, point), key).toBe(true)
        }
      }
    }
    // Oriented, so snug: an axis-aligned geocentric box of 50 m of ground would be tens of metres
    // high.
    const leaf = tiles.find(({ tile }) => tile.content?.uri === "tiles/10/2.glb")!.tile.boundingVolume.box
    expect([0, 1, 2].map((i) => Math.hypot(...leaf.slice(3 + 3 * i, 6 + 3 * i)) < (i === 2 ? 8 : 26))).toEqual([
      true,
      true,
      true,
    ])
  })

  test("geometric errors fall from the tileset to the leaves, whose own are kept", () => {
    const { root, geometricError } = encode(tree())
    expect(geometricError).toBeGreaterThan(root.geometricError)
    for (const { tile } of flat(root)) {
      for (const child of tile.children ?? []) expect(tile.geometricError).toBeGreaterThan(child.geometricError)
      if (tile.children === undefined) expect([0.1, 0.5, 0.2]).toContain(tile.geometricError)
    }
    expect(root.refine).toBe("REPLACE")
  })

  test("a nested tileset goes on from the tile that refers to it", () => {
    const inner = nodeOf(CELLS[1])
    const outer: TileNode = { ...inner, uri: "tiles/10.json" }
    const there = flat(encode({ geometricError: 1, children: [outer] }).root).at(-1)!
    const nested = encode(inner, there.centre as [number, number, number])
    expect(nested.root.transform).toBeUndefined()
    const moved = nodeOf(CELLS[2])
    const chain = flat(encode(moved, there.centre as [number, number, number]).root, there.centre).at(-1)!
    expect(chain.centre).toEqual([...moved.centre!])
  })

  test.skipIf(!sharedData)("the published JSON schema of 3D Tiles 1.1 accepts it", () => {
    const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false })
    const root = `${sharedData}/schemas/3dtiles`
    const load = (folder: string): void => {
      for (const entry of readdirSync(folder, { withFileTypes: true })) {
        const path = join(folder, entry.name)
        if (entry.isDirectory()) load(path)
        else if (entry.name.endsWith(".schema.json")) {
          // The files refer to each other by relative paths, but call themselves by bare names.
          const text = readFileSync(path, "utf8").replace(/("\$ref":\s*")(?:[^"#]*\/)?([^"#/]+(?:#[^"]*)?")/g, "$1$2")
          const { $id: _, ...schema } = JSON.parse(text) as Record<string, unknown>
          ajv.addSchema(schema, entry.name)
        }
      }
    }
    load(root)
    const validate = ajv.getSchema("tileset.schema.json")!
    const good = encode(tree())
    expect(validate(good), JSON.stringify(validate.errors?.slice(0, 3))).toBe(true)
    expect(validate({ ...good, geometricError: -1 })).toBe(false)
    expect(validate({ ...good, root: { ...good.root, boundingVolume: { box: [1] } } })).toBe(false)
  })
})
