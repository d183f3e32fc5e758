/** What the two passes over the drainage of a tile and the join hand to each other. */
import { decodeBlob, encodeBlob } from "../../../engine/core/blob.js"
import type { Features } from "../../../engine/kernel.js"
import type { FlowGridWindow } from "../ground/window.js"
import type { Catchments } from "./catchments.js"
import type { Decisions } from "./decisions.js"
import type { CarvedCells } from "./finish.js"
import type { Ways } from "./network.js"
import type { TileNetwork } from "./node-graph.js"
import type { OutletRules } from "./outlets.js"

/** A tile for the join. */
export interface FlowPart extends TileNetwork {
  readonly window: FlowGridWindow
  readonly rules: FlowRules
  readonly catchments: Catchments
}

/** What all tiles of a job have in common. */
export interface FlowRules extends OutletRules {
  /** Cells that drain to a stream, at least. */
  readonly least: number
}

const PART = "FLP4"
export const encodePart = (part: FlowPart): Uint8Array => encodeBlob(PART, part)
export const decodePart = (bytes: Uint8Array): FlowPart => decodeBlob(PART, bytes, "drainage of a tile")

const WAYS = "FLW2"
export const encodeWays = (key: string, ways: Ways): Uint8Array => encodeBlob(WAYS, { key, ways })
export const decodeWays = (bytes: Uint8Array): { readonly key: string; readonly ways: Ways } =>
  decodeBlob(WAYS, bytes, "ways of a tile")

/** A tile between its passes: its cells, and its ways, which may return to it from others. */
export interface TileCells {
  readonly window: FlowGridWindow
  readonly cells: CarvedCells
  readonly ways: Ways
}

const CELLS = "FLC2"
/** Of `filled`, only the raised cells are stored. */
interface StoredCells {
  readonly window: FlowGridWindow
  readonly dirs: Uint8Array
  readonly heights: Int32Array
  readonly raised: Uint32Array
  readonly levels: Int32Array
  readonly ways: Ways
}
export const encodeCells = ({ window, cells: { dirs, heights, filled }, ways }: TileCells): Uint8Array => {
  let count = 0
  for (let i = 0; i < filled.length; i++) if (filled[i] !== heights[i]) count++
  const [raised, levels] = [new Uint32Array(count), new Int32Array(count)]
  for (let i = 0, k = 0; k < count; i++) {
    if (filled[i] === heights[i]) continue
    raised[k] = i
    levels[k++] = filled[i]
  }
  return encodeBlob(CELLS, { window, dirs, heights, raised, levels, ways } satisfies StoredCells)
}
export const decodeCells = (bytes: Uint8Array): TileCells => {
  const { window, raised, levels, ways, ...cells } = decodeBlob<StoredCells>(CELLS, bytes, "cells of a tile")
  const filled = cells.heights.slice()
  for (let k = 0; k < raised.length; k++) filled[raised[k]] = levels[k]
  return { window, cells: { columns: window.columns, ...cells, filled }, ways }
}

/** What the join decided on a tile, the cells that make a stream, and basins with outlets there. */
interface FlowDecision {
  readonly least: number
  readonly basins: Features
  readonly decisions: Decisions
}
const DECISION = "FLD3"
export const encodeDecision = (decision: FlowDecision): Uint8Array => encodeBlob(DECISION, decision)
export const decodeDecision = (bytes: Uint8Array): FlowDecision =>
  decodeBlob(DECISION, bytes, "decisions on the drainage of a tile")
