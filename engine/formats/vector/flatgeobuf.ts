/** FlatGeobuf in one place: writing, reading, and merging layers into one. */
export { type FlatGeobufLayer, readFlatGeobuf } from "./flatgeobuf-reader.js"
export { encodeFlatGeobuf, type LayerFacts } from "./flatgeobuf-writer.js"
export { mergeFeatures } from "./merge-features.js"
