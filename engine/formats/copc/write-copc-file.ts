/**
 * Converts a point file to COPC: upgrades its records, writes them, and moves the result into
 * place.
 */
import { mkdir, rm } from "node:fs/promises"
import { basename, join } from "node:path"
import { moveIntoPlace } from "../../core/files/atomic-write.js"
import { packageVersion } from "../../core/package-version.js"
import { damaged } from "../../errors.js"
import { openPointFile, type PointFile } from "../las/point-file.js"
import type { RecordBlock } from "../las/read-records.js"
import { type Upgrade, upgradeRecords } from "../las/write/upgrade-records.js"
import { type CopcOptions, type CopcResult, writeCopc } from "./copc-writer.js"

/** A point file to write as COPC. */
export interface CopcTask {
  readonly path: string
  readonly out: string
  /** Emptied at the start and removed at the end; must be on the file system of `out`. */
  readonly temporaryFolder: string
  /** EPSG code for a file that states no CRS. */
  readonly epsg?: number | undefined
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
export const upgradeFile = async (file: PointFile, epsg?: number): Promise<Upgrade> => {
  const { path, crs } = file.info
  const generatingSoftware = `maille ${packageVersion}`
  return upgradeRecords({ path, stored: await file.stored(), crs, epsg, generatingSoftware })
}

/**
 * Writes a point file as COPC. The final name never refers to an incomplete file.
 *
 * @throws EngineError of the input, or of the file system
 */
export const writeCopcFile = async (
  { path, out, temporaryFolder, epsg }: CopcTask,
  options: Omit<CopcOptions, "temporaryFolder"> = {},
): Promise<WrittenCopc> => {
  await rm(temporaryFolder, { recursive: true, force: true })
  await mkdir(temporaryFolder, { recursive: true })
  const file = await openPointFile(path)
  try {
    const { spec, convert, notes } = await upgradeFile(file, epsg)
    const { box, zRange, count } = file.info
    const whole = [box[0], box[1], zRange[0], box[2], box[3], zRange[1]] as const
    const temporary = join(temporaryFolder, basename(out))
    const input = { spec, records: () => convertAll(file.records(), convert), count, box: whole }
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
