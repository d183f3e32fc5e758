/** Records why a task failed, with its points and a command that reproduces the failure. */
import { stat } from "node:fs/promises"
import { basename, dirname, join } from "node:path"
import { atomicWrite } from "../core/files/atomic-write.js"
import { joinInside } from "../core/files/join-inside.js"
import { Box2 } from "../core/geometry/box.js"
import { quoteWords } from "../core/texts.js"
import { EngineError } from "../errors.js"
import { TileKey } from "../grid/tile-key.js"
import { layout } from "../job/layout.js"
import { type EndRecord, isGood } from "../journal/journal-record.js"
import { reachOf } from "../plan/chains/chain.js"
import type { Plan } from "../plan/plan.js"
import type { PlannedTask } from "../plan/planned-task.js"
import { removeNote } from "./remove-note.js"

/** Writes the points of one input inside a box; rejects if it is unreadable or has none there. */
export type CropInput = (request: { inputs: string[]; box: Box2; out: string; epsg: number }) => Promise<unknown>

/**
 * Writes why a task failed and how to reproduce it, or removes the note of an earlier failure. For
 * a failure of a kernel, adds the points that it read.
 */
export const noteQuarantine = async (plan: Plan, task: PlannedTask, end: EndRecord, crop: CropInput): Promise<void> => {
  const id = `${task.stage}-${task.key}`
  const folder = join(plan.job.out, layout.quarantine(id))
  if (isGood(end) && !(await hasNotes(plan))) return
  await removeNote(plan.job.out, id)
  if (isGood(end)) return
  looked.set(plan, { at: performance.now(), there: Promise.resolve(true) })
  const { outcome, reason, error, tries } = end
  const note = {
    stage: task.stage,
    key: task.key,
    outcome,
    reason,
    error,
    ...(tries === undefined ? {} : { tries }),
    reproduce: reproduceCommand(plan, task),
    // Unreadable data cannot be cropped, and points do not show a lack of resources.
    ...(error?.code === "E_KERNEL" ? { input: await cropInput(plan, task, folder, crop) } : {}),
  }
  await atomicWrite(
    join(folder, "reason.json"),
    `${JSON.stringify(note, undefined, 2)}\n`,
    join(plan.job.out, layout.temporary),
  )
}

/**
 * Time to assume that no other process has created the folder of notes, milliseconds. Looking for
 * it at each task of a country would cost as much as the rest of the journal.
 */
const notesStandMs = 1000
const looked = new WeakMap<Plan, { readonly at: number; readonly there: Promise<boolean> }>()

/** True if the output folder has, or had, notes of failed tasks. */
const hasNotes = (plan: Plan): Promise<boolean> => {
  const known = looked.get(plan)
  if (known !== undefined && performance.now() - known.at < notesStandMs) return known.there
  const there = stat(join(plan.job.out, dirname(layout.quarantine("any")))).then(
    () => true,
    // Looking for the note itself reports other errors.
    (error: NodeJS.ErrnoException) => error.code !== "ENOENT",
  )
  looked.set(plan, { at: performance.now(), there })
  return there
}

/**
 * Writes the tile's points with their halo, one file per source, and returns the command that runs
 * on them.
 */
const cropInput = async (plan: Plan, task: PlannedTask, folder: string, crop: CropInput): Promise<object> => {
  if (task.stage !== "tile" && task.stage !== "model") return { files: [] }
  const { grid, epsg, chains } = plan.context
  const cell = TileKey.box(grid, TileKey.parse(task.key))
  const reach = reachOf([...chains.tile, ...chains.model])
  const files: string[] = []
  const faults: string[] = []
  for (const index of task.sources) {
    const path = plan.context.sources[index]?.path
    if (path === undefined) continue
    const name = basename(path)
      .replace(/(\.copc)?\.la[sz]$/i, "")
      .replaceAll("\\", "-")
    const out = joinInside(join(folder, "input"), `${name}.laz`)
    try {
      await crop({ inputs: [path], box: Box2.grow(cell, reach), out, epsg })
      files.push(out)
    } catch (error) {
      faults.push(EngineError.toData(error).message)
    }
  }
  const known = faults.length === 0 ? {} : { faults }
  if (files.length === 0) return { files, ...known }
  const command = runCommand(plan, [join(folder, "input")], cell)
  return { files: files.map((file) => file.slice(plan.job.out.length + 1)), reproduce: command, ...known }
}

/**
 * Returns the command that reproduces a failure: the resolved job on the task's tile, or an
 * inspection of a source file.
 */
export const reproduceCommand = (plan: Plan, task: PlannedTask): string => {
  const [source] = task.sources.flatMap((index) => plan.context.sources[index]?.path ?? [])
  if (task.stage === "source" && source !== undefined) return quoteWords(["maille", "inspect", "--full", source])
  // A tile read only for its neighbours may be outside of all the job's départements: limited to
  // it, the job would be empty.
  const outside = task.neighbour === true && plan.limits !== undefined
  const isTile = !outside && (task.stage === "tile" || task.stage === "model" || task.stage === "parent")
  return runCommand(plan, [], isTile ? TileKey.box(plan.context.grid, TileKey.parse(task.key)) : undefined)
}

const runCommand = ({ job: { out, kernels } }: Plan, inputs: readonly string[], box: Box2 | undefined): string => {
  const area = box === undefined ? [] : ["--bbox", box.join(",")]
  const trust = kernels.length === 0 ? [] : ["--trust-kernels"]
  const flags = [...area, ...trust, "--out", `${out}-again`]
  return quoteWords(["maille", "run", ...inputs, "--job", join(out, "job.json"), ...flags])
}
