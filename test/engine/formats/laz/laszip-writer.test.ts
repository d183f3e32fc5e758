import fc from "fast-check"
import { describe, expect, test } from "vitest"
import type { LasHeader } from "../../../../engine/formats/las/header.js"
import { arithmeticIntegers } from "../../../../engine/formats/laz/arithmetic-coding.js"
import { parseLaszip } from "../../../../engine/formats/laz/laszip.js"
import { encodeChunkTable, encodeLaszipVlr } from "../../../../engine/formats/laz/laszip-writer.js"

describe("encodeChunkTable", () => {
  test("counts and sizes come back; equal counts are left out of a fixed table", () => {
    const chunk = fc.record({
      count: fc.oneof(fc.integer({ min: 1, max: 100000 }), fc.integer({ min: 1, max: 2 ** 31 - 1 })),
      bytes: fc.oneof(fc.integer({ min: 30, max: 400000 }), fc.integer({ min: 30, max: 2 ** 32 - 1 })),
    })
    fc.assert(
      fc.property(fc.array(chunk, { maxLength: 500 }), fc.boolean(), (chunks, variable) => {
        const table = encodeChunkTable(chunks, variable)
        const view = new DataView(table.buffer)
        expect([view.getUint32(0, true), view.getUint32(4, true)]).toEqual([0, chunks.length])
        const next = arithmeticIntegers(table.subarray(8), 2)
        let [count, bytes] = [0, 0]
        for (const one of chunks) {
          if (variable) count = next(count, 0)
          bytes = next(bytes, 1)
          expect([variable ? count : one.count, bytes]).toEqual([one.count, one.bytes])
        }
      }),
      { numRuns: 40, seed: 1 },
    )
  })

  test("of no chunk is its head alone", () => {
    expect(encodeChunkTable([], true)).toEqual(new Uint8Array(8))
  })
})

describe("encodeLaszipVlr", () => {
  test.each([
    [6, 0, 30],
    [6, 5, 35],
    [7, 0, 36],
    [8, 3, 41],
  ] as const)("format %i with %i extra bytes is what the reader expects", (pointFormat, extraBytes, recordLength) => {
    const header = { pointFormat, recordLength } as LasHeader
    const fixed = encodeLaszipVlr(pointFormat, extraBytes, 50000)
    expect(parseLaszip([fixed], header, "x")).toEqual({ compressor: 3, chunkSize: 50000, extraBytes })
    const variable = encodeLaszipVlr(pointFormat, extraBytes, "variable")
    expect(parseLaszip([variable], header, "x").chunkSize).toBe(0xffffffff)
  })
})
