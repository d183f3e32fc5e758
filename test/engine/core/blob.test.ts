import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { decodeBlob, encodeBlob, isBlob, splitBlobs } from "../../../engine/core/blob.js"

const arrays = fc.oneof(
  fc.uint8Array({ maxLength: 9 }),
  fc.int32Array({ maxLength: 9 }),
  fc.uint32Array({ maxLength: 9 }),
  fc.float32Array({ maxLength: 9 }),
  fc.float64Array({ maxLength: 9 }),
)
const { tree: values } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    arrays,
    fc.double().map((value) => value + 0),
    fc.string(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie("tree"), { maxLength: 4 }),
    // An empty name may hold anything but a list.
    fc.dictionary(fc.string({ minLength: 1 }), tie("tree"), { maxKeys: 4, noNullPrototype: true }),
    fc.record({ "": fc.string() }),
  ),
}))

/** The bytes at an odd place of a larger buffer. */
const within = (bytes: Uint8Array): Uint8Array => {
  const larger = new Uint8Array(bytes.length + 5)
  larger.set(bytes, 3)
  return larger.subarray(3, 3 + bytes.length)
}

describe("blobs", () => {
  it("give any value back, with its typed arrays and numbers that are not finite, wherever the bytes lie", () => {
    fc.assert(
      fc.property(values, (value) => {
        const bytes = encodeBlob("TST1", value)
        expect(bytes.length % 8).toBe(0)
        expect(decodeBlob("TST1", bytes, "value")).toEqual(value)
        expect(decodeBlob("TST1", within(bytes), "value")).toEqual(value)
      }),
    )
  })

  it("keep numbers that are not finite", () => {
    const numbers = [Number.NaN, Infinity, { least: -Infinity }]
    expect(decodeBlob("TST1", encodeBlob("TST1", numbers), "numbers")).toEqual(numbers)
  })

  it("take a text that looks like an array for what it is", () => {
    const records = [{ "": "NaN" }, { "": "[0,1]" }, { name: "NaN" }, [null, 1, 2]]
    expect(decodeBlob("TST1", encodeBlob("TST1", records), "records")).toEqual(records)
  })

  it("hold views of bytes that lie at a multiple of 8", () => {
    const bytes = encodeBlob("TST1", { a: Float64Array.of(1, 2) })
    const { a } = decodeBlob<{ a: Float64Array }>("TST1", bytes, "value")
    expect(a.buffer).toBe(bytes.buffer)
    expect(decodeBlob<{ a: Float64Array }>("TST1", within(bytes), "value").a.buffer).not.toBe(bytes.buffer)
  })

  it("take Buffers for bytes, as values and as what is read, wherever these lie", () => {
    const bytes = encodeBlob("TST1", { a: Float64Array.of(1, 2), b: Buffer.from([3, 4]) })
    const larger = Buffer.alloc(bytes.length + 8)
    for (let at = 0; at < 8; at++) {
      larger.set(bytes, at)
      const value = decodeBlob("TST1", larger.subarray(at, at + bytes.length), "value")
      expect(value, `${at}`).toEqual({ a: Float64Array.of(1, 2), b: Uint8Array.of(3, 4) })
    }
  })

  it("are refused under another mark, cut anywhere, longer, or with another bit in head or text", () => {
    const bytes = encodeBlob("TST1", { name: "tile", cells: Int32Array.of(1, 2, 3), more: [1.5, Infinity] })
    const refused = expect.objectContaining({ code: "E_FORMAT", message: expect.stringMatching(/^value: .*--force/) })
    expect(isBlob("TST1", bytes) && !isBlob("TST2", bytes)).toBe(true)
    expect(() => decodeBlob("TST2", bytes, "value")).toThrowError(refused)
    expect(() => decodeBlob("TST1", Uint8Array.of(...bytes, ...new Uint8Array(8)), "value")).toThrowError(refused)
    const longer = Uint8Array.of(...bytes, ...new Uint8Array(8))
    new DataView(longer.buffer).setUint32(4, longer.length, true)
    expect(() => decodeBlob("TST1", longer, "value")).toThrowError(refused)
    for (let size = 0; size < bytes.length; size++)
      expect(() => decodeBlob("TST1", bytes.subarray(0, size), "value"), `${size} bytes`).toThrowError(refused)
    const textEnd = bytes.length - 16
    for (let bit = 0; bit < 8 * textEnd; bit++) {
      const other = bytes.slice()
      other[bit >> 3]! ^= 1 << (bit & 7)
      expect(() => decodeBlob("TST1", other, "value"), `bit ${bit}`).toThrowError(refused)
    }
  })

  it("stand one after the other", () => {
    const lists = [[1], ["b", Uint8Array.of(7)], []]
    const all = Buffer.concat(lists.map((list) => encodeBlob("TST1", list)))
    expect(splitBlobs("TST1", all, "lists").map((one) => decodeBlob("TST1", one, "list"))).toEqual(lists)
    expect(splitBlobs("TST1", new Uint8Array(0), "lists")).toEqual([])
    expect(() => splitBlobs("TST1", all.subarray(0, all.length - 8), "lists")).toThrow(/lists: .*--force/)
    expect(() => splitBlobs("TST1", new Uint8Array(40), "lists")).toThrow(/lists: .*--force/)
  })

  it("refuse arrays of a kind that has no number", () => {
    expect(() => encodeBlob("TST1", [Int16Array.of(1)])).toThrow(/Int16Array/)
  })
})
