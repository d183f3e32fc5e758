/** Which properties of an image affect results, for task hashes. */
import { canonicalJson, sha256 } from "../core/hash.js"
import type { WorkContext } from "./context.js"

/** What of oriented images shapes a result: their pixels, place, attitude, camera and correction, and the altitudes between which they are looked at. */
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

/** What of an image from above shapes a result: its pixels, and its correction where it has one. */
export const imageIdentity = ({ images }: WorkContext, index: number): string | undefined => {
  const { identity, correction, infrared } = images[index] ?? {}
  if (infrared) return sha256(canonicalJson([identity, "infrared"]))
  return correction === undefined ? identity : sha256(canonicalJson([identity, correction]))
}
