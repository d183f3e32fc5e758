import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { crsByEpsg } from "../../../engine/grid/crs.js"
import { selectTiles, tilesByName } from "../../../engine/plan/select-tiles.js"
import { indexCatalogue, tileFigures } from "../../../engine/spatial/index-sources.js"
import { readTileIndex } from "../../../engine/spatial/tile-index.js"
import { sharedData } from "../../shared-data.js"

const folder = mkdtempSync(join(tmpdir(), "maille-index-"))
afterAll(() => rmSync(folder, { recursive: true }))

const square = (x: number, y: number, epsg?: number): number[][][] => {
  const place = epsg === undefined ? undefined : crsByEpsg(epsg).toGeographic
  const corners: [number, number][] = [
    [x, y],
    [x + 1000, y],
    [x + 1000, y + 1000],
    [x, y + 1000],
    [x, y],
  ]
  // Rounded as the WFS does.
  return [corners.map(([a, b]) => (place ? place(a, b).map((value) => Math.round(value * 1e8) / 1e8) : [a, b]))]
}
const feature = (properties: object, coordinates?: number[][][]) => ({
  type: "Feature",
  properties,
  geometry: coordinates === undefined ? null : { type: "Polygon", coordinates },
})
let files = 0
const write = (features: readonly object[], more: object = {}): string => {
  const path = join(folder, `${files++}.geojson`)
  writeFileSync(path, JSON.stringify({ type: "FeatureCollection", features, ...more }))
  return path
}
const lambert = { crs: { type: "name", properties: { name: "urn:ogc:def:crs:EPSG::2154" } } }
const server = "https://data.geopf.fr/telechargement/download/LiDARHD-NUALID/NUALHD_1-0__LAZ_LAMB93_OL_2025-02-20"
const tileName = (x: number, y: number): string => `LHD_FXX_0${x}_${y}_PTS_LAMB93_IGN69.copc.laz`

