import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { csvLine, parseCsv } from "../../bench/csv.js"

describe("csv", () => {
  it("reads back what it writes", () => {
    const cell = fc.string({ unit: fc.constantFrom("a", ",", '"', "\n", "\r", " ", "é") })
    const rows = fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { maxLength: 5 })
    fc.assert(
      fc.property(rows, fc.constantFrom("\n", "\r\n"), fc.boolean(), (table, end, last) => {
        expect(parseCsv(table.map(csvLine).join(end) + (last && table.length > 0 ? end : ""))).toEqual(table)
      }),
      { seed: 4 },
    )
  })

  it("leaves blank lines out and refuses an open quotation mark", () => {
    expect(parseCsv("a,b\n\n1,2\n")).toEqual([
      ["a", "b"],
      ["1", "2"],
    ])
    expect(parseCsv("a,\n,")).toEqual([
      ["a", ""],
      ["", ""],
    ])
    expect(() => parseCsv('a,"b\n1,2')).toThrow(/after 0 rows: a quotation mark is missing/)
  })
})
