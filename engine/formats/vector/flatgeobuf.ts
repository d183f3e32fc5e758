/** FlatGeobuf in one place: writing, reading, and merging layers into one. */
export { readFlatGeobuf } from "./flatgeobuf-reader.js"
export { encodeFlatGeobuf } from "./flatgeobuf-writer.js"
export { mergeFeatures } from "./merge-features.js"
