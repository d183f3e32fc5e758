/**
 * Types of dealing, the pass that sorts points into one buffer per cell while a bucket file is
 * written.
 */

/** Which columns beside the others are held. */
interface Held {
  readonly gpsTime: boolean
  readonly intensity: boolean
}

/** Columns of points that are dealt out: mm from the corner of a cell. Times that are not there are NaN. */
export interface DealtPoints {
  readonly count: number
  readonly x: Int32Array
  readonly y: Int32Array
  readonly z: Int32Array
  readonly classification: Uint8Array
  readonly returns?: Uint8Array
  readonly intensity: Uint16Array
  readonly gpsTime: Float64Array
}

/** A run of points of one cell that is to be written, and what is told of it. */
export interface DealtSegment {
  readonly cellX: number
  readonly cellY: number
  readonly count: number
  /** As they are written; good until the next one. */
  readonly bytes: Uint8Array
  readonly lowZ: number
  readonly highZ: number
  readonly times: Float64Array
  readonly others: Uint32Array
}

/** How points are dealt out. */
export interface DealQuery {
  readonly held: Held
  /** 1 for each class whose points are written, 0 for the others, which are counted. */
  readonly kept: Uint8Array
  /** Column and row of the cell of the points' origin. */
  readonly base: readonly [column: number, row: number]
  /** Most points of a segment. */
  readonly most: number
}

/** Deals points out to the buffers of their cells. */
export interface SpoolDealer {
  /** Points in buffers. */
  readonly buffered: number
  /** Cells that have a buffer, be it empty. */
  readonly cells: number
  /** Points dealt out so far by class, fewer than 2³² of each: those too that are not written. */
  readonly classes: Uint32Array
  /** Gives each full buffer whose cell gets another point to `emit`. */
  deal(points: DealtPoints, emit: (segment: DealtSegment) => void): void
  /** Gives all buffers, by their cells' first points, of which something is to be told, and forgets them. */
  drain(emit: (segment: DealtSegment) => void): void
  /** Called at the end: its memory may serve the next one. */
  release(): void
}