describe("an index of tiles", () => {
  it("has the file's name from the address, the place from the drawing in degrees, to the metre", async () => {
    const name = "LHD_FXX_0770_6278_PTS_C_LAMB93_IGN69"
    const url = `${server}/${tileName(770, 6278)}`
    const path = write([feature({ name, url, timestamp: "2025-05-01" }, square(770000, 6277000, 2154))])
    const { tiles, warnings } = await readTileIndex([path])
    expect(warnings).toEqual([])
    expect(tiles).toEqual([
      {
        name: "LHD_FXX_0770_6278_PTS_LAMB93_IGN69.copc.laz",
        label: name,
        kind: "points",
        url,
        box: [770000, 6277000, 771000, 6278000],
        epsg: 2154,
        date: "2025-05-01",
      },
    ])
  })

  it("mends addresses: url_npl by http, dashes for underscores; takes names of WMS queries", async () => {
    const path = write(
      [
        feature({ url_npl: `${server.replace("https", "http")}/LHD_FXX_0881-6546_PTS_LAMB93_IGN69.copc.laz` }),
        feature({
          url: "https://data.geopf.fr/wms-r/LHD_FXX_0506_6757_MNT_O_0M50_LAMB93_IGN69.tif?SERVICE=WMS&BBOX=1,2,3,4",
        }),
        feature({ url: "http://127.0.0.1:8080/LHD_FXX_0507_6757_PTS_LAMB93_IGN69.laz" }),
      ],
      lambert,
    )
    const { tiles } = await readTileIndex([path])
    expect(tiles.map(({ name, url, kind, box }) => [name, url, kind, box])).toEqual([
      [
        "LHD_FXX_0506_6757_MNT_O_0M50_LAMB93_IGN69.tif",
        "https://data.geopf.fr/wms-r/LHD_FXX_0506_6757_MNT_O_0M50_LAMB93_IGN69.tif?SERVICE=WMS&BBOX=1,2,3,4",
        "image",
        [506000, 6756000, 507000, 6757000],
      ],
      [
        "LHD_FXX_0507_6757_PTS_LAMB93_IGN69.laz",
        "http://127.0.0.1:8080/LHD_FXX_0507_6757_PTS_LAMB93_IGN69.laz",
        "points",
        [507000, 6756000, 508000, 6757000],
      ],
      [
        "LHD_FXX_0881_6546_PTS_LAMB93_IGN69.copc.laz",
        `${server}/LHD_FXX_0881_6546_PTS_LAMB93_IGN69.copc.laz`,
        "points",
        [881000, 6545000, 882000, 6546000],
      ],
    ])
  })

  it("takes the latest of several deliveries of a tile, over all pages", async () => {
    const of = (date: string) =>
      feature({ url: `${server.replace("2025-02-20", date)}/${tileName(770, 6278)}`, timestamp: date })
    const pages = [write([of("2024-01-01"), of("2025-06-01")], lambert), write([of("2023-03-03")], lambert)]
    const { tiles } = await readTileIndex(pages)
    expect(tiles.map(({ date }) => date)).toEqual(["2025-06-01"])
  })

  it("says what is left out, what is drawn elsewhere, and that pages are missing", async () => {
    const path = write(
      [
        feature({ url: `${server}/${tileName(770, 6278)}` }, square(780000, 6277000)),
        feature({ name: "OL" }),
        feature({ url: `${server}/block.7z` }),
        feature({ url: `${server}/..%2F..%2Fetc.laz` }),
        feature({ url: `${server}/without-place_LAMB93.laz` }),
      ],
      { ...lambert, numberMatched: 7 },
    )
    const { tiles, warnings } = await readTileIndex([path])
    expect(tiles.map(({ box }) => box)).toEqual([[780000, 6277000, 781000, 6278000]])
    const text = warnings.join("\n")
    for (const part of ["a geometry elsewhere", "no address", "block.7z", "invalid file name", "no geometry"])
      expect(text).toContain(part)
    expect(text).toMatch(/5 of 7 features.*STARTINDEX/)
    const rest = write([feature({ url: `${server}/${tileName(771, 6278)}` }), feature({})], lambert)
    expect((await readTileIndex([path, rest])).warnings.join("\n")).not.toContain("STARTINDEX")
  })

  it("is refused where it is a page of an error, no collection, or an index of blocks", async () => {
    const page = join(folder, "error.geojson")
    writeFileSync(
      page,
      `<?xml version="1.0"?><ows:ExceptionReport><ows:ExceptionText>No such layer</ows:ExceptionText>`,
    )
    await expect(readTileIndex([page])).rejects.toThrow(/refused the request \("No such layer"\)/)
    writeFileSync(page, `{"type":"Feature"}`)
    await expect(readTileIndex([page])).rejects.toThrow(/not the FeatureCollection/)
    await expect(readTileIndex([write([feature({ name: "OL" })])])).rejects.toThrow(/not of blocks/)
    await expect(readTileIndex([join(folder, "absent")])).rejects.toMatchObject({ code: "E_INPUT" })
  })
})

