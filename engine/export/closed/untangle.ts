/** Moves vertices of a closed mesh by millimetres until no face crosses another. */
import { elementAt } from "../../core/lists.js"
import { crossingFaces } from "./crossing-faces.js"
import type { OwnedMesh } from "./owned-mesh.js"

/** Moves that are tried, metres: small ones first. */
const MOVES = [0.001, 0.002, 0.004, 0.008, 0.016, 0.032]
const DIRECTIONS = [-1, 0, 1].flatMap((x) => [-1, 0, 1].flatMap((y) => [-1, 0, 1].map((z) => [x, y, z] as const)))
const MOST_ROUNDS = 10
/** 32-bit floats have 24 binary digits. */
const FLOAT_STEPS = 2 ** 24

/**
 * Rounds places to a lattice of 32-bit floats, so that no file format rounds them again. Then moves
 * vertices of crossing faces, by 1 to 32 mm a round, where that leaves fewer crossings. Vertices on
 * the outer planes of the mesh stay on them.
 *
 * @returns the mesh, and how many pairs of faces still cross or touch by an exact test
 */
export const untangle = (mesh: OwnedMesh): { readonly solid: OwnedMesh; readonly crossings: number } => {
  const most = mesh.positions.reduce((best, value) => Math.max(best, Math.abs(value)), 0)
  const step = 2 ** Math.ceil(Math.log2(most / FLOAT_STEPS))
  const { triangles } = mesh
  const places = mesh.positions.map((value) => Math.round(value / step))
  let pairs = crossingFaces(places, triangles)
  for (let round = 0; round < MOST_ROUNDS && pairs.length > 0; round++) {
    const corners = new Set(pairs.flat().flatMap((t) => [...triangles.subarray(3 * t, 3 * t + 3)]))
    for (const v of corners) moveVertex(places, triangles, v, step)
    pairs = crossingFaces(places, triangles)
  }
  return { solid: { ...mesh, positions: places.map((value) => value * step) }, crossings: pairs.length }
}

/** Moves a vertex to the nearest place with the fewest crossings of its faces. */
const moveVertex = (places: Float64Array, triangles: Uint32Array, v: number, step: number): void => {
  const { near, around } = facesNear(places, triangles, v, Math.ceil((2 * (MOVES.at(-1) ?? 0)) / step))
  const own = new Set(around)
  const count = (): number => crossingFaces(places, near).filter(([a, b]) => own.has(a) || own.has(b)).length
  const first = [...places.subarray(3 * v, 3 * v + 3)] as [number, number, number]
  const bounds = measureBounds(places)
  let best = { crossings: count(), place: first }
  for (const move of MOVES) {
    for (const direction of DIRECTIONS) {
      if (best.crossings === 0) break
      const place = first.map((value, axis) =>
        elementAt(bounds, axis).includes(value) ? value : value + direction[axis]! * Math.round(move / step),
      ) as [number, number, number]
      places.set(place, 3 * v)
      const crossings = count()
      if (crossings < best.crossings) best = { crossings, place }
    }
  }
  places.set(best.place, 3 * v)
}

/** Faces whose boxes come near those of a vertex's faces, and which of them are its own. */
const facesNear = (places: Float64Array, triangles: Uint32Array, v: number, margin: number) => {
  const range = (t: number, axis: number): [number, number] => {
    const values = [0, 1, 2].map((k) => places[3 * triangles[3 * t + k]! + axis]!)
    return [Math.min(...values), Math.max(...values)]
  }
  const star: number[] = []
  for (let i = 0; i < triangles.length; i++) if (triangles[i] === v) star.push(Math.floor(i / 3))
  const box = [0, 1, 2].map((axis): [number, number] => {
    const ranges = star.map((t) => range(t, axis))
    return [Math.min(...ranges.map(([low]) => low)) - margin, Math.max(...ranges.map(([, high]) => high)) + margin]
  })
  const near: number[] = []
  for (let t = 0; 3 * t < triangles.length; t++) {
    const isNear = box.every(([low, high], axis) => {
      const [from, to] = range(t, axis)
      return from <= high && to >= low
    })
    if (isNear) near.push(t)
  }
  return {
    near: Uint32Array.from(near.flatMap((t) => [...triangles.subarray(3 * t, 3 * t + 3)])),
    around: star.map((t) => near.indexOf(t)),
  }
}

/** Least and greatest value of each axis. */
const measureBounds = (places: Float64Array): [number, number][] =>
  [0, 1, 2].map((axis) => {
    let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
    for (let i = axis; i < places.length; i += 3) {
      low = Math.min(low, places[i]!)
      high = Math.max(high, places[i]!)
    }
    return [low, high]
  })
