import { readFileSync } from "node:fs"
import type { Face, SolidGeometry } from "../../../../engine/check/solid/solid-fault.js"

/**
 * Solids of a file of val3dity's test set: POLY, OFF, OBJ, GML or CityJSON. A file of the first
 * four is one shell.
 */
export const readSolids = (path: string): SolidGeometry[] => {
  const text = readFileSync(path, "utf8")
  if (path.endsWith(".poly")) return [readPoly(text)]
  if (path.endsWith(".off")) return [readOff(text)]
  if (path.endsWith(".obj")) return readObj(text)
  if (path.endsWith(".gml")) return [readGml(text)]
  return readCityJson(text)
}

/** The first as outer shell, the others as inner ones. */
export const withInnerShells = (outer: SolidGeometry, inner: readonly SolidGeometry[]): SolidGeometry => {
  const vertices: number[] = []
  const shells: Face[][] = []
  for (const { vertices: own, shells: faces } of [outer, ...inner]) {
    const start = vertices.length / 3
    vertices.push(...own)
    for (const shell of faces) shells.push(shell.map((face) => face.map((ring) => ring.map((v) => v + start))))
  }
  return { vertices: Float64Array.from(vertices), shells }
}

const lines = (text: string): number[][] =>
  text
    .split("\n")
    .map((line) => line.replace(/#.*/, "").trim())
    .filter((line) => line !== "")
    .map((line) => line.split(/\s+/).map(Number))

/**
 * TetGen's POLY: nodes, then facets of several polygons, each followed by the points that mark its
 * holes.
 */
const readPoly = (text: string): SolidGeometry => {
  const rows = lines(text)
  const count = rows[0]![0]!
  const vertices = Float64Array.from(rows.slice(1, count + 1).flatMap((row) => row.slice(1, 4)))
  const first = rows[1]![0]!
  const faces: Face[] = []
  let at = count + 1
  const facets = rows[at++]![0]!
  for (let f = 0; f < facets; f++) {
    const [polygons, holes = 0] = rows[at++]!
    faces.push(
      Array.from({ length: polygons! }, (_, i) => {
        const [size, ...ring] = rows[at + i]!
        return ring.slice(0, size).map((v) => v - first)
      }),
    )
    at += polygons! + holes
  }
  return { vertices, shells: [faces] }
}

const readOff = (text: string): SolidGeometry => {
  const rows = lines(text.replace("OFF", ""))
  const [vertices, faces] = rows[0]!
  return {
    vertices: Float64Array.from(rows.slice(1, 1 + vertices!).flat()),
    shells: [rows.slice(1 + vertices!, 1 + vertices! + faces!).map(([size, ...ring]) => [ring.slice(0, size)])],
  }
}

/** A solid an object. */
const readObj = (text: string): SolidGeometry[] => {
  const vertices: number[] = []
  const shells: Face[][] = [[]]
  for (const line of text.split("\n")) {
    const [key, ...rest] = line.trim().split(/\s+/)
    if (key === "v") vertices.push(...rest.map(Number))
    if (key === "o" && shells.at(-1)!.length > 0) shells.push([])
    if (key === "f") shells.at(-1)!.push([rest.map((word) => Number.parseInt(word, 10) - 1)])
  }
  return shells.map((shell) => ({ vertices: Float64Array.from(vertices), shells: [shell] }))
}

/** Outer rings of polygons with a gml:pos a vertex. */
const readGml = (text: string): SolidGeometry => {
  const vertices: number[] = []
  const faces = [...text.matchAll(/<gml:LinearRing>(.*?)<\/gml:LinearRing>/gs)].map(([, body]) => {
    const points = [...body!.matchAll(/<gml:pos>(.*?)<\/gml:pos>/g)].map(([, words]) => words!.split(" ").map(Number))
    const start = vertices.length / 3
    vertices.push(...points.slice(0, -1).flat())
    return [points.slice(0, -1).map((_, i) => start + i)]
  })
  return { vertices: Float64Array.from(vertices), shells: [faces] }
}

interface CityJson {
  readonly vertices: readonly (readonly number[])[]
  readonly transform?: { readonly scale: readonly number[]; readonly translate: readonly number[] }
  readonly CityObjects: Readonly<Record<string, { readonly geometry?: readonly { type: string; boundaries: never }[] }>>
}

const readCityJson = (text: string): SolidGeometry[] => {
  const { vertices: rows, transform, CityObjects } = JSON.parse(text) as CityJson
  const { scale, translate } = transform ?? { scale: [1, 1, 1], translate: [0, 0, 0] }
  const vertices = Float64Array.from(rows.flatMap((row) => row.map((value, k) => value * scale[k]! + translate[k]!)))
  return Object.values(CityObjects)
    .flatMap(({ geometry }) => geometry ?? [])
    .flatMap(({ type, boundaries }): SolidGeometry[] => {
      if (type === "Solid") return [{ vertices, shells: boundaries }]
      if (type === "MultiSolid" || type === "CompositeSolid")
        return (boundaries as Face[][][]).map((shells) => ({ vertices, shells }))
      return []
    })
}
