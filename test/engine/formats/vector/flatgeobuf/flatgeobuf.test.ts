import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { seededRandom } from "../../../../../engine/core/random.js"
import { EngineError } from "../../../../../engine/errors.js"
import { openLayerStream } from "../../../../../engine/formats/vector/flatgeobuf/layer-stream.js"
import { readFlatGeobuf } from "../../../../../engine/formats/vector/flatgeobuf/reader.js"
import { encodeFlatGeobuf } from "../../../../../engine/formats/vector/flatgeobuf/writer.js"
import type { Features } from "../../../../../engine/kernel.js"
import { mergeFeatures } from "../../../../merge-features.js"
import { sharedData } from "../../../../shared-data.js"

const facts = { name: "building", epsg: 2154, metadata: { source: "© IGN", licence: "Etalab 2.0" }, title: "Bâti" }

/** Squares with a hole, at seeded places around (770000, 6277000), with a column of each type. */
const squares = (count: number, seed = 1): Features => {
  const random = seededRandom(seed)
  const xy: number[] = []
  const ids: string[] = []
  for (let i = 0; i < count; i++) {
    const x = 770000 + Math.floor(random() * 4000) / 4
    const y = 6277000 + Math.floor(random() * 4000) / 4
    const ring = (a: number, b: number): number[] => [a, a, b, a, b, b, a, b, a, a].map((v, k) => v + (k % 2 ? y : x))
    xy.push(...ring(0, 10))
    xy.push(
      ...ring(2, 4)
        .reverse()
        .flatMap((_, k, all) => (k % 2 ? [] : [all[k + 1]!, all[k]!])),
    )
    ids.push(`id${String(i).padStart(4, "0")}`)
  }
  return {
    geometry: "Polygon",
    dimension: 2,
    coordinates: Float64Array.from(xy),
    ringEnds: Uint32Array.from({ length: 2 * count }, (_, r) => 5 * (r + 1)),
    partEnds: Uint32Array.from({ length: count }, (_, f) => 2 * (f + 1)),
    ids,
    columns: {
      height: { type: "number", values: Float64Array.from(ids, (_, i) => (i % 7 === 3 ? Number.NaN : i / 8)) },
      points: { type: "integer", values: Int32Array.from(ids, (_, i) => i - 5) },
      note: { type: "string", values: ids.map((id) => `é${id}`) },
    },
  }
}

const oneByOne = (features: Features): Features[] =>
  features.ids.map((id, f) => ({
    ...features,
    coordinates: features.coordinates.slice(20 * f, 20 * f + 20),
    ringEnds: Uint32Array.of(5, 10),
    partEnds: Uint32Array.of(2),
    ids: [id],
    columns: Object.fromEntries(
      Object.entries(features.columns).map(([name, column]) => [
        name,
        { ...column, values: column.values.slice(f, f + 1) },
      ]),
    ) as Features["columns"],
  }))

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "maille-fgb-"))
})
afterAll(() => rm(folder, { recursive: true }))

const written = async (name: string, features: Features): Promise<string> => {
  const path = join(folder, name)
  await writeFile(path, encodeFlatGeobuf(features, facts))
  return path
}

