/**
 * `maille/las`: reads the points of LAS, LAZ and COPC files, batch by batch.
 *
 * @packageDocumentation
 */
import type { PointCloud } from "./types.js"

export { Box2 } from "../core/geometry/box.js"
export { EngineError, type ErrorCode } from "../errors.js"
export { readPoints } from "../formats/points/read-points.js"
export type {
  BoxNumbers,
  PointBatch,
  PointCloud,
  PointCloudFile,
  PointField,
  PointFields,
  PointsQuery,
} from "./types.js"

/**
 * Opens LAS, LAZ or COPC files by path or `http(s)` address. Reads their headers and indexes only.
 *
 * @param paths one file, or several in one CRS
 * @throws EngineError `E_INPUT` if a file cannot be read, `E_FORMAT` if it is broken
 *
 * @example
 * const cloud = await openPoints("tile.copc.laz")
 * const [box, counts] = [[842000, 6520000, 842050, 6520050], new Uint32Array(256)]
 * for await (const { classification } of cloud.batches({ box }))
 *   for (const code of classification) counts[code]++
 * await cloud.close()
 */
export const openPoints = async (paths: string | readonly string[]): Promise<PointCloud> => {
  const { openCloud } = await import("./point-cloud.js")
  return openCloud(paths)
}
