/**
 * The refinement loop of `greedyTin` in WebAssembly (`assembly/`). {@link prepareGreedyCore}
 * compiles it once a worker.
 *
 * All calls share one instance. Its memory grows to the largest call and stays, unless it exceeds
 * 128 MB. It takes about 13 bytes a candidate and 112 a vertex; 104 MB for 2000 × 2000 candidates.
 * See docs/decisions/13-webassembly-and-v8.md.
 */
import { type ChunkExports, chunkColumns, copyInChunks, loadWasm, type WasmGlobal } from "../../../engine/core/wasm.js"

/** Exports of `assembly/index.ts`. Addresses and counts are u32. */
interface Exports extends ChunkExports {
  readonly within: WasmGlobal
  readonly vertices: WasmGlobal
  readonly triangles: WasmGlobal
  readonly vertexCount: WasmGlobal
  readonly triangleCount: WasmGlobal
  readonly sumOfSquares: WasmGlobal
  readonly countInside: WasmGlobal
  readonly overflown: WasmGlobal
  prepare(boxX: number, boxY: number, cell: number, columns: number, rows: number, coordinateBytes: number): number
  countCandidates(count: number): void
  placeCandidates(count: number, place: number): void
  fitPlanes(): number
  start(triangles: number, vertexRoom: number): number
  addVertex(x: number, y: number, z: number, place: number): number
  addTriangle(a: number, b: number, c: number, ...twins: [a: number, b: number, c: number]): void
  refine(maxError: number, maxTriangles: number): number
  largestError(): number
  takeStatistics(): void
}

interface Places {
  readonly x: Int32Array
  readonly y: Int32Array
  readonly z: Int32Array
}

/**
 * Input of the loop: the triangulation of the fixed vertices, and the candidates (all in one unit).
 */
export interface CoreStart {
  readonly box: readonly [minX: number, minY: number, maxX: number, maxY: number]
  readonly candidates: Places
  /** Vertices with their indices in the input; candidate i has index `offset + i`. */
  readonly vertices: Places & { readonly place: Int32Array; readonly count: number }
  readonly offset: number
  /** Three half-edges for each of `count` triangles; twins −1 on the border. */
  readonly triangles: { readonly corners: Int32Array; readonly twins: Int32Array; readonly count: number }
  /** 1 for triangles inside. */
  readonly within: Uint8Array
}

/** A refined triangulation. */
export interface CoreTin {
  readonly triangleCount: number
  /** Corners of triangle t at 8 t, 8 t + 1, 8 t + 2. */
  readonly corners: Int32Array
  /** Index in the input of vertex v at 4 v + 3. */
  readonly vertices: Int32Array
  readonly vertexCount: number
  readonly maxError: number
  /**
   * Squared distances and number of the candidates inside that are not vertices.
   *
   * @throws Error after the next refinement, which reuses the memory
   */
  statistics(): { readonly squaredSum: number; readonly count: number }
}

/** Refines one triangulation after another ({@link prepareGreedyCore}). */
export interface GreedyCore {
  /** True if the numbers are small enough and memory stays below 2 GB. */
  takes(start: Pick<CoreStart, "box" | "candidates"> & { readonly fixed: Places }): boolean
  /** The arrays are valid until the next call. @throws RangeError if memory is insufficient */
  refine(start: CoreStart, maxError: number, maxTriangles: number): CoreTin
}

/** Orientations are exact in doubles for differences in plan below this. */
const PLAN_LIMIT = 2 ** 26
/** Heights below this are exact in single precision. */
const HEIGHT_LIMIT = 2 ** 24
/** Each takes 12 to 21 bytes, as a vertex 112, at worst twice that: less than 2 GB. */
const COUNT_LIMIT = 7e6
/** Widest cell whose blocks of 4 × 4 fit into 16-bit coordinates from their centre. */
const NARROW_CELL = 16_000
/** An instance with more memory is not reused. */
const CACHED_BYTES = 128 * 2 ** 20

let prepared: GreedyCore | null = null

/**
 * Compiles the loop for this thread. Without it `greedyTin` runs the reference implementation, with
 * the same result to the bit.
 *
 * @throws EngineError `E_INTERNAL` if the module is missing
 */
export const prepareGreedyCore = async (): Promise<GreedyCore> => {
  prepared ??= createGreedyCore(await loadWasm<Exports>("greedy"))
  return prepared
}

