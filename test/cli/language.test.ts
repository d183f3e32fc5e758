import { describe, expect, it } from "vitest"
import { readLanguage, withoutLanguage } from "../../cli/language.js"

describe("the language of help and report", () => {
  it("is that of --lang, then of MAILLE_LANG, then English; LANG is not read", () => {
    expect(readLanguage(["run", "--lang", "fr"], {})).toBe("fr")
    expect(readLanguage(["--lang=en", "run"], { MAILLE_LANG: "fr" })).toBe("en")
    expect(readLanguage(["run"], { MAILLE_LANG: "fr" })).toBe("fr")
    expect(readLanguage(["run"], { LANG: "fr_FR.UTF-8", MAILLE_LANG: "" })).toBe("en")
    expect(readLanguage(["run", "--", "--lang", "fr"], {})).toBe("en")
  })

  it("is refused with the list of languages", () => {
    expect(() => readLanguage(["run", "--lang", "de"], {})).toThrow(/--lang: "de" is not valid; expected en or fr/)
    expect(() => readLanguage(["run", "--lang"], {})).toThrow(/--lang: "" is not valid/)
    expect(() => readLanguage(["run"], { MAILLE_LANG: "fr_FR" })).toThrow(/MAILLE_LANG: "fr_FR" is not valid/)
  })

  it("leaves the other arguments as they are", () => {
    expect(withoutLanguage(["--lang", "fr", "run", "a b", "--lang=en", "--", "--lang", "x"])).toEqual([
      "run",
      "a b",
      "--",
      "--lang",
      "x",
    ])
  })
})
