/** The class codes of points. Ports of kernels with classes have them always. */
import { EngineError } from "../../engine/errors.js"
import type { Points } from "../../engine/kernel.js"

/** @throws EngineError E_INTERNAL for points without codes */
export const classCodes = ({ classification }: Pick<Points, "classification">): Uint8Array => {
  if (classification === undefined) throw new EngineError("E_INTERNAL", "The points of this port have no class codes.")
  return classification
}
