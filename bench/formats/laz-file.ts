/** Reads the chunks of a LAZ file into memory, for decoders. */

import { openCopc } from "../../engine/formats/copc/open-copc.js"
import {
  type LasHeader,
  parseHeader,
  parseVlrs,
  RECORD_BYTES,
  readEvlrs,
  readPreamble,
} from "../../engine/formats/las/header.js"
import { parseLaszip, readChunkTable } from "../../engine/formats/laz/laszip.js"
import type { LazLayer, LazRequest } from "../../engine/formats/laz/wasm/chunk.js"
import { openBytes } from "../../engine/io/bytes.js"

/**
 * Reads all chunks of a file, by its COPC hierarchy if it has one, else by its chunk table.
 *
 * @param byHierarchy false reads by the chunk table: a LAZ file may carry a COPC VLR copied from
 * another file
 * @throws Error if the file is not LAZ of point format 6, 7 or 8
 */
export const readLazFile = async (path: string, byHierarchy = true) => {
  const source = await openBytes(path)
  try {
    const head = await source.read(0, Math.min(65536, source.size))
    const header = parseHeader(head, source, [])
    if (!header.compressed || header.pointFormat < 6) {
      throw new Error(`${path} is no LAZ of point format 6, 7 or 8: the readers compared here meet on those only`)
    }
    const preamble = await readPreamble(source, header, head)
    const vlrs = [...parseVlrs(preamble, header, []), ...(await readEvlrs(source, header, []))]
    const copc = byHierarchy ? await openCopc(source, header, vlrs, []) : undefined
    const places =
      copc === undefined
        ? (await readChunkTable(source, header, parseLaszip(vlrs, header, path))).chunks
        : await copc.nodes({})
    const chunks: { begin: number; count: number; bytes: Uint8Array }[] = []
    for (const { begin, end, count } of places) chunks.push({ begin, count, bytes: await source.read(begin, end) })
    return { header, copc: copc !== undefined, chunks }
  } finally {
    await source.close()
  }
}

/** With x, y and return number, which every request decodes. */
const SELECTIVE: readonly LazLayer[] = ["z", "classification"]
const ALL: readonly LazLayer[] = [
  ...SELECTIVE,
  "flags",
  "intensity",
  "scanAngle",
  "userData",
  "sourceId",
  "gpsTime",
  "rgb",
  "nir",
]

/** What a decoder is asked for: places and classes, or every layer with extra bytes. */
export const requestLayers = (header: LasHeader, everything: boolean): Omit<LazRequest, "count"> => {
  const { pointFormat, recordLength } = header
  const extra = recordLength - (RECORD_BYTES[pointFormat] ?? recordLength)
  return {
    pointFormat,
    recordLength,
    // Colours follow the nine layers that all formats have; near infrared follows the colours.
    layers: everything ? ALL.slice(0, 8 + pointFormat - 6) : SELECTIVE,
    extra: everything ? Array.from({ length: extra }, (_, place) => place) : [],
  }
}
