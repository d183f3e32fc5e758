import { describe, expect, it } from "vitest"
import { seededRandom } from "../../../../engine/core/random.js"
import {
  atlasMemory,
  NO_CHART,
  packAtlas,
  type TextureAtlas,
} from "../../../../engine/formats/tiles3d/texture-atlas.js"
import type { Mesh, TextureChart } from "../../../../engine/kernel.js"

type Colour = readonly [number, number, number]

/** A flat chart from above at a place, metres, its texels coloured by column and row. */
const chartAt = (
  left: number,
  top: number,
  width: number,
  height: number,
  colour: (i: number) => Colour,
): TextureChart => {
  const data = new Uint8Array(4 * width * height)
  for (let i = 0; i < width * height; i++) data.set([...colour(i), 255], 4 * i)
  return {
    faces: new Uint32Array(0),
    origin: [left, top, 0],
    u: [1, 0, 0],
    v: [0, -1, 0],
    width,
    height,
    texel: 0.2,
    data,
  }
}

/**
 * Many charts of one colour each, with triangles that reach to their corners, from tiny ones to one
 * of 200 × 90 texels.
 */
const scene = (seed: number): { mesh: Mesh; charts: TextureChart[]; chartOf: Uint32Array; colours: Colour[] } => {
  const random = seededRandom(seed)
  const charts: TextureChart[] = []
  const colours: Colour[] = []
  const positions: number[] = []
  const chartOf: number[] = []
  for (let k = 0; k < 40; k++) {
    const [w, h] = k === 0 ? [200, 90] : [1 + Math.floor(40 * random()), 1 + Math.floor(25 * random())]
    const colour: Colour = [20 + 5 * k, 255 - 6 * k, (37 * k) % 256]
    const [x, y] = [7 * k, 100 + 3 * k]
    charts.push(chartAt(x, y, w, h, () => colour))
    colours.push(colour)
    // One triangle from corner to corner, one small one inside.
    for (const [a, b] of [
      [0, 1],
      [0.3 * random(), 0.4 + 0.4 * random()],
    ] as const) {
      const place = (u: number, v: number): number[] =>
        [x + 0.2 * w * u, y - 0.2 * h * v, 0].map((value) => Math.round(1000 * value))
      positions.push(...place(a, b), ...place(b, b), ...place(b, a))
      chartOf.push(k)
    }
  }
  chartOf[5] = NO_CHART
  const mesh: Mesh = {
    origin: [0, 0, 0],
    positions: Int32Array.from(positions),
    triangles: Uint32Array.from({ length: positions.length / 3 }, (_, i) => i),
    classes: new Uint8Array(positions.length / 3),
    maxError: 0,
  }
  return { mesh, charts, chartOf: Uint32Array.from(chartOf), colours }
}

/** The next level of a mipmap: means of four texels. */
const halved = ({ width, height, data }: Pick<TextureAtlas, "width" | "height" | "data">) => {
  expect([width % 2, height % 2]).toEqual([0, 0])
  const [w, h] = [width / 2, height / 2]
  const out = new Uint8Array(4 * w * h)
  for (let i = 0; i < out.length; i++) {
    const [column, row, band] = [(i >> 2) % w, Math.floor((i >> 2) / w), i % 4]
    const at = 4 * (2 * row * width + 2 * column) + band
    out[i] = Math.round((data[at]! + data[at + 4]! + data[at + 4 * width]! + data[at + 4 * width + 4]!) / 4)
  }
  return { width: w, height: h, data: out }
}

/** The four texels that bilinear sampling at (u, v) mixes, clamped at the edge. */
const footprint = (
  { width, height, data }: Pick<TextureAtlas, "width" | "height" | "data">,
  u: number,
  v: number,
): string[] => {
  const [x, y] = [Math.floor(u * width - 0.5), Math.floor(v * height - 0.5)]
  return [0, 1, 2, 3].map((k) => {
    const column = Math.min(width - 1, Math.max(0, x + (k & 1)))
    const row = Math.min(height - 1, Math.max(0, y + (k >> 1)))
    return data.subarray(4 * (row * width + column), 4 * (row * width + column) + 3).join(" ")
  })
}

