/** Measures the reader and every kernel on one tile: the work of `maille bench`. */
import { mkdtemp, rm } from "node:fs/promises"
import { cpus, tmpdir } from "node:os"
import { join } from "node:path"
import { Box2 } from "../../engine/core/geometry/box.js"
import { packageVersion } from "../../engine/core/package-files.js"
import { EngineError } from "../../engine/errors.js"
import { gatherPoints } from "../../engine/formats/points/gather.js"
import { openPointFile, type PointFile } from "../../engine/formats/points/point-file.js"
import { composeImage } from "../../engine/formats/raster/compose-image.js"
import { expandInputs } from "../../engine/io/expand-inputs.js"
import { loadKernels } from "../../engine/job/kernels/load-kernels.js"
import { otherWaterMakers } from "../../engine/job/kernels/presets.js"
import type { Kernel, View } from "../../engine/kernel.js"
import { openImageCatalogue } from "../../engine/spatial/image-catalogue.js"
import { createArena } from "../../engine/worker/thread-use.js"
import { sceneViews, viewRenderer } from "../../fixtures/sample/views.js"
import { writeSample } from "../../fixtures/sample/write-sample.js"
import { checksumOf } from "./checksum.js"
import { type MeasureOptions, measureRate, peakBytes, type Rate } from "./measure.js"
import { type Ground, missingInput, prepareCall } from "./tile-calls.js"

/** Input and duration of the measurement. */
export interface BenchOptions extends MeasureOptions {
  /** Point files of a tile; empty for the demo's scene. */
  readonly lidar: readonly string[]
  /** Orthophotos of the tile. */
  readonly imagery?: readonly string[]
  /**
   * Side of a work tile, metres; 100 by default. Four tiles around the middle are read, one is
   * measured.
   */
  readonly tileSize?: number
  /** Called with the name of the next measurement. */
  readonly onNext?: (name: string) => void
}

/** One line of the results; rates in points of the measured ground per second of processor time. */
export interface BenchRow extends Rate {
  /** Kernel id, or `read`. */
  readonly name: string
  readonly unit: "points/s"
  /** Digest of the output: equal for equal input, version and options. */
  readonly checksum: string
  /** Version of the kernel; for the reader, maille's. */
  readonly version: string
}

/** The document that `maille bench --json` prints and `--compare` reads. */
export interface BenchDocument {
  readonly maille: string
  readonly node: string
  readonly cpu: string
  readonly tile: { readonly files: readonly string[]; readonly tileSize: number; readonly points: number }
  /** Peak resident memory of the process, bytes. */
  readonly peakBytes: number
  readonly rows: readonly BenchRow[]
  readonly skipped: readonly { readonly name: string; readonly reason: string }[]
}

/**
 * Measures the reader and every kernel with its default options, one after the other in this
 * process.
 *
 * @throws EngineError E_INPUT for files that cannot be read, or have no points around their middle
 */
