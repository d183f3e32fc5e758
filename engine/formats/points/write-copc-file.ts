/**
 * Converts a point file to COPC: upgrades its records, writes them, and moves the result into
 * place.
 */
import { mkdir, rm } from "node:fs/promises"
import { basename, join } from "node:path"
import { moveIntoPlace } from "../../core/files/atomic-write.js"
import { packageVersion } from "../../core/package-files.js"
import { damaged } from "../../errors.js"
import { type CopcOptions, type CopcResult, writeCopc } from "../copc/copc-writer.js"
import type { RecordBlock } from "../las/columns.js"
import { wktTexts } from "../las/header.js"
import { verticalPart, writeWkt } from "../las/write/wkt.js"
import { openPointFile, type PointFile } from "./point-file.js"
import { planReprojection, type Reprojected, reprojectRecords } from "./reproject-records.js"
import { type Upgrade, upgradeRecords } from "./upgrade-records.js"

/** A point file to write as COPC. */
export interface CopcTask {
  readonly path: string
  readonly out: string
  /** Emptied at the start and removed at the end; must be on the file system of `out`. */
  readonly temporaryFolder: string
  /** EPSG code for a file that states no CRS; with `to`, it also replaces a wrong one. */
  readonly epsg?: number | undefined
  /** EPSG code of the CRS to reproject the points to. */
  readonly to?: number | undefined
}

/** Result of a {@link CopcTask}. */
export interface WrittenCopc extends CopcResult {
  readonly notes: readonly string[]
}

/**
 * Plans the conversion of an open file to LAS 1.4.
 *
 * @throws EngineError `E_INPUT` for formats that cannot be converted
 */
export const upgradeFile = async (file: PointFile, epsg?: number, wkt?: string): Promise<Upgrade> => {
  const { path, crs } = file.info
  const generatingSoftware = `maille ${packageVersion}`
  return upgradeRecords({ path, stored: await file.stored(), crs, epsg, wkt, generatingSoftware })
}

/** Plans the conversion of an open file to LAS 1.4 in another CRS, if it is not in that CRS. */
const reprojectFile = async (
  file: PointFile,
  { epsg, to }: Pick<CopcTask, "epsg" | "to">,
): Promise<Reprojected | undefined> => {
  const { info } = file
  const reprojection = to === undefined ? undefined : planReprojection(info, epsg, to)
  if (to === undefined || reprojection === undefined) return undefined
  const { vlrs, evlrs } = await file.stored()
  const wkt = writeWkt(to, verticalPart(wktTexts([...vlrs, ...evlrs]), reprojection.source.heightUnit === 1))
  return reprojectRecords(await upgradeFile(file, epsg, wkt), info, reprojection)
}

/**
 * Writes a point file as COPC. The final name never refers to an incomplete file.
 *
 * @throws EngineError of the input, or of the file system
 */
export const writeCopcFile = async (
  { path, out, temporaryFolder, epsg, to }: CopcTask,
  options: Omit<CopcOptions, "temporaryFolder"> = {},
): Promise<WrittenCopc> => {
  await rm(temporaryFolder, { recursive: true, force: true })
  await mkdir(temporaryFolder, { recursive: true })
  const file = await openPointFile(path)
  try {
    const reprojected = await reprojectFile(file, { epsg, to })
    const { spec, convert, notes } = reprojected ?? (await upgradeFile(file, epsg))
    const { box, zRange, count } = file.info
    const whole = reprojected?.box ?? ([box[0], box[1], zRange[0], box[2], box[3], zRange[1]] as const)
    const temporary = join(temporaryFolder, basename(out))
    const isRough = reprojected !== undefined
    const input = { spec, records: () => convertAll(file.records(), convert), count, box: whole, isRough }
    const result = await writeCopc(input, temporary, { ...options, temporaryFolder })
    if (result.points !== count) {
      throw damaged(path, `its header announces ${count} points, and it has ${result.points}`)
    }
    await moveIntoPlace(temporary, out)
    return { ...result, notes }
  } finally {
    await file.close()
    await rm(temporaryFolder, { recursive: true, force: true })
  }
}

async function* convertAll(
  blocks: AsyncIterable<RecordBlock>,
  convert: Upgrade["convert"],
): AsyncGenerator<RecordBlock> {
  for await (const block of blocks) yield convert(block)
}
