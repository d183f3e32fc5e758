import { readFile, rm, stat } from "node:fs/promises"
import { join } from "node:path"
import { atomicWrite } from "../core/atomic-write.js"
import { canonicalJson } from "../core/hash.js"
import { findInside, joinInside } from "../core/join-inside.js"
import type { EndRecord, WrittenFile } from "./journal-record.js"
import { layout } from "./layout.js"
import type { Plan } from "./plan.js"
import { holdsLayers, tileZooms, type VectorFormat, writeVectorFormat } from "./vector-formats.js"

/** Raised when equal layers give other bytes. */
const WRITER_VERSION = 1

interface WantedFile {
  readonly format: VectorFormat
  readonly layers: readonly WrittenFile[]
}

/** What a written file was made of, and its size. */
type Noted = Readonly<Record<string, { readonly made: unknown; readonly sizeBytes: number }>>

/**
 * Writes the layers of the job in the other formats that were asked for, from the merged FlatGeobuf files, so that all hold the same features. A file is written under its name when it is whole, and
 * again only when its layers or the options are others than before. Gives the paths. What was written is noted after each file, so that a killed run goes on behind the last whole one.
 */
export const gatherVectorFormats = async (plan: Plan, ends: readonly EndRecord[]): Promise<string[]> => {
  const { job, context } = plan
  const state = join(job.out, layout.vectorFormatsState)
  const former = await readNoted(state)
  const wanted = wantedFiles(job.vectorFormats, ends)
  const noted: Record<string, Noted[string]> = {}
  const note = (): Promise<void> =>
    atomicWrite(state, `${canonicalJson({ ...former, ...noted })}\n`, join(job.out, layout.temporary))
  for (const path of Object.keys(former)) if (!wanted.has(path)) delete former[path]
  for (const [path, { format, layers }] of wanted) {
    const made = {
      writer: WRITER_VERSION,
      version: context.version,
      format,
      schema: job.vectorSchema,
      layers: layers.map((file) => [file.path, file.sha256]),
    }
    const before = former[path]
    if (before !== undefined && canonicalJson(before.made) === canonicalJson(made)) {
      if ((await sizeOf(joinInside(job.out, path))) === before.sizeBytes) continue
    }
    const { sizeBytes } = await writeVectorFormat({
      paths: await Promise.all(layers.map((file) => findInside(job.out, file.path))),
      format,
      schema: job.vectorSchema,
      out: joinInside(job.out, path),
      temporaryFolder: join(job.out, layout.temporary),
      keepCrs: false,
      zooms: [tileZooms.first, tileZooms.last],
      software: `maille ${context.version}`,
    })
    noted[path] = { made, sizeBytes }
    await note()
  }
  if (Object.keys(former).length + Object.keys(noted).length === 0) await rm(state, { force: true })
  else await note()
  return [...wanted.keys()]
}

/** The files to be, by path: one for all layers, or one a layer. */
const wantedFiles = (formats: readonly VectorFormat[], ends: readonly EndRecord[]): Map<string, WantedFile> => {
  const layers = ends
    .filter(({ scope, outcome }) => scope === "layer" && outcome === "done")
    .flatMap(({ key, files }) => files.filter(({ path }) => path === layout.layer(key)).map((file) => ({ key, file })))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
  const files = new Map<string, WantedFile>()
  for (const format of layers.length === 0 ? [] : formats) {
    if (holdsLayers(format)) files.set(layout.layersAs(format), { format, layers: layers.map(({ file }) => file) })
    else for (const { key, file } of layers) files.set(layout.layerAs(key, format), { format, layers: [file] })
  }
  return files
}

const readNoted = async (path: string): Promise<Record<string, Noted[string]>> => {
  try {
    return JSON.parse(await readFile(path, "utf8")) as Record<string, Noted[string]>
  } catch {
    // None, or one that cannot be read: all files are made again.
    return {}
  }
}

const sizeOf = async (path: string): Promise<number | undefined> => {
  try {
    return (await stat(path)).size
  } catch {
    return undefined
  }
}
