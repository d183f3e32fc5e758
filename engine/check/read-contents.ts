/** Reads and decodes the contents of a written tile, for the checks that need its vertices. */
import { type DecodedGlb, decodeGlb } from "../formats/tiles3d/decode-glb.js"
import { readStored } from "../io/archive/stored-file.js"
import type { WrittenTile } from "./written-tiles.js"

/**
 * The contents of a tile, decoded, in their order.
 *
 * @throws EngineError of the readers
 */
export const readContents = ({ contents }: WrittenTile): Promise<DecodedGlb[]> =>
  Promise.all(contents.map(async ({ path }) => decodeGlb(await readStored(path), path)))
