/** What tasks and products depend on of a job's kernels: only those that lead to them. */
import { canonicalJson, sha256 } from "../../core/hash.js"
import { remember } from "../../core/remember.js"
import { infraredForm } from "../../formats/tiles3d/infrared-metadata.js"
import { RegionKey } from "../../grid/tile-key.js"
import { hashedFields } from "../../job/fields.js"
import type { Job } from "../../job/job.js"
import { readsClasses } from "../../job/kernels/choose-kernels.js"
import { kernelOf, type LoadedKernel } from "../../job/kernels/load-kernels.js"
import { isPortRead, type KernelStage, makesClasses, type Port } from "../../kernel.js"
import type { Planning } from "../planned-task.js"
import type { ChainStep, Chains } from "./chain.js"

/** A kernel in a stage of a job. */
interface Place {
  readonly stage: KernelStage
  readonly step: ChainStep
}

/** What shapes results beside points and images. */
interface Shaping {
  readonly job: Job
  readonly chains: Chains
  readonly kernels: readonly LoadedKernel[]
}

const chainStages = ["tile", "region", "job", "model", "parent"] as const

const listPlaces = remember((chains: Chains): readonly Place[] =>
  chainStages.flatMap((stage) => chains[stage].map((step) => ({ stage, step }))),
)

/** Returns some kernels and, transitively, the makers of what they read. */
const withMakers = ({ chains, kernels }: Shaping, targets: readonly Place[]): readonly Place[] => {
  const found = new Set(targets)
  // A set's iterator also visits members added meanwhile.
  for (const reader of found) {
    const inputs = Object.entries(kernelOf(kernels, reader.step.id)?.inputs ?? {})
    for (const [name, port] of inputs) {
      if (!isPortRead(port, reader.step.options) || ("external" in port && port.external !== undefined)) continue
      const isMaker = feeds({ chains, kernels }, reader, name, port)
      for (const place of listPlaces(chains)) if (isMaker(place)) found.add(place)
    }
  }
  return listPlaces(chains).filter((place) => found.has(place))
}

/** Decides which kernels make an input of `reader`. */
const feeds = (
  { chains, kernels }: Pick<Shaping, "chains" | "kernels">,
  { stage, step }: Place,
  name: string,
  port: Port,
): ((maker: Place) => boolean) => {
  const kernel = kernelOf(kernels, step.id)
  const made = step.takes?.[name] ?? name
  const kindMade = (maker: Place): Port["kind"] | undefined => kernelOf(kernels, maker.step.id)?.outputs[made]?.kind
  if (port.kind === "points" || port.kind === "presence") {
    const isClassified = kernel !== undefined && readsClasses(kernel)
    return (maker) => {
      const other = kernelOf(kernels, maker.step.id)
      return isClassified && maker.stage === stage && other !== undefined && makesClasses(other)
    }
  }
  const isHere = (maker: Place): boolean => maker.stage === stage && kindMade(maker) !== undefined
  if (stage === "parent") {
    const isBelow = (maker: Place): boolean => maker.stage === "tile" || maker.stage === "model"
    return (maker) => isHere(maker) || ("many" in port && isBelow(maker) && kindMade(maker) !== undefined)
  }
  if (stage === "tile" || port.kind !== "blob") return isHere
  const taken = stage !== "model" || [...chains.blobs, ...chains.shards].includes(made)
  if (!taken || step.withheld?.includes(name)) return isHere
  const before = chainStages.slice(0, chainStages.indexOf(stage))
  return (maker) =>
    isHere(maker) || (before.some((one) => one === maker.stage) && ["blob", "shards"].includes(kindMade(maker) ?? ""))
}

/** The members of a step that say what its results are, wherever they are used. */
const describe = ({ stage, step: { id, version, digest, options, spacing, takes, withheld } }: Place): object => ({
  stage,
  id,
  version,
  options,
  ...(digest === undefined ? {} : { digest }),
  ...(spacing === undefined ? {} : { spacing }),
  ...(takes === undefined ? {} : { takes }),
  ...(withheld === undefined ? {} : { withheld }),
})

/** Fields of the job that shape what some kernels make or how it is written. */
const selectFields = ({ job, kernels }: Shaping, places: readonly Place[]): object => {
  const portsOf = (side: "inputs" | "outputs"): Port[] =>
    places.flatMap(({ step }) => Object.values(kernelOf(kernels, step.id)?.[side] ?? {}))
  const [read, made] = [portsOf("inputs"), portsOf("outputs")]
  const isShown = made.some(({ kind }) => kind === "mesh" || kind === "texture" || kind === "solids")
  const readsImages = read.some(({ kind }) => kind === "image" || kind === "views")
  const isVector = made.some(({ kind }) => kind === "features")
  const fields = hashedFields(job, (product) => {
    if (product === "mesh" || product === "texture") return isShown || readsImages
    return product !== "vector" || isVector
  })
  return { ...fields, ...((job.irc ?? []).length > 0 && (isShown || readsImages) ? { infrared: infraredForm } : {}) }
}

