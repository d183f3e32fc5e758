/** Merges the solids of all tiles into one CityJSON sequence, ordered by id. */
import { mkdir } from "node:fs/promises"
import { dirname, join } from "node:path"
import { removeFile, temporaryName, writeSynced } from "../core/files/atomic-write.js"
import { findInside, joinInside } from "../core/files/join-inside.js"
import { TileKey } from "../grid/tile-key.js"
import { layout } from "../job/layout.js"
import type { EndRecord } from "../journal/journal-record.js"
import type { NotedFiles } from "../journal/noted-files.js"
import { placeOf } from "../journal/packed-file.js"
import { fileRead, verifyStored } from "../journal/read-verified.js"
import type { Plan } from "../plan/plan.js"
import { isGathered, putGathered } from "./gathered.js"

/**
 * Gathers the solids that the tiles wrote into one CityJSON sequence, ordered by id; gives its path, none when there are none. Written under its
 * name when it is whole, and again only when a tile's solids are others than before.
 */
export const gatherSolids = async (plan: Plan, ends: readonly EndRecord[], notes?: NotedFiles): Promise<string[]> => {
  const { context, job } = plan
  const gathered = { product: layout.solids, state: layout.solidsState }
  const files = ends
    .filter(({ stage, outcome }) => stage === "model" && outcome === "done")
    .flatMap(({ key, files }) => files.filter(({ path }) => path === layout.tileSolids(TileKey.parse(key))))
    .sort((a, b) => (a.path < b.path ? -1 : 1))
  if (files.length === 0) {
    await removeFile(joinInside(job.out, gathered.state))
    return []
  }
  const { epsg, verticalEpsg, source, version, optionsHash } = context
  const facts = {
    epsg,
    ...(verticalEpsg === undefined ? {} : { verticalEpsg }),
    provenance: { title: "solids", source, software: `maille ${version}`, options: optionsHash.slice(0, 16) },
  }
  const wanted = { facts, files: files.map(({ path, sha256 }) => [path, sha256]) }
  if (await isGathered(job.out, gathered, wanted)) return [layout.solids]
  for (const file of files) await verifyStored(job.out, fileRead(file))
  const { mergeCitySequences } = await import("../formats/cityjson/cityjson.js")
  const merged = await mergeCitySequences(
    await Promise.all(files.map((file) => findInside(job.out, placeOf(file)))),
    facts,
  )
  const temporary = join(job.out, layout.temporary, temporaryName(layout.solids))
  await mkdir(dirname(temporary), { recursive: true })
  await writeSynced(temporary, merged.bytes)
  return putGathered(job.out, gathered, temporary, wanted, notes)
}
