/** Writes the merged vector layers in the other formats that the job asks for. */
import { join } from "node:path"
import { atomicWrite, removeFile, sizeOf } from "../core/files/atomic-write.js"
import { findInside, joinInside } from "../core/files/join-inside.js"
import { readJsonIfAny } from "../core/files/parse-file.js"
import { canonicalJson } from "../core/hash.js"
import type { VectorFormat } from "../formats/vector/write-format.js"
import { layout } from "../job/layout.js"
import { holdsLayers, tileZooms, writeVectorFormat } from "../job/vector-formats.js"
import type { EndRecord, WrittenFile } from "../journal/journal-record.js"
import type { NotedFiles } from "../journal/noted-files.js"
import { fileRead, verifyStored } from "../journal/read-verified.js"
import type { Plan } from "../plan/plan.js"

/** Raised when equal layers give other bytes. */
const WRITER_VERSION = 2

interface WantedFile {
  readonly format: VectorFormat
  readonly layers: readonly WrittenFile[]
}

/** What each file was made from, and its size. */
type Noted = Readonly<Record<string, { readonly made: unknown; readonly sizeBytes: number }>>

/**
 * Writes the job's layers in the other wanted formats, from the merged FlatGeobuf files: all
 * formats have the same features. A file appears under its name once complete, and is rewritten
 * only when its layers or the options have changed. Returns the paths. The state is saved after
 * each file: a killed run continues after the last complete one.
 */
export const gatherVectorFormats = async (
  plan: Plan,
  ends: readonly EndRecord[],
  notes?: NotedFiles,
): Promise<string[]> => {
  const { job, context } = plan
  const state = join(job.out, layout.vectorFormatsState)
  const former = (await readJsonIfAny<Record<string, Noted[string]>>(state)) ?? {}
  const wanted = wantedFiles(job.vectorFormats, ends, job.layers)
  const noted: Record<string, Noted[string]> = {}
  const note = async (): Promise<void> => {
    const text = `${canonicalJson({ ...former, ...noted })}\n`
    await atomicWrite(state, text, join(job.out, layout.temporary))
    notes?.note(layout.vectorFormatsState, text)
  }
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
    for (const file of layers) await verifyStored(job.out, fileRead(file))
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
    await notes?.noteFile(path)
    noted[path] = { made, sizeBytes }
    await note()
  }
  if (Object.keys(former).length + Object.keys(noted).length === 0) await removeFile(state)
  else await note()
  return [...wanted.keys()]
}

/**
 * The wanted files by path: one for all layers, or one per layer. Layers without features are left
 * out unless the job names them.
 */
export const wantedFiles = (
  formats: readonly VectorFormat[],
  ends: readonly EndRecord[],
  named: readonly string[] = [],
): Map<string, WantedFile> => {
  const layers = ends
    .filter(({ stage, outcome }) => stage === "layer" && outcome === "done")
    .filter(({ key, metrics = {} }) => metrics[`${key}.features`] !== 0 || named.includes(key))
    .flatMap(({ key, files }) => files.filter(({ path }) => path === layout.layer(key)).map((file) => ({ key, file })))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
  const files = new Map<string, WantedFile>()
  for (const format of layers.length === 0 ? [] : formats) {
    if (holdsLayers(format)) files.set(layout.layersAs(format), { format, layers: layers.map(({ file }) => file) })
    else for (const { key, file } of layers) files.set(layout.layerAs(key, format), { format, layers: [file] })
  }
  return files
}
