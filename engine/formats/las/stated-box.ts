import { EngineError } from "../../errors.js"
import type { LasHeader } from "./header.js"

/** How far a point may lie from the box that the header states: writers round it, and some state that of the file before a crop. Units of the CRS. */
const boxSlack = 10

/** The header's box with its slack, in the records' own integers. */
export const statedBox = ({ box, scale, offset }: LasHeader): [number, number, number, number] => {
  const raw = (value: number, axis: 0 | 1): number => (value - offset[axis]) / scale[axis]
  return [raw(box[0] - boxSlack, 0), raw(box[1] - boxSlack, 1), raw(box[2] + boxSlack, 0), raw(box[3] + boxSlack, 1)]
}

/**
 * The error for a point (as stored) outside {@link statedBox}: a damaged LAZ body decodes to points all the same, its coder has no
 * check sum.
 */
export const astray = (file: string, { box, scale, offset }: LasHeader, rawX: number, rawY: number): EngineError => {
  const [x, y] = [offset[0] + rawX * scale[0], offset[1] + rawY * scale[1]]
  return new EngineError(
    "E_FORMAT",
    `${file}: holds a point at ${x.toFixed(2)}, ${y.toFixed(2)}, far outside the box that its header states (${box.join(", ")}). The file is damaged or its header is wrong: fetch or make it again.`,
    { file },
  )
}
