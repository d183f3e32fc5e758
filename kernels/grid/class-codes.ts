/** The class codes of points. Ports of kernels with classes have them always. */
import { EngineError } from "../../engine/errors.js"

/** @throws EngineError E_INTERNAL for points without codes */
export const classCodes = ({ classification }: { readonly classification?: Uint8Array | undefined }): Uint8Array => {
  if (classification === undefined) throw new EngineError("E_INTERNAL", "The points of this port have no class codes.")
  return classification
}
