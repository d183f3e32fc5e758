/**
 * Joins the parts that tile borders cut into whole connected patches, each once, with the sums of
 * its parts.
 */

import { noHeight } from "../../grid/cell-grid.js"
import { type CellRuns, chooseRuns, connectRuns, groupRuns, sortRuns } from "../../grid/cell-runs.js"
import { uniteHeights } from "../deck/heights.js"
import type { PatchPart, PatchParts, PatchSums } from "./part.js"

export interface Patch extends PatchPart {
  /**
   * True where it meets the end of the data or the border of the job's tiles, and may continue
   * beyond.
   */
  readonly truncated: boolean
  /** Keys of the tiles that contain its parts, ordered. */
  readonly tiles: readonly string[]
  /** Its parts; absent if it was not joined. */
  readonly parts?: ReadonlySet<PatchPart>
  /** Sides of its tiles beyond which the job has no tile; absent if it meets none. */
  readonly openSides?: readonly OpenSide[]
}

/** A stretch of a line x = `at` (axis 0) or y = `at` (axis 1), in cells from the CRS origin. */
export interface OpenSide {
  readonly axis: 0 | 1
  readonly at: number
  readonly from: number
  readonly to: number
}

/** The rules that made the parts of all tiles; `none` without a tile. Throws if they differ. */
export const commonRules = <R extends object>(tiles: readonly { readonly rules: R }[], none: R): R => {
  const rules = tiles[0]?.rules ?? none
  for (const tile of tiles) {
    const same = (Object.keys(rules) as (keyof R)[]).every((name) => tile.rules[name] === rules[name])
    if (!same) throw new Error("its parts have different options. Run again with --force.")
  }
  return rules
}

/**
 * Connected parts: their united cells, and for each part its tile, that tile's open sides, and
 * whether the part touches one (`cut`). A side is open if there is no tile beyond.
 */
export interface ConnectedParts<T extends Parts> {
  readonly runs: CellRuns
  readonly parts: readonly {
    readonly part: T["parts"][number]
    readonly tile: T
    readonly open: Sides
    readonly cut: boolean
  }[]
}

interface Parts extends Windowed {
  readonly parts: readonly { readonly runs: CellRuns }[]
}

/**
 * Connects the parts of tiles, each group once. Sorts the runs of all parts by row and column and
 * unites them where cells share an edge (4-connectivity, as within a tile). The order of the tiles
 * does not matter. O(n log n) in the runs.
 */
export function* connectParts<T extends Parts>(tiles: readonly T[]): Generator<ConnectedParts<T>> {
  const sides = openSides(tiles)
  const parts = tiles.flatMap((tile, t) =>
    tile.parts.map((part) => {
      const open = sides[t]
      return { part, tile, open, cut: touchesOpenSide(part.runs, tile, open) }
    }),
  )
  const { runs, owner } = sortRuns(parts.map(({ part }) => part.runs))
  const { members, groupEnds } = groupRuns(connectRuns(runs))
  for (let g = 0; g < groupEnds.length; g++) {
    const indices = members.subarray(g > 0 ? groupEnds[g - 1] : 0, groupEnds[g])
    const owners = new Set(Array.from(indices, (k) => owner[k]))
    yield { runs: chooseRuns(runs, indices), parts: [...owners].map((p) => parts[p]) }
  }
}

/**
 * The patches that touch borders of work tiles, each whole and once, with the sums of its parts.
 * See {@link connectParts}.
 */
export const joinPatches = (tiles: readonly PatchParts[]): Patch[] =>
  Array.from(connectParts(tiles), ({ runs, parts }) => {
    const sides = new Map(parts.filter(({ cut }) => cut).map(({ tile, open }) => [tile.key, listStretches(tile, open)]))
    const own = parts.map(({ part }) => part)
    return {
      ...(sides.size === 0 ? {} : { openSides: [...sides.values()].flat() }),
      runs,
      margin: uniteRuns(own.map((part) => part.margin)),
      ...(own[0].heights === undefined ? {} : { heights: uniteHeights(own.flatMap(({ heights }) => heights ?? [])) }),
      truncated: parts.some(({ cut, part }) => cut || part.atEnd),
      atEnd: own.some((part) => part.atEnd),
      tiles: [...new Set(parts.map(({ tile }) => tile.key))].sort(byKey),
      parts: new Set(own),
      ...addPatchSums(own),
    }
  })

