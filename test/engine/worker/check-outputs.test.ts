/** Faults planted in the outputs of kernels: each is named with its kernel, port and form. */
import { describe, expect, it } from "vitest"
import { EngineError } from "../../../engine/errors.js"
import type { Kernel, Ports } from "../../../engine/kernel.js"
import { callKernel } from "../../../engine/worker/chain-run.js"
import { createArena } from "../../../engine/worker/thread-use.js"
import { tileOf } from "../../scenes/kernel-run.js"

const outputs: Ports = {
  height: { kind: "raster", type: "float" },
  bands: { kind: "raster", type: "byte", bands: () => ["low", "high"] },
  tree: { kind: "features", geometry: "Point", columns: { size: { type: "number", help: "" } } },
  skin: { kind: "mesh" },
  solid: { kind: "solids" },
  part: { kind: "blob" },
  share: { kind: "shards" },
  codes: { kind: "classes" },
  quality: { kind: "metrics" },
}
const inputs: Ports = { points: { kind: "points" } }
const tile = tileOf([10, 20, 12, 22], 1)
const place = { width: 2, height: 2, minX: 10, maxY: 22, cellSize: 1 }
const sound = () => ({
  height: { ...place, data: new Float32Array(4) },
  bands: { ...place, data: new Uint8Array(8) },
  tree: {
    ...{ geometry: "Point", dimension: 2, coordinates: Float64Array.of(1, 2), ringEnds: Uint32Array.of(1) },
    ...{ partEnds: Uint32Array.of(1), ids: ["a"], anchors: Float64Array.of(1, 2) },
    columns: { size: { type: "number", values: Float64Array.of(3) } },
  },
  skin: {
    ...{ origin: [0, 0, 0], positions: new Int32Array(9), triangles: Uint32Array.of(0, 1, 2), maxError: 0 },
    ...{ classes: new Uint8Array(3), owners: Uint32Array.of(0) },
    objects: { ids: [""], classes: Uint8Array.of(2), columns: {} },
  },
  solid: {
    ...{ origin: [0, 0, 0], positions: new Int32Array(9), ringVertices: Uint32Array.of(0, 1, 2), columns: {} },
    ...{ ringEnds: Uint32Array.of(3), faceEnds: Uint32Array.of(1), faceKinds: Uint8Array.of(0) },
    ...{ solidEnds: Uint32Array.of(1), ids: ["s"], classes: Uint8Array.of(6) },
  },
  part: new Uint8Array(3),
  share: [{ key: "0/1/2", bytes: new Uint8Array(1), reads: [] }],
  codes: new Uint8Array(5),
  quality: { sum: 1 },
})

const call = (returned: () => unknown): unknown => {
  const functions = { halo: () => 0, memory: () => 0, run: returned as never }
  const kernel: Kernel = { id: "own.faulty", version: 1, summary: "", inputs, outputs, options: {}, ...functions }
  return callKernel(kernel, tile, { points: { count: 5 } }, {}, createArena())
}

/** A port, or a member of its value as "port.member"; the value that it gets. */
const PLANTED: readonly (readonly [where: string, value: unknown])[] = [
  ...Object.keys(outputs).map((name) => [name, undefined] as const),
  ...Object.keys(outputs).map((name) => [name, Promise.resolve(1)] as const),
  ...Object.keys(outputs).map((name) => [name, 7] as const),
  ["height.width", Number.NaN],
  ["height.width", 1e9],
  ["height.height", 0],
  ["height.height", 1.5],
  ["height.data", new Float32Array(3)],
  ["height.data", new Uint8Array(4)],
  ["height.data", null],
  ["height.minX", 0],
  ["height.minX", Number.NaN],
  ["height.minX", 10.3],
  ["height.maxY", 122],
  ["height.cellSize", 0],
  ["bands.data", new Uint8Array(4)],
  ["tree.geometry", "Polygon"],
  ["tree.dimension", 4],
  ["tree.coordinates", Float64Array.of(1, Number.NaN)],
  ["tree.coordinates", [1, 2]],
  ["tree.ringEnds", Uint32Array.of(99)],
  ["tree.ringEnds", Uint32Array.of(1, 0)],
  ["tree.partEnds", Uint32Array.of(2)],
  ["tree.ids", []],
  ["tree.ids", [1]],
  ["tree.columns", undefined],
  ["tree.columns", { size: { type: "integer", values: Int32Array.of(1) } }],
  ["tree.columns", { size: { type: "number", values: new Float64Array(2) } }],
  ["tree.anchors", Float64Array.of(1)],
  ["skin.origin", [0, Number.NaN, 0]],
  ["skin.positions", new Int32Array(8)],
  ["skin.triangles", Uint32Array.of(0, 1, 3)],
  ["skin.triangles", Uint32Array.of(0, 1)],
  ["skin.classes", new Uint8Array(2)],
  ["skin.maxError", Number.NaN],
  ["skin.owners", Uint32Array.of(1)],
  ["skin.objects", undefined],
  ["solid.ringVertices", Uint32Array.of(0, 1, 9)],
  ["solid.faceEnds", Uint32Array.of(2)],
  ["solid.faceKinds", new Uint8Array(2)],
  ["solid.solidEnds", new Uint32Array(0)],
  ["solid.classes", new Uint8Array(2)],
  ["share", [{ key: "a", bytes: new Uint8Array(1), reads: [] }]],
  ["share", [{ key: "0/1/2", bytes: [], reads: [] }]],
  ["share", [null]],
  ["codes", new Uint8Array(4)],
  ["quality", { sum: "1" }],
]

const thrownBy = (returned: () => unknown): EngineError => {
  try {
    call(returned)
  } catch (error) {
    if (error instanceof EngineError) return error
  }
  throw new Error("no EngineError")
}

describe("outputs of kernels", () => {
  it("pass where they are as declared", () => {
    const outputs = sound()
    expect(call(() => outputs)).toBe(outputs)
  })

  it.each(PLANTED)("are refused: %s is %s", (where, value) => {
    const [port = "", member] = where.split(".")
    const made: Record<string, Record<string, unknown> | unknown> = sound()
    made[port] = member === undefined ? value : { ...(made[port] as object), [member]: value }
    const { code, message, context } = thrownBy(() => made)
    expect({ code, ...context }).toMatchObject({ code: "E_KERNEL", kernel: "own.faulty", port })
    expect(message).toMatch(new RegExp(`^kernel own\\.faulty: its output "${port}" (is|has|begins|covers) `))
  })

  it("are at least 60 faults", () => expect(PLANTED.length).toBeGreaterThanOrEqual(60))

  const hostile = new Proxy(
    {},
    {
      get: () => {
        throw new Error("touched")
      },
      getPrototypeOf: () => {
        throw new Error("touched")
      },
    },
  )
  it.each([
    ["nothing", () => undefined, /returned undefined/],
    ["a promise", async () => sound(), /returned a promise/],
    ["a list", () => [], /returned an array/],
    ["another port", () => ({ ...sound(), more: 1 }), /a port "more" that it does not declare/],
    [
      "a thrown proxy",
      () => {
        throw hostile
      },
      /threw a value that has no text/,
    ],
    ["a proxy", () => hostile, /own\.faulty/],
  ])("are refused: the kernel returns %s", (_, returned, message) => {
    const error = thrownBy(returned)
    expect([error.code, error.message]).toEqual(["E_KERNEL", expect.stringMatching(message)])
  })
})
