/** Archives read back by the PMTiles and vector tile packages of other projects, and by GDAL. */
import { spawnSync } from "node:child_process"
import { mkdtemp, open, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { VectorTile, type VectorTileFeature } from "@mapbox/vector-tile"
import { PbfReader } from "pbf"
import { PMTiles, type Source } from "pmtiles"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { objectId } from "../../../../engine/core/hash.js"
import { encodeFlatGeobuf } from "../../../../engine/formats/vector/flatgeobuf/writer.js"
import { crsByEpsg } from "../../../../engine/grid/crs.js"
import { writeVectorFormat } from "../../../../engine/job/vector-formats.js"
import type { Features } from "../../../../engine/kernel.js"
import { courtyards, type MadeLayers, writeMadeLayers } from "../vector/made-layers.js"

let folder = ""
let made: MadeLayers
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "maille-pmtiles-"))
  made = await writeMadeLayers(folder)
})
afterAll(() => rm(folder, { recursive: true }))

const write = async (paths: readonly string[], name: string, zooms: readonly [number, number]): Promise<PMTiles> => {
  const out = join(folder, name)
  const request = {
    paths,
    format: "pmtiles",
    schema: "maille",
    out,
    keepCrs: false,
    zooms,
    software: "maille test",
  } as const
  await writeVectorFormat({ ...request, temporaryFolder: join(folder, "tmp") })
  const source: Source = {
    getKey: () => out,
    getBytes: async (offset, length) => {
      const handle = await open(out)
      const bytes = new Uint8Array(length)
      const { bytesRead } = await handle.read(bytes, 0, length, offset)
      await handle.close()
      return { data: bytes.buffer.slice(0, bytesRead) }
    },
  }
  return new PMTiles(source)
}

/** The tile of a place. */
const tileAt = (zoom: number, lon: number, lat: number): [x: number, y: number] => {
  const y = 0.5 - Math.log(Math.tan(Math.PI / 4 + (lat * Math.PI) / 360)) / (2 * Math.PI)
  return [Math.floor((lon / 360 + 0.5) * 2 ** zoom), Math.floor(y * 2 ** zoom)]
}

/** Every feature of a layer at one zoom, with the tile it was found in. */
const featuresAt = async (
  archive: PMTiles,
  zoom: number,
  layer: string,
): Promise<[VectorTileFeature, number, number][]> => {
  const { minLon, minLat, maxLon, maxLat } = await archive.getHeader()
  const [x0, y1] = tileAt(zoom, minLon, minLat)
  const [x1, y0] = tileAt(zoom, maxLon, maxLat)
  const found: [VectorTileFeature, number, number][] = []
  for (let x = x0; x <= x1; x++) {
    for (let y = y0; y <= y1; y++) {
      const tile = await archive.getZxy(zoom, x, y)
      if (tile === undefined) continue
      const layers = new VectorTile(new PbfReader(new Uint8Array(tile.data))).layers
      const own = layers[layer]
      for (let i = 0; i < (own?.length ?? 0); i++) found.push([own!.feature(i), x, y])
    }
  }
  return found
}

