import { describe, expect, it } from "vitest"
import {
  decodeMeshFile,
  decodeSolidsFile,
  encodeMeshFile,
  encodeSolidsFile,
} from "../../../../engine/formats/ports/handed-files.js"
import type { Mesh, Solids } from "../../../../engine/kernel.js"

const columns = {
  height: { type: "number", values: Float64Array.of(0, Number.NaN, -0.25) },
  floors: { type: "integer", values: Int32Array.of(1, -2, 3) },
  name: { type: "string", values: ["", "hôtel", "\u0000"] },
} as const

const plain: Mesh = {
  origin: [770_000.5, 6_277_000, -3],
  positions: Int32Array.of(0, 0, -5, 1000, 0, 0, 0, 1000, 2_000_000_000, 9, 9, 9, 8, 8, 8),
  triangles: Uint32Array.of(0, 1, 2, 0, 2, 3, 2, 3, 4),
  classes: Uint8Array.of(2, 6, 9, 17, 5),
  maxError: 0.15,
}
const owned: Mesh = {
  ...plain,
  owners: Uint32Array.of(0, 2, 1),
  objects: { ids: ["", "a", "b"], classes: Uint8Array.of(2, 6, 9), columns },
}
const solids: Solids = {
  origin: [770_000, 6_277_000, 0],
  positions: Int32Array.of(0, 0, 0, 1000, 0, 0, 0, 1000, 0, 0, 0, 1000),
  ringVertices: Uint32Array.of(0, 2, 1, 0, 1, 3, 1, 2, 3, 2, 0, 3),
  ringEnds: Uint32Array.of(3, 6, 9, 12),
  faceEnds: Uint32Array.of(1, 2, 3, 4),
  faceKinds: Uint8Array.of(0, 1, 1, 2),
  solidEnds: Uint32Array.of(4, 4, 4),
  ids: ["x", "y", "z"],
  classes: Uint8Array.of(6, 6, 17),
  columns,
}

/** The bytes within a larger array, at an odd place. */
const within = (bytes: Uint8Array): Uint8Array => {
  const larger = new Uint8Array(bytes.length + 7)
  larger.set(bytes, 3)
  return larger.subarray(3, 3 + bytes.length)
}

describe("files between stages", () => {
  it("give back a mesh, with and without owners, whatever the number of its vertices", () => {
    expect(decodeMeshFile(within(encodeMeshFile(plain)), "a.mesh")).toEqual(plain)
    expect(decodeMeshFile(within(encodeMeshFile(owned)), "a.mesh")).toEqual(owned)
    const triangles = new Uint32Array(9)
    for (let n = 1; n < 9; n++) {
      const mesh = { ...owned, triangles, positions: new Int32Array(3 * n).fill(n), classes: new Uint8Array(n).fill(6) }
      expect(decodeMeshFile(encodeMeshFile(mesh), "a.mesh")).toEqual(mesh)
    }
  })

  it("are refused where a part is of one that is not there", () => {
    const triangles = Uint32Array.of(0, 1, 5)
    expect(() => decodeMeshFile(encodeMeshFile({ ...plain, triangles }), "a.mesh")).toThrow(/a\.mesh: .*vertex/)
    const owners = Uint32Array.of(0, 3, 1)
    expect(() => decodeMeshFile(encodeMeshFile({ ...owned, owners }), "a.mesh")).toThrow(/a\.mesh: .*object/)
    const faceEnds = Uint32Array.of(1, 3, 2, 4)
    expect(() => decodeSolidsFile(encodeSolidsFile({ ...solids, faceEnds }), "a.solids")).toThrow(/a\.solids: .*faces/)
  })

  it("give back solids, and none of them", () => {
    expect(decodeSolidsFile(within(encodeSolidsFile(solids)), "a.solids")).toEqual(solids)
    const empty: Solids = {
      origin: [0, 0, 0],
      positions: new Int32Array(0),
      ringVertices: new Uint32Array(0),
      ringEnds: new Uint32Array(0),
      faceEnds: new Uint32Array(0),
      faceKinds: new Uint8Array(0),
      solidEnds: new Uint32Array(0),
      ids: [],
      classes: new Uint8Array(0),
      columns: {},
    }
    expect(decodeSolidsFile(encodeSolidsFile(empty), "a.solids")).toEqual(empty)
  })

  it("keep the order and the kinds of columns, each as long as there are rows", () => {
    const again = decodeMeshFile(encodeMeshFile(owned), "a.mesh").objects
    expect(Object.keys(again?.columns ?? {})).toEqual(["height", "floors", "name"])
    const short = { ...solids, columns: { name: { type: "string", values: ["a"] } } } as const
    expect(() => decodeSolidsFile(encodeSolidsFile(short), "a.solids")).toThrow(/a\.solids: .*--force/)
  })

  it("are refused where they are cut, or others", () => {
    const all = [
      [encodeMeshFile(plain), decodeMeshFile],
      [encodeMeshFile(owned), decodeMeshFile],
      [encodeSolidsFile(solids), decodeSolidsFile],
    ] as const
    for (const [bytes, decode] of all) {
      for (let size = 0; size < bytes.length; size++)
        expect(() => decode(bytes.subarray(0, size), "cut"), `${size} of ${bytes.length}`).toThrow(/cut: .*--force/)
    }
    expect(() => decodeSolidsFile(encodeMeshFile(plain), "other")).toThrow(/other: .*not a complete "SLD2"/)
  })
})
