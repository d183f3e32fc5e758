/** Distance between the nodes of the finest canopy, mm: divides every size of a work tile. */
export const CANOPY_SPACING = 2500

/** Ground that is not known. */
export const NO_GROUND = -0x80000000

/**
 * The canopy at nodes: places whose x and y are multiples of {@link CANOPY_SPACING} in the CRS. Those where it stands and, for their shares and their ground, those beside them. Whole mm.
 */
export interface CanopyNodes {
  /** Multiples of the spacing, from west and south. */
  readonly column: Int32Array
  readonly row: Int32Array
  /** How much of the surroundings the canopy covers, ‰. */
  readonly share: Int32Array
  /** Mean height of the canopy above the ground; 0 where there is none. */
  readonly height: Int32Array
  /** Highest cell of the canopy around the node, above the ground. */
  readonly highest: Int32Array
  /** Height of the ground; {@link NO_GROUND} in its voids. */
  readonly ground: Int32Array
}

/** The canopy stands at a node where it covers more than this of the surroundings, ‰: half, so that the line between covers as much as it leaves out. */
export const CANOPY_STANDS = 500

const FIELDS = ["column", "row", "share", "height", "highest", "ground"] as const
const magic = 0x314e434d
const headerBytes = 8
/** Count that stands for "nobody asked for a canopy". */
const NOT_ASKED = 0xffffffff

/** Bytes of nodes, little-endian: u32 "MCN1", u32 count n, then n i32 each of column, row, share, height, highest, ground; count 2³² − 1 and no more where none were asked for. */
export const encodeCanopyNodes = (nodes: CanopyNodes | undefined): Uint8Array => {
  const count = nodes?.column.length ?? 0
  const bytes = new Uint8Array(headerBytes + 4 * FIELDS.length * count)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, magic, true)
  view.setUint32(4, nodes === undefined ? NOT_ASKED : count, true)
  if (nodes !== undefined)
    for (const [k, field] of FIELDS.entries())
      new Int32Array(bytes.buffer, headerBytes + 4 * k * count, count).set(nodes[field])
  return bytes
}

/** The nodes again; none from no bytes. Throws on other bytes, and where none were asked for. */
export const decodeCanopyNodes = (bytes: Uint8Array): CanopyNodes => {
  const copy = bytes.byteLength === 0 ? new Uint8Array(headerBytes) : new Uint8Array(bytes)
  const view = new DataView(copy.buffer)
  const count = view.getUint32(4, true)
  const isKnown = bytes.byteLength === 0 || view.getUint32(0, true) === magic
  if (isKnown && count === NOT_ASKED)
    throw new Error(
      "vector.tree made no canopy for mesh.vegetation: both need vegetation canopy, which --vegetation canopy sets",
    )
  if (!isKnown || copy.length !== headerBytes + 4 * FIELDS.length * count)
    throw new Error("these bytes are no nodes of a canopy: run with --force")
  const field = (k: number): Int32Array => new Int32Array(copy.buffer, headerBytes + 4 * k * count, count)
  const [column, row, share, height, highest, ground] = FIELDS.map((_, k) => field(k)) as [
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
  ]
  return { column, row, share, height, highest, ground }
}

/** Heights above ground of the canopy's cells, 0 elsewhere; row 0 north. West and north edge in mm of the CRS. */
export interface CanopyCells {
  readonly width: number
  readonly height: number
  /** mm. */
  readonly cell: number
  readonly west: number
  readonly north: number
  /** Metres. */
  readonly data: Float32Array
}

/**
 * Samples a canopy at the nodes of a closed box: around each the cells within one spacing count, with a weight that falls linearly to 0 in x and in y (a tent), so that a node speaks for the surface halfway to its neighbours and single
 * branches and gaps even out. The share is that of covered cells, the height the mean of theirs.
 *
 * Every sum is of whole numbers below 2⁵³ (weights up to 2.5 · 10⁷, heights below 10⁵ mm, some hundred cells): exact, hence the same in every tile that meets the node, however the cells are cut. The cells must reach one spacing beyond the box. O(nodes · (spacing / cell)²).
 *
 * @param box mm of the CRS, multiples of the spacing
 * @param groundAt mm; undefined in voids
 */
