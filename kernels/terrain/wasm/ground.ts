/**
 * The passes over the ground points of a tile in WebAssembly (`assembly/ground/`): gathering, the
 * border and the extent, and the points of triangles. The results equal those
 * of `accept-ground.ts` and `triangle-points.ts` bit for bit. {@link prepareGroundCore} compiles it
 * once a worker.
 *
 * All calls share one instance. Its memory grows to the largest call and stays, unless it exceeds
 * 128 MB. It takes 16 bytes a point and 28 more near the border, 10 a square metre.
 */

import { type ChunkExports, chunkColumns, copyInChunks, loadWasm, type WasmGlobal } from "../../../engine/core/wasm.js"
import type { ChunkedPoints } from "../../../engine/kernel.js"

export interface BorderExports {
  readonly memory: { readonly buffer: ArrayBuffer }
  readonly cells: WasmGlobal
  readonly cornerA: WasmGlobal
  readonly cornerB: WasmGlobal
  readonly cornerC: WasmGlobal
  readonly list: WasmGlobal
  readonly outside: WasmGlobal
  readonly samples: WasmGlobal
  selectNear(minX: number, minY: number, maxX: number, maxY: number): number
  cutSide(count: number, horizontal: number, line: number, length: number): number
  findAround(count: number, x: number, y: number): number
  closeCells(reach: number, margin: number): number
}

/**
 * Computes a tile's border from the points gathered last. The reference implementations are in
 * `kernels/terrain/border/profile.ts` and `kernels/handover/extent/data-extent.ts`. Points are
 * indices in `near`. Lists and samples are valid until the next call.
 */
export interface BorderCore {
  /** The points near the border in a closed box, in order. */
  within(minX: number, minY: number, maxX: number, maxY: number): Int32Array
  /**
   * Samples along a side from points within the strip around it: along, height, 1 for a point on
   * the line, in order. Undefined if uncertain.
   */
  samples(indices: Int32Array, horizontal: boolean, line: number, length: number): Int32Array | undefined
  /**
   * Corners of the triangle around a place from points of the square around it; none if the place
   * is outside. Undefined if uncertain.
   */
  triangle(indices: Int32Array, x: number, y: number): readonly [] | readonly [number, number, number] | undefined
  /**
   * 1 for each node outside the extent of the marked cells; empty if no node of the tile is
   * outside. Takes as many cells as were gathered.
   */
  outside(cells: Uint8Array, reach: number): Uint8Array
}

/** @param last the instance that gathered points last */
export const createBorder = (last: () => BorderExports): BorderCore => {
  /** Writes the list to memory, unless it is there already. */
  const listed = (wasm: BorderExports, indices: Int32Array): number => {
    const { buffer } = wasm.memory
    const at = wasm.list.value
    if (indices.buffer !== buffer || indices.byteOffset !== at) new Int32Array(buffer, at).set(indices)
    return indices.length
  }
  return {
    within: (minX, minY, maxX, maxY) => {
      const wasm = last()
      return new Int32Array(wasm.memory.buffer, wasm.list.value, wasm.selectNear(minX, minY, maxX, maxY))
    },
    samples: (indices, horizontal, line, length) => {
      const wasm = last()
      const count = wasm.cutSide(listed(wasm, indices), horizontal ? 1 : 0, line, length)
      return count < 0 ? undefined : new Int32Array(wasm.memory.buffer, wasm.samples.value, 3 * count)
    },
    triangle: (indices, x, y) => {
      const wasm = last()
      const answer = wasm.findAround(listed(wasm, indices), x, y)
      if (answer < 0) return undefined
      return answer === 0 ? [] : [wasm.cornerA.value, wasm.cornerB.value, wasm.cornerC.value]
    },
    outside: (cells, reach) => {
      const wasm = last()
      const { buffer } = wasm.memory
      new Uint8Array(buffer, wasm.cells.value, cells.length).set(cells)
      if (wasm.closeCells(reach, 2 * reach) === 1) return new Uint8Array(0)
      return new Uint8Array(buffer, wasm.outside.value, (Math.sqrt(cells.length) + 1) ** 2).slice()
    },
  }
}

