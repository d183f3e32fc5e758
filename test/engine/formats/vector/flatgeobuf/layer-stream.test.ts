import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { openLayerStream, type StreamFeature } from "../../../../../engine/formats/vector/flatgeobuf/layer-stream.js"
import { readFlatGeobuf } from "../../../../../engine/formats/vector/flatgeobuf/reader.js"
import { encodeFlatGeobuf } from "../../../../../engine/formats/vector/flatgeobuf/writer.js"
import { sharedData } from "../../../../shared-data.js"
import { courtyards } from "../made-layers.js"

let folder = ""
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "maille-stream-"))
})
afterAll(() => rm(folder, { recursive: true }))

const all = async (path: string): Promise<StreamFeature[]> => {
  const layer = await openLayerStream(path)
  try {
    const features: StreamFeature[] = []
    for await (const batch of layer.features()) features.push(...batch)
    return features
  } finally {
    await layer.close()
  }
}

const written = async (name: string, bytes: Uint8Array): Promise<string> => {
  const path = join(folder, name)
  await writeFile(path, bytes)
  return path
}

describe("a layer stream", () => {
  it("gives what the reader of whole files gives, in the same order, again and again", async () => {
    const path = await written(
      "a.fgb",
      encodeFlatGeobuf(courtyards(300), { name: "a", epsg: 2154, metadata: { k: "v" } }),
    )
    const { features } = await readFlatGeobuf(path)
    const layer = await openLayerStream(path)
    expect(layer).toMatchObject({
      name: "a",
      geometry: "Polygon",
      multiple: false,
      dimension: 2,
      epsg: 2154,
    })
    expect(layer.metadata).toEqual({ k: "v" })
    expect(layer.fields).toEqual([
      { name: "id", type: "string" },
      { name: "height", type: "number" },
      { name: "ground_min", type: "number" },
      { name: "dsm_eaves", type: "number" },
      { name: "dsm_ridge", type: "number" },
      { name: "points", type: "integer" },
      { name: "note", type: "string" },
    ])
    await layer.close()
    for (const streamed of [await all(path), await all(path)]) {
      expect(streamed.map(({ id }) => id)).toEqual(features.ids)
      expect(streamed.flatMap(({ parts }) => parts.flat()).flatMap((ring) => [...ring])).toEqual([
        ...features.coordinates,
      ])
      const heights = features.columns["height"]!.values
      expect(streamed.map(({ values }) => values[1])).toEqual([...heights].map((h) => (Number.isNaN(h) ? null : h)))
    }
  })

  it("reads a feature larger than a chunk, between small ones", async () => {
    const vertices = 400_000
    const ring = Float64Array.from({ length: 2 * vertices }, (_, i) => {
      const angle = (2 * Math.PI * ((i >> 1) % (vertices - 1))) / (vertices - 1)
      return i % 2 === 0 ? 500 + 400 * Math.cos(angle) : 500 + 400 * Math.sin(angle)
    })
    const small = courtyards(2, [0, 0])
    const features = {
      ...small,
      coordinates: Float64Array.from([
        ...small.coordinates.subarray(0, 20),
        ...ring,
        ...small.coordinates.subarray(20),
      ]),
      ringEnds: Uint32Array.of(5, 10, 10 + vertices, 15 + vertices, 20 + vertices),
      partEnds: Uint32Array.of(2, 3, 5),
      ids: ["a", "b", "c"],
      columns: {},
    }
    const path = await written("large.fgb", encodeFlatGeobuf(features, { name: "large", epsg: 2154, metadata: {} }))
    const streamed = await all(path)
    const large = streamed.find(({ id }) => id === "b")!
    expect(Buffer.compare(Buffer.from(large.parts[0]![0]!.buffer), Buffer.from(ring.buffer))).toBe(0)
    expect(streamed.map(({ id }) => id).sort()).toEqual(["a", "b", "c"])
  })

  it("refuses a file that is cut, at whatever place", async () => {
    const bytes = encodeFlatGeobuf(courtyards(20), { name: "a", epsg: 2154, metadata: {} })
    for (const share of [0.999, 0.9, 0.5, 0.01]) {
      const path = await written(`cut-${share}.fgb`, bytes.subarray(0, Math.floor(share * bytes.length)))
      await expect(all(path), String(share)).rejects.toMatchObject({ code: "E_FORMAT" })
    }
  })

  it.skipIf(!sharedData)("reads the reference project's files as the reader of whole files does", async () => {
    const source = `${sharedData}/flatgeobuf/flatgeobuf`
    const names = (await readdir(source, { recursive: true })).filter((name) => name.endsWith(".fgb"))
    let compared = 0
    for (const name of names) {
      const path = join(source, name)
      const whole = await readFlatGeobuf(path).catch(() => undefined)
      if (whole === undefined) continue
      compared++
      const streamed = await all(path)
      expect(
        streamed.reduce((sum, { parts }) => sum + parts.length, 0),
        name,
      ).toBe(whole.features.ids.length)
      const coordinates = streamed.flatMap(({ parts }) => parts.flat()).flatMap((ring) => [...ring])
      expect(coordinates, name).toEqual([...whole.features.coordinates])
    }
    expect(compared).toBeGreaterThan(4)
  })
})
