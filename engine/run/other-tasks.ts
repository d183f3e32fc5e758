/** Finds tasks of earlier runs that the job no longer has. */
import { taskId } from "../core/stages.js"
import { TileKey } from "../grid/tile-key.js"
import type { JournalState } from "../journal/journal.js"
import type { EndRecord } from "../journal/journal-record.js"
import type { Plan } from "../plan/plan.js"
import { isWhole } from "./folder-area.js"

/**
 * Finds tasks of former runs that the job no longer has. For a job with an area, only tiles without
 * any source count: others may belong to another job on the same folder.
 */
export const otherTasks = (plan: Plan, { ends }: JournalState): EndRecord[] => {
  const planned = new Set(plan.tasks.map(taskId))
  const others = [...ends.values()].filter((end) => end.stage !== "source" && !planned.has(taskId(end)))
  if (others.length === 0 || isWhole(plan.job)) return others
  const covered = coveredTiles(plan)
  return others.filter(({ stage, key }) => ["tile", "model", "parent"].includes(stage) && !covered.has(key))
}

/** Keys of the tiles that sources cover, and of all their ancestors. */
const coveredTiles = ({ context: { grid }, catalogue }: Plan): ReadonlySet<string> => {
  const covered = new Set<string>()
  for (const box of catalogue.boxes) {
    for (const leaf of TileKey.covering(grid, grid.leafLevel, box)) {
      for (let key = leaf; !covered.has(TileKey.format(key)); key = TileKey.parent(key)) {
        covered.add(TileKey.format(key))
        if (key.level === 0) break
      }
    }
  }
  return covered
}
