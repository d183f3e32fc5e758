/**
 * The radiometric correction of an image: gain and bias that relate its values to the job's
 * colours.
 */

/** How an image's correction answers: value = gain · colour + bias, for red, green, blue; 0 to 255. */
export interface RadiometricCorrection {
  readonly gain: readonly [number, number, number]
  readonly bias: readonly [number, number, number]
}

/** The correction of an image whose values are the job's colours. */
export const noCorrection: RadiometricCorrection = { gain: [1, 1, 1], bias: [0, 0, 0] }

/** True for a correction that changes nothing. */
export const isPlain = ({ gain, bias }: RadiometricCorrection): boolean =>
  gain.every((value) => value === 1) && bias.every((value) => value === 0)

/** The job's colour of each value of a byte, rounded: 256 for red, then for green and blue. */
export const correctionTable = ({ gain, bias }: RadiometricCorrection): Uint8ClampedArray => {
  const table = new Uint8ClampedArray(768)
  for (let i = 0; i < 768; i++) {
    const band = (i >> 8) as 0 | 1 | 2
    table[i] = ((i & 255) - bias[band]) / gain[band]
  }
  return table
}
