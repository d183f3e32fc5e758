/** Makes the header line of a CityJSON sequence: CRS, transform, extent and provenance. */
import { type CityHeader, cityScale, translationStep } from "./city-types.js"

/** CRS and provenance of a sequence. */
export interface CityFacts {
  readonly epsg: number
  /** EPSG code of the heights (5720: NGF-IGN69), if known. */
  readonly verticalEpsg?: number
  /** Title, source, acquisition date, software and options hash, as in every product. */
  readonly provenance: Readonly<Record<string, string>>
}

/** Minimum and maximum x, y, z of a file's content, metres. */
export type CityExtent = readonly [number, number, number, number, number, number]

/** Compound systems by horizontal and vertical code. */
const COMPOUND: Readonly<Record<string, number>> = { "2154 5720": 5698, "2154 5721": 5699, "28992 5709": 7415 }

/**
 * Makes the first line of a sequence. The translation depends only on the extent: its lowest
 * corner, rounded down to 100 km, and 0 for heights. Tiles of one area thus agree without knowing
 * each other.
 *
 * @param extent undefined if the file is empty
 */
export const cityHeader = (extent: CityExtent | undefined, facts: CityFacts): CityHeader => {
  const down = (value: number): number => Math.floor(value / translationStep) * translationStep
  const { title = "maille", ...provenance } = facts.provenance
  const code = COMPOUND[`${facts.epsg} ${facts.verticalEpsg ?? ""}`] ?? facts.epsg
  return {
    type: "CityJSON",
    version: "2.0",
    transform: {
      scale: [cityScale, cityScale, cityScale],
      translate: extent === undefined ? [0, 0, 0] : [down(extent[0]), down(extent[1]), 0],
    },
    metadata: {
      ...(extent === undefined ? {} : { geographicalExtent: extent }),
      referenceSystem: `https://www.opengis.net/def/crs/EPSG/0/${code}`,
      title,
      "+provenance": provenance,
    },
    CityObjects: {},
    vertices: [],
  }
}
