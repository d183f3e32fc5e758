/** The state of the page, and its form in the address. */
import type { Language } from "./texts.js"

/** Colour modes of the mesh. */
export const meshModes = [
  "texture",
  "plain",
  "wireframe",
  "class",
  "height",
  "slope",
  "error",
  "tile",
  "level",
  "infrared",
  "ndvi",
] as const
/** Modes that need the infrared image of the textures. */
export const infraredModes: readonly MeshMode[] = ["infrared", "ndvi"]
export type MeshMode = (typeof meshModes)[number]

/** A camera as a target in the job's CRS, a direction and a distance. */
export interface Camera {
  /** CRS metres, and height in the job's height system. */
  readonly x: number
  readonly y: number
  readonly z: number
  /** Direction of view, degrees clockwise from north. */
  readonly heading: number
  /** Degrees below the horizon: 90 is straight down. */
  readonly tilt: number
  /** Metres from the target. */
  readonly range: number
}

/** The part of the page's state that the address stores. */
export interface State {
  readonly view: "globe" | "plane"
  readonly camera: Camera | undefined
  readonly mode: MeshMode
  readonly mesh: boolean
  readonly borders: boolean
  readonly shade: boolean
  /** Accepted screen-space error, pixels. */
  readonly detail: number
  readonly sunAzimuth: number
  readonly sunHeight: number
  readonly vectors: readonly string[]
  /** Name of the raster in the plane; empty for none. */
  readonly raster: string
  readonly points: boolean
  readonly language: Language | undefined
}

/** The state of an empty address; the raster depends on the result. */
export const usualState: State = {
  view: "globe",
  camera: undefined,
  mode: "texture",
  mesh: true,
  borders: false,
  shade: true,
  detail: 4,
  sunAzimuth: 225,
  sunHeight: 40,
  vectors: [],
  raster: "",
  points: false,
  language: undefined,
}

/** The state as the fragment of an address: only values that differ from the defaults. */
export const writeState = (state: State, usual = usualState): string => {
  const parts = new URLSearchParams()
  for (const [name, value] of Object.entries(state)) {
    if (name === "camera" || value === undefined || String(value) === String(usual[name as keyof State])) continue
    parts.set(name, typeof value === "boolean" ? String(Number(value)) : String(value))
  }
  if (state.camera !== undefined) {
    const { x, y, z, heading, tilt, range } = state.camera
    const digits = range < 1000 ? 2 : 0
    parts.set("at", [x.toFixed(digits), y.toFixed(digits), z.toFixed(digits)].join(","))
    parts.set("look", [heading.toFixed(2), tilt.toFixed(2), range.toFixed(digits)].join(","))
  }
  // A fragment may contain commas, and they are easier to read.
  return parts.toString().replaceAll("%2C", ",")
}

/** Reads what {@link writeState} wrote; missing and invalid values take their defaults. */
export const readState = (fragment: string, usual = usualState): State => {
  const parts = new URLSearchParams(fragment.replace(/^#/, ""))
  const number = (name: "detail" | "sunAzimuth" | "sunHeight", min: number, max: number): number => {
    const value = Number(parts.get(name) ?? Number.NaN)
    return Number.isFinite(value) ? Math.min(max, Math.max(min, value)) : usualState[name]
  }
  const flag = (name: "mesh" | "borders" | "shade" | "points"): boolean => {
    const text = parts.get(name)
    return text === "1" || (text !== "0" && usualState[name])
  }
  const language = parts.get("language")
  return {
    view: parts.get("view") === "plane" ? "plane" : "globe",
    camera: readCamera(parts),
    mode: meshModes.find((mode) => mode === parts.get("mode")) ?? usualState.mode,
    mesh: flag("mesh"),
    borders: flag("borders"),
    shade: flag("shade"),
    detail: number("detail", 1, 32),
    sunAzimuth: number("sunAzimuth", 0, 360),
    sunHeight: number("sunHeight", 5, 90),
    vectors: (parts.get("vectors") ?? "").split(",").filter((name) => name !== ""),
    raster: parts.get("raster") ?? usual.raster,
    points: flag("points"),
    language: language === "fr" || language === "en" ? language : undefined,
  }
}

const readCamera = (parts: URLSearchParams): Camera | undefined => {
  const at = (parts.get("at") ?? "").split(",").map(Number)
  const look = (parts.get("look") ?? "").split(",").map(Number)
  const [x = 0, y = 0, z = 0] = at
  const [heading = 0, tilt = 45, range = 100] = look
  const all = [...at, ...look]
  if (at.length !== 3 || look.length !== 3 || !all.every(Number.isFinite) || range <= 0) return undefined
  return { x, y, z, heading, tilt: Math.min(90, Math.max(-60, tilt)), range }
}
