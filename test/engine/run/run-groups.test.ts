import { expect, it } from "vitest"
import { processBytes } from "../../../engine/plan/admission/estimate-memory.js"
import type { PlannedTask } from "../../../engine/plan/planned-task.js"
import { type Running, runStages } from "../../../engine/run/run-groups.js"

const mebibyte = 2 ** 20
const budgetBytes = 8000 * mebibyte
/** A task that is admitted by so many MiB beside what all share. */
const task = (stage: string, key: string, mebibytes: number): PlannedTask =>
  ({
    id: `${stage} ${key}`,
    stage,
    key,
    dependsOn: [],
    bytes: processBytes + mebibytes * mebibyte,
  }) as unknown as PlannedTask

/** How often new threads were started for these tasks; `unchanged`: the earlier results stand. */
const renewals = async (tasks: readonly PlannedTask[], unchanged = false): Promise<number> => {
  let renewed = 0
  const running = {
    plan: { context: { chains: { model: [] } }, tasks },
    tasks,
    dispatch: {
      estimate: async (one: PlannedTask) => one,
      run: async (one: PlannedTask) => ({ task: one, unchanged }),
      bytesOf: (one: PlannedTask) => one.bytes,
    },
    pool: {
      renew: async () => {
        renewed++
      },
    },
    limits: { workers: 2, budgetBytes, sharedBytes: processBytes },
    suspects: new Set(),
    onMore: () => undefined,
  } as unknown as Running
  let ended = 0
  for await (const _ of runStages(running)) ended++
  expect(ended).toBe(tasks.length)
  return renewed
}

// Two threads as full as 200 MiB, and a layer of 600: with what all share once, just above an
// eighth of 8,000 MiB.
it.each([
  ["a tile", "tile"],
  ["a part of a source", "source"],
])("new threads come after %s unless all of it is within an eighth of the memory", async (_, stage) => {
  const share = processBytes / mebibyte
  const layer = (mebibytes: number): PlannedTask => task("layer", "building", mebibytes - share)
  expect(await renewals([task(stage, "a", 200), layer(600)])).toBe(0)
  expect(await renewals([task(stage, "a", 200), layer(601)])).toBe(1)
  expect(await renewals([task(stage, "a", 201), layer(600)])).toBe(1)
})

it("no threads are new where nothing was run before, and nothing whole comes after", async () => {
  expect(await renewals([task("tile", "a", 3000), task("layer", "building", 100)], true)).toBe(0)
  expect(await renewals([task("tile", "a", 3000), task("tile", "b", 3000)])).toBe(0)
})
