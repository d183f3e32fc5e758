/** Brings the stored integers of a point file to millimetres relative to an origin. */
import { EngineError } from "../../errors.js"

/** How a stored integer becomes a millimetre relative to the origin: exactly, where scale and offset are whole millimetres. */
export interface Axis {
  readonly exact: boolean
  readonly scale: number
  readonly offset: number
  readonly origin: number
}

const axisOf = (scale: number, offset: number, origin: number): Axis => {
  const [scaleMm, offsetMm] = [Math.round(scale * 1000), Math.round(offset * 1000)]
  const exact = Math.abs(scale * 1000 - scaleMm) < 1e-9 && scaleMm > 0 && Math.abs(offset * 1000 - offsetMm) < 1e-5
  const originMm = Math.round(origin * 1000)
  return exact
    ? { exact, scale: scaleMm, offset: offsetMm - originMm, origin: 0 }
    : { exact, scale, offset, origin: originMm }
}

/** The axes x, y, z of a file for an origin in CRS metres. */
export const axesOf = (
  header: { readonly scale: readonly number[]; readonly offset: readonly number[] },
  origin: readonly number[],
): readonly [Axis, Axis, Axis] => {
  const axis = (i: number): Axis => axisOf(header.scale[i]!, header.offset[i]!, origin[i]!)
  return [axis(0), axis(1), axis(2)]
}

/** In doubles every integer here is exact: |stored| < 2^31, scale < 2^20 mm. The rounded way goes by absolute place, whatever the origin. */
export const toMm = (axis: Axis, stored: number): number =>
  axis.exact ? stored * axis.scale + axis.offset : Math.round((stored * axis.scale + axis.offset) * 1000) - axis.origin

/** The error for a point that does not fit 32 bits. */
export const overflow = (file: string, mm: readonly number[], origin: readonly number[]): EngineError =>
  new EngineError(
    "E_INPUT",
    `${file}: a point lies at ${mm.map((value, i) => value / 1000 + (origin[i] ?? 0)).join(", ")}, more than 2,147 km from the origin ${origin.join(", ")}. ` +
      "The file is damaged or its coordinates are not metres of the job's CRS: repair it, or read it with a box.",
    { file },
  )
