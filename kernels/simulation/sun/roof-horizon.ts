/** Horizons of the roof cells in and around a tile, for the kernel that knows the planes. */
import { decodeBlob, encodeBlob } from "../../../engine/core/blob.js"
import type { CellGrid } from "../../grid/cell-grid.js"
import type { LightOptions } from "./solar-light-cache.js"

/** Horizons of the cells of buildings, and what the light on them needs. */
export interface RoofHorizons extends LightOptions {
  /** The cells around the tile; rows count from the south. */
  readonly grid: CellGrid
  /**
   * For each cell of the grid, from the north-west row by row: its number in `horizons` + 1; 0
   * where there is no building.
   */
  readonly numbers: Int32Array
  /** `sectors` elevations a cell, from north clockwise, whole degrees. */
  readonly horizons: Uint8Array
}

const MARK = "RHZ1"

export const encodeRoofHorizons = (made: RoofHorizons): Uint8Array => encodeBlob(MARK, made)

export const decodeRoofHorizons = (bytes: Uint8Array): RoofHorizons =>
  decodeBlob<RoofHorizons>(MARK, bytes, "roof-horizon")
