import { describe, expect, it } from "vitest"
import { readState, type State, usualState, writeState } from "../../../../cli/view/page/state.js"

const all: State = {
  view: "plane",
  camera: { x: 842_100.25, y: 6_520_099.5, z: 174.25, heading: 12.5, tilt: -3.25, range: 40.5 },
  mode: "slope",
  mesh: false,
  borders: true,
  shade: false,
  detail: 9,
  sunAzimuth: 90,
  sunHeight: 12,
  vectors: ["building", "contour"],
  raster: "dtm",
  points: true,
  language: "fr",
}

describe("the state in the address", () => {
  it("comes back as it was", () => {
    expect(readState(`#${writeState(all)}`)).toEqual(all)
    expect(readState("")).toEqual(usualState)
    expect(writeState(usualState)).toBe("")
  })

  it("keeps only what is not as usual, in a form that people can read", () => {
    expect(writeState({ ...usualState, mode: "class", camera: all.camera })).toBe(
      "mode=class&at=842100.25,6520099.50,174.25&look=12.50,-3.25,40.50",
    )
  })

  it("takes an empty raster for none, and bounds or drops what is no value", () => {
    const usual = { ...usualState, raster: "heights" }
    expect(readState("", usual).raster).toBe("heights")
    expect(readState("raster=", usual).raster).toBe("")
    expect(readState(writeState({ ...usualState, raster: "" }, usual), usual).raster).toBe("")
    const odd = readState(
      "mode=x&view=moon&detail=999&sunHeight=-4&sunAzimuth=west&borders=yes&language=de&look=0,500,9&at=1,2,3",
    )
    expect(odd).toEqual({
      ...usualState,
      detail: 32,
      sunHeight: 5,
      camera: { x: 1, y: 2, z: 3, heading: 0, tilt: 90, range: 9 },
    })
    for (const text of ["at=1,2&look=0,45,9", "at=1,2,x&look=0,45,9", "at=1,2,3", "at=1,2,3&look=0,45,0"]) {
      expect(readState(text).camera, text).toBeUndefined()
    }
  })
})
