/** What the two passes over the low ground of a tile and the join hand to each other. */
import { decodeBlob, encodeBlob } from "../../../engine/core/blob.js"
import type { FlowGridWindow } from "../ground/window.js"
import type { LowBasins } from "./low-basins.js"
import type { FloodBody, FloodPlace, LowGround } from "./rise.js"

/** A tile's ground below a level, mm: connected where water rises, basins where it is poured. */
export interface FloodPart {
  readonly key: string
  readonly window: FlowGridWindow
  readonly level: number
  readonly rise?: LowGround
  readonly pour?: { readonly basins: LowBasins; readonly places: readonly FloodPlace[] }
}
const LOW = "FLL2"
export const encodeFloodPart = (part: FloodPart): Uint8Array => encodeBlob(LOW, part)
export const decodeFloodPart = (bytes: Uint8Array): FloodPart => decodeBlob(LOW, bytes, "low ground of a tile")

/** A tile's ground between the passes of a flood, its level, mm; directions if water is poured. */
interface FloodCells {
  readonly window: FlowGridWindow
  readonly heights: Int32Array
  readonly level: number
  readonly dirs?: Uint8Array
}
const FLOOD = "FLF2"
export const encodeFloodCells = (cells: FloodCells): Uint8Array => encodeBlob(FLOOD, cells)
export const decodeFloodCells = (bytes: Uint8Array): FloodCells => decodeBlob(FLOOD, bytes, "ground of a tile")

/**
 * The water of one tile: numbers of its flooded ground, or last cells of its basins with their
 * levels, mm; the bodies whose place it has; and the water poured in it, m³.
 */
export interface FloodShare {
  readonly flooded: Uint32Array
  readonly levels?: Float64Array
  readonly bodies: readonly FloodBody[]
  readonly poured?: { readonly volume: number; readonly lost: number; readonly above: number }
}
const SHARE = "FLS2"
export const encodeFloodShare = (share: FloodShare): Uint8Array => encodeBlob(SHARE, share)
export const decodeFloodShare = (bytes: Uint8Array): FloodShare => decodeBlob(SHARE, bytes, "flood of a tile")