describe("FlatGeobuf written and read", () => {
  it.each([0, 1, 2, 16, 17, 300])("%i features come back with ids, rings, columns and facts", async (count) => {
    const features = squares(count)
    const layer = await readFlatGeobuf(await written(`round-${count}.fgb`, features))
    expect(mergeFeatures([layer.features])).toEqual(mergeFeatures([features]))
    expect(layer).toMatchObject({ epsg: 2154, name: "building", metadata: facts.metadata })
  })

  it("writes more features than a call has arguments", () => {
    const many = 150_000
    const one = squares(1)
    const coordinates = new Float64Array(20 * many)
    for (let f = 0; f < many; f++) coordinates.set(one.coordinates, 20 * f)
    const bytes = encodeFlatGeobuf(
      {
        ...one,
        coordinates,
        ringEnds: Uint32Array.from({ length: 2 * many }, (_, r) => 5 * (r + 1)),
        partEnds: Uint32Array.from({ length: many }, (_, f) => 2 * (f + 1)),
        ids: Array.from({ length: many }, (_, f) => String(f)),
        columns: {},
      },
      facts,
    )
    expect(bytes.length).toBeGreaterThan(250 * many)
  })

  it("keeps heights of three-dimensional lines", async () => {
    const line: Features = {
      geometry: "LineString",
      dimension: 3,
      coordinates: Float64Array.of(1, 2, 3, 4, 5, 6),
      ringEnds: Uint32Array.of(2),
      partEnds: Uint32Array.of(1),
      ids: ["a"],
      columns: {},
    }
    expect((await readFlatGeobuf(await written("line.fgb", line))).features).toEqual(line)
  })

  it("gives the same bytes in whatever order and grouping the features come", () => {
    const features = squares(200)
    const parts = oneByOne(features)
    const bytes = encodeFlatGeobuf(features, facts)
    const random = seededRandom(5)
    const shuffled = parts.map((part) => ({ part, key: random() })).sort((a, b) => a.key - b.key)
    const merged = mergeFeatures(shuffled.map(({ part }) => part))
    expect(merged.ids).toEqual([...merged.ids].sort())
    expect(Buffer.compare(encodeFlatGeobuf(merged, facts), bytes)).toBe(0)
    expect(Buffer.compare(encodeFlatGeobuf(mergeFeatures([...parts].reverse()), facts), bytes)).toBe(0)
  })

  it("refuses ids that repeat", () => {
    const features = squares(3)
    expect(() => encodeFlatGeobuf(mergeFeatures([features, features]), facts)).toThrow(/two features have one id/)
  })

  it("refuses a file that was cut, at any length, or whose bytes are no FlatGeobuf", async () => {
    const bytes = encodeFlatGeobuf(squares(20), facts)
    for (const length of [0, 3, 8, 11, 60, 900, bytes.length - 1, bytes.length - 400]) {
      const path = join(folder, `cut-${length}.fgb`)
      await writeFile(path, bytes.subarray(0, length))
      await expect(readFlatGeobuf(path), `cut at ${length}`).rejects.toThrow(EngineError)
    }
    await expect(readFlatGeobuf(join(folder, "absent.fgb"))).rejects.toMatchObject({ code: "E_INPUT" })
  })
})

const gdal = await (async () => {
  try {
    return createRequire(import.meta.url)("gdal-async") as typeof import("gdal-async")
  } catch {
    return undefined
  }
})()

describe.skipIf(!gdal)("FlatGeobuf in GDAL", () => {
  it("opens with count, CRS, field types, null, and finds by box what a scan finds", async () => {
    const features = squares(300)
    const dataset = gdal!.open(await written("gdal.fgb", features))
    const layer = dataset.layers.get(0)
    expect(layer.name).toBe("building")
    expect(layer.features.count()).toBe(300)
    expect(layer.srs?.getAuthorityCode()).toBe("2154")
    expect(layer.fields.map((field) => `${field.name}:${field.type}`)).toEqual([
      "id:string",
      "height:real",
      "points:integer",
      "note:string",
    ])
    expect(layer.testCapability(gdal!.OLCFastSpatialFilter)).toBe(true)
    for (const [x, y, side] of [
      [770100, 6277100, 50],
      [770500, 6277500, 200],
      [770900, 6277020, 3],
      [769000, 6277000, 10],
    ] as const) {
      layer.setSpatialFilter(x, y, x + side, y + side)
      const found = layer.features.map((feature) => String(feature.fields.get("id"))).sort()
      const expected = features.ids.filter((_, f) => {
        const [fx, fy] = [features.coordinates[20 * f]!, features.coordinates[20 * f + 1]!]
        return fx <= x + side && fx + 10 >= x && fy <= y + side && fy + 10 >= y
      })
      expect(found).toEqual(expected)
    }
    layer.setSpatialFilter(null as never)
    layer.features.forEach((feature) => {
      const f = features.ids.indexOf(String(feature.fields.get("id")))
      expect(feature.fields.get("height")).toBe(f % 7 === 3 ? null : f / 8)
      expect(feature.getGeometry()?.isValid()).toBe(true)
      expect((feature.getGeometry() as unknown as { getArea(): number }).getArea()).toBe(96)
    })
    dataset.close()
  })

  it("opens an empty layer", async () => {
    const dataset = gdal!.open(await written("gdal-empty.fgb", squares(0)))
    expect(dataset.layers.get(0).features.count()).toBe(0)
    dataset.close()
  })
})

