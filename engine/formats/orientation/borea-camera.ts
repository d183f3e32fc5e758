/** Reads camera files of IGN's Borea. */
import type { Camera } from "../../core/camera.js"
import { EngineError } from "../../errors.js"

/** Keys of a camera file, lower case → what they are. */
const KEYS: ReadonlyMap<string, keyof Found> = new Map([
  ["name", "name"],
  ["ppax", "x"],
  ["ppay", "y"],
  ["focal", "focal"],
  ["width", "width"],
  ["height", "height"],
])

interface Found {
  name?: string
  x?: string
  y?: string
  focal?: string
  width?: string
  height?: string
}

/** True for the text of a camera file of IGN's Borea: lines `key = value` with a focal length. */
export const isBoreaCamera = (text: string): boolean => /^\s*focal\s*=/im.test(text)

/**
 * A camera file of IGN's Borea: lines `Name`, `PPAx`, `PPAy`, `focal` (pixels), `width`, `height` as `key = value`; keys in any case
 * and order, unknown ones passed over. The format knows no distortion: its images are corrected.
 *
 * @throws EngineError `E_FORMAT`, naming file and line, where a value is missing, twice there or no positive number
 */
export const readBoreaCamera = (text: string, file: string): Camera => {
  const found: Found = {}
  const lines = new Map<keyof Found, number>()
  for (const [i, row] of text.split(/\r\n|\r|\n/).entries()) {
    const [key, ...rest] = row.split("=")
    const field = KEYS.get((key ?? "").trim().toLowerCase())
    if (field === undefined || rest.length === 0) continue
    if (lines.has(field)) {
      throw fault(file, i + 1, `${key?.trim()} stands on line ${lines.get(field)} too. Give one file for each camera.`)
    }
    lines.set(field, i + 1)
    found[field] = rest.join("=").trim()
  }
  const number = (field: Exclude<keyof Found, "name">, label: string): number => {
    const value = Number(found[field] || Number.NaN)
    if (Number.isFinite(value) && (value > 0 || field === "x" || field === "y")) return value
    const what = found[field] === undefined ? "is missing" : `is "${found[field]}"`
    throw fault(
      file,
      lines.get(field) ?? 1,
      `${label} ${what}, expected a number of pixels. Add or correct the line "${label} = …".`,
    )
  }
  if (!found.name)
    throw fault(
      file,
      lines.get("name") ?? 1,
      `Name is missing. Add the line "Name = …", the camera's name in the orientation file.`,
    )
  return {
    name: found.name,
    width: number("width", "width"),
    height: number("height", "height"),
    focal: number("focal", "focal"),
    principal: [number("x", "PPAx"), number("y", "PPAy")],
  }
}

const fault = (file: string, line: number, what: string): EngineError =>
  new EngineError("E_FORMAT", `${file}:${line}: ${what}`, { file })
