import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { readFlatGeobufHead } from "../../../../../engine/formats/vector/flatgeobuf/feature.js"
import { mergeLayer } from "../../../../../engine/formats/vector/flatgeobuf/merge-layer.js"
import { encodeFlatGeobuf } from "../../../../../engine/formats/vector/flatgeobuf/writer.js"
import type { Features } from "../../../../../engine/kernel.js"
import { mergeFeatures } from "../../../../merge-features.js"

const facts = { name: "line", epsg: 2154, metadata: { source: "a test" } }

/** Lines `from` to `from + count - 1`, each of its own length, place and height. */
const linesOf = (from: number, count: number, dimension: 2 | 3): Features => {
  const coordinates: number[] = []
  const ends: number[] = []
  let vertices = 0
  for (let k = from; k < from + count; k++) {
    for (let v = 0; v < 2 + (k % 7); v++) {
      coordinates.push(700_000 + ((k * 7919) % 3000) + v * 0.25, 6_600_000 + ((k * 104_729) % 2000) - v * v)
      if (dimension === 3) coordinates.push(k + v)
      vertices++
    }
    ends.push(vertices)
  }
  const numbers = Array.from({ length: count }, (_, i) => from + i)
  return {
    geometry: "LineString",
    dimension,
    coordinates: Float64Array.from(coordinates),
    ringEnds: Uint32Array.from(ends),
    partEnds: Uint32Array.from(numbers, (_, i) => i + 1),
    ids: numbers.map((k) => `id-${(k * 31) % 1009}`),
    columns: {
      height: { type: "number", values: Float64Array.from(numbers, (k) => (k % 5 === 0 ? Number.NaN : k / 2)) },
      kind: { type: "string", values: numbers.map((k) => `kind ${k % 3}`) },
    },
  }
}

describe("mergeLayer", () => {
  let folder = ""
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "maille-layer-"))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  const written = async (parts: readonly Features[]): Promise<string[]> => {
    const paths = parts.map((_, i) => join(folder, `${i}.fgb`))
    for (const [i, part] of parts.entries()) await writeFile(paths[i] ?? "", encodeFlatGeobuf(part, facts))
    return paths
  }
  const bytesOf = async (paths: readonly string[]): Promise<Buffer> => {
    const chunks: Uint8Array[] = []
    for await (const chunk of (await mergeLayer(paths, facts)).bytes) chunks.push(chunk)
    return Buffer.concat(chunks)
  }

  it.each([2, 3] as const)("gives the bytes of all features encoded together, in %s dimensions", async (dimension) => {
    // More files than are held open at once.
    const parts = Array.from({ length: 40 }, (_, i) => linesOf(20 * i, i === 3 ? 0 : 20, dimension))
    const paths = await written(parts)
    const together = encodeFlatGeobuf(mergeFeatures(parts), facts)
    expect((await bytesOf(paths)).equals(together)).toBe(true)
    expect((await bytesOf([...paths].reverse())).equals(together)).toBe(true)
  })

  it("gives the same bytes when what was merged is merged again, in any grouping", async () => {
    const parts = Array.from({ length: 24 }, (_, i) => linesOf(30 * i, 30, 2))
    const together = encodeFlatGeobuf(mergeFeatures(parts), facts)
    for (const groups of [1, 2, 5]) {
      const paths = await written(parts)
      const merged: string[] = []
      for (let g = 0; g < groups; g++) {
        const path = join(folder, `group-${g}.fgb`)
        await writeFile(path, await bytesOf(paths.filter((_, i) => i % groups === g)))
        merged.push(path)
      }
      expect((await bytesOf(merged)).equals(together)).toBe(true)
    }
  })

  it("orders what lies at one place by id, whichever file it comes from", async () => {
    // All of them twice within a quarter of a metre.
    const near = linesOf(0, 40, 2)
    const coordinates = near.coordinates.map((value) => value + 0.001)
    const parts = [near, { ...near, coordinates, ids: near.ids.map((id, i) => `${i % 2 === 0 ? "a" : "z"}${id}`) }]
    const together = encodeFlatGeobuf(mergeFeatures(parts), facts)
    expect((await bytesOf(await written(parts))).equals(together)).toBe(true)
    expect((await bytesOf((await written(parts)).reverse())).equals(together)).toBe(true)
  })

  it("holds more of the index than it reads at once", async () => {
    const parts = [linesOf(0, 1000, 2), linesOf(1000, 9, 2)]
    const many = (part: Features, times: number): Features =>
      mergeFeatures(
        Array.from({ length: times }, (_, k) => ({
          ...part,
          coordinates: part.coordinates.map((value) => value + 40 * k),
          ids: part.ids.map((id) => `${k}-${id}`),
        })),
      )
    const large = [many(parts[0]!, 9), many({ ...parts[1]!, ids: parts[1]!.ids.map((id) => `b-${id}`) }, 40)]
    const together = encodeFlatGeobuf(mergeFeatures(large), facts)
    expect((await bytesOf(await written(large))).equals(together)).toBe(true)
  })

  it("refuses a file whose features are in another order", async () => {
    const [path = ""] = await written([linesOf(0, 100, 2)])
    const bytes = await readFile(path)
    // Two leaves of the index, the last but one and the last, change their places along the curve.
    const { featuresAt } = readFlatGeobufHead(bytes, bytes.length, path)
    const [one, other] = [featuresAt - 80, featuresAt - 40].map((at) => Buffer.from(bytes.subarray(at, at + 32)))
    bytes.set(other!, featuresAt - 80)
    bytes.set(one!, featuresAt - 40)
    await writeFile(path, bytes)
    await expect(bytesOf([path])).rejects.toThrow("not in order")
  })

  it("gives an empty layer of empty files", async () => {
    const empty = linesOf(0, 0, 2)
    expect((await bytesOf(await written([empty, empty]))).equals(encodeFlatGeobuf(empty, facts))).toBe(true)
  })

  it("refuses an id that comes twice", async () => {
    await expect(bytesOf(await written([linesOf(0, 5, 2), linesOf(4, 5, 2)]))).rejects.toThrow(
      "two features have one id",
    )
  })
})