/** Features with geometry, parts flattened; a text is the refusal. */
const reference: Readonly<Record<string, number | RegExp>> = {
  "alldatatypes.fgb": 1,
  "binary_wkb.fgb": /without geometry|holds/,
  "countries.fgb": 287,
  "countries_nocrs.fgb": 287,
  "countries_nogeo.fgb": /without geometry/,
  "empty.fgb": 0,
  "heterogeneous.fgb": /several geometries/,
  "mp_overlapping.fgb": 3,
  "no_properties.fgb": 1,
  "poly00.fgb": 10,
  "poly01.fgb": 10,
  "surface/triangle.fgb": 1,
  "topp_states.fgb": /version 2/,
  "unknown_feature_count.fgb": 1,
}

describe.skipIf(!sharedData)("the FlatGeobuf files of the reference project", () => {
  const root = `${sharedData}/flatgeobuf/flatgeobuf`
  it("are all known here", async () => {
    const files = (await readdir(root, { recursive: true })).filter((name) => name.endsWith(".fgb")).sort()
    expect(files).toEqual(Object.keys(reference).sort())
  })
  it.each(Object.entries(reference))("%s", async (name, expected) => {
    const reading = readFlatGeobuf(`${root}/${name}`)
    if (expected instanceof RegExp) {
      await expect(reading).rejects.toThrow(expected)
      await expect(reading).rejects.toMatchObject({ code: "E_FORMAT", context: { file: `${root}/${name}` } })
      return
    }
    const { features } = await reading
    expect(features.partEnds.length).toBe(expected)
    expect(features.ringEnds.at(-1) ?? 0).toBe(features.coordinates.length / features.dimension)
  })
  it("survives any single damaged byte with a named refusal or a layer", async () => {
    const bytes = await readFile(`${root}/poly00.fgb`)
    const random = seededRandom(3)
    for (let i = 0; i < 200; i++) {
      const damaged = Buffer.from(bytes)
      damaged[Math.floor(random() * bytes.length)] = Math.floor(random() * 256)
      const path = join(folder, "damaged.fgb")
      await writeFile(path, damaged)
      const outcome = await readFlatGeobuf(path).catch((error: unknown) => error)
      expect(outcome instanceof EngineError || typeof outcome === "object").toBe(true)
      if (outcome instanceof Error) expect(outcome).toBeInstanceOf(EngineError)
    }
  })
})

describe("a file that lies", () => {
  /** A layer with a text column, and the same bytes with one place overwritten. */
  const lying = async (found: Uint8Array, put: Uint8Array, back = 0): Promise<string> => {
    const columns: Features["columns"] = { zzproto__: { type: "string", values: ["a text"] } }
    const bytes = Buffer.from(encodeFlatGeobuf({ ...squares(1), columns }, facts))
    const at = bytes.lastIndexOf(found) - back
    expect(at).toBeGreaterThan(0)
    bytes.set(put, at)
    const path = join(folder, "lying.fgb")
    await writeFile(path, bytes)
    return path
  }
  const double = (value: number): Buffer => {
    const bytes = Buffer.alloc(8)
    bytes.writeDoubleLE(value)
    return bytes
  }
  const text = (value: string): Buffer => Buffer.from(value)

  it.each([
    ["a text longer than its feature", text("a text"), Buffer.from([255, 255, 255, 255]), 4, "ends beyond its"],
    ["an attribute of no column", text("a text"), Buffer.from([77, 0]), 6, "attribute 77 of 2 columns"],
    ["a vertex nowhere", double(squares(1).coordinates[0]!), double(Number.NaN), 0, "not at finite x and y"],
    ["a vertex at infinity", double(squares(1).coordinates[2]!), double(Infinity), 0, "not at finite x and y"],
    ["a column that is a prototype", text("zzproto__"), text("__proto__"), 0, "named __proto__"],
  ])("%s is refused, read whole or in turn", async (_, found, put, back, reason) => {
    const path = await lying(found, put, back)
    const refusal = { code: "E_FORMAT", message: expect.stringContaining(reason) }
    await expect(readFlatGeobuf(path)).rejects.toMatchObject(refusal)
    const readInTurn = async (): Promise<void> => {
      const layer = await openLayerStream(path)
      try {
        for await (const features of layer.features()) expect(features).toEqual([])
      } finally {
        await layer.close()
      }
    }
    await expect(readInTurn()).rejects.toMatchObject(refusal)
  })
})
