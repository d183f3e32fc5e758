/** Makes the header line of a CityJSON sequence: CRS, transform, extent and provenance. */
import { type CityHeader, cityScale, translationStep } from "./city-types.js"

/** What a sequence says of itself. */
export interface CityFacts {
  readonly epsg: number
  /** EPSG code of the heights (5720: NGF-IGN69), where known. */
  readonly verticalEpsg?: number
  /** Title, source, day of acquisition, software and hash of options, as every product carries them. */
  readonly provenance: Readonly<Record<string, string>>
}

/** Least and largest x, y, z of what a file holds, metres. */
export type CityExtent = readonly [number, number, number, number, number, number]

/** Compound systems by horizontal and vertical code. */
const COMPOUND: Readonly<Record<string, number>> = { "2154 5720": 5698, "2154 5721": 5699, "28992 5709": 7415 }

/**
 * The first line of a sequence. The translation follows from the extent alone (its lowest corner, rounded down to 100 km; 0 for heights), so that tiles of
 * one area agree without knowing each other.
 *
 * @param extent undefined: nothing is in the file
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
