import { describe, expect, it } from "vitest"
import { loadGdal } from "../../../engine/formats/raster/load-gdal.js"
import type { Kernel } from "../../../engine/kernel.js"
import region from "../../../kernels/vegetation/cover-region.js"
import { decodeCoverTile } from "../../../kernels/vegetation/coverage/part.js"
import { codeAt, rules, tilesOf } from "../../scenes/cover-noise.js"
import { coverLayer, ringsOf } from "../../scenes/cover-scene.js"

const box = [20_000, 30_000, 20_400, 30_400] as const

/** Edges of all rings, as texts, in the direction of the ring. */
const edgesOf = (rings: readonly Float64Array[]): [string, string][] =>
  rings.flatMap((ring) =>
    Array.from({ length: ring.length / 2 - 1 }, (_, i): [string, string] => {
      const [a, b] = [ring.slice(2 * i, 2 * i + 2).join(" "), ring.slice(2 * i + 2, 2 * i + 4).join(" ")]
      return [`${a} ${b}`, `${b} ${a}`]
    }),
  )

describe("vector.vegetation-region", () => {
  const whole = coverLayer(tilesOf([...box], 400))

  it("gives the same bytes for tiles of 400, 200, 100 and 50 m, in any order", () => {
    expect(whole.features.ids.length).toBeGreaterThan(30)
    for (const side of [200, 100, 50]) {
      expect(Buffer.compare(coverLayer(tilesOf([...box], side)).bytes, whole.bytes)).toBe(0)
      expect(Buffer.compare(coverLayer(tilesOf([...box], side).reverse()).bytes, whole.bytes)).toBe(0)
    }
  })

  it("neighbours have the same vertices along their boundary, no edge is there twice in one direction", () => {
    const { features } = whole
    const seen = new Map<string, number>()
    const edges = features.ids.flatMap((_, f) => edgesOf(ringsOf(features, f)))
    for (const [edge] of edges) seen.set(edge, (seen.get(edge) ?? 0) + 1)
    expect([...seen.values()].every((count) => count === 1)).toBe(true)
    // Low lies beside medium, and that beside high: many boundaries have vegetation on both sides.
    expect(edges.filter(([, back]) => seen.has(back)).length).toBeGreaterThan(edges.length / 4)
  })

  it("loses and doubles nothing: areas of classes are those of the cells, what was absorbed and simplified aside", () => {
    const cells = [0, 0, 0, 0, 0]
    for (let x = box[0]; x < box[2]; x++) for (let y = box[1]; y < box[3]; y++) cells[codeAt(x, y)]++
    const { area, class: classes } = whole.features.columns
    const made = [0, 0, 0, 0, 0, 0]
    whole.features.ids.forEach((_, f) => {
      made[classes.values[f] as number] += area.values[f] as number
    })
    const total = cells[1] + cells[2] + cells[3] + cells[4]
    expect(Math.abs(made[3] + made[4] + made[5] - total) / total).toBeLessThan(0.1)
    expect(whole.features.ids.every((_, f) => (area.values[f] as number) > 0)).toBe(true)
    expect(new Set(whole.features.ids).size).toBe(whole.features.ids.length)
  })

  it("absorbs specks and fills small gaps, but not those that go on where there is no tile", () => {
    const made = region.run(
      {} as never,
      { "cover-tile": tilesOf([...box], 400).map(({ bytes }) => bytes) },
      {},
      {} as never,
    )
    const least = Math.min(...(made.vegetation.columns["area"].values as Float64Array))
    // Simplification moves boundaries by less than 1.5 m.
    expect(least).toBeGreaterThan(rules.minArea / 2)
  })

  it("polygons are valid by GEOS", async (context) => {
    const gdal = await loadGdal()
    if (gdal === undefined) return context.skip()
    const { features } = whole
    const invalid = features.ids.filter((_, f) => {
      const rings = ringsOf(features, f).map((ring) =>
        Array.from({ length: ring.length / 2 }, (_v, i) => [ring[2 * i], ring[2 * i + 1]]),
      )
      const geometry = (gdal as unknown as { Geometry: { fromGeoJson(value: object): { isValid(): boolean } } })
        .Geometry
      return !geometry.fromGeoJson({ type: "Polygon", coordinates: rings }).isValid()
    })
    expect(invalid).toEqual([])
  })

  it("its memory follows its input, and blobs of another making are refused", () => {
    const { memory } = region as unknown as Kernel
    expect(memory({ points: 0, areaM2: 0, bytes: 2e7 }, {}) - memory({ points: 0, areaM2: 0, bytes: 1e7 }, {})).toBe(
      2e8,
    )
    expect(() => decodeCoverTile(new Uint8Array(40))).toThrow(/not a complete "MCT1"/)
  })
})
