import { readdirSync, readFileSync } from "node:fs"
import { describe, expect, test } from "vitest"
import { EngineError } from "../../../../engine/errors.js"
import { openPointFile } from "../../../../engine/formats/points/point-file.js"
import { readPoints } from "../../../../engine/formats/points/read-points.js"
import { processorMs } from "../../../processor-ms.js"
import { sharedData } from "../../../shared-data.js"

interface Expectation {
  readonly path: string
  readonly count: number
  /** `class:count …` as the list of the data gives it; "-" where it says nothing. */
  readonly classes: string
}

/** Readable files with their counts and classes, from the table that comes with the data. */
const expectations = (): Expectation[] => {
  const rows = readFileSync(`${sharedData}/README.md`, "utf8").split("\n")
  return rows.flatMap((row) => {
    const cells = row.split("|").map((cell) => cell.trim())
    const path = cells[1] ?? ""
    const count = /^([\d ]+) pts;/.exec(cells[6] ?? "")?.[1]
    if (!/^(lidar-hd|lidar-other|malformed\/las)\/.*\.la[sz]$/.test(path) || count === undefined) return []
    return [{ path, count: Number(count.replaceAll(" ", "")), classes: cells[7] ?? "-" }]
  })
}

/** The refused, with a part of the message that names what was found. */
const REFUSED: Readonly<Record<string, RegExp>> = {
  "lidar-other/laspy/fullwave.laz": /LAZ of point format 10; .*Convert it/,
  "malformed/las/LASzip/broken_coder.laz": /unknown LASzip coder 15/,
  "malformed/las/LASzip/broken_type.laz": /item type 22/,
  "malformed/las/LASzip/broken_version.laz": /version 6 of LASzip item/,
  "malformed/las/PDAL/ept/lone-star-invalid-tile/ept-data/2-2-2-2.laz": /LAS version 126\.203/,
  "malformed/las/ign-pdal-tools/Semis_2022_0906_6665_LA93_IGN69_nok.laz": /unfinished/,
  "malformed/las/las-digital-models/test_data_0000_0000_LA93_IGN69.laz": /Git LFS pointer.*git lfs pull/,
  "malformed/las/patchwork/empty_laz_0673_6363_to_test_pattern_matching_1.laz": /empty \(0 bytes\)/,
}

const readAll = async (path: string) => {
  const file = await openPointFile(path)
  try {
    const { box, zRange } = file.info
    const origin = [Math.floor(box[0]), Math.floor(box[1]), Math.floor(zRange[0])] as const
    const classes = new Map<number, number>()
    let count = 0
    for await (const points of file.read({ origin })) {
      count += points.count
      expect(points.count).toBeLessThanOrEqual(65536)
      for (const code of points.classification) classes.set(code, (classes.get(code) ?? 0) + 1)
    }
    const sorted = [...classes].sort(([a], [b]) => a - b)
    return { info: file.info, count, classes: sorted.map(([code, n]) => `${code}:${n}`).join(" ") || "-" }
  } finally {
    await file.close()
  }
}

describe.skipIf(!sharedData)("every point file of the real data", () => {
  const files = sharedData === undefined ? [] : expectations()

  test("the table names them all", () => {
    const there = ["lidar-hd", "lidar-other", "malformed/las"].flatMap((folder) =>
      readdirSync(`${sharedData}/${folder}`, { recursive: true })
        .map((path) => `${folder}/${path}`)
        .filter((path) => /\.la[sz]$/.test(path)),
    )
    const named = new Set([...files.map(({ path }) => path), ...Object.keys(REFUSED)])
    expect(there.filter((path) => !named.has(path))).toEqual([])
    expect(there.filter((path) => path.startsWith("malformed")).length).toBe(19)
  })

  test.each(files.filter(({ path }) => !(path in REFUSED)))(
    "$path: $count points",
    async ({ path, count, classes }) => {
      const found = await readAll(`${sharedData}/${path}`)
      expect(found.count).toBe(count)
      expect(found.info.count).toBe(count)
      expect(found.classes).toBe(classes)
    },
  )

  test("two files of old formats are read at the same time", async () => {
    const paths = [1, 2].map((n) => `${sharedData}/lidar-other/3dfier/ahn3/ahn3_cropped_${n}.laz`)
    const found = await Promise.all(paths.map((path) => readPoints([path])))
    expect(found.map(({ points }) => points.count)).toEqual([640_510, 208_432])
  })

  test.each(Object.entries(REFUSED))("%s is refused within a second", async (path, message) => {
    const start = processorMs()
    const error = await readAll(`${sharedData}/${path}`).catch((thrown: unknown) => thrown)
    expect(processorMs() - start).toBeLessThan(1000)
    expect(error).toBeInstanceOf(EngineError)
    expect((error as EngineError).code).toBe("E_FORMAT")
    expect((error as EngineError).message).toMatch(message)
    expect((error as EngineError).message).toContain(path.split("/").at(-1))
  })
})
