import { describe, expect, it } from "vitest"
import { parseGeoKeys } from "../../../engine/grid/geo-keys.js"

describe("GeoTIFF keys", () => {
  const directory = (...keys: number[][]): number[] => [1, 1, 0, keys.length, ...keys.flat()]

  it("are numbers, texts without their end mark, or doubles", () => {
    const list = directory([3072, 0, 1, 2154], [1026, 34737, 6, 0], [2057, 34736, 1, 1], [2059, 34736, 2, 0])
    const keys = parseGeoKeys(list, [298.25, 6378137], "RGF93|")
    expect([...keys]).toEqual([
      [3072, 2154],
      [1026, "RGF93"],
      [2057, 6378137],
      [2059, [298.25, 6378137]],
    ])
  })

  it("outside their record are omitted, with a fault", () => {
    const faults: string[] = []
    const list = directory([1026, 34737, 9, 0], [2057, 34736, 1, 1], [1024, 0, 1, 1])
    list[3] = 5
    expect([...parseGeoKeys(list, [1], "RGF93|", faults)]).toEqual([[1024, 1]])
    expect(faults).toEqual([
      "5 GeoTIFF keys are announced; the record has 3",
      "GeoTIFF key 1026 points outside its record",
      "GeoTIFF key 2057 points outside its record",
    ])
  })
})
