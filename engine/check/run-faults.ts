/** Reads why the run of an output folder found its products not fit for release. */
import { join } from "node:path"
import { readJsonIfAny } from "../core/files/parse-file.js"
import { areObjects, isCount, isObject, type JsonObject } from "../core/json/json-shape.js"
import { counted } from "../core/texts.js"
import { type BoundedFigure, figureText, findRunFaults, type RunMeasure } from "../job/release.js"

const isRow = ({ metric, worst, worstTile, failed }: JsonObject): boolean =>
  typeof metric === "string" && Number.isFinite(worst) && typeof worstTile === "string" && isCount(failed)

const isMissing = (value: unknown): value is { inputs: number; layers: string[] } =>
  isObject(value) &&
  isCount(value["inputs"]) &&
  Array.isArray(value["layers"]) &&
  value["layers"].every((name) => typeof name === "string")

/** A fault that the run measured. */
export interface ReportedFault {
  readonly measure: RunMeasure
  readonly text: string
}

/**
 * The faults in `report.json`, by the measures of a run. None without a report, such as after the
 * first phases of a plan in shards.
 *
 * @throws EngineError E_FORMAT where the report is damaged
 */
export const runFaults = async (folder: string): Promise<ReportedFault[]> => {
  const name = "report.json"
  const report = await readJsonIfAny<JsonObject>(join(folder, "report.json"))
  if (report === undefined) return []
  const { failed, quarantined, quality, missing } = report
  const { thresholds = [] }: JsonObject = isObject(quality) ? quality : {}
  const isWhole = isCount(failed) && isCount(quarantined) && (missing === undefined || isMissing(missing))
  if (!isWhole || !areObjects(thresholds, isRow))
    return [{ measure: "tasks", text: `${name}: damaged: it lacks the outcome of the run. Run the job again.` }]
  const rows = thresholds as unknown as readonly BoundedFigure[]
  const found = findRunFaults({ failed, quarantined, ...(missing && { missing }), quality: { thresholds: rows } })
  const { tasks, inputs, layers, figures } = found
  const fault = (measure: ReportedFault["measure"], text: string): ReportedFault => ({
    measure,
    text: `${name}: ${text}`,
  })
  return [
    ...(tasks > 0 ? [fault("tasks", `${counted(tasks, "task")} failed`)] : []),
    ...(inputs > 0 ? [fault("inputs", `${counted(inputs, "input file")} left out`)] : []),
    ...layers.map((layer) => fault("layers", `no feature in the layer ${layer}, which the job asks for`)),
    ...figures.map((row) => fault("figures", figureText(row, "fail"))),
  ]
}