describe("packAtlas", () => {
  it("lets no chart into another's footprint on the full image and its first four halvings", () => {
    for (const seed of [1, 2, 3]) {
      const { mesh, charts, chartOf, colours } = scene(seed)
      let level: Pick<TextureAtlas, "width" | "height" | "data"> = packAtlas(mesh, charts, chartOf)!
      const { uv } = level as TextureAtlas
      const random = seededRandom(seed)
      for (let halving = 0; halving <= 4; halving++) {
        for (let t = 0; t < chartOf.length; t++) {
          if (chartOf[t] === NO_CHART) {
            expect([...uv.subarray(6 * t, 6 * t + 6)]).toEqual([0, 0, 0, 0, 0, 0])
            continue
          }
          const own = colours[chartOf[t]!]!.join(" ")
          for (let k = 0; k < 12; k++) {
            // The corners, then places between them; a viewer's coordinates are rounded to 16 bits.
            const [a, b] = k < 3 ? [k === 0 ? 1 : 0, k === 1 ? 1 : 0] : [random() / 2, random() / 2]
            const at = (axis: number): number =>
              Math.round(
                65535 * (a * uv[6 * t + axis]! + b * uv[6 * t + 2 + axis]! + (1 - a - b) * uv[6 * t + 4 + axis]!),
              ) / 65535
            expect(new Set(footprint(level, at(0), at(1))), `chart ${chartOf[t]}, level ${halving}`).toEqual(
              new Set([own]),
            )
          }
        }
        level = halving < 4 ? halved(level) : level
      }
    }
  })

  it("moves texels and resamples none", () => {
    const texel = (i: number): Colour => [i & 255, (i >> 8) & 255, 77]
    const chart = chartAt(-3, 8, 300, 120, texel)
    const place = (column: number, row: number): number[] => [-3000 + 200 * column, 8000 - 200 * row, 500]
    const positions = Int32Array.from([place(40.5, 30.5), place(40.5, 99.5), place(170.5, 30.5)].flat())
    const mesh: Mesh = {
      origin: [0, 0, 0],
      positions,
      triangles: Uint32Array.of(0, 1, 2),
      classes: new Uint8Array(3),
      maxError: 0,
    }
    const atlas = packAtlas(mesh, [chart], Uint32Array.of(0))!
    // What the triangle needs, not the whole chart.
    expect([atlas.width, atlas.height]).toEqual([160, 96])
    for (const [corner, [column, row]] of [
      [40, 30],
      [40, 99],
      [170, 30],
    ].entries()) {
      const exact = [atlas.uv[2 * corner]! * atlas.width - 0.5, atlas.uv[2 * corner + 1]! * atlas.height - 0.5]
      const [x, y] = exact.map(Math.round) as [number, number]
      expect(Math.abs(exact[0]! - x) + Math.abs(exact[1]! - y)).toBeLessThan(1e-4)
      expect([...atlas.data.subarray(4 * (y * atlas.width + x), 4 * (y * atlas.width + x) + 3)]).toEqual([
        ...texel(row! * 300 + column!),
      ])
    }
  })

  it("is made of sides of 16 texels, the same again, and of nothing where no face has a chart", () => {
    const { mesh, charts, chartOf } = scene(7)
    const atlas = packAtlas(mesh, charts, chartOf)!
    expect([atlas.width % 16, atlas.height % 16]).toEqual([0, 0])
    expect(Buffer.compare(packAtlas(mesh, charts, chartOf)!.data, atlas.data)).toBe(0)
    expect(packAtlas(mesh, charts, new Uint32Array(chartOf.length).fill(NO_CHART))).toBeUndefined()
  })

  it("is the same in memory that held another one, larger or smaller", () => {
    const memory = atlasMemory()
    for (const seed of [8, 9, 10, 8]) {
      const { mesh, charts, chartOf } = scene(seed)
      const paired = charts.map((chart) => ({ ...chart, infrared: chart.data.map((value) => value ^ 255) }))
      const fresh = packAtlas(mesh, paired, chartOf)!
      const again = packAtlas(mesh, paired, chartOf, memory)!
      expect(Buffer.compare(again.data, fresh.data)).toBe(0)
      expect(Buffer.compare(again.infrared!, fresh.infrared!)).toBe(0)
    }
  })

  it("repeats the edge of a chart around it, whatever its bytes begin at", () => {
    const chart = chartAt(0, 10, 5, 3, (i) => [10 * i, 7, 9])
    const shifted = new Uint8Array(chart.data.length + 1)
    shifted.set(chart.data, 1)
    const mesh: Mesh = {
      origin: [0, 0, 0],
      positions: Int32Array.of(0, 9400, 0, 1000, 9400, 0, 0, 10000, 0),
      triangles: Uint32Array.of(0, 1, 2),
      classes: new Uint8Array(3),
      maxError: 0,
    }
    const { width, height, data } = packAtlas(mesh, [{ ...chart, data: shifted.subarray(1) }], Uint32Array.of(0))!
    for (let i = 0; i < width * height; i++) {
      const column = Math.min(4, Math.max(0, (i % width) - 9))
      const row = Math.min(2, Math.max(0, Math.floor(i / width) - 9))
      expect([...data.subarray(4 * i, 4 * i + 4)]).toEqual([10 * (5 * row + column), 7, 9, 255])
    }
  })
})
