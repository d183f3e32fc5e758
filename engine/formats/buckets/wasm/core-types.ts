/** Types of the passes over points of bucket files, which run in WebAssembly (`wasm/core.ts`). */

/** Columns of a segment: points of one cell. Columns that the file does not store are empty. */
export interface SegmentColumns {
  readonly gpsTime: Float64Array
  readonly z: Int32Array
  readonly x: Uint16Array
  readonly y: Uint16Array
  readonly intensity: Uint16Array
  readonly classification: Uint8Array
  /** Return number in bits 0–3, number of returns in bits 4–7. */
  readonly returns: Uint8Array
  readonly extra?: Readonly<Record<string, Float64Array>>
}

/** Columns of ordered points; those besides coordinates and class only if requested. */
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

/** A half-open range in millimetres. */
interface Range {
  readonly minX: number
  readonly minY: number
  readonly maxX: number
  readonly maxY: number
}

/** The points of a 50 m cell; its corner is in mm from the origin. */
export interface RowBlock {
  readonly x: number
  readonly y: number
  readonly segments: readonly SegmentColumns[]
}

/** Selects points to order; ranges are in mm from the origin. */
export interface OrderQuery {
  /** Height of the origin, mm. */
  readonly originZ: number
  /** 1 for each class to return. */
  readonly wanted: Uint8Array
  readonly attributes: readonly string[]
  /** Points outside are dropped. */
  readonly box: Range
  /** Points inside are also counted separately. */
  readonly cell: Range
}

/** Counts of the points in the box; see `BucketPoints`. */
export interface OrderCounts {
  readonly count: number
  readonly duplicates: number
  readonly noise: number
  readonly inCell: number
  /** Points returned, by class. */
  readonly classes: Uint32Array
}

/** Puts rows of blocks, from south to north, in canonical order. */
export interface RowOrder {
  /**
   * @param append receives one row of 1 m after another: the first `count` points of columns, valid
   * only during the call
   */
  order(blocks: readonly RowBlock[], append: (columns: SortedRow, count: number) => void): void
  readonly counts: OrderCounts
  /** Call at the end: the next pass may reuse the memory. */
  release(): void
}

/**
 * The passes. The results of `rowOrder` and `dealer` occupy memory until they are released or
 * collected.
 */
export interface BucketCore {
  rowOrder(query: OrderQuery): RowOrder
  dealer(query: DealQuery): BucketDealer
}

/** Columns of points to deal, in mm from the corner of a cell. A missing time is NaN. */
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

/** Points of one cell to write, with their entry in the index. */
export interface DealtSegment {
  readonly cellX: number
  readonly cellY: number
  readonly count: number
  /** The points as stored in the file, valid until the next segment. */
  readonly bytes: Uint8Array
  readonly lowZ: number
  readonly highZ: number
  readonly times: Float64Array
  readonly others: Uint32Array
  /**
   * Where its points are, also those not written: `PRESENCE_BYTES`, valid until the next
   * segment. Absent if not asked for.
   */
  readonly presence?: Uint8Array | undefined
}

/** Options of dealing. */
export interface DealQuery {
  readonly further: { readonly gpsTime: boolean; readonly intensity: boolean }
  /** 1 for each class to write; points of the others are only counted. */
  readonly classMask: Uint8Array
  /** True: notes where the points of each cell are. */
  readonly presence?: boolean
  /** Column and row of the cell whose corner is the points' origin. */
  readonly base: readonly [column: number, row: number]
  /** Maximum number of points of a segment. */
  readonly most: number
}

/** Deals points to the buffers of their cells. */
export interface BucketDealer {
  /** Number of points in buffers. */
  readonly buffered: number
  /** Number of cells with a buffer, possibly empty. */
  readonly cells: number
  /** Points dealt so far by class, fewer than 2³² of each, including those not written. */
  readonly classes: Uint32Array
  /**
   * Deals points. When a cell with a full buffer receives a point, its buffer is first passed to
   * `emit`.
   */
  deal(points: DealtPoints, emit: (segment: DealtSegment) => void): void
  /**
   * Passes every buffer with points written or counted to `emit`, in order of the cells' first
   * points, and removes all buffers.
   */
  drain(emit: (segment: DealtSegment) => void): void
  /** Call at the end: the next pass may reuse the memory. */
  release(): void
}
