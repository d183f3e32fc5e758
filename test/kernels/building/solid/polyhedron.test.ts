import { describe, expect, it } from "vitest"
import { type Polyhedron, solidFault, volumeOf } from "../../../../kernels/building/solid/polyhedron.js"

const box = (x: number, y: number): number[] =>
  [0, 1, 2, 3, 4, 5, 6, 7].flatMap((v) => [x + (((v + 1) >> 1) & 1), y + ((v >> 1) & 1), v >> 2])
const faces = (first: number): number[][] =>
  [
    [3, 2, 1, 0],
    [4, 5, 6, 7],
    [0, 1, 5, 4],
    [1, 2, 6, 5],
    [2, 3, 7, 6],
    [3, 0, 4, 7],
  ].map((ring) => ring.map((v) => v + first))
const solid = (positions: number[], rings: number[][]): Polyhedron => ({
  positions,
  faces: rings.map((ring) => ({ kind: 1, part: -1, rings: [ring] })),
})

describe("solidFault", () => {
  it("accepts a cube and measures it", () => {
    const cube = solid(box(5, 7), faces(0))
    expect(solidFault(cube)).toBeUndefined()
    expect(volumeOf(cube)).toBe(1)
  })

  it("names what is wrong", () => {
    expect(solidFault(solid(box(0, 0), faces(0).slice(1)))).toBe("open edge")
    expect(
      solidFault(
        solid(
          box(0, 0),
          faces(0).map((ring) => [...ring].reverse()),
        ),
      ),
    ).toBe("no volume")
    expect(solidFault(solid(box(0, 0), [...faces(0), [0, 1, 5]]))).toBe("edge of more than two faces")
    expect(solidFault(solid(box(0, 0), [[3, 2, 1, 0, 1], ...faces(0).slice(1)]))).toBe("face touches itself")
  })

  it("refuses two cubes that share an edge or a vertex", () => {
    // The second cube's vertices 0 and 4 are the first one's 2 and 6: an edge in common.
    const shared = faces(8).map((ring) => ring.map((v) => (v === 8 ? 2 : v === 12 ? 6 : v)))
    expect(solidFault(solid([...box(0, 0), ...box(1, 1)], [...faces(0), ...shared]))).toBe(
      "edge of more than two faces",
    )
    const corner = faces(8).map((ring) => ring.map((v) => (v === 8 ? 6 : v)))
    const raised = box(1, 1).map((value, i) => (i % 3 === 2 ? value + 1 : value))
    expect(solidFault(solid([...box(0, 0), ...raised], [...faces(0), ...corner]))).toBe("faces touch in a vertex")
  })
})