describe("a PMTiles archive", () => {
  it("says what it holds", async () => {
    const archive = await write(made.paths, "a.pmtiles", [8, 16])
    const header = await archive.getHeader()
    expect(header).toMatchObject({ specVersion: 3, clustered: true, tileType: 1, maxZoom: 16 })
    const [lon, lat] = crsByEpsg(2154).toGeographic(770500, 6277500)
    expect([header.minLon < lon && lon < header.maxLon, header.minLat < lat && lat < header.maxLat]).toEqual([
      true,
      true,
    ])
    expect(header.numAddressedTiles).toBeGreaterThan(20)
    const metadata = (await archive.getMetadata()) as {
      vector_layers: { id: string; fields: object }[]
      attribution: string
    }
    expect(metadata.attribution).toBe("IGN, LiDAR HD")
    expect(metadata.vector_layers.map(({ id }) => id)).toEqual(["building", "contour", "tree", "water"])
    expect(metadata.vector_layers[2]!.fields).toEqual({ id: "String", crown_radius: "Number" })
  })

  it("has every feature at the last zoom, in its place to half a step, with its values", async () => {
    const archive = await write(made.paths, "b.pmtiles", [8, 16])
    const crs = crsByEpsg(2154)
    for (const [name, features] of Object.entries(made.layers)) {
      const found = await featuresAt(archive, 16, name)
      expect([...new Set(found.map(([feature]) => feature.properties["id"]))].sort()).toEqual([...features.ids].sort())
      const step = 360 / 2 ** 16 / 4096
      for (const [feature, x, y] of found) {
        const f = features.ids.indexOf(feature.properties["id"] as string)
        for (const [column, { values }] of Object.entries(features.columns)) {
          const value = values[f]
          if (Number.isNaN(value)) expect(feature.properties).not.toHaveProperty(column)
          else expect(feature.properties[column]).toBe(value)
        }
        const start = f === 0 ? 0 : features.ringEnds[features.partEnds[f - 1]! - 1]!
        const end = features.ringEnds[features.partEnds[f]! - 1]!
        const own: [number, number][] = []
        for (let v = start; v < end; v++) own.push(crs.toGeographic(...corner(features, v)))
        const geometry = feature.toGeoJSON(x, y, 16).geometry as { coordinates: number[] }
        const [west] = own.reduce(([lon], [next]) => [Math.min(lon, next)] as const, [Infinity] as const)
        const vertices = pairs(geometry.coordinates.flat(4))
        // Cut pieces have vertices of their own along the buffer's edge; whole ones only those of
        // the feature.
        const inside = vertices.every(([lon]) => lon > west - step)
        expect(inside).toBe(true)
        const near = vertices.filter(([lon, lat]) =>
          own.some(([a, b]) => Math.abs(a - lon) < 0.51 * step && Math.abs(b - lat) < 0.51 * step),
        )
        if (name === "tree") expect(near.length).toBe(1)
        if (name === "building" && !isCut(feature)) expect(near.length).toBe(vertices.length)
      }
    }
  })

  it("turns outer rings clockwise on the screen and holes the other way", async () => {
    const archive = await write(made.paths.slice(0, 1), "c.pmtiles", [14, 16])
    const found = await featuresAt(archive, 16, "building")
    for (const [feature] of found.filter(([one]) => !isCut(one))) {
      const rings = feature.loadGeometry()
      expect(rings.map((ring) => Math.sign(area(ring)))).toEqual([1, -1])
    }
    expect(found.length).toBeGreaterThan(199)
  })

  it("leaves out above the last zoom what is too small to be seen, and contours but for the index ones", async () => {
    const archive = await write(made.paths, "d.pmtiles", [8, 16])
    const count = async (zoom: number, name: string): Promise<number> =>
      new Set((await featuresAt(archive, zoom, name)).map(([feature]) => feature.properties["id"])).size
    expect(await count(15, "building")).toBe(200)
    // 12 m are less than a pixel of 13.9 m (zoom 13 at this latitude), and more than one of 6.9 m.
    expect(await count(14, "building")).toBe(200)
    expect(await count(13, "building")).toBe(0)
    expect([await count(15, "tree"), await count(14, "tree")]).toEqual([200, 0])
    expect([await count(15, "contour"), await count(14, "contour"), await count(12, "contour")]).toEqual([20, 4, 0])
  })

  it("holds a large polygon whole, in thousands of tiles, and finds them through leaf directories", async () => {
    const [x, y, side] = [770000, 6277000, 12000]
    // Not round, so that no piece lies on a border of tiles.
    const square = [x, y, x + side, y + 17, x + side, y + side, x + 13, y + side, x, y]
    const features: Features = {
      ...courtyards(0),
      coordinates: Float64Array.from(square),
      ringEnds: Uint32Array.of(5),
      partEnds: Uint32Array.of(1),
      ids: ["lake"],
      columns: {},
    }
    const path = join(folder, "lake.fgb")
    await writeFile(path, encodeFlatGeobuf(features, { name: "lake", epsg: 2154, metadata: {} }))
    const archive = await write([path], "lake.pmtiles", [8, 18])
    const header = await archive.getHeader()
    expect(header.numAddressedTiles).toBeGreaterThan(12_000)
    // Tiles that the lake fills are equal.
    expect(header.numTileContents).toBeLessThan(header.numAddressedTiles / 2)
    const crs = crsByEpsg(2154)
    for (const [dx, dy, expected] of [
      [6000, 6000, true],
      [11900, 11900, true],
      [100, 100, true],
      [6000, -400, false],
      [12500, 6000, false],
    ] as const) {
      const tile = await archive.getZxy(18, ...tileAt(18, ...crs.toGeographic(x + dx, y + dy)))
      expect(tile !== undefined, `${dx} ${dy}`).toBe(expected)
    }
    let covered = 0
    for (const [feature] of await featuresAt(archive, 13, "lake")) {
      const [ring = []] = feature.loadGeometry()
      // Without the buffer the tiles' pieces would add up to the whole; with it each is a little
      // larger.
      covered += area(ring)
    }
    const step = (40075016.7 * Math.cos((43.6 * Math.PI) / 180)) / 2 ** 13 / 4096
    expect((covered * step * step) / side ** 2).toBeGreaterThan(0.99)
    expect((covered * step * step) / side ** 2).toBeLessThan(1.1)
  })

  it("keeps tiles above the last zoom below half a megabyte: the largest features stay", async () => {
    const crowd = courtyards(6000)
    const path = join(folder, "crowd.fgb")
    // Every second one larger, all of them in one tile of zoom 14.
    const coordinates = crowd.coordinates.map((value, i) => {
      const [f, v] = [Math.floor(i / 20), i % 20]
      const corner = crowd.coordinates[20 * f + (v % 2)]!
      return f % 2 === 0 ? value : corner + 1.5 * (value - corner)
    })
    const note = {
      type: "string",
      values: crowd.ids.map((id) => Array.from({ length: 16 }, (_, k) => objectId(id, k, 0)).join("")),
    } as const
    const features = { ...crowd, coordinates, columns: { ...crowd.columns, note } }
    await writeFile(path, encodeFlatGeobuf(features, { name: "crowd", epsg: 2154, metadata: {} }))
    const archive = await write([path], "crowd.pmtiles", [14, 15])
    const kept = await featuresAt(archive, 14, "crowd")
    const ids = new Set(kept.map(([feature]) => feature.properties["id"] as string))
    expect(ids.size).toBeLessThan(6000)
    // The tile with most of them gave features away, and small ones first.
    const byTile = new Map<string, string[]>()
    for (const [feature, x, y] of kept)
      byTile.set(`${x}/${y}`, [...(byTile.get(`${x}/${y}`) ?? []), feature.properties["id"] as string])
    const [fullest = []] = [...byTile.values()].sort((one, two) => two.length - one.length)
    const larger = fullest.filter((id) => crowd.ids.indexOf(id) % 2 === 1).length
    expect(larger / fullest.length).toBeGreaterThan(0.55)
    expect(new Set((await featuresAt(archive, 15, "crowd")).map(([feature]) => feature.properties["id"])).size).toBe(
      6000,
    )
  })

  it.skipIf(spawnSync("ogrinfo", ["--version"]).status !== 0)("opens in GDAL with its layers and counts", async () => {
    await write(made.paths, "gdal.pmtiles", [8, 16])
    const { stdout } = spawnSync("ogrinfo", ["-al", "-so", join(folder, "gdal.pmtiles")], { encoding: "utf8" })
    if (!/PMTiles/.test(spawnSync("ogrinfo", ["--formats"], { encoding: "utf8" }).stdout)) return
    const names = [...stdout.matchAll(/Layer name: (\w+)/g)].map(([, name]) => name)
    expect(names).toEqual(["building", "contour", "tree", "water"])
    expect(stdout).toContain('ID["EPSG",3857]')
    expect((await readFile(join(folder, "gdal.pmtiles"))).subarray(0, 7).toString()).toBe("PMTiles")
  })
})

const corner = ({ coordinates, dimension }: Features, v: number): [number, number] => [
  coordinates[dimension * v]!,
  coordinates[dimension * v + 1]!,
]

const pairs = (flat: readonly number[]): [number, number][] =>
  Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i]!, flat[2 * i + 1]!])

const area = (ring: readonly { x: number; y: number }[]): number =>
  ring.slice(1).reduce((sum, { x, y }, i) => sum + ring[i]!.x * y - x * ring[i]!.y, 0) / 2

/** True where it reaches to the edge of the tile's buffer. */
const isCut = (feature: VectorTileFeature): boolean =>
  feature.loadGeometry().some((ring) => ring.some(({ x, y }) => Math.min(x, y) <= -64 || Math.max(x, y) >= 4096 + 64))
