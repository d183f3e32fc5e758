/** Re-exports the readers and writers of CityJSON 2.0 sequences. */

export type { CityFacts } from "./city-header.js"
export { citySolids } from "./city-solids.js"
export { encodeCitySequence } from "./encode-city.js"
export { mergeCitySequences } from "./merge-city.js"
export { readCitySequence } from "./read-city.js"
