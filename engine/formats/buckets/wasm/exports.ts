/** What `assembly/spool/index.ts` exports. Addresses and counts are u32; booleans are 0 or 1. */
export interface SpoolExports {
  readonly memory: { readonly buffer: ArrayBuffer }
  readonly buffered: Global
  readonly cells: Global
  readonly chunk: Global
  readonly classCounts: Global
  readonly columns: Global
  readonly counts: Global
  readonly duplicates: Global
  readonly first: Global
  readonly full: Global
  readonly inCell: Global
  readonly kept: Global
  readonly noise: Global
  readonly out: Global
  readonly read: Global
  readonly segment: Global
  readonly selected: Global
  readonly taken: Global
  readonly wanted: Global
  startDealing(times: number, intensities: number, few: number, many: number): void
  deal(begin: number, end: number, column: number, row: number): number
  pack(cell: number): number
  spent(cell: number): void
  clear(): void
  startOrder(times: number, intensities: number, returns: number, originZ: number): void
  layOut(blocks: number, points: number, largest: number): number
  sortBlock(
    ...args: [block: number, from: number, to: number, x: number, y: number, ...RangeCorners, ...RangeCorners]
  ): void
  line(row: number): number
  lineRoom(row: number): number
  startSelection(): number
  select(count: number): number
}

/** Of a range in a block, mm. */
export type RangeCorners = [minX: number, minY: number, maxX: number, maxY: number]

interface Global {
  readonly value: number
}

/** Said so that it is taken for what it is, a buffer that could not be had. */
export const outOfMemory = (): RangeError => new RangeError("Array buffer allocation failed: points of a spool")
