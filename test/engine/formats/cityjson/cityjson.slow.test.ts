/** Slow: the compiler of schemas takes ten seconds over those of CityJSON. */
import { readFileSync } from "node:fs"
import { Ajv } from "ajv"
import { describe, expect, it } from "vitest"
import type { CityFeature } from "../../../../engine/formats/cityjson/city-types.js"
import { encodeCitySequence } from "../../../../engine/formats/cityjson/encode-city.js"
import { facts, scene } from "../../../scenes/solids-scene.js"
import { sharedData } from "../../../shared-data.js"

describe.skipIf(sharedData === undefined)("CityJSON's schemas", () => {
  const validator = (name: string): ReturnType<Ajv["compile"]> => {
    const schema = JSON.parse(readFileSync(`${sharedData}/schemas/cityjson/${name}`, "utf8")) as object
    return new Ajv({ strict: false, validateFormats: false }).compile(schema)
  }

  it("accept every line that is written, and refuse broken ones", async () => {
    const lines = Buffer.from(encodeCitySequence([scene()], facts))
      .toString()
      .trim()
      .split("\n")
    const header = validator("cityjson.min.schema.json")
    const feature = validator("cityjsonfeature.min.schema.json")
    const [first, ...rest] = lines.map((line) => JSON.parse(line) as CityFeature)
    expect(header(first), JSON.stringify(header.errors)).toBe(true)
    for (const line of rest) expect(feature(line), JSON.stringify(feature.errors?.slice(0, 3))).toBe(true)
    const object = rest[0]!.CityObjects["a"]!
    const broken = (change: object): CityFeature => ({
      ...rest[0]!,
      CityObjects: { a: { ...object, ...change } as never },
    })
    expect(feature(broken({ type: "House" }))).toBe(false)
    expect(feature(broken({ geometry: [{ ...object.geometry![0]!, lod: "4" }] }))).toBe(false)
    expect(feature(broken({ geometry: [{ ...object.geometry![0]!, boundaries: [[0, 1, 2]] }] }))).toBe(false)
  })
})
