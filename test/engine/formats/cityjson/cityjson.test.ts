import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { checkSolid } from "../../../../engine/check/solid/check-solid.js"
import { citySolids } from "../../../../engine/formats/cityjson/city-solids.js"
import type { CityFeature, CityHeader } from "../../../../engine/formats/cityjson/city-types.js"
import { encodeCitySequence } from "../../../../engine/formats/cityjson/encode-city.js"
import { mergeCitySequences } from "../../../../engine/formats/cityjson/merge-city.js"
import { finestSolids, readCityHeader, readCitySequence } from "../../../../engine/formats/cityjson/read-city.js"
import type { Solids } from "../../../../engine/kernel.js"
import { facts, HOUSES, origin, scene, solidsOf } from "../../../scenes/solids-scene.js"
import { until } from "../../../until.js"

const folder = mkdtempSync(join(tmpdir(), "maille-city-"))
afterAll(() => rmSync(folder, { recursive: true }))
const write = (name: string, bytes: Uint8Array): string => {
  const path = join(folder, name)
  writeFileSync(path, bytes)
  return path
}
const read = async (path: string): Promise<{ header: CityHeader; features: CityFeature[] }> => {
  const features: CityFeature[] = []
  let header: CityHeader | undefined
  for await (const one of readCitySequence(path)) {
    header = one.header
    features.push(one.feature)
  }
  return { header: header!, features }
}
const bytesOf = async (parts: AsyncIterable<Uint8Array>): Promise<Buffer> => {
  const all: Uint8Array[] = []
  for await (const part of parts) all.push(part)
  return Buffer.concat(all)
}

/**
 * Solids by what they are: rings of absolute millimetres, kinds and columns, whatever the order of
 * vertices.
 */
const plain = (solids: Solids): unknown[] =>
  solids.ids.map((id, s) => {
    const faces: unknown[] = []
    for (let f = s === 0 ? 0 : solids.solidEnds[s - 1]!; f < solids.solidEnds[s]!; f++) {
      const rings: string[] = []
      for (let r = f === 0 ? 0 : solids.faceEnds[f - 1]!; r < solids.faceEnds[f]!; r++) {
        const ring = solids.ringVertices.subarray(r === 0 ? 0 : solids.ringEnds[r - 1]!, solids.ringEnds[r]!)
        const place = (v: number): number[] =>
          [0, 1, 2].map((k) => solids.positions[3 * v + k]! + 1000 * solids.origin[k]!)
        rings.push(Array.from(ring, (v) => place(v).join(",")).join(" "))
      }
      faces.push([solids.faceKinds[f], ...rings])
    }
    const attributes = Object.keys(solids.columns).sort()
    return [id, solids.classes[s], faces, attributes.map((name) => [name, String(solids.columns[name]!.values[s])])]
  })

describe("encodeCitySequence", () => {
  it("and the reader give solids back to the millimetre, with kinds and attributes", async () => {
    const solids = scene()
    const { header, features } = await read(write("trip.city.jsonl", encodeCitySequence([solids], facts)))
    const back = citySolids(header, features, [770_000, 6_277_000, 0])
    const order = [1, 0, 3, 2]
    const expected = plain({
      ...solids,
      columns: { ...solids.columns, lod: { type: "string", values: ["2.2", "1.2", "2.2", "2.2"] } },
    })
    expect(plain(back)).toEqual(order.map((row) => expected[row]))
    expect(features.map(({ id }) => id)).toEqual(["a", "b", "bridge"])
  })

  it("names the floors and ceilings of recesses, and lists their surfaces only where there are some", async () => {
    const house = scene()
    const solids = { ...house, faceKinds: house.faceKinds.slice() }
    const last = solids.faceKinds.length
    solids.faceKinds.set([3, 4], last - 2)
    const { header, features } = await read(write("recess.city.jsonl", encodeCitySequence([solids], facts)))
    expect(Array.from(citySolids(header, features, origin).faceKinds).sort()).toEqual(
      Array.from(solids.faceKinds).sort(),
    )
    const surfaces = features.flatMap(({ CityObjects }) =>
      Object.values(CityObjects).flatMap(({ geometry = [] }) =>
        geometry.map(({ semantics }) => semantics!.surfaces.map(({ type }) => type)),
      ),
    )
    expect(surfaces.filter((own) => own.length === 3)).toHaveLength(3)
    expect(surfaces.find((own) => own.length > 3)?.slice(3)).toEqual(["OuterFloorSurface", "OuterCeilingSurface"])
  })

  it("makes one object a solid, parts where an id has several, and bridges of class 17", async () => {
    const { features } = await read(write("objects.city.jsonl", encodeCitySequence([scene()], facts)))
    const [a, b, bridge] = features.map(({ CityObjects }) => CityObjects)
    expect(a!["a"]).toMatchObject({ type: "Building", attributes: { height: 5, levels: 1, reason: "few points" } })
    expect(a!["a"]!.geometry).toMatchObject([{ type: "Solid", lod: "1.2" }])
    expect(Object.keys(b!)).toEqual(["b", "b-0", "b-1"])
    expect(b!["b"]).toEqual({ type: "Building", attributes: { levels: 2 }, children: ["b-0", "b-1"] })
    expect(b!["b-1"]).toMatchObject({ type: "BuildingPart", attributes: { height: 3 }, parents: ["b"] })
    expect(bridge!["bridge"]).toMatchObject({ type: "Bridge", attributes: { levels: 0 } })
  })

  it("writes several levels of detail as geometries of one object, the finest last, with its attributes", async () => {
    const flat = (id: string, lods: readonly string[]): Solids =>
      solidsOf(
        lods.map(() => ({ id, at: [10, 20, 1], size: [16.345, 8, 7, 7] })),
        origin,
        { lod: { type: "string", values: lods } },
      )
    const house = solidsOf([{ id: "c", at: [0, 0, 0], size: [5, 5, 3, 4] }], origin, {
      height: { type: "number", values: Float64Array.of(4) },
    })
    const all = [house, flat("c", ["1.3", "1.2"]), scene(), flat("b", ["1.3", "1.3", "1.3", "1.2"])]
    const { features } = await read(write("levels.city.jsonl", encodeCitySequence(all, facts)))
    const [, b, , c] = features
    const levels = (feature: CityFeature, name: string): unknown =>
      feature.CityObjects[name]!.geometry?.map(({ lod }) => lod)
    expect(Object.keys(c!.CityObjects)).toEqual(["c"])
    expect(c!.CityObjects["c"]!.attributes).toEqual({ height: 4 })
    expect(levels(c!, "c")).toEqual(["1.2", "1.3", "2.2"])
    expect(finestSolids(c!).map(({ lod }) => lod)).toEqual(["2.2"])
    expect(b!.CityObjects["b"]!.attributes).toEqual({ levels: 2 })
    expect(["b", "b-0", "b-1", "b-2"].map((name) => levels(b!, name))).toEqual([
      ["1.2"],
      ["1.3", "2.2"],
      ["1.3", "2.2"],
      ["1.3"],
    ])
    expect(finestSolids(b!)).toHaveLength(2)
  })

  it("gives the same bytes for other origins and other cuts of the same solids", () => {
    const whole = encodeCitySequence([scene()], facts)
    const moved = solidsOf(
      HOUSES.map((house) => ({ ...house, at: [house.at[0] + 250, house.at[1] + 250, house.at[2] + 40] as const })),
      [770_250, 6_277_250, 0],
      scene().columns,
    )
    expect(Buffer.from(encodeCitySequence([moved], facts)).equals(whole)).toBe(true)
  })

  it("writes solids that the checker accepts as they stand in the file", async () => {
    const { header, features } = await read(write("valid.city.jsonl", encodeCitySequence([scene()], facts)))
    for (const { vertices, CityObjects } of features) {
      const { scale, translate } = header.transform
      const metres = Float64Array.from(
        vertices.flatMap((vertex) => vertex.map((v, k) => v * scale[k]! + translate[k]!)),
      )
      for (const solid of Object.values(CityObjects).flatMap(({ geometry }) => geometry ?? []))
        expect(checkSolid({ vertices: metres, shells: solid.boundaries }).faults).toEqual([])
    }
  })

  it("writes a header alone where there is no solid", async () => {
    const path = write("empty.city.jsonl", encodeCitySequence([], facts))
    const { features } = await read(path)
    expect(features).toEqual([])
    expect(readFileSync(path, "utf8").split("\n")).toHaveLength(2)
  })
})

