/** Plain colours of faces: means in the aerial image, and of what no image shows. */
import { readPixelWords } from "../../../engine/core/colours.js"
import type { Mesh } from "../../../engine/kernel.js"
import type { SeenFromAbove } from "../visibility/depth-from-above.js"
import { chartNormal, facesByVertex, WALL_STEEPNESS, wallAxes, wallFaces } from "./charts.js"

/** Sums of red, green, blue and their count, four numbers each, per face or object. */
export type ColourSums = Float64Array

/** No colour known: the class decides. */
export const NO_COLOUR = 0xffffffff
/** A pixel above this has an image: its alpha is not 0. */
const NO_ALPHA = 0x00ffffff
/** Minimum area for a mean colour, square metres: eight texels of the usual size. */
const LEAST_AREA = 0.32

/** Texels of the image along a side of a cell of the ground's colours. */
export const GROUND_CELL = 8

/** Colours of a mesh in an image from above. */
export interface ShownColours {
  /** Per face: the texels that show it and have an image. */
  readonly sums: ColourSums
  /** Per face: the texels that show it without an image. */
  readonly empty: Uint32Array
  /** Per cell of 8 × 8 texels, row by row from the grid's corner: the texels that show ground. */
  readonly ground: ColourSums
}

/**
 * The colours of faces and of ground, in one pass: reading image and faces costs more than adding.
 * @param data RGBA, alpha 0 where there is no image; of the size of `seen`
 */
export const shownColours = (
  data: Uint8Array,
  { width, height }: { readonly width: number; readonly height: number },
  { owners }: Mesh,
  { uppermost, covered }: SeenFromAbove,
): ShownColours => {
  const words = readPixelWords(data)
  const sums = new Float64Array(4 * covered.length)
  const empty = new Uint32Array(covered.length)
  const columns = Math.ceil(width / GROUND_CELL)
  const ground = new Float64Array(4 * columns * Math.ceil(height / GROUND_CELL))
  for (let row = 0; row < height; row++) {
    const line = Math.floor(row / GROUND_CELL) * columns
    const rowEnd = (row + 1) * width
    // Sum texels of one face, and of ground within one cell, locally: sums in memory would dominate
    // the cost.
    for (let i = row * width; i < rowEnd; ) {
      const shown = uppermost[i]
      const start = i
      if (shown === 0) {
        while (i < rowEnd && uppermost[i] === 0) i++
        continue
      }
      const isGround = owners === undefined || owners[shown - 1] === 0
      let [reds, greens, blues, total] = [0, 0, 0, 0]
      while (i < rowEnd && uppermost[i] === shown) {
        const cell = Math.floor((i - row * width) / GROUND_CELL)
        const end = Math.min(rowEnd, row * width + (cell + 1) * GROUND_CELL)
        // Red and blue in one number, 16 bits apart: a cell's row is only 8 texels.
        let [redBlue, green, count] = [0, 0, 0]
        for (; i < end && uppermost[i] === shown; i++) {
          const word = words[i]
          if (word <= NO_ALPHA) continue
          redBlue += word & 0x00ff00ff
          green += (word >>> 8) & 255
          count++
        }
        const [red, blue] = [redBlue & 0xffff, redBlue >>> 16]
        reds += red
        greens += green
        blues += blue
        total += count
        if (isGround) addColour(ground, 4 * (line + cell), red, green, blue, count)
      }
      addColour(sums, 4 * (shown - 1), reds, greens, blues, total)
      empty[shown - 1] += i - start - total
    }
  }
  return { sums, empty, ground }
}

const addColour = (sums: ColourSums, at: number, red: number, green: number, blue: number, count: number): void => {
  sums[at] += red
  sums[at + 1] += green
  sums[at + 2] += blue
  sums[at + 3] += count
}

/** Sums per object of a mesh, by row; one row for a mesh without objects. */
export const objectColours = ({ owners, objects }: Mesh, faces: ColourSums): ColourSums => {
  const sums = new Float64Array(4 * (objects?.ids.length ?? 1))
  for (let t = 0; t < faces.length / 4; t++) addSum(sums, owners?.[t] ?? 0, faces, t)
  return sums
}

