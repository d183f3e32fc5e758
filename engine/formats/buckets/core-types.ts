/** Types of the passes over points of bucket files, which run in WebAssembly (`wasm/core.ts`). */

/** The columns of points of one cell of a bucket file; those that are not held are empty. */
export interface SegmentColumns {
  readonly gpsTime: Float64Array
  readonly z: Int32Array
  readonly x: Uint16Array
  readonly y: Uint16Array
  readonly intensity: Uint16Array
  readonly classification: Uint8Array
  /** Return number in bits 0–3, number of returns in bits 4–7. */
  readonly returns: Uint8Array
}

/** Columns of ordered points; others than those of places and class only where they are asked for. */
export interface SortedRow {
  readonly x: Int32Array
  readonly y: Int32Array
  readonly z: Int32Array
  readonly classification: Uint8Array
  readonly returnNumber?: Uint8Array
  readonly numberOfReturns?: Uint8Array
  readonly intensity?: Uint16Array
  readonly gpsTime?: Float64Array
}

/** A range of millimetres, half-open. */
interface Range {
  readonly minX: number
  readonly minY: number
  readonly maxX: number
  readonly maxY: number
}

/** The points of a cell of 50 m; its corner is told in mm from the origin. */
export interface RowBlock {
  readonly x: number
  readonly y: number
  readonly segments: readonly SegmentColumns[]
}

/** What is wanted of points; ranges are mm from the origin. */
export interface OrderQuery {
  /** mm in the CRS. */
  readonly originZ: number
  /** 1 for each class that is given. */
  readonly wanted: Uint8Array
  readonly attributes: readonly string[]
  /** Outside of it points are left out. */
  readonly box: Range
  /** Of it points are counted apart. */
  readonly cell: Range
}

/** What was counted of the points in the box; see `BucketPoints`. */
export interface OrderCounts {
  readonly count: number
  readonly duplicates: number
  readonly noise: number
  readonly inCell: number
  /** Of the points that were given, by class. */
  readonly classes: Uint32Array
}

/** Brings rows of blocks, from the south, into canonical order. */
export interface RowOrder {
  /** @param append takes the points of a row of 1 m after the other: the first `count` of columns that are good until it returns */
  order(blocks: readonly RowBlock[], append: (columns: SortedRow, count: number) => void): void
  readonly counts: OrderCounts
  /** Called at the end: its memory may serve the next one. */
  release(): void
}

/** Places of points, and their classes where they are asked for. */
export interface PlaceColumns {
  readonly x: Int32Array
  readonly y: Int32Array
  readonly z: Int32Array
  readonly classification?: Uint8Array
}

/** The passes; what the first two make holds memory of its own until it is released, or nobody holds it. */
export interface BucketCore {
  rowOrder(query: OrderQuery): RowOrder
  dealer(query: DealQuery): BucketDealer
  /** Copies those of the first `count` points whose class is 1 in `wanted`, in their order, into columns that may be the same. */
  select(from: Required<PlaceColumns>, count: number, wanted: Uint8Array, to: PlaceColumns): void
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
  readonly held: { readonly gpsTime: boolean; readonly intensity: boolean }
  /** 1 for each class whose points are written, 0 for the others, which are counted. */
  readonly kept: Uint8Array
  /** Column and row of the cell of the points' origin. */
  readonly base: readonly [column: number, row: number]
  /** Most points of a segment. */
  readonly most: number
}

/** Deals points out to the buffers of their cells. */
export interface BucketDealer {
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
