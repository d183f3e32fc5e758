/** The files that users bring for kernels, from the declarations of the kernels' ports. */
import { EngineError } from "../errors.js"
import type { ExternalFeatures, ExternalInput, ExternalRaster, FeaturesPort, Port, RasterPort } from "../kernel.js"
import type { KernelOptions } from "./check-options.js"

/** The part of a kernel that declares what the user may bring. */
export type InputReader = Pick<KernelOptions, "id" | "inputs">

/** An external input, and the first kernel that declares it. */
export interface DeclaredInput extends ExternalInput, Pick<ExternalFeatures, "role"> {
  readonly kernel: string
  /** Geometry of its features; absent: it is a raster. */
  readonly geometry?: FeaturesPort["geometry"]
  /** Columns that any kernel reads. */
  readonly columns: NonNullable<ExternalFeatures["columns"]>
  /** Side of the cells of a raster, metres; "file": as in the file. */
  readonly cell?: number | "file"
}

/** The input that a port reads from a file of the user; undefined for other ports. */
export const externalOf = (port: Port): ExternalFeatures | ExternalRaster | undefined =>
  port.kind === "features" || port.kind === "raster" ? port.external : undefined

/**
 * Returns the external inputs of kernels: those of the short help first, then by name. An input
 * that several kernels read counts once.
 *
 * @throws EngineError E_USAGE for kernels that declare an input in two ways, or two with one flag
 */
export const externalInputs = (kernels: readonly InputReader[]): readonly DeclaredInput[] => {
  const inputs = new Map<string, DeclaredInput>()
  for (const { id, inputs: ports = {} } of kernels)
    for (const port of Object.values(ports)) {
      if (externalOf(port) === undefined) continue
      const input = describeInput(id, port as FeaturesPort | RasterPort)
      const same = [...inputs.values()].find(({ name, flag }) => name === input.name || flag === input.flag)
      if (same !== undefined) requireAlike(same, input)
      inputs.set(input.name, same === undefined ? input : { ...same, columns: { ...input.columns, ...same.columns } })
    }
  const rank = ({ common, name }: DeclaredInput): string => `${common ? 0 : 1} ${name}`
  return [...inputs.values()].sort((a, b) => (rank(a) < rank(b) ? -1 : 1))
}

/** The inputs that stand in for point files: rasters whose own cells are read. */
export const ownRasterInputs = (kernels: readonly InputReader[]): readonly DeclaredInput[] =>
  externalInputs(kernels).filter(({ cell }) => cell === "file")

/** True for a kernel whose external inputs are as the contract says; it may come from a file. */
export const declaresSound = (kernel: InputReader): boolean => {
  try {
    externalInputs([kernel])
    return true
  } catch {
    return false
  }
}

const describeInput = (kernel: string, port: FeaturesPort | RasterPort): DeclaredInput => {
  const { name = "", flag = "", help, more, common } = (port.external ?? {}) as Partial<ExternalInput>
  const cell = port.kind === "raster" ? port.external?.cell : undefined
  const { columns = {}, role } = (port.kind === "features" && port.external) || {}
  const refuse = (text: string): never => {
    throw new EngineError("E_USAGE", `kernel ${kernel}: ${text}`, { kernel })
  }
  if (!/^[a-z][a-zA-Z0-9]*$/.test(name) || !/^--[a-z][a-z0-9-]*$/.test(flag) || !help?.en)
    return refuse('"external" of an input is not like { name: "wells", flag: "--wells", help: { en: "…", fr: "…" } }.')
  if (port.kind === "raster" && cell !== "file" && !(Number(cell) > 0))
    return refuse(`${flag} lacks "cell", the side of cells in metres.`)
  if (port.kind === "features" && !geometries.includes(port.geometry))
    return refuse(`${flag} has the geometry ${port.geometry}; expected ${geometries.join(", ")}.`)
  return {
    ...{ kernel, name, flag, help: { en: help.en, fr: help.fr ?? help.en }, columns },
    ...(more && { more }),
    ...(common && { common }),
    ...(port.kind === "features" ? { geometry: port.geometry } : { cell: cell === "file" ? cell : Number(cell) }),
    ...(role && { role }),
  }
}

const geometries: readonly string[] = ["Polygon", "LineString", "Point"]

/** Two declarations of one input must mean the same file. */
const requireAlike = (one: DeclaredInput, other: DeclaredInput): void => {
  const facts = (["name", "flag", "geometry", "cell"] as const).filter((fact) => one[fact] !== other[fact])
  const columns = Object.entries(other.columns).filter(([name, { type }]) => (one.columns[name]?.type ?? type) !== type)
  const [differs] = [...facts, ...columns.map(([name]) => `column ${name}`)]
  if (differs === undefined) return
  const text = `kernels ${one.kernel} and ${other.kernel}: both read ${one.flag} (${one.name}), with another ${differs}. Declare it alike, or rename one.`
  throw new EngineError("E_USAGE", text, { kernel: other.kernel })
}