export const benchTile = async (options: BenchOptions): Promise<BenchDocument> => {
  if (options.lidar.length > 0) return benchFiles(options)
  const folder = await mkdtemp(join(tmpdir(), "maille-bench-"))
  try {
    const { scene, lidar, ortho } = await writeSample(folder, { seed: 1 })
    const render = viewRenderer(scene)
    const views = (): View[] =>
      sceneViews(scene, { width: 240, height: 180 }).map((view) => {
        const { shot, gain, bias } = view
        return { shot, gain, bias, data: render(view) }
      })
    return await benchFiles({ ...options, lidar, imagery: [ortho] }, views)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const benchFiles = async (options: BenchOptions, views?: () => View[]): Promise<BenchDocument> => {
  const { paths, rejected } = await expandInputs(options.lidar)
  if (rejected[0] !== undefined) throw EngineError.fromData(rejected[0].error)
  const files: PointFile[] = []
  try {
    for (const path of paths) files.push(await openPointFile(path))
    const tileSize = options.tileSize ?? 100
    const ground = await openGround(files, options.imagery ?? [], tileSize)
    return await measureAll(files, views === undefined ? ground : { ...ground, views }, tileSize, options)
  } finally {
    for (const file of files) await file.close()
  }
}

/** Four cells around the middle of the files. */
const openGround = async (files: readonly PointFile[], imagery: readonly string[], side: number): Promise<Ground> => {
  const whole = files.map(({ info }) => info.box).reduce(Box2.union)
  const [x, y] = [0, 1].map((axis) => {
    const middle = (whole[axis as 0 | 1] + whole[axis === 0 ? 2 : 3]) / 2
    return 2 * side * Math.floor(middle / (2 * side))
  }) as [number, number]
  const corners = [x, y, x + side, y, x, y + side, x + side, y + side]
  const cells = [0, 2, 4, 6].map((at): Box2 => {
    const [minX = 0, minY = 0] = corners.slice(at)
    return [minX, minY, minX + side, minY + side]
  })
  const epsg = files[0]?.info.crs.epsg ?? 2154
  const ground = { box: [x, y, x + 2 * side, y + 2 * side] as const, cells, own: 1, epsg, sources: files }
  if (imagery.length === 0) return ground
  const { images } = await openImageCatalogue(imagery, { epsg })
  return { ...ground, image: (box, pixel) => composeImage(images, box, pixel) }
}

const measureAll = async (
  files: readonly PointFile[],
  ground: Ground,
  tileSize: number,
  options: BenchOptions,
): Promise<BenchDocument> => {
  const rows: BenchRow[] = []
  const skipped: { name: string; reason: string }[] = []
  options.onNext?.("read")
  rows.push(await readRow(files, options))
  const counts = await Promise.all(
    ground.cells.map(async (cell) => (await gatherPoints(files, cell, [cell[0], cell[1], 0])).points.count),
  )
  const [own = 0, all] = [counts[ground.own], counts.reduce((sum, count) => sum + count, 0)]
  if (own === 0) {
    const text = `no point lies around the middle of ${files[0]?.info.path}; choose another --tile-size than ${tileSize}`
    throw new EngineError("E_INPUT", text, { option: "--tile-size" })
  }
  const others = otherWaterMakers()
  for (const { kernel } of await loadKernels()) {
    if (others.has(kernel.id)) continue
    options.onNext?.(kernel.id)
    const missing = missingInput(ground, kernel)
    const row = missing ?? (await kernelRow(ground, kernel, isOfTile(kernel) ? own : all, options))
    if (typeof row === "string") skipped.push({ name: kernel.id, reason: row })
    else rows.push(row)
  }
  return {
    maille: packageVersion,
    node: process.versions.node,
    cpu: `${cpus()[0]?.model.trim() ?? process.arch} × ${cpus().length}`,
    tile: { files: files.map(({ info }) => info.name), tileSize, points: own },
    peakBytes: peakBytes(),
    rows,
    skipped,
  }
}

const isOfTile = ({ stages = ["tile"] }: Kernel): boolean => stages.includes("tile") || stages.includes("model")

/** Measures decoding every point of the files into columns. */
const readRow = async (files: readonly PointFile[], options: BenchOptions): Promise<BenchRow> => {
  let digest: number[] = []
  const pass = async (): Promise<number> => {
    digest = []
    let points = 0
    for (const file of files) {
      const [minX, minY] = file.info.box
      for await (const { count, x, z } of file.read({ origin: [Math.floor(minX), Math.floor(minY), 0] })) {
        points += count
        digest.push(count, x[count - 1] ?? 0, z[count - 1] ?? 0)
      }
    }
    return points
  }
  await pass()
  const rate = await measureRate(pass, options)
  return { name: "read", unit: "points/s", ...rate, checksum: checksumOf(digest), version: packageVersion }
}

/** Measures a kernel on its tile, or returns why it cannot run there. */
const kernelRow = async (
  ground: Ground,
  { id, version }: Kernel,
  points: number,
  options: BenchOptions,
): Promise<BenchRow | string> => {
  try {
    const { kernel, tile, inputs, options: values } = await prepareCall(ground, id)
    const arena = createArena()
    const run = (): unknown => {
      const outputs = kernel.run(tile, inputs as never, values as never, arena)
      arena.reset()
      return outputs
    }
    const checksum = checksumOf(run())
    const rate = await measureRate(() => {
      run()
      return points
    }, options)
    return { name: id, unit: "points/s", ...rate, checksum, version: String(version) }
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
