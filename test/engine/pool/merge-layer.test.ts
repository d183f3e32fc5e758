import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { encodeFlatGeobuf, mergeFeatures } from "../../../engine/formats/vector/flatgeobuf.js"
import type { Features } from "../../../engine/kernel.js"
import { mergeLayer } from "../../../engine/pool/merge-layer.js"

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

  it("gives an empty layer of empty files", async () => {
    const empty = linesOf(0, 0, 2)
    expect((await bytesOf(await written([empty, empty]))).equals(encodeFlatGeobuf(empty, facts))).toBe(true)
  })

  it("refuses an id that comes twice", async () => {
    await expect(bytesOf(await written([linesOf(0, 5, 2), linesOf(4, 5, 2)]))).rejects.toThrow("ids of features repeat")
  })
})
