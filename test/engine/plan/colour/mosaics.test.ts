import { describe, expect, it } from "vitest"
import type { ImageHeader } from "../../../../engine/formats/raster/image/image-header.js"
import { groupMosaics } from "../../../../engine/plan/colour/mosaics.js"

const image = (name: string, x: number, y: number, more: Partial<ImageHeader> = {}): ImageHeader => ({
  path: `/ortho/${name}`,
  name,
  box: [x, y, x + 1000, y + 1000],
  width: 5000,
  height: 5000,
  pixel: 0.2,
  bands: 3,
  date: "2021",
  lane: "worker",
  decoder: "tiff",
  identity: name,
  ...more,
})

describe("groupMosaics", () => {
  it("puts the tiles of a delivery together, and other deliveries, years and pixels apart", () => {
    const images = [
      image("34-2021-0770-6280-LA93-0M20.jp2", 770_000, 6_279_000),
      image("30-2021-0770-6280-LA93-0M20.jp2", 770_000, 6_279_000),
      image("34-2021-0771-6280-LA93-0M20.jp2", 771_000, 6_279_000),
      image("34-2018-0771-6280-LA93-0M20.jp2", 771_000, 6_279_000, { date: "2018" }),
      image("34-2021-0772-6280-LA93-0M20.jp2", 772_000, 6_279_000, { pixel: 0.5 }),
      image("34-2021-0771-6281-LA93-0M20.jp2", 771_000, 6_280_000),
    ]
    expect(groupMosaics(images)).toEqual([[0, 2, 5], [1], [3], [4]])
    expect(groupMosaics([])).toEqual([])
  })

  it("takes images of one name that overlap by more than a border apart", () => {
    const at = (x: number, y: number): ImageHeader => image(`flight_${x}_${y}.tif`, x, y)
    expect(groupMosaics([at(1000, 1000), at(1999, 1000), at(2998, 1000)])).toEqual([[0, 1, 2]])
    expect(groupMosaics([at(1000, 1000), at(1900, 1000), at(3000, 1000)])).toEqual([[0], [1], [2]])
    expect(groupMosaics([at(1000, 1000), at(1500, 3000)])).toEqual([[0, 1]])
  })
})
