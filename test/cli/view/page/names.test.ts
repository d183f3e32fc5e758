import { afterEach, describe, expect, it } from "vitest"
import { textOf } from "../../../../cli/view/page/facts.js"
import { attributeName, productName, setFrenchNames } from "../../../../cli/view/page/names.js"
import { speak } from "../../../../cli/view/page/texts.js"
import { declaredPorts } from "../../../../engine/job/declared-ports.js"
import { frenchNames } from "../../../../kernels/french.js"

setFrenchNames(frenchNames)
afterEach(() => speak("en"))

describe("names in the viewer", () => {
  it("are those of the files in English", () => {
    expect([productName("roof"), attributeName("height_ridge"), textOf(true)]).toEqual(["roof", "height_ridge", "yes"])
  })

  it("are French for each layer, raster and column of maille's kernels, with the declared units", async () => {
    speak("fr")
    const { layers, rasters } = await declaredPorts()
    const same = new Set(["horizon", "irradiation"])
    for (const name of [...layers.keys(), ...rasters.keys()])
      if (!same.has(name)) expect(productName(name), name).not.toBe(name)
    const equal = new Set(["points", "visible"])
    for (const [layer, { columns = {} }] of layers)
      for (const [name, { unit }] of Object.entries(columns)) {
        const shown = attributeName(name)
        if (!equal.has(name)) expect(shown, `${layer}.${name}`).not.toBe(name)
        const [, own] = /\((?!0 à 1|MN)([^)]*)\)$/.exec(shown) ?? []
        expect(own, `${layer}.${name}: ${shown}`).toBe(unit)
      }
    expect([attributeName("id"), textOf(false), textOf(1.23456)]).toEqual(["identifiant", "non", "1,235"])
    expect([textOf(161.073), textOf(842_099.4), textOf(12)]).toEqual(["161,073", "842099,4", "12"])
  })

  it("stay as they are for other kernels", () => {
    speak("fr")
    expect([productName("toString"), attributeName("constructor"), productName("wind")]).toEqual([
      "toString",
      "constructor",
      "wind",
    ])
  })
})
