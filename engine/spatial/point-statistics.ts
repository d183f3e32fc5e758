/** Counts the points of a file by class and measures their density, for `maille inspect`. */
import { EngineError } from "../errors.js"
import type { PointColumns } from "../formats/las/columns.js"
import { openPointFile, type PointFileInfo } from "../formats/points/point-file.js"

export interface PointStatistics {
  /** Points read. */
  readonly points: number
  /** Points by class code, ascending. */
  readonly classes: Readonly<Record<string, number>>
  /** Points per occupied 1 m cell; of a sample: points over the area of the header's box. */
  readonly densityPerM2: number
  /** How the sample was taken; absent when every point was read. */
  readonly sampled?: string
  /** Why reading ended early. */
  readonly fault?: string
}

/** Files of more points are sampled, unless all points are requested. */
const MOST_POINTS = 10_000_000
/** Most cells of the occupancy bitmap: 50 MB. */
const MOST_CELLS = 400_000_000

/**
 * Counts a file's points by class and measures its density. Files of more than 10 million points
 * are sampled unless `full`: COPC by its coarse levels, others by their first points. Decoding
 * errors do not throw; they are the result's `fault`.
 */
export const pointStatistics = async (
  info: PointFileInfo,
  options: { readonly full?: boolean } = {},
): Promise<PointStatistics> => {
  const whole = options.full === true || info.count <= MOST_POINTS
  const classes = new Uint32Array(256)
  const cells = whole ? cellMap(info) : undefined
  let points = 0
  let fault: string | undefined
  try {
    const file = await openPointFile(info.path, { found: info })
    try {
      for await (const columns of file.read({
        origin: originOf(info),
        attributes: ["classification"],
        ...sampleSpacing(info, whole),
      })) {
        countClasses(columns, classes)
        cells?.mark(columns)
        points += columns.count
        if (!whole && points >= MOST_POINTS) break
      }
    } finally {
      await file.close()
    }
  } catch (error) {
    fault = EngineError.toData(error).message
  }
  const [minX, minY, maxX, maxY] = info.box
  const area = Math.max(1, (maxX - minX) * (maxY - minY))
  const density =
    cells === undefined || fault !== undefined ? info.count / area : points / Math.max(1, cells.occupied())
  const how = info.format === "copc" ? "coarse levels" : "first points"
  return {
    points,
    classes: Object.fromEntries([...classes].flatMap((count, code) => (count > 0 ? [[code, count]] : []))),
    densityPerM2: Number(density.toFixed(2)),
    ...(whole ? {} : { sampled: how }),
    ...(fault === undefined ? {} : { fault }),
  }
}

const originOf = ({ box }: PointFileInfo): [number, number, number] => [Math.floor(box[0]), Math.floor(box[1]), 0]

// Each level has about four times the points of the one above.
const sampleSpacing = ({ spacing, count }: PointFileInfo, whole: boolean): { spacing?: number } => {
  if (whole || spacing === undefined) return {}
  const levels = Math.max(1, Math.log2(Math.sqrt(count)) - Math.log2(Math.sqrt(MOST_POINTS / 10)))
  const finest = Math.sqrt(1 / 20)
  return { spacing: Math.min(spacing, finest * 2 ** levels) }
}

const countClasses = ({ count, classification }: PointColumns, classes: Uint32Array): void => {
  for (let i = 0; i < count; i++) {
    const code = classification[i] as number
    classes[code] = (classes[code] as number) + 1
  }
}

/**
 * One bit for each 1 m cell of the CRS grid in the header's box; points outside are ignored.
 * Undefined where the box has too many cells.
 */
const cellMap = (info: PointFileInfo): { mark(columns: PointColumns): void; occupied(): number } | undefined => {
  const [originX, originY] = originOf(info)
  const width = Math.floor(info.box[2] - originX) + 1
  const height = Math.floor(info.box[3] - originY) + 1
  if (!(width * height <= MOST_CELLS)) return undefined
  const bits = new Uint8Array(Math.ceil((width * height) / 8))
  return {
    mark: ({ count, x, y }) => {
      for (let i = 0; i < count; i++) {
        const column = Math.floor((x[i] as number) / 1000)
        const row = Math.floor((y[i] as number) / 1000)
        if (column < 0 || row < 0 || column >= width || row >= height) continue
        const cell = row * width + column
        bits[cell >> 3] = (bits[cell >> 3] as number) | (1 << (cell & 7))
      }
    },
    occupied: () => bits.reduce((sum, byte) => sum + bitCount(byte), 0),
  }
}

const bitCount = (byte: number): number => {
  const pairs = byte - ((byte >> 1) & 0x55)
  const nibbles = (pairs & 0x33) + ((pairs >> 2) & 0x33)
  return (nibbles + (nibbles >> 4)) & 0x0f
}
