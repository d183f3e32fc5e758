import { spawnSync } from "node:child_process"
import { describe, expect, it } from "vitest"
import { recogniseCrs } from "../../../engine/grid/crs.js"
import { describeCompound, describeProjJson, type ProjJson } from "../../../engine/grid/projjson.js"
import { writeWkt2 } from "../../../engine/grid/wkt2.js"

const CODES = [2154, 3946, 2975, 28992, 3005, 2949, 32740, 25832, 2056, 5514, 5070, 31370, 27572, 23700, 3031]
const srsInfo = (...args: string[]): string => spawnSync("gdalsrsinfo", args, { encoding: "utf8" }).stdout.trim()
const proj = spawnSync("gdalsrsinfo", ["--version"]).status === 0

describe("PROJJSON", () => {
  it("is there for every CRS that maille works in, with its code", () => {
    for (const epsg of CODES)
      expect(describeProjJson(epsg)).toMatchObject({ type: "ProjectedCRS", id: { authority: "EPSG", code: epsg } })
    expect(describeProjJson(2903)).toBeUndefined()
  })

  it.skipIf(!proj).each(CODES)("of EPSG:%i is what PROJ makes of the code", (epsg) => {
    const plain = (text: string): string =>
      text
        .replace(/\+(towgs84|datum|ellps)=\S+ ?/g, "")
        .replace(/\+type=crs|\+no_defs/g, "")
        .trim()
    const text = JSON.stringify(describeProjJson(epsg))
    expect(srsInfo("-o", "epsg", text)).toContain(`EPSG:${epsg}`)
    const [own, theirs] = [text, `EPSG:${epsg}`].map((source) => plain(srsInfo("-o", "proj4", source)))
    expect(own!.length).toBeGreaterThan(20)
    expect(numbersOf(own!)).toEqual(numbersOf(theirs!))
  })

  it("of a pair has both systems, and the pair's code where the registry has one", () => {
    expect(describeCompound(2154, 5720)).toMatchObject({
      type: "CompoundCRS",
      components: [{ id: { code: 2154 } }, { type: "VerticalCRS", id: { code: 5720 } }],
      id: { authority: "EPSG", code: 5698 },
    })
    expect(describeCompound(3946, 5720)).not.toHaveProperty("id.code", 5698)
    expect(describeCompound(2154, 1)).toBeUndefined()
  })
})

const textOf = (crs: ProjJson | undefined): string => writeWkt2(crs as ProjJson)

describe("WKT 2", () => {
  it.each(CODES)("of EPSG:%i is read as that code", (epsg) => {
    const text = textOf(describeProjJson(epsg))
    expect(recogniseCrs({ wkts: [text] })).toMatchObject({ epsg, xyUnit: 1 })
  })

  it.skipIf(!proj).each(CODES)("of EPSG:%i has the parameters of the registry", (epsg) => {
    const [own, theirs] = [textOf(describeProjJson(epsg)), `EPSG:${epsg}`].map((crs) => srsInfo("-o", "proj4", crs))
    const plain = (text = ""): string => text.replace(/\+(towgs84|datum|ellps|type|no_defs)\S* ?/g, "").trim()
    expect(own?.length).toBeGreaterThan(20)
    expect(numbersOf(plain(own))).toEqual(numbersOf(plain(theirs)))
  })

  it.skipIf(!proj)("of a pair is that pair for PROJ", () => {
    expect(srsInfo("-o", "epsg", textOf(describeCompound(2154, 5720)))).toContain("EPSG:5698")
  })
})

/** Parameters by name, numbers to ten digits: registries give angles in degrees and minutes. */
const numbersOf = (text: string): Record<string, string> =>
  Object.fromEntries(
    text.split(/\s+/).map((part) => {
      const [name = "", value = ""] = part.split("=")
      return [name, value === "" || Number.isNaN(Number(value)) ? value : Number(value).toPrecision(10)]
    }),
  )