/** Compares tile keys: level, row, column. */
export const byKey = (a: string, b: string): number => {
  const [la, xa, ya] = a.split("/").map(Number)
  const [lb, xb, yb] = b.split("/").map(Number)
  return la - lb || ya - yb || xa - xb
}

const addPatchSums = (parts: readonly PatchSums[]): PatchSums => {
  let [points, lowMm, highMm] = [0, noHeight, noHeight]
  for (const part of parts) {
    points += part.points
    if (part.lowMm < lowMm) lowMm = part.lowMm
    if (part.highMm !== noHeight && (highMm === noHeight || part.highMm > highMm)) highMm = part.highMm
  }
  const places = parts.flatMap((part) => (part.places === undefined ? [] : [part.places]))
  return {
    ...{ points, lowMm, highMm },
    levels: addRows(
      parts.map(({ levels }) => levels),
      4,
    ),
    ...(places.length === 0 ? {} : { places: addRows(places, 7) }),
  }
}

/** Adds up rows whose first three numbers are equal; ordered by these. */
const addRows = (lists: readonly Int32Array[], width: number): Int32Array => {
  const rows = lists.flatMap((list) =>
    Array.from({ length: list.length / width }, (_, i) => list.subarray(width * i, width * (i + 1))),
  )
  rows.sort((a, b) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2])
  const sum: number[] = []
  for (const row of rows) {
    const last = sum.length - width
    const isSame = last >= 0 && sum[last] === row[0] && sum[last + 1] === row[1] && sum[last + 2] === row[2]
    if (isSame) for (let k = 3; k < width; k++) sum[last + k] += row[k]
    else sum.push(...row)
  }
  return Int32Array.from(sum)
}

/** Unites lists of cells, which may overlap, in canonical form. */
const uniteRuns = (lists: readonly CellRuns[]): CellRuns => {
  const { runs } = sortRuns(lists)
  const united: { rows: number[]; starts: number[]; ends: number[] } = { rows: [], starts: [], ends: [] }
  for (let k = 0; k < runs.rows.length; k++) {
    const last = united.rows.length - 1
    if (last >= 0 && united.rows[last] === runs.rows[k] && runs.starts[k] <= united.ends[last]) {
      united.ends[last] = Math.max(united.ends[last], runs.ends[k])
      continue
    }
    united.rows.push(runs.rows[k])
    united.starts.push(runs.starts[k])
    united.ends.push(runs.ends[k])
  }
  return {
    rows: Int32Array.from(united.rows),
    starts: Int32Array.from(united.starts),
    ends: Int32Array.from(united.ends),
  }
}

type Windowed = Pick<PatchParts, "window">
type Sides = readonly [west: boolean, south: boolean, east: boolean, north: boolean]

/** The sides of each tile beyond which there is no tile. */
const openSides = (tiles: readonly Windowed[]): Sides[] => {
  const corners = new Set(
    tiles.flatMap(({ window: w }) => [
      ...[`west ${w[0]} ${w[1]}`, `south ${w[0]} ${w[1]}`],
      ...[`east ${w[2]} ${w[1]}`, `north ${w[0]} ${w[3]}`],
    ]),
  )
  // The western neighbour has its east border at this tile's west border, and so on.
  return tiles.map(({ window: w }) => [
    !corners.has(`east ${w[0]} ${w[1]}`),
    !corners.has(`north ${w[0]} ${w[1]}`),
    !corners.has(`west ${w[2]} ${w[1]}`),
    !corners.has(`south ${w[0]} ${w[3]}`),
  ])
}

const listStretches = ({ window: w }: PatchParts, open: Sides): OpenSide[] => {
  const sides: OpenSide[] = [
    { axis: 0, at: w[0], from: w[1], to: w[3] },
    { axis: 1, at: w[1], from: w[0], to: w[2] },
    { axis: 0, at: w[2], from: w[1], to: w[3] },
    { axis: 1, at: w[3], from: w[0], to: w[2] },
  ]
  return sides.filter((_, s) => open[s])
}

/** True where cells touch a side of their tile beyond which there is no tile. */
const touchesOpenSide = ({ rows, starts, ends }: CellRuns, { window: w }: Windowed, open: Sides): boolean => {
  for (let k = 0; k < rows.length; k++) {
    if (open[0] && starts[k] === w[0]) return true
    if (open[1] && rows[k] === w[1]) return true
    if (open[2] && ends[k] === w[2]) return true
    if (open[3] && rows[k] === w[3] - 1) return true
  }
  return false
}