export const addSum = (to: ColourSums, row: number, from: ColourSums, at: number): void => {
  for (let k = 0; k < 4; k++) to[4 * row + k] += from[4 * at + k]
}

/**
 * Minimum texels for a mean colour: an area, so that small objects have the same colour in every
 * level.
 */
export const leastTexels = (texel: number): number => Math.max(1, Math.round(LEAST_AREA / texel ** 2))

/** The mean colour, 0xRRGGBB, times `light` (0 to 1); `NO_COLOUR` below `least` texels. */
export const meanColour = (sums: ColourSums, row: number, least: number, light = 1): number => {
  const count = sums[4 * row + 3]
  if (count < least) return NO_COLOUR
  const part = (k: number): number => Math.round((light * sums[4 * row + k]) / count)
  return (part(0) << 16) | (part(1) << 8) | part(2)
}

/**
 * Light on walls that face south-east, the minimum, and on undersides. Walls to the north-west have
 * full light, as on maps.
 */
const [LEAST_LIGHT, UNDER_LIGHT] = [0.72, 0.6]
/** Steps of the light on round objects: a crown's faces of one step share vertices. */
const LIGHTS = 8
/** Height of a unit normal below which a face is an underside. */
const UNDER = -0.2

/**
 * The colour of each face that no image shows, from visible parts of its object.
 *
 * A wall has the mean of the roof faces of its object that touch it, if the image shows enough
 * texels of them. Other faces have the mean of all visible texels of the object. Walls and
 * round objects are darker towards the south-east, undersides darkest: viewers do not light what an
 * image paints.
 * @param normals of `faceNormals`
 * @param sums of `shownColours`
 * @param least of {@link leastTexels}
 */
export const plainColours = (mesh: Mesh, normals: Float64Array, sums: ColourSums, least: number): Uint32Array => {
  const { owners, objects, triangles } = mesh
  const faces = triangles.length / 3
  const colours = new Uint32Array(faces).fill(NO_COLOUR)
  if (owners === undefined || objects === undefined) return colours
  const whole = objectColours(mesh, sums)
  for (let t = 0; t < faces; t++) {
    const isGround = objects.classes[owners[t]] === 2
    colours[t] = meanColour(whole, owners[t], least, isGround ? 1 : lightOn(normals, t))
  }
  const roofs = new Uint32Array(faces)
  let count = 0
  for (let t = 0; t < faces; t++) if (owners[t] !== 0 && sums[4 * t + 3] > 0) roofs[count++] = t
  const around = facesByVertex(mesh, roofs.subarray(0, count))
  const own = new Float64Array(4)
  // Stamps: each face counts once a wall.
  const met = new Int32Array(faces).fill(-1)
  for (const [number, wall] of wallFaces(mesh, normals).entries()) {
    own.fill(0)
    for (const t of wall) {
      for (let k = 0; k < 3; k++) {
        const v = triangles[3 * t + k]
        for (let i = v > 0 ? around.ends[v - 1] : 0; i < around.ends[v]; i++) {
          const roof = around.faces[i]
          if (met[roof] === number || owners[roof] !== owners[t]) continue
          met[roof] = number
          addSum(own, 0, sums, roof)
        }
      }
    }
    const [x, y] = chartNormal(wallAxes(wall, normals))
    const colour = meanColour(own, 0, least, lightOf(x, y))
    if (colour !== NO_COLOUR) for (const t of wall) colours[t] = colour
  }
  return colours
}

const lightOn = (normals: Float64Array, t: number): number => {
  const z = normals[4 * t + 2]
  if (z < UNDER) return UNDER_LIGHT
  return z >= WALL_STEEPNESS ? 1 : lightOf(normals[4 * t], normals[4 * t + 1])
}

/** Light on a face towards (x, y), in steps. */
const lightOf = (x: number, y: number): number => {
  const length = Math.sqrt(x * x + y * y)
  const towards = length === 0 ? 0.5 : 0.5 + (0.5 * (y - x)) / (Math.SQRT2 * length)
  return LEAST_LIGHT + ((1 - LEAST_LIGHT) * Math.round(LIGHTS * towards)) / LIGHTS
}
