import { describe, expect, it } from "vitest"
import { checkSame, columnsChecksum } from "../../../../bench/lab/peers/laz-reading.js"
import { row } from "./made-row.js"

const columns = {
  x: Int32Array.of(1, -2, 3),
  y: Int32Array.of(4, 5, -6),
  z: Int32Array.of(7, 8, 9),
  classification: Uint8Array.of(2, 2, 6),
  returnNumber: Uint8Array.of(1, 2, 1),
}
const checksum = columnsChecksum(columns)

describe("columnsChecksum", () => {
  it("is five words of eight hexadecimal digits", () => {
    expect(checksum).toMatch(/^([0-9a-f]{8} ){4}[0-9a-f]{8}$/)
  })

  it("sees a changed value and a changed order, in its own column only", () => {
    const changed = columnsChecksum({ ...columns, z: Int32Array.of(7, 8, 10) }).split(" ")
    const turned = columnsChecksum({ ...columns, x: Int32Array.of(-2, 1, 3) }).split(" ")
    const words = checksum.split(" ")
    expect(changed.map((word, i) => word === words[i])).toEqual([true, true, false, true, true])
    expect(turned.map((word, i) => word === words[i])).toEqual([false, true, true, true, true])
  })

  it("tells equal values of equal bytes apart by their place, even zeros after a value", () => {
    const ending = (values: number[]) => columnsChecksum({ ...columns, y: Int32Array.from(values) })
    expect(ending([1, 0])).not.toBe(ending([1, 0, 0]))
  })
})

describe("checkSame", () => {
  const one = "00000001 00000001 00000001 00000001 00000001"
  const read = (name: string, checksum: string, amount = 3) => ({ ...row(name, { checksum }), amount })

  it("passes readers that agree", () => {
    checkSame([read("a", one), read("b", one)], 3)
  })

  it("refuses another column, and another count", () => {
    const other = "00000001 00000001 00000002 00000001 00000001"
    expect(() => checkSame([read("a", one), read("b", other)], 3)).toThrow(
      "b gives points of checksum 00000001 00000001 00000002",
    )
    expect(() => checkSame([read("a", one), read("b", one, 2)], 3)).toThrow("b gives 2 points of 3")
  })
})
