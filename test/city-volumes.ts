import { readFileSync } from "node:fs"

type Place = readonly [x: number, y: number, z: number]

/** What a CityJSON sequence says of a building's volume, and what its solids enclose, m³. */
export interface CityVolume {
  readonly id: string
  readonly stated: number
  readonly enclosed: number
}

/** Six times the volume between a ring and the origin, in a fan from its first vertex. */
const conesOver = (ring: readonly Place[]): number => {
  let sum = 0
  for (let i = 1; i + 1 < ring.length; i++) {
    const [a, b, c] = [ring[0]!, ring[i]!, ring[i + 1]!]
    sum += a[0] * (b[1] * c[2] - b[2] * c[1]) + a[1] * (b[2] * c[0] - b[0] * c[2]) + a[2] * (b[0] * c[1] - b[1] * c[0])
  }
  return sum
}

/**
 * Reads the text of a sequence plainly: every object with a volume, with all solids of its parts.
 */
export const cityVolumes = (path: string): CityVolume[] => {
  const [head, ...lines] = readFileSync(path, "utf8").trim().split("\n")
  const { scale } = JSON.parse(head!).transform as { scale: Place }
  return lines.flatMap((line) => {
    const { CityObjects: objects, vertices } = JSON.parse(line)
    const geometryOf = (id: string): { lod: string; boundaries: number[][][][] }[] => objects[id].geometry ?? []
    const lods = Object.keys(objects).flatMap((id) => geometryOf(id).map(({ lod }) => lod))
    const finest = lods.sort().at(-1)
    const places = vertices.map((vertex: Place) => vertex.map((v, k) => (v - vertices[0][k]) * scale[k]!) as never)
    const enclosedBy = (id: string): number => {
      let sum = 0
      for (const { boundaries } of geometryOf(id).filter(({ lod }) => lod === finest))
        for (const ring of boundaries.flat(2)) sum += conesOver(ring.map((v: number) => places[v])) / 6
      for (const child of objects[id].children ?? []) sum += enclosedBy(child)
      return sum
    }
    return Object.keys(objects).flatMap((id) => {
      const stated = objects[id].attributes?.volume as number | undefined
      return stated === undefined ? [] : [{ id, stated, enclosed: enclosedBy(id) }]
    })
  })
}

/** Largest difference of a stated volume, as a share of the enclosed one. */
export const worstVolume = (volumes: readonly CityVolume[]): number =>
  Math.max(...volumes.map(({ stated, enclosed }) => Math.abs(stated / enclosed - 1)))