/** The core that {@link prepareGreedyCore} made, or null. */
export const preparedGreedyCore = (): GreedyCore | null => prepared

const createGreedyCore = (instantiate: () => Exports): GreedyCore => {
  let cached: Exports | undefined
  let turns = 0
  return {
    takes: ({ box, candidates, fixed }) =>
      Math.max(box[2] - box[0], box[3] - box[1]) < PLAN_LIMIT &&
      candidates.x.length + fixed.x.length < COUNT_LIMIT &&
      areLow(candidates.z) &&
      areLow(fixed.z),
    refine: (start, maxError, maxTriangles) => {
      const wasm = cached ?? instantiate()
      // Only reused after success, and if it is not too large.
      cached = undefined
      const turn = ++turns
      if (cellOf(start) > NARROW_CELL || !fillGrid(wasm, start, 2)) fillGrid(wasm, start, 4)
      fillMesh(wasm, start)
      if (wasm.refine(maxError, maxTriangles) === 0) throw outOfMemory(start)
      if (wasm.memory.buffer.byteLength <= CACHED_BYTES) cached = wasm
      const triangleCount = wasm.triangleCount.value
      const vertexCount = wasm.vertexCount.value
      return {
        triangleCount,
        corners: new Int32Array(wasm.memory.buffer, wasm.triangles.value, 8 * triangleCount),
        vertices: new Int32Array(wasm.memory.buffer, wasm.vertices.value, 4 * vertexCount),
        vertexCount,
        maxError: wasm.largestError(),
        statistics: () => {
          if (turn !== turns) throw new Error("the statistics of a TIN must be taken before the next TIN is made")
          wasm.takeStatistics()
          return { squaredSum: wasm.sumOfSquares.value, count: wasm.countInside.value }
        },
      }
    },
  }
}

const outOfMemory = ({ candidates }: CoreStart): RangeError =>
  new RangeError(`no memory to refine a triangulation by ${candidates.x.length} candidates. Use a smaller --tile-size.`)

const areLow = (z: Int32Array): boolean => {
  let bits = 0
  for (let i = 0; i < z.length; i++) bits |= z[i] ^ (z[i] >> 31)
  return bits < HEIGHT_LIMIT
}

/** Side of a candidate's cell, as in `CandidateGrid`. */
const cellOf = ({ box, candidates }: CoreStart): number =>
  Math.max(1, Math.sqrt(((box[2] - box[0]) * (box[3] - box[1])) / Math.max(1, candidates.x.length)))

/**
 * Counts the candidates into the cells of the grid, makes room for a mesh, writes them to their
 * slots and fits the planes. The grid equals that of `CandidateGrid`.
 *
 * @returns false if a height does not fit into coordinates of 2 bytes
 */
const fillGrid = (wasm: Exports, start: CoreStart, coordinateBytes: 2 | 4): boolean => {
  const { box, candidates, offset, within, vertices } = start
  const points = { ...candidates, count: candidates.x.length }
  const [width, height] = [box[2] - box[0], box[3] - box[1]]
  const cell = cellOf(start)
  const blocks = (length: number): number => Math.floor(length * (1 / (4 * cell))) + 1
  if (wasm.prepare(box[0], box[1], cell, blocks(width), blocks(height), coordinateBytes) === 0) throw outOfMemory(start)
  copyInChunks(chunkColumns(wasm), points, wasm.countCandidates)
  if (wasm.start(within.length, vertices.count + (points.count >> 3) + 64) === 0) throw outOfMemory(start)
  let place = offset
  // The memory may have grown, which detaches earlier views.
  copyInChunks(chunkColumns(wasm), points, (count) => {
    wasm.placeCandidates(count, place)
    place += count
  })
  if (wasm.overflown.value !== 0) return false
  return wasm.fitPlanes() !== 0
}

/** Writes the initial triangulation. */
const fillMesh = (wasm: Exports, { vertices, triangles, within }: CoreStart): void => {
  new Uint8Array(wasm.memory.buffer, wasm.within.value, within.length).set(within)
  const { x, y, z, place } = vertices
  for (let v = 0; v < vertices.count; v++) wasm.addVertex(x[v], y[v], z[v], place[v])
  const { corners, twins } = triangles
  for (let e = 0; e < 3 * triangles.count; e += 3)
    wasm.addTriangle(corners[e], corners[e + 1], corners[e + 2], twins[e], twins[e + 1], twins[e + 2])
}
