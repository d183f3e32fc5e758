import type { FieldName, PointQuery } from "../../../engine/formats/las/columns.js"
import { openPointFile, type PointFile } from "../../../engine/formats/las/point-file.js"
import type { Reader } from "../peer.js"
import { outputOf } from "./output.js"

const SELECTIVE: readonly FieldName[] = ["classification", "returnNumber"]
const ALL: readonly FieldName[] = [
  ...SELECTIVE,
  "numberOfReturns",
  "intensity",
  "gpsTime",
  "scanAngle",
  "flags",
  "userData",
  "pointSourceId",
  "red",
  "green",
  "blue",
  "nir",
]

/** Asks for places, classes and return numbers, or for all that a file holds, relative to the corner of its box. */
export const libraryQuery = ({ info }: PointFile, everything: boolean): PointQuery => {
  const origin = [Math.floor(info.box[0]), Math.floor(info.box[1]), 0] as const
  if (!everything) return { origin, attributes: SELECTIVE }
  return { origin, attributes: ALL, extra: info.extraBytes.map(({ name }) => name) }
}

/** maille's reader of point files: from the file to millimetres, with its checks. */
export const openLibrary = async (path: string, everything: boolean): Promise<Reader> => {
  const file = await openPointFile(path)
  const { count, scale, offset } = file.info
  if (scale.some((step) => Math.abs(Math.round(step * 1000) - step * 1000) > 1e-9)) {
    throw new Error("the file's step is no multiple of 1 mm, in which the library gives places: nothing to compare")
  }
  const query = libraryQuery(file, everything)
  const output = outputOf(count)
  return {
    pass: async () => {
      let done = 0
      for await (const columns of file.read(query)) {
        output.x.set(columns.x, done)
        output.y.set(columns.y, done)
        output.z.set(columns.z, done)
        output.classification.set(columns.classification, done)
        output.returnNumber.set(columns.returnNumber, done)
        done += columns.count
      }
      return done
    },
    columns: () => {
      const stored = (column: Int32Array, axis: 0 | 1 | 2): Int32Array =>
        column.map((mm) => Math.round((mm / 1000 + query.origin[axis] - offset[axis]) / scale[axis]))
      return { ...output, x: stored(output.x, 0), y: stored(output.y, 1), z: stored(output.z, 2) }
    },
  }
}
