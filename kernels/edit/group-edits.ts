/** Groups edits whose places meet: each changes its window of the land, whatever the work tiles. */
import { boxOfRings } from "../../engine/core/geometry/rings.js"
import { AROUND, REACH, refuseEqualIds, refuseOutside } from "./edit-points.js"
import { type Box, growBox } from "./land.js"
import { type Edit, type EditFeature, readEdit } from "./read-edit.js"

/** Side of the squares of the CRS that windows consist of, metres. */
const SIDE = 50

/** What edits change together. */
export interface EditGroup {
  /** Contains all points that the edits read or change; CRS metres, on multiples of 50 m. */
  readonly box: Box
  /** Places in the list, in its order. */
  readonly edits: readonly number[]
}

/** The box that an edit reads and changes, and that in which it is stated. */
const findBoxes = (edit: Edit): { readonly stated: Box; readonly read: Box } => {
  if (edit.action === "plant") {
    const stated = growBox(boxOfRings([edit.places], 3), edit.crown / 2)
    return { stated, read: growBox(stated, AROUND) }
  }
  if ("parts" in edit) {
    const stated = growBox(boxOfRings(edit.parts, 3), edit.width / 2)
    return { stated, read: growBox(stated, REACH + AROUND) }
  }
  const stated = boxOfRings(edit.rings, 3)
  return { stated, read: growBox(stated, AROUND) }
}

const meets = (a: Box, b: Box): boolean => a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3]

/**
 * Reads edits and groups them: windows of different groups do not overlap. O(groups²).
 *
 * @param end box of the points, beyond which no edit may reach
 * @param nameOf how errors call a feature of the list
 * @throws EngineError E_USAGE for an edit that is wrong by itself, with its name and the remedy
 */
export const groupEdits = (
  features: readonly EditFeature[],
  end: Box,
  nameOf: (e: number) => string,
): readonly EditGroup[] => {
  refuseEqualIds(features, nameOf)
  let groups: EditGroup[] = []
  for (const [e, feature] of features.entries()) {
    const edit = readEdit(feature, nameOf(e))
    const { stated, read } = findBoxes(edit)
    refuseOutside(edit, stated, end)
    const [minX, minY] = [Math.floor(read[0] / SIDE) * SIDE, Math.floor(read[1] / SIDE) * SIDE]
    let group: EditGroup = {
      box: [minX, minY, Math.ceil(read[2] / SIDE) * SIDE, Math.ceil(read[3] / SIDE) * SIDE],
      edits: [e],
    }
    // A window that grew may meet others.
    for (let other = findMeeting(groups, group); other; other = findMeeting(groups, group)) {
      groups = groups.filter((one) => one !== other)
      group = join(other, group)
    }
    groups.push(group)
  }
  return groups
}

const findMeeting = (groups: readonly EditGroup[], { box }: EditGroup): EditGroup | undefined =>
  groups.find((one) => meets(one.box, box))

const join = (a: EditGroup, b: EditGroup): EditGroup => ({
  box: [
    Math.min(a.box[0], b.box[0]),
    Math.min(a.box[1], b.box[1]),
    Math.max(a.box[2], b.box[2]),
    Math.max(a.box[3], b.box[3]),
  ],
  edits: [...a.edits, ...b.edits].sort((one, other) => one - other),
})
