import { mkdtemp, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { choiceOf } from "../../../engine/formats/points/class-schemes.js"
import { declareKernels } from "../../../engine/job/kernels/declare-kernels.js"
import {
  fromUnclassified,
  noBuildings,
  readPointRules,
  rulesKey,
  schemeNote,
} from "../../../engine/plan/point-rules.js"

const fileOf = async (text: string): Promise<string> => {
  const file = join(await mkdtemp(join(tmpdir(), "point-rules-")), "classes.json")
  await writeFile(file, text)
  return file
}

describe("readPointRules", () => {
  test("takes a name, or the content of a file", async () => {
    expect(await readPointRules({ classes: "ahn", overlap: "drop" })).toEqual({ classes: "ahn", overlap: "drop" })
    expect(await readPointRules({ classes: await fileOf('{"26": 17, "21": null}') })).toEqual({
      classes: { 26: 17, 21: null },
    })
    expect(await readPointRules({})).toEqual({})
  })

  test.each([
    ["{", "not JSON"],
    ["[]", "not an object of classes"],
    ['{"bridge": 17}', '"bridge" is not a class; expected 0 to 255'],
    ['{"26": 256}', "class 26 becomes 256; expected a class from 0 to 255, or null"],
    ['{"26": "17"}', 'class 26 becomes "17"'],
  ])("refuses %s", async (text, message) => {
    await expect(readPointRules({ classes: await fileOf(text) })).rejects.toThrow(message)
  })
})

describe("the scheme of a source", () => {
  test("is LiDAR HD's only where its name or system says so", () => {
    const codeOf = (lidarHd: boolean): number => choiceOf({}, lidarHd)({ pointFormat: 6 }).codes[26]!
    expect([codeOf(true), codeOf(false)]).toEqual([26, 1])
    expect(choiceOf({ classes: "ahn" }, true)({ pointFormat: 6 }).codes[26]).toBe(17)
    const files = [{ name: "LHD_FXX_0636_6934_PTS_LAMB93_IGN69.copc.laz" }, { name: "C_37EN1.LAZ" }]
    expect(schemeNote({}, files)).toBe("classes: asprs for 1 file, lidarhd for 1 file. If that is wrong: --classes")
    expect(schemeNote({}, files.slice(0, 1))).toBe("classes: lidarhd")
    expect(schemeNote({ classes: "ahn" }, files)).toBe("classes: ahn")
  })

  test("enters the hash, except LiDAR HD's", () => {
    const keys = [{}, { classes: "ahn" }, { classes: { 26: 17 } }, { overlap: "drop" }] as const
    expect(keys.map((rules) => rulesKey(rules, { lidarHd: true }))[0]).toBe("")
    expect(new Set([...keys.map((rules) => rulesKey(rules, {})), ""]).size).toBe(5)
  })
})

const kernels = await declareKernels()

describe("unclassified points", () => {
  test("make vegetation of AHN and 3DEP, and buildings of 3DEP inside outlines", () => {
    expect(fromUnclassified({}, false)).toBeUndefined()
    expect(fromUnclassified({ classes: "asprs" }, true)).toBeUndefined()
    expect(fromUnclassified({ classes: "ahn" }, true)).toEqual({ vegetation: true })
    expect(fromUnclassified({ classes: "3dep" }, false)).toEqual({ vegetation: true })
    expect(fromUnclassified({ classes: "3dep" }, true)).toEqual({ vegetation: true, buildings: true })
    expect(
      fromUnclassified({ classes: "3dep", vegetationFrom: "classes", buildingsFrom: "classes" }, true),
    ).toBeUndefined()
    expect(fromUnclassified({ buildingsFrom: "unclassified" }, true)).toEqual({ buildings: true })
  })

  test("3DEP without outlines is told once, with the option", () => {
    expect(noBuildings({ classes: "3dep" }, kernels)[0]).toContain("--footprints FILE")
    expect(noBuildings({ classes: "3dep", ...{ footprints: "a.fgb" } }, kernels)).toEqual([])
    expect(noBuildings({ classes: "ahn" }, kernels)).toEqual([])
  })
})
