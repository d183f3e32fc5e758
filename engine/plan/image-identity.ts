/** The properties of an image that affect results, for task hashes. */
import { canonicalJson, sha256 } from "../core/hash.js"
import type { WorkContext } from "./context.js"

/**
 * The properties of oriented images that affect a result: pixels, position, attitude, camera,
 * correction, and the altitude range of the sources.
 */
export const viewsShaping = (
  { oriented }: WorkContext,
  views: readonly number[],
): Readonly<Record<string, unknown>> => {
  const identities = views.map((index) => {
    const { shot, header, correction } = oriented?.images[index] ?? {}
    const seen = [shot?.name, shot?.centre, shot?.rotation, shot?.camera, header?.identity]
    return sha256(canonicalJson(correction === undefined ? seen : [...seen, correction]))
  })
  return { views: identities, altitudes: [oriented?.low, oriented?.high] }
}

/**
 * The properties of an image from above that affect a result: its pixels, and its correction if it
 * has one.
 */
export const imageIdentity = ({ images }: WorkContext, index: number): string | undefined => {
  const { identity, correction, infrared } = images[index] ?? {}
  if (infrared) return sha256(canonicalJson([identity, "infrared"]))
  return correction === undefined ? identity : sha256(canonicalJson([identity, correction]))
}