describe("tiles of an index", () => {
  const tile = (x: number, y: number, more: object = {}) =>
    feature({ name: `LHD_FXX_0${x}_${y}_PTS_C_LAMB93_IGN69`, url: `${server}/${tileName(x, y)}`, ...more })

  it("are chosen by box, margin and name", async () => {
    const index = await readTileIndex([
      write(
        [770, 771, 772].map((x) => tile(x, 6278)),
        lambert,
      ),
    ])
    const names = async (query: Parameters<typeof selectTiles>[1]): Promise<string[]> =>
      (await selectTiles(index, query)).tiles.map(({ name }) => name.slice(8, 12))
    // Borders do not meet.
    expect(await names({ bbox: [771000, 6277000, 772000, 6278000] })).toEqual(["0771"])
    expect(await names({ bbox: [771000, 6277000, 772000, 6278000], margin: 1 })).toEqual(["0770", "0771", "0772"])
    await expect(selectTiles(index, { bbox: [0, 0, 1, 1] })).rejects.toThrow(/No tile of the index/)
    for (const name of [
      tileName(771, 6278),
      "LHD_FXX_0771_6278_PTS_C_LAMB93_IGN69",
      "LHD_FXX_0771-6278_PTS_LAMB93_IGN69",
      "0771_6278",
    ])
      expect(
        tilesByName(index, [name]).map((one) => one.name),
        name,
      ).toEqual([tileName(771, 6278)])
    expect(() => tilesByName(index, ["LHD_FXX_0774_6278_PTS_LAMB93_IGN69.copc.laz"])).toThrow(
      /Did you mean "LHD_FXX_077/,
    )
  })

  it("of several systems need one to be told, or départements that lie in one", async () => {
    const reunion = feature({ url: "https://x.fr/LHD_REU_0377_7656_PTS_RGR92UTM40S_REUN89.copc.laz" })
    const index = await readTileIndex([write([tile(770, 6278), reunion], lambert)])
    expect(index.tiles.map(({ epsg }) => epsg).sort()).toEqual([2154, 2975])
    await expect(selectTiles(index, { bbox: [0, 0, 1e6, 1e7] })).rejects.toThrow(
      /--crs is missing.*EPSG:2154, EPSG:2975/,
    )
    const { tiles } = await selectTiles(index, { bbox: [0, 0, 1e6, 1e7], epsg: 2975 })
    expect(tiles.map(({ box }) => box)).toEqual([[377000, 7655000, 378000, 7656000]])
    const [lon, lat] = crsByEpsg(2975).toGeographic(377500, 7655500)
    const ring = [-1, 1].flatMap((a) => [
      [lon + 0.1 * a, lat - 0.1 * a],
      [lon + 0.1 * a, lat + 0.1 * a],
    ])
    const limits = write([feature({ code: "974" }, [[...ring, ring[0]!]])])
    const overseas = await selectTiles(index, { departement: ["974"], limits })
    expect([overseas.epsg, overseas.tiles.length]).toEqual([2975, 1])
  })

  it("stand for their points and bytes: those of the index, else assumed by area", async () => {
    const index = await readTileIndex([
      write([tile(770, 6278), tile(771, 6278, { nb_points: "12345", taille: 678 })], lambert),
    ])
    expect(index.tiles.map(tileFigures)).toEqual([
      { points: 30_000_000, sizeBytes: 205_000_000, assumed: true },
      { points: 12345, sizeBytes: 678, assumed: false },
    ])
    const catalogue = indexCatalogue(index.tiles, 2154)
    expect(catalogue.query([771010, 6277000, 772000, 6278000]).map(({ count }) => count)).toEqual([12345])
    expect(catalogue.box).toEqual([770000, 6277000, 772000, 6278000])
  })
})

describe.skipIf(!sharedData)("real answers of the WFS", () => {
  const real = (name: string): string =>
    `${sharedData ?? ""}/vector/lidar_hd_tools/LiDAR-HD_metadata/IGNF_${name}.geojson`

  it.each([
    ["NUAGES-DE-POINTS-LIDAR-HD_dalle"],
    ["LIDAR-HD_TA_nuage-dalle"],
    ["LIDAR-HD_MNT_GRAPHE-MOSAIQUAGE_mnt-dalle"],
  ])("of %s: 5000 tiles, each drawn where its name tells, one page of many", async (name) => {
    const { tiles, warnings } = await readTileIndex([real(name)])
    expect(tiles.length).toBe(5000)
    // No tile drawn elsewhere, none left out.
    expect(warnings.length).toBe(1)
    expect(warnings[0]).toMatch(/only 5000 of 4\d\d \d{3} features/)
    for (const { box, epsg, name: file } of tiles) {
      if (epsg !== 2154 || box[2] - box[0] !== 1000 || box[3] - box[1] !== 1000 || box[0] % 1000 !== 0)
        expect.fail(file)
    }
  })

  it("of blocks are refused", async () => {
    await expect(readTileIndex([real("NUAGES-DE-POINTS-LIDAR-HD_bloc")])).rejects.toThrow(/not of blocks/)
  })
})
