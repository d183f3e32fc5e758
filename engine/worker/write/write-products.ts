/** Writes what the kernels of a tile made, each port in its format. */
import { encodeMeshFile, encodeSolidsFile, encodeWallsFile } from "../../formats/ports/handed-files.js"
import { TileKey } from "../../grid/tile-key.js"
import { layout } from "../../job/layout.js"
import type { Features, Mesh, Port, Raster, RasterPort, Solids, Texture } from "../../kernel.js"
import type { TaskMessage } from "../../plan/context.js"
import type { ChainResult } from "../chain-run.js"
import { cropRaster } from "../crop-raster.js"
import { encodeOwn, inLimit, ownsSolid } from "../own-objects.js"
import type { TaskWork } from "../task-result.js"
import type { WorkerState } from "../worker-state.js"
import { type Output, provenance } from "./output.js"

/**
 * Decides which results of a tile's chain are written; others are released once no later kernel
 * reads them.
 */
export const isWritten = (state: WorkerState, message: TaskMessage): ((name: string, port: Port) => boolean) => {
  const { chains } = state.context
  if (message.neighbour) {
    const wanted = neighbourBlobs(state)
    return (name, port) => port.kind === "blob" && wanted.has(name)
  }
  return (name, port) => {
    if (port.kind === "raster") return port.publish !== false && chains.publish.includes(name)
    if (port.kind === "features") return chains.publish.includes(name)
    if (port.kind === "blob") return message.stage === "tile"
    if (port.kind === "mesh" && name === chains.shown) return chains.publish.includes("mesh")
    if (port.kind === "texture" || port.kind === "solids") return true
    return chains.handed.some((handed) => handed.name === name)
  }
}

/**
 * Blobs that a tile makes for its neighbours, without those that only its own model reads. Around
 * départements these include everything that is joined: objects across their borders are then
 * complete.
 */
export const neighbourBlobs = ({ context: { chains, limit }, kernels }: WorkerState): ReadonlySet<string> => {
  const isListed = (name: string): boolean =>
    chains.model.some(({ id }) => {
      const port = kernels.get(id)?.inputs[name]
      return port?.kind === "blob" && port.listed === true
    })
  const shared = chains.blobs.filter((name) => chains.joined.includes(name) || isListed(name))
  return new Set(limit === undefined ? shared : [...shared, ...chains.joined])
}

/**
 * Writes the results that `isWritten` accepts. Returns what the tileset needs where there is a
 * mesh.
 */
export const writeProducts = async (
  state: WorkerState,
  message: TaskMessage,
  chain: ChainResult,
  output: Output,
  time: readonly [number, number] | undefined,
): Promise<TaskWork["content"]> => {
  const { context, clock } = state
  const key = TileKey.parse(message.key)
  const cell = TileKey.box(context.grid, key)
  const written = isWritten(state, message)
  for (const [name, { port, value }] of chain.values) {
    if (!written(name, port) || value === undefined || (message.stage === "tile" && isUnfinished(state, name, chain)))
      continue
    if (port.kind === "raster") {
      const metadata = provenance(context, `${name} ${TileKey.format(key)}`, time)
      const reference = context.verticalEpsg === undefined ? {} : { verticalEpsg: context.verticalEpsg }
      // Writers are loaded with the first product of their kind.
      const { encodeCog } = await import("../../formats/raster/tiff/cog.js")
      const raster = clock.during("cog", () => cropRaster(value as Raster, cell))
      const options = { epsg: context.epsg, ...reference, metadata, bands: nameBands(state, name, port) }
      await output.write(
        layout.raster(name, key),
        clock.during("cog", () => encodeCog(raster, options)),
      )
    } else if (port.kind === "features") {
      const bytes = await encodeOwn(state, name, value as Features, inLimit(state.limit))
      await output.write(message.stage === "tile" ? layout.features(name, key) : layout.modelFeatures(name, key), bytes)
    } else if (port.kind === "blob") await output.write(layout.blob(name, key), value as Uint8Array)
  }
  if (message.neighbour) return undefined
  await writeSolids(state, message, chain, output, time)
  await writeHanded(state, key, chain.values, output)
  const mesh = chain.values.get(context.chains.shown)?.value as Mesh | undefined
  if (!mesh || mesh.triangles.length === 0 || !context.chains.publish.includes("mesh")) return undefined
  const { meshContent } = await import("./mesh-content.js")
  const texture = chain.values.get("texture")?.value as Texture | undefined
  return meshContent(state, key, { mesh, texture }, output, { time })
}

/** Names of the bands of a raster, by the options of the kernel that makes it. */
const nameBands = (
  { context: { chains }, kernels }: WorkerState,
  name: string,
  port: RasterPort,
): readonly string[] | undefined => {
  const maker = [...chains.tile, ...chains.model].find(({ id }) => kernels.get(id)?.outputs[name] === port)
  return port.bands?.(maker?.options ?? {})
}

/** True for a raster of the tile stage that a kernel of the model stage will finish. */
const isUnfinished = ({ context, kernels }: WorkerState, name: string, { values }: ChainResult): boolean =>
  context.chains.model.some(({ id }) => {
    const port = kernels.get(id)?.outputs[name]
    const blob = port?.kind === "raster" && port.finishes !== undefined ? values.get(port.finishes) : undefined
    return blob !== undefined && (blob.value as Uint8Array).length > 0
  })

/**
 * Writes the tile's own solids of every kind, for the sequence of the whole job; no file where
 * there are none.
 */
const writeSolids = async (
  { context, clock, limit }: WorkerState,
  { key: text, stage }: TaskMessage,
  chain: ChainResult,
  output: Output,
  time: readonly [number, number] | undefined,
): Promise<void> => {
  if (stage !== "model") return
  const key = TileKey.parse(text)
  const all = [...chain.values.values()]
    .filter(({ port }) => port.kind === "solids")
    .map(({ value }) => value as Solids)
  const owns = inLimit(limit)
  const keep = (solids: Solids, index: number): boolean => ownsSolid(solids, index, owns)
  if (!all.some((solids) => solids.ids.some((_, index) => keep(solids, index)))) return
  const { encodeCitySequence } = await import("../../formats/cityjson/encode-city.js")
  const { epsg, verticalEpsg } = context
  const facts = {
    epsg,
    ...(verticalEpsg === undefined ? {} : { verticalEpsg }),
    provenance: provenance(context, `solids ${text}`, time),
  }
  await output.write(
    layout.tileSolids(key),
    clock.during("city", () => encodeCitySequence(all, facts, keep)),
  )
}

/**
 * Writes the meshes, solids and painted walls that the parent of a tile reads, except empty ones.
 */
export const writeHanded = async (
  state: WorkerState,
  key: TileKey,
  values: ChainResult["values"],
  output: Output,
): Promise<void> => {
  const { handed, shown } = state.context.chains
  for (const { name, kind } of handed) {
    // A parent shows its "mesh", whichever port its children show.
    const value = values.get(name)?.value ?? (name === shown ? values.get("mesh")?.value : undefined)
    if (value === undefined) continue
    const bytes = state.clock.during("mesh-file", () => encoders[kind](value as never))
    if (bytes !== undefined) await output.write(layout.handed(name, kind, key), bytes)
  }
}

/** Encoders by kind; an empty value encodes to undefined. */
const encoders = {
  mesh: (mesh: Mesh) => (mesh.triangles.length === 0 ? undefined : encodeMeshFile(mesh)),
  solids: (solids: Solids) => (solids.solidEnds.length === 0 ? undefined : encodeSolidsFile(solids)),
  texture: encodeWallsFile,
}
