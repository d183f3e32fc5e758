/**
 * The verdict on the products of a job: every measure that decides it, and who takes it. A run and
 * `maille validate` have no other measures.
 */

/** What a run measures: failed tasks, inputs left out, empty layers, figures beyond bounds. */
export type RunMeasure = "tasks" | "inputs" | "layers" | "figures"

/** What only `maille validate` measures, because it reads every written file again. */
export const fileMeasures = {
  contents: "glTF contents",
  edges: "holes across tile borders",
  seams: "seams",
  solids: "solids",
  heights: "heights against points",
  vectors: "layers",
  rasters: "rasters",
} as const

export type Measure = RunMeasure | keyof typeof fileMeasures

/** The measures that a run does not take, in words. */
export const notMeasuredByRun: readonly string[] = Object.values(fileMeasures)

export const notMeasuredText = `Not measured, except by maille validate: ${notMeasuredByRun.join(", ")}`

/** A threshold, and the tiles beyond its bounds. */
export interface BoundedFigure {
  readonly metric: string
  readonly unit?: string
  readonly warn?: number
  readonly fail?: number
  readonly worst: number
  readonly worstTile: string
  readonly failed: number
}

/** What a run, or its report, says of its end. */
export interface MeasuredRun<Row extends BoundedFigure = BoundedFigure> {
  readonly failed: number
  readonly quarantined: number
  readonly missing?: { readonly inputs: number; readonly layers: readonly string[] }
  readonly quality?: { readonly thresholds: readonly Row[] }
}

/** The faults that forbid a release, by measure of the run. */
export interface RunFaults<Row extends BoundedFigure = BoundedFigure> {
  /** Failed tasks other than inputs left out. */
  readonly tasks: number
  readonly inputs: number
  readonly layers: readonly string[]
  readonly figures: readonly Row[]
}

/** Finds the faults of a run. Each makes `maille validate` end with 1. */
export const findRunFaults = <Row extends BoundedFigure>(run: MeasuredRun<Row>): RunFaults<Row> => {
  const { inputs = 0, layers = [] } = run.missing ?? {}
  const figures = run.quality?.thresholds.filter((row) => row.failed > 0) ?? []
  return { tasks: Math.max(0, run.failed + run.quarantined - inputs), inputs, layers, figures }
}

/** True where a fault of the run forbids a release. */
export const isUnfit = (run: MeasuredRun): boolean => {
  const { tasks, inputs, layers, figures } = findRunFaults(run)
  return tasks + inputs + layers.length + figures.length > 0
}

/** "contour.share 0.68, above 0.5, in tile 13/842/6520": a figure beyond a bound. */
export const figureText = (row: BoundedFigure, bound: "warn" | "fail"): string => {
  const [worst, limit] = [row.worst, row[bound] ?? row.warn ?? 0].map((value) => Number(value.toPrecision(3)))
  return `${row.metric} ${worst}${row.unit ? ` ${row.unit}` : ""}, above ${limit}, in tile ${row.worstTile}`
}
