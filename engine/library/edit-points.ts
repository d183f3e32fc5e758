/** The code behind `editPoints`: points of arrays to the land of `kernels/edit` and back. */
import { boxArgument, objectArgument } from "../core/arguments.js"
import { optionError } from "../core/parse-values.js"
import { type Land, loadApplyEdits } from "../job/kernels/edit-functions.js"
import { boxOfPoints, pointsInside } from "./points-of-ports.js"
import type { EditedPoints, EditFeature, EditRequest } from "./recipe-types.js"
import type { PointArrays } from "./types.js"

/** Of new points, by column; the others are 0. */
const ofNew: Readonly<Record<string, number>> = { returnNumber: 1, numberOfReturns: 1 }

export const editArrays = async (
  points: PointArrays,
  edits: readonly EditFeature[] | { readonly features: readonly EditFeature[] },
  stated: EditRequest | undefined,
): Promise<EditedPoints> => {
  const request = objectArgument(stated, "request")
  const features = "features" in Object(edits) ? (edits as { features: unknown }).features : edits
  if (!Array.isArray(features))
    throw optionError("edits", "they are no list of features. Give a GeoJSON FeatureCollection or its features.")
  const end = boxArgument(request.box) ?? boxOfPoints(points, "points")
  if (end === undefined) throw optionError("points", "there are none. Give those of the land that the edits change.")
  const { x, y, z, classification, ...others } = pointsInside(points, end, "points")
  const land: Land = {
    ...{ count: x.length, x: Float64Array.from(x), y: Float64Array.from(y), z: Float64Array.from(z) },
    classification: classification ? Uint8Array.from(classification) : new Uint8Array(x.length).fill(2),
    from: Int32Array.from(x, (_, i) => i),
  }
  const applyEdits = await loadApplyEdits()
  const result = applyEdits(land, features, end)
  const { from } = result.land
  const columns = Object.entries(others as Readonly<Record<string, ArrayLike<number>>>).map(([name, values]) => [
    name,
    Float64Array.from(from, (i) => (i < 0 ? (ofNew[name] ?? 0) : values[i]!)),
  ])
  return {
    ...Object.fromEntries(columns),
    ...{ x: result.land.x, y: result.land.y, z: result.land.z, classification: result.land.classification },
    edit: Int32Array.from(from, (i) => (i < 0 ? -1 - i : -1)),
    edits: result.edits,
  }
}
