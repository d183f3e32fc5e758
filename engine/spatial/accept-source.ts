/** Decides from its header whether a point file can be used, and in which CRS. */
import { Box2 } from "../core/geometry/box.js"
import { EngineError } from "../errors.js"
import { HIGHEST, isTooHigh } from "../formats/las/stored-places.js"
import type { PointFileInfo } from "../formats/points/point-file.js"
import { type Crs, crsByEpsg } from "../grid/crs.js"
import { metricCrsAt, sourceCrs } from "../grid/source-crs.js"
import { coverArea, TileKey } from "../grid/tile-key.js"

/**
 * Lambert-93 on other realisations of RGF93: coordinates agree to centimetres, and files are used
 * side by side.
 */
const lambert93 = new Set([9793, 9794])

/** Maps systems that are the same in practice to one code. */
export const agreedCode = (epsg: number): number => (lambert93.has(epsg) ? 2154 : epsg)

/** Metres. Wider than any delivered file: a header with a wider box is wrong. */
const WIDEST = 200_000

/**
 * Metres. Countries use the CRS of their main zone a little beyond its area in the registry, such
 * as Brandenburg west of 12°.
 */
const BESIDE = 200_000

/**
 * The CRS code of a source. `stated`: the code that the user gives for sources without one.
 *
 * @throws EngineError E_INPUT with a remedy: no CRS, degrees or feet, a CRS unlike the stated one,
 * a box outside its area, or only impossible heights
 */
export const acceptSource = (info: PointFileInfo, stated: number | undefined): number => {
  const epsg = chooseCode(info, stated)
  const crs = crsByEpsg(epsg)
  checkBox(info, crs)
  checkHeights(info)
  return epsg
}

const refuse = (info: PointFileInfo, text: string): EngineError =>
  new EngineError("E_INPUT", `${info.path}: ${text}`, { file: info.path })

const chooseCode = (info: PointFileInfo, stated: number | undefined): number => {
  const { crs } = info
  const name = crs.name === "" ? "its CRS" : `its CRS "${crs.name}"`
  if (crs.unit === "degree" || crs.unit === "foot") {
    const unit = crs.unit === "degree" ? "degrees" : "feet"
    const to = stated ?? findMetricCode(info)
    const remedy = `Reproject it: maille copc ${info.path} --to EPSG:${to} (a CRS of the place) --out COPIES`
    const text = `${name} is in ${unit}; maille needs metres. ${remedy}`
    throw refuse(info, crs.note === undefined ? text : `${text} (${crs.note})`)
  }
  const own = crs.epsg === undefined ? undefined : agreedCode(crs.epsg)
  const asked = stated === undefined ? undefined : agreedCode(stated)
  if (own !== undefined && asked !== undefined && own !== asked) {
    const remedy = "Leave --crs out, or reproject the file, or run files of each CRS on their own."
    throw refuse(info, `says EPSG:${own} (${crs.from}), --crs says EPSG:${asked}. ${remedy}`)
  }
  const code = own ?? asked
  if (code !== undefined) return code
  const found = crs.from === "none" ? (crs.note ?? "states no CRS") : `${name} has no known EPSG code`
  throw refuse(
    info,
    `${found}, and maille does not guess it. State it with --crs EPSG:n (LiDAR HD of mainland France: --crs EPSG:2154).`,
  )
}

/** A CRS in metres for the middle of a file; "n" where its place is unknown. */
const findMetricCode = ({ crs, box }: PointFileInfo): number | "n" => {
  try {
    const source = sourceCrs(crs)
    const [lon, lat] = source.toGeographic((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
    return Number.isFinite(lon) && Number.isFinite(lat) ? metricCrsAt(lon, lat, source.epsg) : "n"
  } catch (cause) {
    if (cause instanceof EngineError) return "n"
    throw cause
  }
}

const checkBox = (info: PointFileInfo, crs: Crs): void => {
  const { box } = info
  const text = `[${box.map((value) => Math.round(100 * value) / 100).join(", ")}]`
  if (!box.every(Number.isFinite) || box[2] < box[0] || box[3] < box[1]) {
    throw refuse(
      info,
      `damaged: the extent in its header is not a box: ${text}. Repair the header (las2las, pdal translate).`,
    )
  }
  if (box[2] - box[0] > WIDEST || box[3] - box[1] > WIDEST) {
    throw refuse(
      info,
      `damaged: the extent in its header is wider than ${WIDEST / 1000} km: ${text}. Repair the header (pdal translate).`,
    )
  }
  // West and south of the grid there are no tile keys.
  const [west, south] = TileKey.box(coverArea(crs.area, 1000), { level: 0, x: 0, y: 0 })
  if (box[0] < west || box[1] < south || !Box2.meets(box, Box2.grow(crs.area, BESIDE))) {
    const area = `[${crs.area.join(", ")}]`
    const found = `its points are at ${text}, outside the area of EPSG:${crs.epsg} (${crs.name}), ${area}`
    throw refuse(info, `${found}. Check its CRS and --crs.`)
  }
}

const checkHeights = (info: PointFileInfo): void => {
  const { zRange } = info
  if (!zRange.every(isTooHigh)) return
  const found = `its heights, ${zRange.join(" to ")} m, are all beyond ${HIGHEST} m`
  throw refuse(info, `${found}. Check their unit, and write them in metres (pdal translate).`)
}
