/**
 * Reads addresses, names and CRS codes of delivered files from the properties of an index, and
 * corrects them.
 */
import type { Box2 } from "../core/geometry/box.js"
import type { Json } from "../formats/vector/geojson.js"
import { shownAddress } from "../io/secrets.js"

/** A delivered file by its name. */
export interface DeliveredName {
  /** File name on the server. */
  readonly name: string
  readonly kind: "points" | "image"
}

const addressNames = ["url", "url_npl", "url_telechargement", "download_url", "href"]

/** Servers with https; some addresses of the index say http. */
const mendedHosts = /(^|\.)(geopf\.fr|ign\.fr)$/i

/**
 * The corrected address of a feature, without secrets; undefined where there is none. The scheme
 * http on IGN's servers becomes https. `LHD_FXX_0881-6546_…`, in some 160 addresses, becomes
 * `LHD_FXX_0881_6546_…`, its name on the server.
 */
export const tileAddress = (properties: Json): string | undefined => {
  for (const name of addressNames) {
    const value = properties[name]
    if (typeof value !== "string" || !/^https?:\/\//i.test(value) || !URL.canParse(value)) continue
    const url = new URL(value)
    if (url.protocol === "http:" && mendedHosts.test(url.hostname)) url.protocol = "https:"
    url.pathname = url.pathname.replace(/(LHD_[A-Z]{3}_\d{4})-(\d{4}_[^/]*)$/, "$1_$2")
    return shownAddress(url.href)
  }
  return undefined
}

/** Path of whole files on the Géoplateforme, which serves byte ranges of them below /chunk. */
const wholePath = "/telechargement/download/"

/**
 * Where a server of the Géoplateforme's layout serves byte ranges of an address; undefined for any
 * other address.
 */
export const rangedAddress = (address: string): string | undefined => {
  const url = new URL(address)
  if (!url.pathname.startsWith(wholePath)) return undefined
  url.pathname = `/chunk${url.pathname}`
  return url.href
}

/**
 * The file that an address names, or the reason why it cannot be fetched. The query (WMS) is
 * ignored.
 */
export const deliveredFile = (url: string): DeliveredName | string => {
  const name = lastPart(new URL(url).pathname)
  if (!/^[\w.()+ -]+$/.test(name) || name.startsWith(".")) return `not used: invalid file name ("${name}")`
  if (/\.la[sz]$/i.test(name)) return { name, kind: "points" }
  if (/\.(tiff?|jp2|j2k|png|jpe?g)$/i.test(name)) return { name, kind: "image" }
  return `not used: neither points nor images by their names (such as "${name}")`
}

const lastPart = (path: string): string => {
  const part = path.slice(path.lastIndexOf("/") + 1)
  try {
    return decodeURIComponent(part)
  } catch {
    // A stray per cent sign: the name check refuses it.
    return part
  }
}

/**
 * The cell of 1 km in a name of LiDAR HD, `LHD_FXX_<xmin km>_<ymax km>_…`: its north-west corner.
 */
export const kilometreBox = (name: string): Box2 | undefined => {
  const match = /^LHD_[A-Z]{3}_(\d{4})_(\d{4})_/.exec(name)
  if (!match) return undefined
  const [x, y] = [1000 * Number(match[1]), 1000 * Number(match[2])]
  return [x, y - 1000, x + 1000, y]
}

const systems: readonly (readonly [RegExp, number])[] = [
  [/LAMB93|LA93/i, 2154],
  [/RGAF09_?UTM_?20N?|UTM20W84/i, 5490],
  [/RGR92_?UTM_?40S?/i, 2975],
  [/UTM_?22_?RGFG95|RGFG95_?UTM_?22N?/i, 2972],
  [/RGM04_?UTM_?38S?/i, 4471],
]

/** EPSG code of a tile from a property (`projection`, `srs`, `epsg`), else from its name. */
export const crsOfTile = (name: string, properties: Json): number | undefined => {
  for (const key of ["projection", "srs", "epsg"]) {
    const match = /^(?:EPSG:)?(\d{4,5})$/i.exec(String(properties[key] ?? ""))
    // 4326 is the CRS of the index's geometry, never of a tile.
    if (match && match[1] !== "4326") return Number(match[1])
  }
  return systems.find(([pattern]) => pattern.test(name))?.[1]
}
