/** Reads orientation files for `maille inspect`, and sorts its inputs by kind. */
import { stat } from "node:fs/promises"
import type { Shot } from "../engine/core/camera/camera.js"
import type { Box2 } from "../engine/core/geometry/box.js"
import type { ErrorData } from "../engine/errors.js"
import { type Orientations, readOrientations } from "../engine/formats/orientation/read-orientations.js"
import { listFiles } from "../engine/io/list-files.js"
import { counted, formatTable, grouped, printLine } from "./print.js"

/** Orientation files in the form of `maille inspect --json`. */
export interface InspectedOrientations {
  readonly shots: number
  /** Shots with an image, and names of those without; absent where no image or folder was named. */
  readonly withImage?: number
  readonly withoutImage?: readonly string[]
  /**
   * Box of the projection centres in the files' own CRS, metres; absent without shots, like
   * `altitudes`.
   */
  readonly bbox?: Box2
  readonly altitudes?: readonly [low: number, high: number]
  readonly files: readonly { readonly path: string; readonly shots: number }[]
  readonly cameras: readonly {
    readonly name: string
    readonly width: number
    readonly height: number
    readonly shots: number
  }[]
  readonly notes: readonly string[]
}

/** Inputs of `maille inspect` by kind. A folder may have all three. */
export interface InspectInputs {
  readonly points: readonly string[]
  readonly orientations: readonly string[]
  readonly images: readonly string[]
}

const ORIENTATION = /\.(opk|xml|con|ori|txt)$/i
const IMAGE = /\.(tiff?|jp2|jpe?g|png|webp|vrt)$/i
const POINTS = /\.la[sz]$/i

/**
 * Sorts inputs by name: files by extension, folders by the files inside. Inputs that are no
 * orientations go unchanged to the readers of points.
 */
export const sortInspectInputs = async (inputs: readonly string[]): Promise<InspectInputs> => {
  const sorted = { points: [] as string[], orientations: [] as string[], images: [] as string[] }
  for (const input of inputs) {
    const facts = /^[a-z][a-z0-9+.-]+:\/\//i.test(input) ? undefined : await stat(input).catch(() => undefined)
    const isFolder = facts?.isDirectory() === true
    const holds = async (wanted: RegExp): Promise<boolean> =>
      isFolder ? ((await listFiles(input, wanted)) ?? []).length > 0 : wanted.test(input)
    const isOriented = await holds(ORIENTATION)
    if (isOriented) sorted.orientations.push(input)
    if (await holds(IMAGE)) sorted.images.push(input)
    if (isFolder ? !isOriented || (await holds(POINTS)) : !isOriented) sorted.points.push(input)
  }
  // Images only matter beside orientations.
  if (sorted.orientations.length === 0) return { ...sorted, images: [] }
  return { ...sorted, points: sorted.points.filter((path) => !sorted.images.includes(path) || POINTS.test(path)) }
}

/**
 * Reads orientations and counts their shots.
 * @returns undefined where folders of points have no orientations
 * @throws EngineError `E_INPUT` where named files are no orientations and nothing else can be
 *   inspected
 */
export const inspectOrientations = async ({
  points,
  orientations,
  images,
}: InspectInputs): Promise<
  { readonly found: InspectedOrientations; readonly rejected: Orientations["rejected"] } | undefined
> => {
  if (orientations.length === 0) return undefined
  let read: Orientations
  try {
    read = await readOrientations(orientations, images.length === 0 ? {} : { images })
  } catch (error) {
    // Folders of points often contain XML and text files of other kinds.
    const named = orientations.filter((path) => ORIENTATION.test(path))
    if (points.length > 0 && named.length === 0) return undefined
    throw error
  }
  return { found: describe(read, images.length > 0), rejected: read.rejected }
}

const describe = ({ shots, withoutImage, notes }: Orientations, lookedFor: boolean): InspectedOrientations => {
  const files = new Map<string, number>()
  const cameras = new Map<string, { name: string; width: number; height: number; shots: number }>()
  for (const { file, camera } of shots) {
    files.set(file, (files.get(file) ?? 0) + 1)
    const { name, width, height } = camera
    const key = `${name} ${width} ${height}`
    cameras.set(key, { name, width, height, shots: (cameras.get(key)?.shots ?? 0) + 1 })
  }
  return {
    shots: shots.length,
    ...(lookedFor ? { withImage: shots.filter(({ image }) => image !== undefined).length, withoutImage } : {}),
    ...(shots.length === 0 ? {} : measurePlace(shots)),
    files: [...files].map(([path, count]) => ({ path, shots: count })),
    cameras: [...cameras.values()],
    notes,
  }
}

const measurePlace = (shots: readonly Shot[]): Required<Pick<InspectedOrientations, "bbox" | "altitudes">> => {
  const range = (axis: 0 | 1 | 2): [number, number] =>
    shots.reduce<[number, number]>(
      ([low, high], { centre }) => [Math.min(low, centre[axis]), Math.max(high, centre[axis])],
      [Infinity, -Infinity],
    )
  const [x, y] = [range(0), range(1)]
  return { bbox: [x[0], y[0], x[1], y[1]], altitudes: range(2) }
}

/** Prints orientations for people. */
export const printOrientations = (
  { shots, withImage, withoutImage, bbox, altitudes, files, cameras, notes }: InspectedOrientations,
  rejected: readonly { readonly error: ErrorData }[],
): void => {
  const heading = ["file", "shots"]
  const rows = files.map(({ path, shots: count }) => [path.split("/").at(-1) ?? path, grouped(count)])
  if (rows.length > 0) printLine(formatTable([heading, ...rows]))
  const images = withImage === undefined ? "" : `, ${grouped(withImage)} with an image`
  printLine(`${counted(shots, "oriented image")}${images}, ${counted(rejected.length, "fault")}`)
  if (bbox !== undefined && altitudes !== undefined) {
    const place = bbox.map((value) => Number(value.toFixed(2))).join(" ")
    printLine(`cameras at ${place}, altitudes ${altitudes.map((value) => value.toFixed(1)).join(" to ")} m`)
  }
  for (const { name, width, height, shots: count } of cameras)
    printLine(`camera: ${name}, ${width} × ${height} px, ${counted(count, "shot")}`)
  if (withoutImage !== undefined && withoutImage.length > 0)
    printLine(`without image: ${withoutImage.slice(0, 3).join(", ")}${withoutImage.length > 3 ? ", …" : ""}`)
  for (const note of notes) printLine(`note: ${note}`)
}
