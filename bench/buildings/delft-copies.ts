/** Delft sixteen times: the two crops of AHN3 and the 160 outlines of BGT, copied 4 × 4. */
import { existsSync } from "node:fs"
import { mkdir, readFile, rename, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { openComparedLayer } from "../../engine/compare/compared-layer.js"
import { flattenRings } from "../../engine/core/feature-table.js"
import { encodeFlatGeobuf } from "../../engine/formats/vector/flatgeobuf/writer.js"
import { requireFiles } from "../real-data.js"

/** Copies along a side, and metres between them. */
const [copies, step] = [4, 300] as const

/** Real data, by path in its folder or in full. */
export interface Place {
  readonly files: readonly string[]
  readonly epsg: number
  /** Outlines of a third party; without them the outlines are the program's own. */
  readonly outlines?: string
}

export const delft = {
  files: [1, 2].map((n) => `lidar-other/3dfier/ahn3/ahn3_cropped_${n}.laz`),
  epsg: 28992,
  outlines: "lidar-other/3dfier/bgt/bgt_pand.sqlite",
}

/** Full paths of Delft. @throws EngineError E_INPUT without the real data */
export const findDelft = (): Required<Place> => {
  const [outlines = "", ...files] = requireFiles([delft.outlines, ...delft.files])
  return { ...delft, files, outlines }
}

/** Makes the copies in a folder, or finds them there. */
export const delftCopies = async (folder: string): Promise<Required<Place>> => {
  const one = findDelft()
  await mkdir(folder, { recursive: true })
  const shifts = Array.from(
    { length: copies ** 2 },
    (_, k) => [step * (k % copies), step * Math.floor(k / copies)] as const,
  )
  const files: string[] = []
  for (const [f, file] of one.files.entries()) {
    const bytes = await readFile(file)
    for (const [k, shift] of shifts.entries()) {
      const path = join(folder, `ahn-${f + 1}-${k}.laz`)
      files.push(path)
      if (!existsSync(path)) await writeWhole(path, movedPoints(bytes, shift))
    }
  }
  const outlines = join(folder, "outlines.fgb")
  if (!existsSync(outlines)) await writeWhole(outlines, await movedOutlines(one, shifts))
  return { files, outlines, epsg: one.epsg }
}

const writeWhole = async (path: string, bytes: Uint8Array): Promise<void> => {
  await writeFile(`${path}.part`, bytes)
  await rename(`${path}.part`, path)
}

type Shift = readonly [x: number, y: number]

/** Places in a LAS header: offset of x and y, then their maximum and minimum. */
const headerPlaces = [
  [155, 179, 187],
  [163, 195, 203],
] as const

/** A LAS or LAZ file moved in plan: its points are relative to the header's offset. */
export const movedPoints = (file: Uint8Array, shift: Shift): Uint8Array => {
  // A Buffer's slice would share its memory.
  const moved = Uint8Array.from(file)
  const view = new DataView(moved.buffer)
  for (const [axis, places] of headerPlaces.entries())
    for (const place of places) view.setFloat64(place, view.getFloat64(place, true) + shift[axis]!, true)
  return moved
}

const movedOutlines = async ({ outlines, epsg }: Required<Place>, shifts: readonly Shift[]): Promise<Uint8Array> => {
  const { objects } = await openComparedLayer(outlines, "building")
  const all = shifts.flatMap((shift) =>
    objects.map(({ rings }) => rings.map((ring) => ring.map((value, i) => value + shift[i % 2]!))),
  )
  return encodeFlatGeobuf(
    { geometry: "Polygon", ...flattenRings(all), ids: all.map((_, i) => `outline-${i}`), columns: {} },
    { name: "building", epsg, metadata: {} },
  )
}
