/** FlatGeobuf in one place: writing, reading, and merging layers into one. */

export { readFlatGeobuf } from "./reader.js"
export { encodeFlatGeobuf } from "./writer.js"
