/**
 * Merges files of tiles into one product, again only after a change; here the solids as CityJSON.
 */
import { mkdir, rm, stat } from "node:fs/promises"
import { basename, dirname, join } from "node:path"
import {
  atomicWrite,
  moveIntoPlace,
  removeFile,
  sizeOf,
  temporaryName,
  writeSynced,
} from "../core/files/atomic-write.js"
import { findInside, joinInside } from "../core/files/join-inside.js"
import { readJsonIfAny } from "../core/files/parse-file.js"
import { canonicalJson } from "../core/hash.js"
import { TileKey } from "../grid/tile-key.js"
import { layout } from "../job/layout.js"
import type { EndRecord, WrittenFile } from "../journal/journal-record.js"
import type { NotedFiles } from "../journal/noted-files.js"
import { placeOf } from "../journal/packed-file.js"
import { fileRead, verifyStored } from "../journal/read-verified.js"
import { classifiedFact, stampOptions } from "../plan/context.js"
import type { Plan } from "../plan/plan.js"

/** How a product is gathered. */
interface Gathering {
  /** Input files, in this order. */
  readonly files: readonly WrittenFile[]
  /** Other facts that shape the product. */
  readonly made: object
  /**
   * Writes the product from the files at `paths`; false where there is nothing to write. May use
   * the folder of `temporary`.
   */
  write(paths: readonly string[], temporary: string): Promise<boolean>
}

/**
 * Writes a product whole, and only where its inputs have changed. Returns its path, or nothing when
 * there is nothing to gather. Throws as {@link verifyStored}.
 */
export const gather = async (
  out: string,
  { product, state }: { readonly product: string; readonly state: string },
  { files, made, write }: Gathering,
  notes?: NotedFiles,
): Promise<string[]> => {
  const wanted = { ...made, files: files.map(({ path, sha256 }) => [path, sha256]) }
  const [path, statePath] = [joinInside(out, product), joinInside(out, state)]
  if (files.length > 0) {
    if (await isGathered(path, statePath, wanted)) return [product]
    for (const file of files) await verifyStored(out, fileRead(file))
    const paths = await Promise.all(files.map((file) => findInside(out, placeOf(file))))
    const folder = join(out, layout.temporary, temporaryName("gathered"))
    const temporary = join(folder, basename(product))
    await mkdir(folder, { recursive: true })
    const isWritten = await write(paths, temporary)
    if (isWritten) {
      const { size: sizeBytes } = await stat(temporary)
      await mkdir(dirname(path), { recursive: true })
      await moveIntoPlace(temporary, path)
      const text = `${canonicalJson({ ...wanted, sizeBytes })}\n`
      await atomicWrite(statePath, text, join(out, layout.temporary))
      notes?.note(state, text)
      await notes?.noteFile(product)
    }
    await rm(folder, { recursive: true, force: true })
    if (isWritten) return [product]
  }
  await removeFile(statePath)
  return []
}

const isGathered = async (product: string, state: string, wanted: object): Promise<boolean> => {
  const noted = await readJsonIfAny<{ readonly sizeBytes: number }>(state)
  if (noted === undefined) return false
  const { sizeBytes, ...before } = noted
  return canonicalJson(before) === canonicalJson(wanted) && (await sizeOf(product)) === sizeBytes
}

/**
 * Gathers the tiles' solids into one CityJSON sequence, ordered by id; returns its path, or nothing
 * when there are none. The file appears under its name once complete, and is rewritten only when a
 * tile's solids have changed.
 */
export const gatherSolids = async (plan: Plan, ends: readonly EndRecord[], notes?: NotedFiles): Promise<string[]> => {
  const { context, job } = plan
  const files = ends
    .filter(({ stage, outcome }) => stage === "model" && outcome === "done")
    .flatMap(({ key, files }) => files.filter(({ path }) => path === layout.tileSolids(TileKey.parse(key))))
    .sort((a, b) => (a.path < b.path ? -1 : 1))
  const { epsg, verticalEpsg, source, version } = context
  const facts = {
    epsg,
    ...(verticalEpsg === undefined ? {} : { verticalEpsg }),
    provenance: {
      title: "solids",
      source,
      software: `maille ${version}`,
      options: stampOptions(context, "solids"),
      ...classifiedFact(context),
    },
  }
  const write = async (paths: readonly string[], temporary: string): Promise<boolean> => {
    const { mergeCitySequences } = await import("../formats/cityjson/merge-city.js")
    await writeSynced(temporary, await mergeCitySequences(paths, facts))
    return true
  }
  const places = { product: layout.solids, state: layout.solidsState }
  return gather(job.out, places, { files, made: { facts }, write }, notes)
}
