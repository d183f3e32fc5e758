/** One plain colour for each face that no image shows, from the visible parts of its object. */
import type { Mesh } from "../../../engine/kernel.js"
import { chartNormal, facesByVertex, WALL_STEEPNESS, wallAxes, wallFaces } from "./charts.js"
import { addSum, type ColourSums, meanColour, NO_COLOUR, objectColours } from "./face-colours.js"

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
 * A wall has the mean of the roof faces of its object that touch it, if the image shows at least
 * eight texels of them. Other faces have the mean of all visible texels of the object. Walls and
 * round objects are darker towards the south-east, undersides darkest: viewers do not light what an
 * image paints.
 * @param normals of `faceNormals`
 * @param sums of `shownColours`
 */
export const plainColours = (mesh: Mesh, normals: Float64Array, sums: ColourSums): Uint32Array => {
  const { owners, objects, triangles } = mesh
  const faces = triangles.length / 3
  const colours = new Uint32Array(faces).fill(NO_COLOUR)
  if (owners === undefined || objects === undefined) return colours
  const whole = objectColours(mesh, sums)
  for (let t = 0; t < faces; t++) {
    const isGround = objects.classes[owners[t]] === 2
    colours[t] = meanColour(whole, owners[t], isGround ? 1 : lightOn(normals, t))
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
    const colour = meanColour(own, 0, lightOf(x, y))
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
