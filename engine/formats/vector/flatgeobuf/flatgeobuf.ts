/** Re-exports the FlatGeobuf writer and the reader of whole files. */

export { readFlatGeobuf } from "./reader.js"
export { encodeFlatGeobuf } from "./writer.js"
