/** Reads camera files of IGN's Borea. */
import type { Camera } from "../../core/camera/camera.js"
import { lineFault } from "./line-fault.js"

/** Keys of a camera file in their usual spelling; case does not matter. */
const KEYS = ["Name", "PPAx", "PPAy", "focal", "width", "height"] as const

/** True for the text of a Borea camera file: lines `key = value` with a focal length. */
export const isBoreaCamera = (text: string): boolean => /^\s*focal\s*=/im.test(text)

/**
 * Reads a camera file of IGN's Borea: lines `Name`, `PPAx`, `PPAy`, `focal` (pixels), `width`,
 * `height` as `key = value`. Keys may have any case and order; unknown ones are ignored. The format
 * has no distortion, since its images are corrected.
 *
 * @throws EngineError `E_FORMAT`, naming file and line, if a value is missing, repeated or no
 *   positive number
 */
export const readBoreaCamera = (text: string, file: string): Camera => {
  const found = new Map<string, { readonly value: string; readonly line: number }>()
  for (const [i, row] of text.split(/\r\n|\r|\n/).entries()) {
    const [key = "", ...rest] = row.split("=")
    const field = KEYS.find((one) => one.toLowerCase() === key.trim().toLowerCase())
    if (field === undefined || rest.length === 0) continue
    const other = found.get(field)
    if (other !== undefined)
      throw lineFault(file, i + 1, `${key.trim()} is on line ${other.line} too. Give one file per camera.`)
    found.set(field, { value: rest.join("=").trim(), line: i + 1 })
  }
  const number = (field: (typeof KEYS)[number]): number => {
    const { value: text, line = 1 } = found.get(field) ?? {}
    const value = Number(text || Number.NaN)
    if (Number.isFinite(value) && (value > 0 || field === "PPAx" || field === "PPAy")) return value
    const what = text === undefined ? "is missing" : `is "${text}"`
    const remedy = `Add or correct the line "${field} = …".`
    throw lineFault(file, line, `${field} ${what}; expected a number of pixels. ${remedy}`)
  }
  const { value: name, line = 1 } = found.get("Name") ?? {}
  if (!name)
    throw lineFault(file, line, `Name is missing. Add the line "Name = …", the camera's name in the orientation file.`)
  return {
    name,
    width: number("width"),
    height: number("height"),
    focal: number("focal"),
    principal: [number("PPAx"), number("PPAy")],
  }
}
