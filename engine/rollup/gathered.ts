/** Notes what a merged product was made of, so that it is written again only after a change. */
import { mkdir, stat } from "node:fs/promises"
import { dirname, join } from "node:path"
import { atomicWrite, moveIntoPlace, sizeOf } from "../core/files/atomic-write.js"
import { joinInside } from "../core/files/join-inside.js"
import { readJsonIfAny } from "../core/files/parse-file.js"
import { canonicalJson } from "../core/hash.js"
import { layout } from "../job/layout.js"
import type { NotedFiles } from "../journal/noted-files.js"

/** A gathered product, and the file that says what it is made of; relative to the output folder. */
export interface Gathered {
  readonly product: string
  readonly state: string
}

/** True where the product is there and made of just that. */
export const isGathered = async (out: string, { product, state }: Gathered, made: object): Promise<boolean> => {
  const noted = await readJsonIfAny<{ readonly sizeBytes: number }>(joinInside(out, state))
  if (noted === undefined) return false
  const { sizeBytes, ...before } = noted
  return canonicalJson(before) === canonicalJson(made) && (await sizeOf(joinInside(out, product))) === sizeBytes
}

/** Gives a product that was written whole its name, and says what it is made of; returns its path. */
export const putGathered = async (
  out: string,
  { product, state }: Gathered,
  temporary: string,
  made: object,
  notes?: NotedFiles,
): Promise<string[]> => {
  const path = joinInside(out, product)
  const { size: sizeBytes } = await stat(temporary)
  await mkdir(dirname(path), { recursive: true })
  await moveIntoPlace(temporary, path)
  const text = `${canonicalJson({ ...made, sizeBytes })}\n`
  await atomicWrite(joinInside(out, state), text, join(out, layout.temporary))
  notes?.note(state, text)
  await notes?.noteFile(product)
  return [product]
}
