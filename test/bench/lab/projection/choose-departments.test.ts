import { describe, expect, it } from "vitest"
import { chooseDepartments } from "../../../../bench/lab/projection/choose-departments.js"

const codes = (text: string): readonly string[] => chooseDepartments(text).departments.map(({ code }) => code)

describe("chooseDepartments", () => {
  it("takes codes in their order, each once, in either case", () => {
    expect(codes("34, 2a,974,34")).toEqual(["34", "2A", "974"])
    expect(chooseDepartments("04")).toMatchObject({ kind: "codes", departments: [{ name: "Alpes-de-Haute-Provence" }] })
  })

  it("takes 4 as four pilots and all as the country", () => {
    expect(chooseDepartments("4").kind).toBe("pilots")
    expect(codes("4").length).toBe(4)
    expect(codes("ALL").length).toBe(101)
  })

  it.each(["99", "1", "20", "34,", "", "5"])("refuses %j and lists the codes", (text) => {
    expect(() => chooseDepartments(text)).toThrow(/expected codes of départements \(01 02 .* 2A 2B .* 976\), 4 or all/)
  })
})
