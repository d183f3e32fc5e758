/** Selects tiles of an index by area, name or département. */

import { Box2 } from "../core/geometry/box.js"
import { missHint, missingOption } from "../core/parse-values.js"
import { counted } from "../core/texts.js"
import { EngineError } from "../errors.js"
import { indexArea } from "../formats/vector/area-index.js"
import { crsByEpsg } from "../grid/crs.js"
import { readArea } from "../job/area.js"
import { nearestNames } from "../job/check-options.js"
import type { Job } from "../job/job.js"
import { readLimits } from "../job/limits.js"
import { agreedCode } from "../spatial/accept-source.js"
import type { IndexedTile, TileIndex } from "../spatial/tile-index.js"

/** Selects the tiles of an index that meet all given areas. */
export interface TileQuery extends Pick<Job, "bbox" | "aoi" | "departement" | "limits" | "epsg"> {
  /** Distance from the area within which tiles count, metres. */
  readonly margin?: number
}

/**
 * Selects the tiles of an index, in one CRS, that meet a box, an area and départements. Boxes are
 * open: tiles that only touch the area do not count.
 *
 * @throws EngineError E_USAGE if the index has several CRSs and the query does not choose one;
 * E_INPUT if no tile meets the area
 */
export const selectTiles = async (
  index: TileIndex,
  query: TileQuery,
): Promise<{ readonly tiles: readonly IndexedTile[]; readonly epsg: number }> => {
  const epsg = await chooseCrs(index, query)
  const { bbox, aoi, departement, limits, margin = 0 } = query
  const area = aoi === undefined ? undefined : indexArea(await readArea(aoi, epsg))
  const limit = limits && departement ? indexArea((await readLimits(limits, departement, epsg)).area) : undefined
  const tiles = index.tiles.filter(({ box, epsg: own }) => {
    if (agreedCode(own) !== epsg) return false
    const wide = Box2.grow(box, margin)
    if (bbox && !Box2.overlaps(wide, bbox)) return false
    if (limit && !limit.meets(wide)) return false
    return !area || area.meets(wide)
  })
  if (tiles.length > 0) return { tiles, epsg }
  const box = index.tiles.map((tile) => tile.box).reduce(Box2.union)
  const text = `No tile of the index is in this area. Its tiles cover ${box.join(",")} (EPSG:${epsg}).${missHint(bbox, box, epsg) || " Check the area, or ask the WFS for that place."}`
  throw new EngineError("E_INPUT", text)
}

/**
 * Chooses the CRS of the tiles: the stated one, the only one, else the only one whose area of use
 * contains the départements.
 */
const chooseCrs = async ({ tiles }: TileIndex, { epsg, departement, limits }: TileQuery): Promise<number> => {
  if (epsg !== undefined) return agreedCode(epsg)
  const codes = [...new Set(tiles.map((tile) => agreedCode(tile.epsg)))].sort((a, b) => a - b)
  const [only] = codes
  if (codes.length === 1 && only !== undefined) return only
  const fitting: number[] = []
  if (departement !== undefined && limits !== undefined) {
    for (const code of codes) {
      const { box } = indexArea((await readLimits(limits, departement, code)).area)
      if (Box2.meets(box, crsByEpsg(code).area)) fitting.push(code)
    }
  }
  const [fit] = fitting
  if (fitting.length === 1 && fit !== undefined) return fit
  const found = codes.map((code) => `EPSG:${code}`).join(", ")
  throw missingOption("--crs", `The index has several: ${found}. State the one of the box.`)
}

/**
 * Removes the parts in which files of one tile differ: extension, production mark (`_PTS_C_`,
 * `_PTS_O_`), dash.
 */
const normalName = (name: string): string =>
  name
    .replace(/(\.copc)?\.la[sz]$|\.(tiff?|jp2|j2k|png|jpe?g)$/i, "")
    .replace(/(_(?:PTS|MNT|MNS|MNH))_[A-Z](?=_)/i, "$1")
    .replace(/(LHD_[A-Z]{3}_\d{4})-/i, "$1_")
    .toLowerCase()

/**
 * Finds tiles by the name of their file or in the index, with or without extension. `0186_6834`
 * selects all tiles with these kilometres.
 *
 * @throws EngineError E_USAGE for a name that no tile has, with the nearest ones
 */
export const tilesByName = ({ tiles }: TileIndex, names: readonly string[]): IndexedTile[] => {
  const byName = new Map<string, IndexedTile[]>()
  const add = (key: string, tile: IndexedTile): void => {
    const list = byName.get(key)
    if (list === undefined) byName.set(key, [tile])
    else if (!list.includes(tile)) list.push(tile)
  }
  for (const tile of tiles) {
    for (const key of [tile.name, tile.label]) add(normalName(key), tile)
    const kilometres = /_(\d{4}_\d{4})_/.exec(tile.name)?.[1]
    if (kilometres !== undefined) add(kilometres, tile)
  }
  const found = new Set<IndexedTile>()
  for (const name of names) {
    const own = byName.get(normalName(name))
    if (own === undefined) {
      // Bounded: edit distances to half a million names would take too long.
      const near = nearestNames(
        name,
        tiles.slice(0, 20_000).map((tile) => tile.name),
      )
      const known = near.length > 0 ? near.map((one) => `"${one}"`) : undefined
      const hint = known
        ? `Did you mean ${known.join(" or ")}?`
        : `The index has ${counted(tiles.length, "tile")}, such as ${tiles[0]?.name ?? ""}.`
      throw new EngineError("E_USAGE", `unknown tile "${name}". ${hint}`)
    }
    for (const tile of own) found.add(tile)
  }
  return tiles.filter((tile) => found.has(tile))
}