describe("mergeCitySequences", () => {
  it("makes of tiles what the encoder makes of all their solids, over a line of the 100 km grid too", async () => {
    const tiles = [
      solidsOf([HOUSES[1]!, HOUSES[2]!], origin),
      solidsOf([HOUSES[0]!, HOUSES[3]!], origin),
      solidsOf([{ id: "c", at: [0, 0, 0], size: [5, 5, 3, 4] }], [799_998, 6_299_999, 12]),
      solidsOf([{ id: "aa", at: [4, 4, 0], size: [5, 5, 3, 4] }], [800_000, 6_300_000, 12]),
      solidsOf([], origin),
    ]
    const paths = tiles.map((tile, i) => write(`tile-${i}.city.jsonl`, encodeCitySequence([tile], facts)))
    const merged = await mergeCitySequences(paths, facts)
    const expected = encodeCitySequence(tiles, facts)
    expect((await bytesOf(merged)).toString()).toBe(Buffer.from(expected).toString())
    const reversed = await mergeCitySequences([...paths].reverse(), facts)
    expect((await bytesOf(reversed)).equals(expected)).toBe(true)
  })

  it("refuses two owners of one building", async () => {
    const paths = ["x", "y"].map((name) => write(`${name}.city.jsonl`, encodeCitySequence([scene()], facts)))
    await expect(mergeCitySequences(paths, facts)).rejects.toThrow(/the solid a is in .*x\.city\.jsonl and in .*y/)
  })
})

describe("readCitySequence", () => {
  it.each([
    ["", /empty/],
    ["{", /line 1: not JSON/],
    ['{"type":"CityJSON","version":"1.1","transform":{}}', /CityJSON 1.1; expected a CityJSON 2.0/],
    [`${Buffer.from(encodeCitySequence([], facts)).toString()}{"type":"Feature"}\n`, /line 2: Feature; expected/],
  ])("refuses %j", async (text, message) => {
    await expect(read(write("broken.city.jsonl", Buffer.from(text)))).rejects.toThrow(message)
  })

  it("closes a file of which only the header is read", async () => {
    const header = Buffer.from(encodeCitySequence([], facts))
    // Longer than what a stream reads at once.
    const path = write("long.city.jsonl", Buffer.concat([header, Buffer.alloc(1 << 20, "x")]))
    await readCityHeader(path)
    const targetOf = (fd: string): string => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`)
      } catch {
        return ""
      }
    }
    const isClosed = (): boolean => !readdirSync("/proc/self/fd").some((fd) => targetOf(fd) === path)
    await until("the file to be closed", isClosed, { seconds: 5 })
  })

  it("says which file is missing", async () => {
    await expect(read(join(folder, "none.city.jsonl"))).rejects.toThrow(/none\.city\.jsonl: no such file/)
  })
})
