/** Facts that all tasks of a stage share, computed once: a country has a million tasks. */
import { remember } from "../../core/remember.js"
import type { Kernel, Port } from "../../kernel.js"
import type { StageCounts } from "../admission/estimate-memory.js"
import type { Laying } from "../planned-task.js"
import { finestSpacing, pointAttributes, pointClasses, reachOf, spacingsOf } from "./chain.js"

/** What the tasks of a stage of tiles have in common. */
export interface StageFacts {
  /** How far beyond a tile its kernels read points, metres. */
  readonly reach: number
  /** The distance between points that they need; undefined: every point. */
  readonly finest: number | undefined
  /** True where one of them reads features that the user gives. */
  readonly readsExternal: boolean
  /** How far beyond a tile, metres, they look at images; below zero where none does. */
  readonly imageReach: number
  /** Estimates of memory where no image adds to them: by points, and whether these are in bucket files. */
  readonly memory: Map<string, number>
}

const factsOf = remember((_: Laying): Partial<Record<"tile" | "model" | "parent", StageFacts>> => ({}))

/** The facts of a stage: found once for all of its tasks, of which a country has a million. */
export const stageFacts = (laying: Laying, stage: "tile" | "model" | "parent"): StageFacts => {
  const all = factsOf(laying)
  all[stage] ??= findFacts(laying, stage)
  return all[stage]
}

const findFacts = (laying: Laying, stage: "tile" | "model" | "parent"): StageFacts => {
  const steps = laying.context.chains[stage]
  const inputs = steps.map(({ id, inputGrowth }) => ({ ports: inputsOf(laying, id), inputGrowth }))
  const readsImage = inputs.filter(({ ports }) => ports.some(({ kind }) => kind === "image"))
  return {
    reach: reachOf(steps),
    finest: finestSpacing(spacingsOf(steps, kernelOf(laying))),
    readsExternal: inputs.some(({ ports }) =>
      ports.some((port) => port.kind === "features" && port.external !== undefined),
    ),
    imageReach: readsImage.reduce((most, { inputGrowth }) => Math.max(most, inputGrowth), -Infinity),
    memory: new Map(),
  }
}

/** A stage's estimate of memory: the same for tiles of as many points, but for their images. */
export const rememberedMemory = (
  laying: Laying,
  stage: "tile" | "model",
  { points, bucketed }: StageCounts,
  estimate: () => number,
): number => {
  const { images, oriented } = laying.context
  if (images.length > 0 || oriented !== undefined) return estimate()
  const { memory } = stageFacts(laying, stage)
  const id = `${points} ${bucketed}`
  const bytes = memory.get(id) ?? estimate()
  if (memory.size < mostEstimates) memory.set(id, bytes)
  return bytes
}

const mostEstimates = 100_000

const idsOf = remember((_: Laying) => new Map<string, string>())

/** The id of a task that many others wait for: held once, for of a country these lists are longer than all else. */
export const sharedId = (laying: Laying, id: string): string => {
  const known = idsOf(laying)
  const one = known.get(id)
  if (one !== undefined) return one
  known.set(id, id)
  return id
}

/** What the bucket files of a job hold, in words: attributes and classes. */
export const bucketContent = remember((laying: Laying): string => {
  const { context } = laying
  const attributes = pointAttributes(context, kernelOf(laying)).join(", ")
  return `${attributes} of classes ${pointClasses(context, kernelOf(laying))?.join(", ") ?? "all"}`
})

/** Ports that a kernel reads. */
export const inputsOf = (laying: Laying, id: string): readonly Port[] =>
  Object.values(kernelOf(laying)(id)?.inputs ?? {})

const kernelOf =
  ({ kernels }: Laying) =>
  (id: string): Kernel | undefined =>
    kernels.find(({ kernel }) => kernel.id === id)?.kernel
