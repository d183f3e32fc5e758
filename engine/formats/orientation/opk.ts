/** Reads IGN's OPK files: one line per image with position, angles and camera name. */
import type { Shot } from "../../core/camera/camera.js"
import { EngineError } from "../../errors.js"
import { lineFault } from "./line-fault.js"
import { rotationOfAngles } from "./rotation.js"

/** A line of an OPK file: a shot with the name of its camera. */
export interface OpkShot extends Omit<Shot, "camera"> {
  readonly camera: string
}

/** The content of an OPK file. */
export interface OpkFile {
  readonly shots: readonly OpkShot[]
  /** Reference system, as written in the header. */
  readonly system?: string
  /** Tolerated faults and assumptions. */
  readonly notes: readonly string[]
}

/** Columns in their usual order, with the header words that name them. */
const COLUMNS = {
  name: ["NOM", "NAME", "N"],
  x: ["X"],
  y: ["Y"],
  z: ["Z"],
  omega: ["O", "OMEGA"],
  phi: ["P", "PHI"],
  kappa: ["K", "KAPPA"],
  camera: ["CAMERA", "C"],
} as const satisfies Readonly<Record<string, readonly string[]>>
type Column = keyof typeof COLUMNS
const ORDER = Object.keys(COLUMNS) as readonly Column[]

/** Radians in a unit, by the start of its name: degré, grade or gon, radian. */
const UNITS: readonly (readonly [RegExp, number])[] = [
  [/^deg|^d\b|^°/i, Math.PI / 180],
  [/^gr|^gon/i, Math.PI / 200],
  [/^rad/i, 1],
]

/**
 * True for the text of an OPK file. Either a header line names X Y Z O P K, or the first line has
 * eight columns, six of them numbers.
 */
export const isOpk = (text: string): boolean => {
  const rows = text.slice(0, 8192).split(/\r\n|\r|\n/)
  if (rows.some((row) => findColumns(row) !== undefined)) return true
  const words = wordsOf(rows.find((row) => row.trim() !== "") ?? "")
  return words.length === 8 && words.slice(1, 7).every((word) => Number.isFinite(toNumber(word)))
}

const wordsOf = (row: string): string[] => row.split(/[\s;]+/).filter((word) => word !== "")

/** Parses a number; some French programs write a decimal comma. */
const toNumber = (word: string): number => Number(word.replace(/^([+-]?\d+),(\d+)$/, "$1.$2"))

/** Columns of a header line; undefined for any other line. */
const findColumns = (row: string): (Column | undefined)[] | undefined => {
  const columns = wordsOf(row).map((word) =>
    ORDER.find((column) => (COLUMNS[column] as readonly string[]).includes(word.toUpperCase())),
  )
  return ORDER.slice(1, 7).every((column) => columns.includes(column)) && columns.includes("name") ? columns : undefined
}

/**
 * Reads an OPK file of IGN: lines of shot, X, Y, Z, ω, φ, κ, camera, separated by blanks, tabs or
 * semicolons. Up to five header lines may precede them, and the last may name the columns in any
 * order. Angles are degrees unless a header line (`UNITE ANGLE : …`) says gon, grade or radian.
 *
 * Tolerates CR LF and CR line ends, blank lines, unknown columns, no final line end, decimal commas
 * and repeated identical shots. `notes` reports those that change a value. Z is an ALTITUDE; a file
 * that declares ellipsoidal heights is refused.
 *
 * @throws EngineError `E_FORMAT` or `E_INPUT`, naming file, line and remedy. The causes are missing
 *   columns, invalid numbers, angles beyond a turn, a shot repeated with other values, ellipsoidal
 *   heights, or no shot.
 */
