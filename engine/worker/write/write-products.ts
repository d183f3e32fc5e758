/**
 * Writes what the kernels of a tile made, each port in its format, and each object once: in the
 * tile that it belongs to.
 */
import { sliceRings } from "../../core/feature-table.js"
import { Box2 } from "../../core/geometry/box.js"
import { boxOfRings } from "../../core/geometry/rings.js"
import { encodeMeshFile, encodeSolidsFile, encodeWallsFile } from "../../formats/ports/handed-files.js"
import { describeRaster } from "../../formats/raster/tiff/describe-raster.js"
import type { AreaIndex } from "../../formats/vector/area-index.js"
import { pickFeatures } from "../../formats/vector/pick-features.js"
import { TileKey } from "../../grid/tile-key.js"
import { layout } from "../../job/layout.js"
import type { Features, FeaturesPort, Mesh, Port, Raster, RasterPort, Solids, Texture } from "../../kernel.js"
import { neighbourBlobs } from "../../plan/chains/chain.js"
import { type SourceRef, sourceName, type TaskMessage } from "../../plan/context.js"
import type { ChainResult } from "../chain-run.js"
import { cropRaster } from "../crop-raster.js"
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
    const wanted = neighbourBlobs(state.context, (id) => state.kernels.get(id))
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
      const metadata = provenance(context, `product ${name}`, `${name} ${TileKey.format(key)}`, time)
      // Writers are loaded with the first product of their kind.
      const { encodeCog } = await import("../../formats/raster/tiff/cog.js")
      const raster = clock.during("cog", () => cropRaster(value as Raster, cell))
      const facts = describeRaster(name, port, makerOptions(state, name, port), context)
      await output.write(
        layout.raster(name, key),
        clock.during("cog", () => encodeCog(raster, { ...facts, metadata })),
      )
    } else if (port.kind === "features") {
      const bytes = await encodeOwn(state, [name, port], value as Features, inLimit(state.limit))
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

/** Options of the kernel that makes a raster. */
const makerOptions = ({ context: { chains }, kernels }: WorkerState, name: string, port: RasterPort) =>
  [...chains.tile, ...chains.model].find(({ id }) => kernels.get(id)?.outputs[name] === port)?.options ?? {}

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
    provenance: provenance(context, "solids", `solids ${text}`, time),
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

/** True if an object whose representative point is at x, y (CRS metres) belongs to the job. */
export type Owns = (x: number, y: number) => boolean

/**
 * The features whose representative point is owned; whole, never cut. Without anchors, that point
 * is the centre of the box.
 */
export const ownFeatures = (features: Features, owns: Owns | undefined): Features => {
  if (owns === undefined) return features
  const keep = Uint8Array.from(features.ids, (_, index) => {
    const [x, y] =
      anchorAt(features.anchors, index) ?? middleOf(boxOfRings(sliceRings(features, index), features.dimension))
    return owns(x, y) ? 1 : 0
  })
  return keep.includes(0) ? pickFeatures(features, keep) : features
}

/** The owned features of a layer as FlatGeobuf, with their sources where the job asks for them. */
export const encodeOwn = async (
  { context, clock }: WorkerState,
  [name, { columns }]: readonly [name: string, port: FeaturesPort],
  features: Features,
  owns: Owns | undefined,
): Promise<Uint8Array> => {
  const own = ownFeatures(features, owns)
  const named = context.sourceNames ? withSourceNames(own, context.sources) : own
  const { encodeFlatGeobuf } = await import("../../formats/vector/flatgeobuf/writer.js")
  return clock.during("fgb", () => encodeFlatGeobuf(named, { name, epsg: context.epsg, metadata: {}, columns }))
}

/**
 * Adds a column `sources`: names of the source files whose box meets the box of the feature (both
 * closed), sorted, separated by blanks. It depends only on the feature and the sources. Parts of a
 * layer from tiles and from joins therefore agree. O(features · sources).
 */
export const withSourceNames = (features: Features, sources: readonly SourceRef[]): Features => {
  const named = sources
    .map(({ path, box }) => ({ name: sourceName(path), box }))
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
  const values = features.ids.map((_, f) => {
    const own = boxOfRings(sliceRings(features, f), features.dimension)
    return [...new Set(named.flatMap(({ name, box }) => (Box2.meets(own, box) ? [name] : [])))].join(" ")
  })
  return { ...features, columns: { ...features.columns, sources: { type: "string", values } } }
}

/** True for a solid whose object's representative point is owned. */
export const ownsSolid = (solids: Solids, index: number, owns: Owns | undefined): boolean => {
  if (owns === undefined) return true
  const [x, y] = anchorAt(solids.anchors, index) ?? centreOfSolid(solids, index)
  return owns(x, y)
}

/**
 * Whether a point is in the départements of the job. Undefined for a job without any, which owns
 * everything.
 */
export const inLimit = (limit: AreaIndex | undefined): Owns | undefined => limit && ((x, y) => limit.holds(x, y))

const anchorAt = (anchors: Float64Array | undefined, index: number): [number, number] | undefined =>
  anchors && [anchors[2 * index] ?? 0, anchors[2 * index + 1] ?? 0]

const centreOfSolid = (solids: Solids, index: number): [number, number] => {
  const { origin, positions, ringVertices, ringEnds, faceEnds, solidEnds } = solids
  const ringOf = (face: number): number => (face === 0 ? 0 : (faceEnds[face - 1] ?? 0))
  const vertexOf = (ring: number): number => (ring === 0 ? 0 : (ringEnds[ring - 1] ?? 0))
  const end = vertexOf(ringOf(solidEnds[index] ?? 0))
  const xy: number[] = []
  for (let i = vertexOf(ringOf(index === 0 ? 0 : (solidEnds[index - 1] ?? 0))); i < end; i++) {
    const at = 3 * (ringVertices[i] ?? 0)
    xy.push(origin[0] + (positions[at] ?? 0) / 1000, origin[1] + (positions[at + 1] ?? 0) / 1000)
  }
  return middleOf(boxOfRings([xy]))
}

const middleOf = (box: Box2): [number, number] => [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2]
