import type { Box2 } from "../../engine/core/geometry/box.js"
import type { ScanPoints } from "../../fixtures/sample/scan.js"

/**
 * A made scan: a point in every `step` metres of the box; `at` gives class and height, x and y
 * counting from the box's corner; none where it gives nothing.
 */
export const scanOf = (
  box: Box2,
  step: number,
  at: (x: number, y: number) => readonly [number, number] | undefined,
): ScanPoints => {
  const rows: number[][] = []
  for (let y = box[1] + step / 2; y < box[3]; y += step) {
    for (let x = box[0] + step / 2; x < box[2]; x += step) {
      const found = at(x - box[0], y - box[1])
      if (found)
        rows.push([
          Math.round(1000 * (x - box[0])),
          Math.round(1000 * (y - box[1])),
          Math.round(1000 * found[1]),
          found[0],
        ])
    }
  }
  const column = (k: number): Int32Array => Int32Array.from(rows, (row) => row[k])
  const n = rows.length
  return {
    count: n,
    scale: 0.001,
    origin: [box[0], box[1], 0],
    x: column(0),
    y: column(1),
    z: column(2),
    classification: Uint8Array.from(rows, (row) => row[3]),
    returnNumber: new Uint8Array(n).fill(1),
    numberOfReturns: new Uint8Array(n).fill(1),
    intensity: new Uint16Array(n),
    gpsTime: new Float64Array(n),
  }
}