export const readOpk = (text: string, file: string): OpkFile => {
  const head = new Map<string, string>()
  const shots: OpkShot[] = []
  const seen = new Map<string, OpkShot>()
  const notes: string[] = []
  const rows = text.split(/\r\n|\r|\n/)
  const header = rows.findIndex((row) => findColumns(row) !== undefined)
  const columns = findColumns(rows[header] ?? "") ?? ORDER
  let unit = Math.PI / 180
  let commas = 0
  for (const [i, row] of rows.entries()) {
    if (row.trim() === "") continue
    const colon = /^\s*(\p{L}[\p{L} ]*?)\s*:\s*(.*?)\s*$/u.exec(row)
    if (i < header || (header < 0 && shots.length === 0 && colon !== null)) {
      if (colon === null) continue
      const [, name = "", value = ""] = colon
      head.set(name.toUpperCase(), value)
      if (/ANGLE/i.test(name)) unit = unitOf(value, file, i + 1)
    } else if (i !== header) {
      if (/\d,\d/.test(row)) commas++
      const shot = readShot(row, columns, unit, file, i + 1)
      const twin = seen.get(shot.name)
      if (twin === undefined) shots.push(shot)
      else if (sameShot(twin, shot))
        notes.push(`${file}:${i + 1}: shot ${shot.name} repeats line ${twin.line}; it is used once`)
      else throw lineFault(file, i + 1, `shot ${shot.name} has other values on line ${twin.line}. Remove one of them.`)
      seen.set(shot.name, shot)
    }
  }
  if (shots.length === 0) throw lineFault(file, 1, "no shots after the header. Export the orientation again.")
  if (commas > 0) notes.push(`${file}: decimal commas on ${commas} lines, read as points`)
  const system = head.get("PROJECTION") ?? head.get("SYSTEME")
  checkHeights(head, file, notes)
  return { shots, notes, ...(system === undefined ? {} : { system }) }
}

const unitOf = (name: string, file: string, line: number): number => {
  const unit = UNITS.find(([pattern]) => pattern.test(name))
  if (unit !== undefined) return unit[1]
  throw lineFault(file, line, `angles are in "${name}"; expected degre, grade or radian. Correct the line.`)
}

/**
 * Checks that the heights of the centres are altitudes. `_alt` in the name or a header line
 * declares them.
 */
const checkHeights = (head: ReadonlyMap<string, string>, file: string, notes: string[]): void => {
  const [key, reference] = [...head].find(([name]) => /ALTI|HAUTEUR|HEIGHT/.test(name)) ?? []
  if (reference !== undefined && /ellips|grs ?80|wgs ?84/i.test(reference)) {
    throw new EngineError(
      "E_INPUT",
      `${file}: "${key} : ${reference}" means heights above the ellipsoid; expected altitudes. Subtract the geoid's height (RAF20 on the mainland) from each Z and correct the line.`,
      { file },
    )
  }
  const known = reference !== undefined && !/inconnu|unknown/i.test(reference)
  if (!known && !/_alt(?![a-z])/i.test(file)) {
    notes.push(
      `${file}: the kind of Z is not stated; using it as altitude. If Borea corrected Z by the scale of the projection, convert it first`,
    )
  }
}

const readShot = (
  row: string,
  columns: readonly (Column | undefined)[],
  unit: number,
  file: string,
  line: number,
): OpkShot => {
  const words = wordsOf(row)
  if (words.length !== columns.length) {
    throw lineFault(
      file,
      line,
      `${words.length} columns; expected ${columns.length} (${columns.map((column) => column ?? "?").join(" ")}). Correct the line; names must not contain spaces.`,
    )
  }
  const word = (column: Column): string => words[columns.indexOf(column)] ?? ""
  const number = (column: Column): number => {
    const value = toNumber(word(column))
    if (Number.isFinite(value) && word(column) !== "") return value
    throw lineFault(
      file,
      line,
      `${column} of shot ${word("name")} is "${word(column)}"; expected a number. Correct it.`,
    )
  }
  const angle = (column: Column): number => {
    const value = number(column) * unit
    // A turn and a millionth, for angles rounded up to 360.
    if (Math.abs(value) <= 2 * Math.PI * 1.000001) return value
    throw lineFault(
      file,
      line,
      `${column} of shot ${word("name")} is ${word(column)}, more than a full turn. Give degrees, or add "UNITE ANGLE : grade" to the header.`,
    )
  }
  return {
    name: word("name"),
    camera: word("camera"),
    centre: [number("x"), number("y"), number("z")],
    rotation: rotationOfAngles(angle("omega"), angle("phi"), angle("kappa")),
    file,
    line,
  }
}

const sameShot = (a: OpkShot, b: OpkShot): boolean =>
  a.camera === b.camera &&
  a.centre.every((value, i) => value === b.centre[i]) &&
  a.rotation.every((value, i) => value === b.rotation[i])
