/**
 * The refinement loop of `greedyTin` in WebAssembly (`assembly/`). {@link prepareGreedyCore}
 * compiles it once a worker.
 *
 * All calls share one instance. Its memory grows to the largest call and stays, unless it exceeds
 * 128 MB. It takes about 13 bytes a candidate and 112 a vertex; 104 MB for 2000 × 2000 candidates.
 * See docs/decisions/13-webassembly-and-v8.md.
 */
import { loadWasm, type WasmGlobal } from "../../../engine/core/wasm.js"

/** Exports of `assembly/index.ts`. Addresses and counts are u32. */
interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer }
  readonly chunk: WasmGlobal
  readonly within: WasmGlobal
  readonly vertices: WasmGlobal
  readonly triangles: WasmGlobal
  readonly vertexCount: WasmGlobal
  readonly triangleCount: WasmGlobal
  readonly sumOfSquares: WasmGlobal
  readonly countInside: WasmGlobal
  readonly overflown: WasmGlobal
  layOut(
    boxX: number,
    boxY: number,
    cell: number,
    columns: number,
    rows: number,
    coordinateBytes: number,
    chunkBytes: number,
  ): number
  countCandidates(x: number, y: number, count: number): void
  placeCandidates(x: number, y: number, z: number, count: number, place: number): void
  fitPlanes(): number
  start(triangles: number, vertexRoom: number): number
  startMesh(vertices: number, triangles: number): void
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
/** Candidates per copy: they fit into the processor's cache. */
const CHUNK = 8192

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
  const { x, y, z } = candidates
  const count = x.length
  const [width, height] = [box[2] - box[0], box[3] - box[1]]
  const cell = cellOf(start)
  const blocks = (length: number): number => Math.floor(length * (1 / (4 * cell))) + 1
  const bytes = 4 * CHUNK
  if (wasm.layOut(box[0], box[1], cell, blocks(width), blocks(height), coordinateBytes, 3 * bytes) === 0)
    throw outOfMemory(start)
  const at = wasm.chunk.value
  const columns = (): Int32Array[] => [0, 1, 2].map((k) => new Int32Array(wasm.memory.buffer, at + k * bytes, CHUNK))
  const [firstX, firstY] = columns()
  for (let first = 0; first < count; first += CHUNK) {
    const end = Math.min(count, first + CHUNK)
    firstX.set(x.subarray(first, end))
    firstY.set(y.subarray(first, end))
    wasm.countCandidates(at, at + bytes, end - first)
  }
  if (wasm.start(within.length, vertices.count + (count >> 3) + 64) === 0) throw outOfMemory(start)
  // The memory may have grown, which detaches earlier views.
  const [chunkX, chunkY, chunkZ] = columns()
  for (let first = 0; first < count; first += CHUNK) {
    const end = Math.min(count, first + CHUNK)
    chunkX.set(x.subarray(first, end))
    chunkY.set(y.subarray(first, end))
    chunkZ.set(z.subarray(first, end))
    wasm.placeCandidates(at, at + bytes, at + 2 * bytes, end - first, offset + first)
    if (wasm.overflown.value !== 0) return false
  }
  return wasm.fitPlanes() !== 0
}

/** Writes the initial triangulation, as records of four values a vertex and eight a triangle. */
const fillMesh = (wasm: Exports, { vertices, triangles, within }: CoreStart): void => {
  const { buffer } = wasm.memory
  new Uint8Array(buffer, wasm.within.value, within.length).set(within)
  const { x, y, z, place } = vertices
  const records = new Int32Array(buffer, wasm.vertices.value, 4 * vertices.count)
  for (let v = 0; v < vertices.count; v++) {
    records[4 * v] = x[v]
    records[4 * v + 1] = y[v]
    records[4 * v + 2] = z[v]
    records[4 * v + 3] = place[v]
  }
  const sides = new Int32Array(buffer, wasm.triangles.value, 8 * triangles.count)
  for (let t = 0; t < triangles.count; t++) {
    for (let k = 0; k < 3; k++) {
      sides[8 * t + k] = triangles.corners[3 * t + k]
      const twin = triangles.twins[3 * t + k]
      sides[8 * t + 4 + k] = twin < 0 ? -1 : 8 * ((twin / 3) | 0) + (twin % 3)
    }
    // Not in the heap.
    sides[8 * t + 7] = -1
  }
  wasm.startMesh(vertices.count, triangles.count)
}
