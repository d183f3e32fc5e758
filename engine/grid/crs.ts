/** Recognises the CRS of a file from all its statements, and re-exports `crsByEpsg`. */
import { type CrsFacts, factsOfGeoKeys, factsOfWkt } from "./crs-facts.js"
import type { GeoKeys } from "./geo-keys.js"

export { type Crs, crsByEpsg } from "./crs-table.js"

/** The coordinate reference system of a file, as the file states it. */
export interface CrsDescription extends Omit<CrsFacts, "from"> {
  readonly from: "wkt" | "geokeys" | "none"
}

/**
 * Recognises the CRS of a file from all its statements, never from coordinates or file names.
 *
 * Reads WKT 1 and 2, compound and bound systems; GeoTIFF keys 1024, 2048, 3072, 3076, 4099 and the
 * projection parameters. The codes 0, 32767 and 65535 mean "user-defined". Without a code, the
 * system is found by a code in its name, by its parameters, or by its name in the registry.
 *
 * A WKT with a code wins over keys with a code; `note` reports a difference.
 *
 * @param sources.wkts every WKT of the file, the one its format prescribes first; texts may be
 * empty
 * @param sources.geoKeys GeoTIFF keys by number, with texts and numbers fetched from their tables
 */
export const recogniseCrs = (sources: { wkts: readonly string[]; geoKeys?: GeoKeys }): CrsDescription => {
  const found: CrsFacts[] = []
  for (const wkt of sources.wkts) {
    const facts = factsOfWkt(wkt)
    if (facts !== undefined) found.push(facts)
  }
  const keys = sources.geoKeys === undefined ? undefined : factsOfGeoKeys(sources.geoKeys)
  if (keys !== undefined) found.push(keys)
  const best = found.find((facts) => facts.epsg !== undefined) ?? found.find((facts) => facts.name !== "") ?? found[0]
  if (best === undefined) return { name: "", unit: "unknown", from: "none", note: noteOfNone(sources) }
  const foot = found.find((facts) => facts.unit === "foot")
  const notes = [best.note, noteOfDifference(best, found), foot === undefined || foot === best ? undefined : foot.note]
  const unit = foot === undefined ? best.unit : "foot"
  const note = notes.filter((text) => text !== undefined).join("; ")
  return {
    ...(best.epsg === undefined ? {} : { epsg: best.epsg }),
    name: best.name,
    unit,
    from: best.from,
    ...collectParts(found, best),
    ...(note === "" ? {} : { note }),
  }
}

/** Units and parameters: of the best source, else of the first that states them. */
const collectParts = (found: readonly CrsFacts[], best: CrsFacts): Partial<CrsDescription> => {
  const ordered = [best, ...found.filter((facts) => facts.epsg === undefined || facts.epsg === best.epsg)]
  const xyUnit = ordered.find((facts) => facts.xyUnit !== undefined)?.xyUnit
  const heightUnit = ordered.find((facts) => facts.heightUnit !== undefined)?.heightUnit
  const definition = ordered.find((facts) => facts.definition !== undefined)?.definition
  const vertical = ordered.find((facts) => facts.vertical !== undefined)?.vertical
  return {
    ...(xyUnit === undefined ? {} : { xyUnit }),
    ...(heightUnit === undefined ? {} : { heightUnit }),
    ...(definition === undefined ? {} : { definition }),
    ...(vertical === undefined ? {} : { vertical }),
  }
}

const noteOfNone = (sources: { wkts: readonly string[]; geoKeys?: GeoKeys }): string => {
  if (sources.wkts.length > 0) return "the WKT of the file is empty or unreadable"
  return sources.geoKeys === undefined ? "the file states no CRS" : "the GeoTIFF keys of the file name no CRS"
}

const noteOfDifference = (best: CrsFacts, found: readonly CrsFacts[]): string | undefined => {
  const other = found.find((facts) => facts.epsg !== undefined && facts.epsg !== best.epsg)
  if (other === undefined) return undefined
  return `the file also states EPSG:${other.epsg} (${other.from})`
}
