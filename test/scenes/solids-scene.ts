import type { CityFacts } from "../../engine/formats/cityjson/city-header.js"
import type { Column, Solids } from "../../engine/kernel.js"

/**
 * A house of a scene: a box with a ridge along x, or flat where the ridge is as high as the eaves.
 * Metres relative to the origin.
 */
export interface House {
  readonly id: string
  readonly at: readonly [x: number, y: number, z: number]
  readonly size: readonly [length: number, width: number, eaves: number, ridge: number]
  readonly classCode?: 6 | 17
  /** A square hole through it from top to bottom, side 1 m, in the middle (only where flat). */
  readonly court?: true
}

/** Closed solids of houses, kinds of faces as the contract says. */
export const solidsOf = (
  houses: readonly House[],
  origin: readonly [number, number, number],
  columns: Readonly<Record<string, Column>> = {},
): Solids => {
  const positions: number[] = []
  const [ringVertices, ringEnds, faceEnds, faceKinds, solidEnds]: number[][] = [[], [], [], [], []]
  for (const { at, size, court } of houses) {
    const start = positions.length / 3
    const [l, w, eaves, ridge] = size
    const add = (x: number, y: number, z: number): void => {
      positions.push(...[at[0] + x, at[1] + y, at[2] + z].map((value) => Math.round(value * 1000)))
    }
    for (const z of [0, eaves])
      for (const [x, y] of [
        [0, 0],
        [l, 0],
        [l, w],
        [0, w],
      ] as const)
        add(x, y, z)
    const face = (kind: number, ...rings: number[][]): void => {
      for (const ring of rings) {
        ringVertices!.push(...ring.map((vertex) => start + vertex))
        ringEnds!.push(ringVertices!.length)
      }
      faceEnds!.push(ringEnds!.length)
      faceKinds!.push(kind)
    }
    if (court) {
      const [cx, cy] = [l / 2 - 0.5, w / 2 - 0.5]
      for (const z of [0, eaves])
        for (const [x, y] of [
          [0, 0],
          [1, 0],
          [1, 1],
          [0, 1],
        ] as const)
          add(cx + x, cy + y, z)
      face(0, [0, 3, 2, 1], [8, 9, 10, 11])
      face(2, [4, 5, 6, 7], [15, 14, 13, 12])
      for (let i = 0; i < 4; i++) face(1, [8 + ((i + 1) % 4), 8 + i, 12 + i, 12 + ((i + 1) % 4)])
    } else face(0, [0, 3, 2, 1])
    face(1, [0, 1, 5, 4])
    face(1, [2, 3, 7, 6])
    if (ridge > eaves) {
      add(0, w / 2, ridge)
      add(l, w / 2, ridge)
      face(1, [1, 2, 6, 9, 5])
      face(1, [3, 0, 4, 8, 7])
      face(2, [4, 5, 9, 8])
      face(2, [6, 7, 8, 9])
    } else {
      face(1, [1, 2, 6, 5])
      face(1, [3, 0, 4, 7])
      if (!court) face(2, [4, 5, 6, 7])
    }
    solidEnds!.push(faceEnds!.length)
  }
  return {
    origin,
    positions: Int32Array.from(positions),
    ringVertices: Uint32Array.from(ringVertices!),
    ringEnds: Uint32Array.from(ringEnds!),
    faceEnds: Uint32Array.from(faceEnds!),
    faceKinds: Uint8Array.from(faceKinds!),
    solidEnds: Uint32Array.from(solidEnds!),
    ids: houses.map(({ id }) => id),
    classes: Uint8Array.from(houses, ({ classCode = 6 }) => classCode),
    columns,
  }
}

/** What the sequences of the tests say of themselves. */
export const facts: CityFacts = {
  epsg: 2154,
  verticalEpsg: 5720,
  provenance: { title: "Solids", source: "made", acquired: "2021-03-04", software: "maille 0", options: "00" },
}
export const origin = [770_500, 6_277_500, 40] as const
/** A gabled house with a flat wing of the same id beside it, one with a court, a deck. */
export const HOUSES: House[] = [
  { id: "b", at: [10, 20, 1], size: [12.345, 8, 6, 9.5] },
  { id: "a", at: [40.001, 20, -3], size: [10, 8, 5, 5], court: true },
  { id: "bridge", at: [0, 60, 4], size: [30, 6, 1.2, 1.2], classCode: 17 },
  { id: "b", at: [22.345, 20, 1], size: [4, 8, 3, 3] },
]
/** The houses with columns of every type. */
export const scene = (): Solids =>
  solidsOf(HOUSES, origin, {
    lod: { type: "string", values: ["2.2", "1.2", "", "2.2"] },
    height: { type: "number", values: Float64Array.of(9.5, 5, Number.NaN, 3) },
    levels: { type: "integer", values: Int32Array.of(2, 1, 0, 2) },
    reason: { type: "string", values: ["", "few points", "", ""] },
  })