/** Exports of `assembly/ground/index.ts`. Addresses and counts are u32. */
interface Exports extends BorderExports, ChunkExports {
  readonly bits: WasmGlobal
  readonly classes: WasmGlobal
  readonly DISTANCES: WasmGlobal
  readonly first: WasmGlobal
  readonly histogram: WasmGlobal
  readonly largest: WasmGlobal
  readonly merged: WasmGlobal
  readonly nearCount: WasmGlobal
  readonly nearX: WasmGlobal
  readonly nearY: WasmGlobal
  readonly nearZ: WasmGlobal
  readonly pointCount: WasmGlobal
  readonly retained: WasmGlobal
  readonly squaredSum: WasmGlobal
  readonly steps: WasmGlobal
  readonly taken: WasmGlobal
  readonly wanted: WasmGlobal
  readonly xs: WasmGlobal
  readonly ys: WasmGlobal
  readonly zs: WasmGlobal
  placeInput(): number
  placePoints(cells: number, bins: number, rows: number, room: number): number
  startGathering(side: number, margin: number, strip: number, corner: number): void
  take(count: number): void
  settleRow(bound: number): number
  makeBorderRoom(): number
  writeNear(): void
  startLookup(columns: number, rows: number, count: number): void
  binPoints(from: number, to: number): number
  endBins(count: number): void
  findWorst(...args: [...Corners, stride: number, bound: number]): number
  addErrors(...args: Corners): void
  drop(i: number): void
}

type Corner = [x: number, y: number, z: number]
type Corners = [...Corner, ...Corner, ...Corner]

interface Columns {
  readonly count: number
  readonly x: Int32Array
  readonly y: Int32Array
  readonly z: Int32Array
}

/** Which points to gather, and how; lengths in mm. */
export interface GatherRule {
  /** 1 for each class of ground. */
  readonly wanted: Uint8Array
  /** Side of the square [0, side]². */
  readonly side: number
  /** Width of the ring around the square for `outside`: whole metres. */
  readonly margin: number
  /** Vertical distance beyond which two points within 0.10 m are a step. */
  readonly step: number
  /** Distances from a side, and from a corner along both axes, within which a point is near. */
  readonly strip: number
  readonly corner: number
}

/**
 * Ground points of a tile, in canonical order. The kernel may change the columns; they are valid
 * until the next gathering.
 */
export interface GatheredGround {
  /** Usable points strictly inside the square. */
  readonly inside: Columns & { readonly classes: Uint8Array }
  /** Usable points near the square's border, also outside. */
  readonly near: Columns
  /**
   * Number of points of the wanted classes; inside the square, of those at the place of another,
   * and of those at a step.
   */
  readonly points: number
  readonly merged: number
  readonly steps: number
}

/** A triangulation whose triangles are searched for points. */
export interface Triangles {
  readonly corners: Int32Array
  readonly x: Int32Array
  readonly y: Int32Array
  readonly z: Int32Array
}

/** Summed distances of points to the surface, mm. */
export interface ErrorSums {
  readonly points: number
  readonly max: number
  readonly squaredSum: number
  /** Number of points by distance, rounded up; the last entry includes all beyond. */
  readonly histogram: Uint32Array
}

/** Finds the points of triangles. */
export interface PointLookup {
  /**
   * Results of {@link findWorst}: the first point beyond the bound, and the farthest (among equals
   * the first).
   */
  readonly first: number
  readonly worst: number
  /**
   * Finds the point of a triangle, one in `stride` of all, that is farthest from it and farther
   * than `bound`; false if there is none.
   */
  findWorst(tin: Triangles, t: number, stride: number, bound: number): boolean
  /** Adds the distances of all points of a triangle, except those dropped, to the {@link sums}. */
  addErrors(tin: Triangles, t: number): void
  /** Drops a point: no triangle contains it afterwards. */
  drop(i: number): void
  sums(): ErrorSums
}

/** Returns with their classes. */
type Returns = Pick<ChunkedPoints, "count" | "x" | "y" | "z" | "classification" | "chunks">

/**
 * Gathers points, makes the border, then finds the points of triangles; see
 * {@link prepareGroundCore}.
 */
export interface GroundCore extends BorderCore {
  /**
   * Undefined if numbers are too large.
   *
   * @throws RangeError if memory is insufficient; Error for points in another order
   */
  gather(returns: Returns, rule: GatherRule): GatheredGround | undefined
  /**
   * Looks up the first `count` points inside of the last gathering, even if they were moved. Call
   * it once for each gathering.
   */
  lookup(count: number): PointLookup
}

/** An instance with more memory is not reused. */
const CACHED_BYTES = 128 * 2 ** 20
/** Coordinates and heights below this have differences that fit into 32 bits. */
const LIMIT = 2 ** 30
/** 16 bytes each: less than 2 GB. If most are near the border, memory may still be insufficient. */
const COUNT_LIMIT = 5e7
const ROW = 1000
const BIN = 500

let prepared: GroundCore | null = null

/**
 * Compiles the passes for this thread. Without it the reference implementations run, with the same
 * result to the bit.
 *
 * @throws EngineError `E_INTERNAL` if the module is missing
 */
export const prepareGroundCore = async (): Promise<GroundCore> => {
  prepared ??= createGroundCore(await loadWasm<Exports>("ground"))
  return prepared
}

/** The core that {@link prepareGroundCore} made, or null. */
export const preparedGroundCore = (): GroundCore | null => prepared

