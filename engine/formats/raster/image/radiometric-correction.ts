/**
 * Relates an image's values to the job's colours by a gain and a bias: the radiometric correction.
 */

/** An image's value = gain · colour + bias, for red, green and blue; values from 0 to 255. */
export interface RadiometricCorrection {
  readonly gain: readonly [number, number, number]
  readonly bias: readonly [number, number, number]
}

/** The correction of an image whose values are already the job's colours. */
export const noCorrection: RadiometricCorrection = { gain: [1, 1, 1], bias: [0, 0, 0] }

export const isPlain = ({ gain, bias }: RadiometricCorrection): boolean =>
  gain.every((value) => value === 1) && bias.every((value) => value === 0)

/** The job's colour for each byte value, rounded: 256 entries for red, then green, then blue. */
export const correctionTable = ({ gain, bias }: RadiometricCorrection): Uint8ClampedArray => {
  const table = new Uint8ClampedArray(768)
  for (let i = 0; i < 768; i++) {
    const band = (i >> 8) as 0 | 1 | 2
    table[i] = ((i & 255) - bias[band]) / gain[band]
  }
  return table
}
