import { expect, it } from "vitest"
import { missingOption, optionError, parseBytes, parseWhole } from "../../../engine/core/parse-values.js"

it("words a wrong value, a missing option and another fault of one, as E_USAGE of that option", () => {
  const wrong = '--memory: "lots" is not valid; expected a size of at least 256M, such as 2G or 800M. Give'
  expect(() => parseBytes("lots", "--memory")).toThrow(wrong)
  expect(() => parseWhole(0, "--workers", 1, 8)).toThrow('"0" is not valid; expected a whole number from 1 to 8. Leave')
  const missing = missingOption("--out", "Give a folder, such as --out result/.")
  expect(missing.message).toBe("--out is missing. Give a folder, such as --out result/.")
  const other = optionError("--layer", "a.fgb is a file of one layer.")
  expect(other.message).toBe("--layer: a.fgb is a file of one layer.")
  for (const { code, context } of [missing, other])
    expect([code, context.option?.slice(0, 2)]).toEqual(["E_USAGE", "--"])
})
