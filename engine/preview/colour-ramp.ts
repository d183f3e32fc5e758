/** Colour ramps of maps, and the colour of a value on a ramp. */
import type { Rgb } from "../kernel.js"

/** Colours at even steps from the lowest value to the highest. */
export type Ramp = readonly Rgb[]

/**
 * Hypsometric tints from low to high: green meadows, sand, rock, snow; pale, to let shading and
 * lines stand out.
 */
export const landTints: Ramp = [
  [196, 219, 183],
  [221, 230, 192],
  [244, 238, 207],
  [238, 219, 181],
  [222, 192, 157],
  [206, 178, 160],
  [238, 234, 232],
]

/** For points per square metre, or any figure from little to much. */
export const densityTints: Ramp = [
  [255, 247, 214],
  [252, 206, 120],
  [240, 144, 74],
  [201, 78, 70],
  [128, 36, 82],
]

export const cssColour = ([red, green, blue]: Rgb): string => `rgb(${red},${green},${blue})`

/** The colour at `share`, 0 (first) to 1 (last), mixed from the two nearest. */
export const rampColour = (ramp: Ramp, share: number): Rgb => {
  const place = Math.min(1, Math.max(0, share)) * (ramp.length - 1)
  const below = Math.min(ramp.length - 2, Math.floor(place))
  const [from, to] = [ramp[below] ?? [0, 0, 0], ramp[below + 1] ?? [0, 0, 0]]
  const mix = (k: 0 | 1 | 2): number => Math.round(from[k] + (to[k] - from[k]) * (place - below))
  return [mix(0), mix(1), mix(2)]
}

/** Lookup table of 256 colours of a ramp, 3 bytes each, for loops over pixels. */
export const rampTable = (ramp: Ramp): Uint8Array => {
  const table = new Uint8Array(256 * 3)
  for (let i = 0; i < 256; i++) table.set(rampColour(ramp, i / 255), 3 * i)
  return table
}