const createGroundCore = (instantiate: () => Exports): GroundCore => {
  let instance: Exports | undefined
  let bins: readonly [columns: number, rows: number] = [0, 0]
  const last = (): Exports => {
    if (instance === undefined) throw new Error("no ground points were gathered")
    return instance
  }
  return {
    gather: (returns, rule) => {
      // An instance that another tile enlarged is not reused, nor one after a failure.
      const wasm =
        instance !== undefined && instance.memory.buffer.byteLength <= CACHED_BYTES ? instance : instantiate()
      instance = undefined
      const room = returns.count
      if (room > COUNT_LIMIT) return undefined
      if (wasm.placeInput() === 0) throw outOfMemory(room)
      new Uint8Array(wasm.memory.buffer, wasm.wanted.value, 256).set(rule.wanted)
      bins = [Math.ceil((rule.side + 1) / BIN), Math.ceil((rule.side + 1) / ROW)]
      const cells = ((rule.side + 2 * rule.margin) / ROW) ** 2
      if (wasm.placePoints(cells, bins[0] * bins[1], bins[1], room) === 0) throw outOfMemory(room)
      wasm.startGathering(rule.side, rule.margin, rule.strip, rule.corner)
      copyInChunks(chunkColumns(wasm), returns, wasm.take)
      // A coordinate is too large.
      if (wasm.bits.value >= LIMIT) return undefined
      for (let answer = 1; answer > 0; ) {
        answer = wasm.settleRow(rule.step)
        if (answer === -1) throw new Error("ground points: expected canonical order")
        if (answer === -2) throw outOfMemory(room)
      }
      if (wasm.makeBorderRoom() === 0) throw outOfMemory(room)
      instance = wasm
      return gathered(wasm)
    },
    ...createBorder(() => last()),
    lookup: (count) => {
      const wasm = last()
      // A thread that continues with other tasks does not keep it for the next tile.
      if (wasm.memory.buffer.byteLength > CACHED_BYTES) instance = undefined
      return new CoreLookup(wasm, count, bins)
    },
  }
}

const outOfMemory = (points: number): RangeError =>
  new RangeError(`no memory for ${points} ground points. Use a smaller --tile-size.`)

const gathered = (wasm: Exports): GatheredGround => {
  const { buffer } = wasm.memory
  const count = wasm.retained.value
  const nearCount = wasm.nearCount.value
  wasm.writeNear()
  const column = (at: WasmGlobal): Int32Array => new Int32Array(buffer, at.value, nearCount).slice()
  const near = { count: nearCount, x: column(wasm.nearX), y: column(wasm.nearY), z: column(wasm.nearZ) }
  return {
    inside: {
      count,
      x: new Int32Array(buffer, wasm.xs.value, count),
      y: new Int32Array(buffer, wasm.ys.value, count),
      z: new Int32Array(buffer, wasm.zs.value, count),
      classes: new Uint8Array(buffer, wasm.classes.value, count),
    },
    near,
    points: wasm.taken.value,
    merged: wasm.merged.value,
    steps: wasm.steps.value,
  }
}

class CoreLookup implements PointLookup {
  worst = -1
  private readonly wasm: Exports

  constructor(wasm: Exports, count: number, [columns, rows]: readonly [number, number]) {
    this.wasm = wasm
    wasm.startLookup(columns, rows, count)
    const most = wasm.CHUNK.value
    for (let from = 0; from < count; from += most) {
      if (wasm.binPoints(from, Math.min(count, from + most)) === 0)
        throw new Error("points of a surface: expected rows of 1 m from the south, by x in a row, inside the square")
    }
    wasm.endBins(count)
  }

  get first(): number {
    return this.wasm.first.value
  }

  findWorst({ corners, x, y, z }: Triangles, t: number, stride: number, bound: number): boolean {
    const o = corners[3 * t]
    const a = corners[3 * t + 1]
    const b = corners[3 * t + 2]
    this.worst = this.wasm.findWorst(x[o], y[o], z[o], x[a], y[a], z[a], x[b], y[b], z[b], stride, bound)
    return this.worst >= 0
  }

  addErrors({ corners, x, y, z }: Triangles, t: number): void {
    const o = corners[3 * t]
    const a = corners[3 * t + 1]
    const b = corners[3 * t + 2]
    this.wasm.addErrors(x[o], y[o], z[o], x[a], y[a], z[a], x[b], y[b], z[b])
  }

  drop(i: number): void {
    this.wasm.drop(i)
  }

  sums(): ErrorSums {
    const { memory, pointCount, largest, squaredSum, histogram, DISTANCES } = this.wasm
    return {
      points: pointCount.value,
      max: largest.value,
      squaredSum: squaredSum.value,
      histogram: new Uint32Array(memory.buffer, histogram.value, DISTANCES.value),
    }
  }
}