/** Steps without what depends on the place of an installation. */
const wholeStep = ({ step: { url: _, cells: __, ...step } }: Place): object => step

/**
 * Returns the hash of what a product's bytes depend on beside the inputs, by product: names of
 * rasters and layers, and those of `MeshProduct`.
 *
 * @param common facts that shape all products
 */
export const optionsByProduct = (shaping: Shaping, common: object): Readonly<Record<string, string>> => {
  const { chains, kernels } = shaping
  const makers = (isMade: (name: string, port: Port, stage: KernelStage) => boolean): readonly Place[] =>
    listPlaces(chains).filter(({ stage, step }) =>
      Object.entries(kernelOf(kernels, step.id)?.outputs ?? {}).some(([name, port]) => isMade(name, port, stage)),
    )
  const hashWay = (targets: readonly Place[]): string =>
    sha256(
      canonicalJson({
        ...common,
        ...selectFields(shaping, targets),
        kernels: withMakers(shaping, targets).map(describe),
      }),
    )
  const isOfTile = (stage: KernelStage): boolean => stage === "tile" || stage === "model"
  const shown = makers((name, { kind }, stage) => isOfTile(stage) && (name === chains.shown || kind === "texture"))
  const parents = listPlaces(chains).filter(({ stage }) => stage === "parent")
  const named = chains.publish.map((name) => [
    `product ${name}`,
    hashWay(makers((one, { kind }) => one === name && (kind === "raster" || kind === "features"))),
  ])
  return {
    ...Object.fromEntries(named),
    mesh: hashWay(shown),
    "parent mesh": hashWay([...shown, ...parents]),
    solids: hashWay(makers((_, { kind }, stage) => stage === "model" && kind === "solids")),
  }
}

const hashesOf = remember((_: Planning) => new Map<string, string>())

/**
 * Returns the hash of all that tasks depend on beside their inputs: kernels, options and ports of a
 * stage, and of those on the way to it. Computed once for all tasks of a stage.
 *
 * @param place a stage of tiles, `join KEY` or `layer NAME`
 */
export const chainHash = (
  planning: Planning,
  place: "tile" | "model" | "parent" | { readonly join: string } | { readonly layer: string },
): string => {
  const known = hashesOf(planning)
  const id =
    typeof place === "string"
      ? place
      : "layer" in place
        ? `layer ${place.layer}`
        : `${RegionKey.stage(place.join)} ${RegionKey.parse(place.join).kernel}`
  const hash = known.get(id) ?? sha256(canonicalJson(describeChain(planning, place, id)))
  known.set(id, hash)
  return hash
}

const describeChain = (planning: Planning, place: Parameters<typeof chainHash>[1], id: string): object => {
  const { context, shared } = planning
  const { chains } = context
  const shaping = { job: planning.job, chains, kernels: planning.kernels }
  const outputs = (one: Place): readonly [string, Port][] =>
    Object.entries(kernelOf(planning.kernels, one.step.id)?.outputs ?? {})
  const isTarget = (one: Place): boolean => {
    if (typeof place === "string") return one.stage === place
    if ("layer" in place) return outputs(one).some(([name, { kind }]) => name === place.layer && kind === "features")
    return `${one.stage} ${one.step.id}` === id
  }
  const targets = listPlaces(chains).filter(isTarget)
  const made = new Set(targets.flatMap((one) => outputs(one).map(([name]) => name)))
  if (made.has(chains.shown)) made.add("mesh")
  const among = (names: readonly string[]): string[] => names.filter((name) => made.has(name))
  const fields = selectFields(shaping, targets)
  // Joins state no options in their files, so only the contents that they read count.
  if (typeof place === "object" && "join" in place)
    return {
      shared,
      fields,
      steps: targets.map(wholeStep),
      publish: among(chains.publish),
      shards: among(chains.shards),
    }
  const kernels = withMakers(shaping, targets).map(describe)
  if (typeof place === "object") return { shared, fields, kernels }
  return {
    ...{ shared, fields, kernels },
    steps: targets.map(wholeStep),
    ...{ publish: among(chains.publish), shown: chains.shown },
    handed: chains.handed.filter(({ name }) => place === "parent" || made.has(name)),
    ...(place === "tile" ? { finished: listFinished(planning, made) } : {}),
    ...(place === "parent" ? { options: context.options["parent mesh"] } : {}),
  }
}

/** Blobs of tiles with which models finish rasters: the tile does not write these rasters then. */
const listFinished = ({ context, kernels }: Planning, made: ReadonlySet<string>): string[] =>
  context.chains.model.flatMap(({ id }) =>
    Object.entries(kernelOf(kernels, id)?.outputs ?? {}).flatMap(([name, port]) =>
      port.kind === "raster" && port.finishes !== undefined && made.has(name) ? [`${name} ${port.finishes}`] : [],
    ),
  )
