/** CityJSON 2.0 sequences of solids: written for tiles, merged for the job, read again. */

export type { CityFacts } from "./city-header.js"
export { citySolids } from "./city-solids.js"
export { encodeCitySequence } from "./encode-city.js"
export { type MergedCity, mergeCitySequences } from "./merge-city.js"
export { type ReadFeature, readCitySequence } from "./read-city.js"
