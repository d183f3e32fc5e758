/** Reads why the run of an output folder found its products not fit for release. */
import { join } from "node:path"
import { readJsonIfAny } from "../core/files/parse-file.js"
import { areObjects, isCount, isObject, type JsonObject } from "../core/json/json-shape.js"
import { counted } from "../core/texts.js"

const isRow = ({ metric, worst, worstTile, failed }: JsonObject): boolean =>
  typeof metric === "string" && Number.isFinite(worst) && typeof worstTile === "string" && isCount(failed)

interface Row {
  readonly metric: string
  readonly unit?: string
  readonly fail?: number
  readonly worst: number
  readonly worstTile: string
  readonly failed: number
}

/**
 * The reasons in `report.json`: tasks that failed and figures beyond their `fail` bound. None
 * without a report, such as after the first phases of a plan in shards.
 *
 * @throws EngineError E_FORMAT where the report is damaged
 */
export const runFaults = async (folder: string): Promise<string[]> => {
  const name = "report.json"
  const report = await readJsonIfAny<JsonObject>(join(folder, name))
  if (report === undefined) return []
  const { failed, quarantined, quality } = report
  const { thresholds: rows = [] }: JsonObject = isObject(quality) ? quality : {}
  if (!isCount(failed) || !isCount(quarantined) || !areObjects(rows, isRow))
    return [`${name}: damaged: it lacks the outcome of the run. Run the job again.`]
  const tasks = failed + quarantined
  const beyond = (rows as readonly Row[]).filter((row) => row.failed > 0)
  return [
    ...(tasks > 0 ? [`${name}: ${counted(tasks, "task")} failed`] : []),
    ...beyond.map((row) => {
      const [worst, fail] = [row.worst, row.fail ?? 0].map((value) => Number(value.toPrecision(3)))
      const unit = row.unit ? ` ${row.unit}` : ""
      return `${name}: ${row.metric} ${worst}${unit}, above ${fail}, in tile ${row.worstTile}`
    }),
  ]
}
