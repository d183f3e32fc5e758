/** Two houses in the sun, for tests of irradiation. */
import type { Raster, Tile } from "../../engine/kernel.js"
import irradiation from "../../kernels/simulation/irradiation.js"
import { scratch, tileOf, valuesOf } from "./kernel-run.js"
import { cut } from "./surfaces.js"

/** Two houses of 20 m × 10 m: one with a roof of 30° to the south, one level behind a tower. */
export const houses = (): { dsm: Raster; classes: Raster } => {
  const [width, height] = [120, 80]
  const data = new Float32Array(width * height).fill(100)
  const kinds = new Uint8Array(width * height).fill(2)
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const at = row * width + column
      const isIn = (west: number, north: number): boolean =>
        column >= west && column < west + 20 && row >= north && row < north + 10
      if (isIn(10, 30)) data[at] = 110 + (40 - row - 0.5) * Math.tan(Math.PI / 6)
      else if (isIn(70, 30)) data[at] = 110
      else if (isIn(70, 45)) data[at] = 140
      else continue
      kinds[at] = 6
    }
  }
  const at = { width, height, minX: 500, maxY: 1030, cellSize: 1 }
  return { dsm: { ...at, data }, classes: { ...at, data: kinds } }
}

export const lightOn = (
  cell: [number, number, number, number],
): { tile: Tile; raster: Raster; horizon: Uint8Array } => {
  const { dsm, classes } = houses()
  const options = valuesOf(irradiation.options, { reach: 50, overhang: 20 })
  const tile: Tile = {
    ...tileOf(cell, irradiation.halo(options)),
    toGeographic: (x, y) => [4.8 + x / 77_000, 45.76 + y / 111_000],
  }
  const input = { dsm: cut(dsm, tile.extent), class: cut(classes, tile.extent), relief: undefined }
  const out = irradiation.run(tile, input, options, scratch)
  return { tile, raster: out.irradiation, horizon: out["roof-horizon"] }
}
