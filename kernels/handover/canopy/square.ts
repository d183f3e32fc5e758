/** The cells of the CRS that divide a canopy into objects, ten steps of its grid wide. */

/** Side of the squares of a canopy's objects at a spacing, mm: ten cells, hence 25 m on the finest level, from the CRS origin. */
export const canopySquare = (spacing: number): number => 10 * spacing

/** Numbers of the square in which a place lies, mm of the CRS. */
export const squareAt = (spacing: number, x: number, y: number): readonly [column: number, row: number] => {
  const side = canopySquare(spacing)
  return [Math.floor(x / side), Math.floor(y / side)]
}
