import { join } from "node:path"
import type { Box2 } from "../core/geometry/box.js"
import { layout } from "../job/layout.js"
import type { Features } from "../kernel.js"
import type { WorkerState } from "./worker-state.js"

/** The user's features of a name whose boxes meet the extent, ordered by id; undefined where the job gives none of that name. */
export const readGiven = async (state: WorkerState, name: string, extent: Box2): Promise<Features | undefined> => {
  const { context } = state
  if (context.given?.[name] === undefined) return undefined
  const { readFeaturesInBox } = await import("../formats/vector/flatgeobuf/features-in-box.js")
  return readFeaturesInBox(join(context.out, layout.given(name)), extent)
}