export const sampleCanopy = (
  cells: CanopyCells,
  box: readonly [minX: number, minY: number, maxX: number, maxY: number],
  groundAt: (x: number, y: number) => number | undefined,
): CanopyNodes => {
  const [column0, row0, column1, row1] = box.map((value) => value / CANOPY_SPACING) as [number, number, number, number]
  const columns = column1 - column0 + 1
  const count = columns * (row1 - row0 + 1)
  const sample = { share: new Int32Array(count), height: new Int32Array(count), highest: new Int32Array(count) }
  for (let i = 0; i < count; i++) {
    const [column, row] = [column0 + (i % columns), row0 + Math.floor(i / columns)]
    const { share, height, highest } = around(cells, column * CANOPY_SPACING, row * CANOPY_SPACING)
    sample.share[i] = share
    sample.height[i] = height
    sample.highest[i] = highest
  }
  const ground = new Int32Array(count).fill(NO_GROUND)
  for (let i = 0; i < count; i++) {
    if (sample.share[i] === 0) continue
    const [column, row] = [column0 + (i % columns), row0 + Math.floor(i / columns)]
    ground[i] = groundAt(column * CANOPY_SPACING, row * CANOPY_SPACING) ?? NO_GROUND
    // A body without ground under it has no foot.
    if (ground[i] === NO_GROUND) sample.share[i] = 0
  }
  const stands = (i: number): boolean => sample.share[i] > CANOPY_STANDS
  const kept: number[] = []
  for (let i = 0; i < count; i++) {
    const column = i % columns
    const isBeside =
      (column > 0 && stands(i - 1)) ||
      (column + 1 < columns && stands(i + 1)) ||
      (i >= columns && stands(i - columns)) ||
      (i + columns < count && stands(i + columns))
    if (!stands(i) && !isBeside) continue
    kept.push(i)
    if (sample.share[i] === 0)
      ground[i] =
        groundAt((column0 + column) * CANOPY_SPACING, (row0 + Math.floor(i / columns)) * CANOPY_SPACING) ?? NO_GROUND
  }
  const of = (value: (i: number) => number): Int32Array => Int32Array.from(kept, value)
  return {
    column: of((i) => column0 + (i % columns)),
    row: of((i) => row0 + Math.floor(i / columns)),
    share: of((i) => sample.share[i]),
    height: of((i) => sample.height[i]),
    highest: of((i) => sample.highest[i]),
    ground: of((i) => ground[i]),
  }
}

const around = (
  { width, height, cell, west, north, data }: CanopyCells,
  x: number,
  y: number,
): { share: number; height: number; highest: number } => {
  // Twice all lengths: centres of cells of an odd number of millimetres are whole then.
  const reach = 2 * CANOPY_SPACING
  const [left, top] = [2 * (x - west), 2 * (north - y)]
  const from = (at: number): number => Math.max(0, Math.floor((at - reach) / (2 * cell) - 0.5))
  const to = (at: number, most: number): number => Math.min(most - 1, Math.ceil((at + reach) / (2 * cell) - 0.5))
  const [lastRow, lastColumn] = [to(top, height), to(left, width)]
  let [all, covered, heights, highest] = [0, 0, 0, 0]
  for (let row = from(top); row <= lastRow; row++) {
    const down = reach - Math.abs((2 * row + 1) * cell - top)
    if (down <= 0) continue
    for (let column = from(left); column <= lastColumn; column++) {
      const across = reach - Math.abs((2 * column + 1) * cell - left)
      if (across <= 0) continue
      const weight = down * across
      all += weight
      const own = data[row * width + column]
      if (own <= 0) continue
      covered += weight
      heights += weight * Math.round(1000 * own)
      if (own > highest) highest = own
    }
  }
  if (covered === 0) return { share: 0, height: 0, highest: 0 }
  return {
    share: Math.round((1000 * covered) / all),
    height: Math.round(heights / covered),
    highest: Math.round(1000 * highest),
  }
}
