import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { streamFeatures } from "../../../engine/formats/vector/stream-features.js"
import { indexCatalogue } from "../../../engine/spatial/index-sources.js"
import { streamIndex } from "../../../engine/spatial/stream-index.js"
import { readTileIndex } from "../../../engine/spatial/tile-index.js"
import { sharedData } from "../../shared-data.js"

let folder = ""
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "maille-index-"))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const featuresOf = async (path: string): Promise<{ texts: string[]; beside: string }> => {
  const texts: string[] = []
  const features = streamFeatures(path)
  for (;;) {
    const next = await features.next()
    if (next.done) return { texts, beside: next.value }
    texts.push(next.value)
  }
}

describe("features of a collection", () => {
  it("come one by one, with what stands beside them, across the borders of chunks", async () => {
    const long = "é".repeat(700_000)
    const features = [{ a: [1, { b: '"]}' }] }, { text: `\\"{[${long}` }, { features: [{}] }, {}]
    const root = { name: "features", note: [{ x: 1 }], features, crs: { name: "]" }, count: 4 }
    const path = join(folder, "made.json")
    await writeFile(path, JSON.stringify(root))
    const { texts, beside } = await featuresOf(path)
    expect(texts.map((text) => JSON.parse(text))).toEqual(features)
    expect(JSON.parse(beside)).toEqual({ ...root, features: [] })
  })

  it("are refused where the list is cut or is none", async () => {
    const path = join(folder, "bad.json")
    for (const [text, why] of [
      ['{"features":[{"a":1},{"b"', "cut"],
      ['{"type":"Point"}', "no list"],
      ["<html>Error 500</html>", "refused"],
    ] as const) {
      await writeFile(path, text)
      await expect(featuresOf(path)).rejects.toThrow(why)
    }
  })
})

describe.skipIf(sharedData === undefined)("an index that is streamed", () => {
  const path = `${sharedData}/vector/lidar_hd_tools/LiDAR-HD_metadata/IGNF_NUAGES-DE-POINTS-LIDAR-HD_dalle.geojson`

  it("gives the sources that the same index gives whole, also where pages repeat files", async () => {
    const page = join(folder, "again.geojson")
    await writeFile(page, await readFile(path))
    const whole = await readTileIndex([path, page])
    const streamed = await streamIndex([path, page], join(folder, "scratch"))
    const lines = [...streamed.inOrder(({ box }) => box[0])]
    const sources = lines.map(({ line }) => JSON.parse(line.toString("utf8")) as { name: string; box: number[] })
    await streamed.close()
    expect(sources.every(({ box }, i) => i === 0 || sources[i - 1]!.box[0]! <= box[0]!)).toBe(true)
    const byName = [...sources].sort((a, b) => (a.name < b.name ? -1 : 1))
    expect(byName).toEqual(
      indexCatalogue(whole.tiles, streamed.epsg).sources.filter(({ crs }) => crs.epsg === streamed.epsg),
    )
  })
})
