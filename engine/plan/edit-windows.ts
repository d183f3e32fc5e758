/** Windows of a job's edits, and what a tile needs of them. */
import { Box2 } from "../core/geometry/box.js"
import { FROM_REACH, type FromUnclassified } from "./chains/chain.js"

/** A window of the land that edits change together. */
export interface EditWindow {
  /** Contains all points that the edits read or change; CRS metres. */
  readonly box: Box2
  /** GeoJSON in the job's CRS, in the order of the file. */
  readonly features: readonly unknown[]
  /** How errors call each. */
  readonly names: readonly string[]
}

/** The edits of a job. */
export interface JobEdits {
  readonly windows: readonly EditWindow[]
  /** Box around all sources, beyond which no edit may reach. */
  readonly end: Box2
}

/** The windows that meet a box. */
export const editsMeeting = ({ edits }: { readonly edits?: JobEdits | undefined }, box: Box2): readonly EditWindow[] =>
  edits === undefined ? [] : edits.windows.filter((window) => Box2.overlaps(window.box, box))

/** The box whose points decide on those of a window. */
export const readBox = ({ fromUnclassified }: { readonly fromUnclassified?: FromUnclassified }, box: Box2): Box2 =>
  fromUnclassified === undefined ? box : Box2.grow(box, FROM_REACH)
