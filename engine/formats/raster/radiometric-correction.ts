/**
 * The radiometric correction of an image: gain and bias that relate its values to the job's
 * colours.
 */

/** How an image's film answers: value = gain · colour + bias, for red, green, blue; 0 to 255. */
export interface Film {
  readonly gain: readonly [number, number, number]
  readonly bias: readonly [number, number, number]
}

/** The film of an image whose values are the job's colours. */
export const plainFilm: Film = { gain: [1, 1, 1], bias: [0, 0, 0] }

/** True for a film that changes nothing. */
export const isPlain = ({ gain, bias }: Film): boolean =>
  gain.every((value) => value === 1) && bias.every((value) => value === 0)

/** The job's colour of each value of a byte, rounded: 256 for red, then for green and blue. */
export const filmTable = ({ gain, bias }: Film): Uint8ClampedArray => {
  const table = new Uint8ClampedArray(768)
  for (let i = 0; i < 768; i++) {
    const band = (i >> 8) as 0 | 1 | 2
    table[i] = ((i & 255) - bias[band]) / gain[band]
  }
  return table
}
