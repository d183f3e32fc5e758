/** Describes point files as a virtual point cloud, which QGIS and PDAL open as one. */
import type { Box2 } from "../core/geometry/box.js"
import { writeWkt } from "../formats/las/write/wkt.js"
import { describeCompound, describeProjJson } from "../grid/projjson.js"
import { writeWkt2 } from "../grid/wkt2.js"
import type { FinishedFolder } from "./finished-folder.js"
import type { SourceTile } from "./point-collections.js"
import { type Fields, projectionFields } from "./stac.js"

const EXTENSIONS = [
  "https://stac-extensions.github.io/pointcloud/v1.0.0/schema.json",
  "https://stac-extensions.github.io/projection/v1.1.0/schema.json",
]
const ENCODINGS = { las: "LAS", laz: "LASzip", copc: "COPC" } as const

/**
 * The `.vpc` of source tiles (github.com/PDAL/wrench, vpc-spec.md). Its readers accept STAC 1.0.0
 * only, resolve addresses that begin with `./`, and decode no escapes in them. Boxes are 3D.
 */
export const describeCloud = ({ context }: FinishedFolder, tiles: readonly SourceTile[]): Fields => {
  const { epsg, verticalEpsg } = context
  const code = projectionFields(epsg, verticalEpsg)["proj:code"]
  const crs = {
    "proj:epsg": code === null ? null : Number(String(code).replace("EPSG:", "")),
    "proj:wkt2": describeSystem(epsg, verticalEpsg),
  }
  return { type: "FeatureCollection", features: tiles.map((tile) => describeTile(tile, crs)) }
}

/** WKT 2, or WKT 1 of the few projections that PROJJSON does not describe. */
const describeSystem = (epsg: number, vertical: number | undefined): string => {
  const whole = (vertical === undefined ? undefined : describeCompound(epsg, vertical)) ?? describeProjJson(epsg)
  return whole === undefined ? writeWkt(epsg) : writeWkt2(whole)
}

const describeTile = ({ item, info, place }: SourceTile, crs: Fields): Fields => {
  const { box, zRange, format } = info
  const [west, south, east, north] = item.bbox ?? []
  const { "proj:code": _, "proj:projjson": __, ...properties } = item.properties
  return {
    type: "Feature",
    stac_version: "1.0.0",
    stac_extensions: EXTENSIONS,
    id: item.id,
    geometry: item.geometry,
    bbox: [west, south, zRange[0], east, north, zRange[1]],
    properties: {
      ...properties,
      ...crs,
      "proj:geometry": makeOutline(box),
      "pc:encoding": ENCODINGS[format],
    },
    links: [],
    assets: { data: { href: place, roles: ["data"] } },
  }
}

const makeOutline = ([minX, minY, maxX, maxY]: Box2): Fields => ({
  type: "Polygon",
  coordinates: [
    [
      [minX, minY],
      [maxX, minY],
      [maxX, maxY],
      [minX, maxY],
      [minX, minY],
    ],
  ],
})
