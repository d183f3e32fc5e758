/** Validates the glTF content of a tile with Khronos's validator. */
import { plainGlb } from "../formats/tiles3d/decode-glb.js"

/** A message of the glTF validator: severity 0 error, 1 warning. */
export interface GltfMessage {
  readonly code: string
  readonly message: string
  readonly severity: number
  readonly pointer?: string
}
/** Counts over a content and its plain twin, and the messages that are errors or warnings. */
export interface GltfIssues {
  readonly errors: number
  readonly warnings: number
  readonly messages: readonly GltfMessage[]
}

/**
 * Runs Khronos's glTF validator on a content, and on its decoded plain twin since the validator cannot look into
 * compressed views.
 *
 * @throws EngineError E_FORMAT where the content cannot be decoded
 */
export const checkGltf = async (bytes: Uint8Array, file: string): Promise<GltfIssues> => {
  const { validateBytes } = await import("gltf-validator")
  let errors = 0
  let warnings = 0
  const messages: GltfMessage[] = []
  for (const form of [bytes, await plainGlb(bytes, file)]) {
    const { issues } = await validateBytes(form, { maxIssues: 100, writeTimestamp: false })
    errors += issues.numErrors
    warnings += issues.numWarnings
    messages.push(...issues.messages.filter((message) => message.severity <= 1))
  }
  return { errors, warnings, messages }
}
