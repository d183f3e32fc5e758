/** Facts that all tasks of a stage share, computed once: a country has a million tasks. */
import { remember } from "../../core/remember.js"
import type { Kernel, Port } from "../../kernel.js"
import type { StageCounts } from "../admission/estimate-memory.js"
import type { Planning } from "../planned-task.js"
import {
  asksPresence,
  finestSpacing,
  listSpacings,
  pointAttributes,
  pointClasses,
  pointExtra,
  reachOf,
} from "./chain.js"

/** Facts shared by the tasks of a stage. */
export interface StageFacts {
  /** Distance beyond a tile within which its kernels read points, metres. */
  readonly reach: number
  /** Point spacing that they need, metres; undefined: every point. */
  readonly finest: number | undefined
  /** Coarsest point spacing of their ports, metres; 0: none is thinned. */
  readonly coarsest: number
  /** True if one of them reads external features. */
  readonly readsExternal: boolean
  /** Distance beyond a tile within which they read images, metres; −∞ if none does. */
  readonly imageReach: number
  /** Memory estimates without images, by number of points and whether bucket files contain them. */
  readonly memory: Map<string, number>
}

const factsOf = remember((_: Planning): Partial<Record<"tile" | "model" | "parent", StageFacts>> => ({}))

/** Returns the facts of a stage, computed once. */
export const stageFacts = (planning: Planning, stage: "tile" | "model" | "parent"): StageFacts => {
  const all = factsOf(planning)
  all[stage] ??= findFacts(planning, stage)
  return all[stage]
}

const findFacts = (planning: Planning, stage: "tile" | "model" | "parent"): StageFacts => {
  const steps = planning.context.chains[stage]
  const inputs = steps.map(({ id, inputGrowth }) => ({ ports: inputsOf(planning, id), inputGrowth }))
  const readsImage = inputs.filter(({ ports }) => ports.some(({ kind }) => kind === "image"))
  return {
    reach: reachOf(steps),
    finest: finestSpacing(steps, kernelOf(planning)),
    coarsest: Math.max(
      planning.context.keepPoints ?? 0,
      ...listSpacings(steps, kernelOf(planning)).map((one) => one ?? 0),
    ),
    readsExternal:
      planning.context.fromUnclassified !== undefined ||
      inputs.some(({ ports }) => ports.some((port) => "external" in port && port.external !== undefined)),
    imageReach: readsImage.reduce((most, { inputGrowth }) => Math.max(most, inputGrowth), -Infinity),
    memory: new Map(),
  }
}

/** Returns a stage's memory estimate; without images, tiles with equally many points share it. */
export const rememberedMemory = (
  planning: Planning,
  stage: "tile" | "model",
  { points, bucketed }: StageCounts,
  estimate: () => number,
): number => {
  const { images, oriented } = planning.context
  if (images.length > 0 || oriented !== undefined) return estimate()
  const { memory } = stageFacts(planning, stage)
  const id = `${points} ${bucketed}`
  const bytes = memory.get(id) ?? estimate()
  if (memory.size < mostEstimates) memory.set(id, bytes)
  return bytes
}

const mostEstimates = 100_000

const idsOf = remember((_: Planning) => new Map<string, string>())

/**
 * Returns one shared string for the id of a task that many others wait for: in a country these
 * lists dominate memory.
 */
export const sharedId = (planning: Planning, id: string): string => {
  const known = idsOf(planning)
  const one = known.get(id)
  if (one !== undefined) return one
  known.set(id, id)
  return id
}

/** Describes the content of a job's bucket files: attributes and classes. */
export const bucketContent = remember((planning: Planning): string => {
  const { context } = planning
  const extra = pointExtra(context.chains, kernelOf(planning)).map((name) => `extra ${name}`)
  const attributes = [...pointAttributes(context, kernelOf(planning)), ...extra].join(", ")
  const steps = [...context.chains.tile, ...context.chains.model]
  const presence = asksPresence(steps, kernelOf(planning)) ? ", and presence" : ""
  return `${attributes} of classes ${pointClasses(context, kernelOf(planning))?.join(", ") ?? "all"}${presence}`
})

export const inputsOf = (planning: Planning, id: string): readonly Port[] =>
  Object.values(kernelOf(planning)(id)?.inputs ?? {})

const kernelOf =
  ({ kernels }: Planning) =>
  (id: string): Kernel | undefined =>
    kernels.find(({ kernel }) => kernel.id === id)?.kernel
