/** Ground heights at trees and canopy nodes, equal on both sides of a tile border. */

import { elementAt } from "../../../engine/core/lists.js"
import type { Mesh } from "../../../engine/kernel.js"
import { HeightLookup } from "../../geometry/height-lookup.js"
import { openEdges } from "../../geometry/mesh-border.js"

/**
 * Heights of a tile's ground at places of the CRS, whole mm; undefined without ground.
 *
 * On the border of the tile only the vertices there count: the neighbour has the same ones and gets
 * the same heights. O(1) a place, O(log n) on the border.
 *
 * @param ground its origin is the tile's south-west corner
 * @param side of the tile, mm
 */
export const groundHeights = (ground: Mesh, side: number): ((x: number, y: number) => number | undefined) => {
  const { positions: p, triangles, classes } = ground
  const origin = ground.origin.map((value) => Math.round(1000 * value)) as [number, number, number]
  const axis = (k: number): Int32Array => Int32Array.from(classes, (_, v) => p[3 * v + k])
  const field = { x: axis(0), y: axis(1), z: axis(2), triangles }
  const lookup = new HeightLookup(field)
  const edges = openEdges(triangles, classes.length)
  const borders = new Map<string, readonly Step[]>()
  for (const [of, along] of [
    [field.x, field.y],
    [field.y, field.x],
  ] as const) {
    const name = of === field.x ? "x" : "y"
    for (const at of [0, side]) borders.set(`${name} ${at}`, stepsOn(edges, { of, along, z: field.z }, at))
  }
  return (x, y) => {
    const [px, py] = [x - origin[0], y - origin[1]]
    const onX = borders.get(`x ${px}`)
    const onY = borders.get(`y ${py}`)
    const isInside = onX === undefined && onY === undefined
    const height = isInside ? lookup.heightAt(px, py) : (heightOn(onX ?? [], py) ?? heightOn(onY ?? [], px))
    return height === undefined ? undefined : Math.round(height) + origin[2]
  }
}

/** An edge of the border, from the lesser coordinate along it. */
interface Step {
  readonly from: number
  readonly to: number
  readonly low: number
  readonly high: number
}

const stepsOn = (
  edges: Int32Array,
  { of, along, z }: { readonly of: Int32Array; readonly along: Int32Array; readonly z: Int32Array },
  at: number,
): Step[] => {
  const steps: Step[] = []
  for (let e = 0; e < edges.length; e += 2) {
    const [a, b] = along[edges[e]] < along[edges[e + 1]] ? [edges[e], edges[e + 1]] : [edges[e + 1], edges[e]]
    if (of[a] === at && of[b] === at) steps.push({ from: along[a], to: along[b], low: z[a], high: z[b] })
  }
  return steps.sort((a, b) => a.from - b.from)
}

const heightOn = (steps: readonly Step[], place: number): number | undefined => {
  let [first, last] = [0, steps.length - 1]
  while (first < last) {
    const middle = (first + last + 1) >> 1
    if (elementAt(steps, middle).from <= place) first = middle
    else last = middle - 1
  }
  // At a vertex also tries the step that ends there: beside a void it may be the only one.
  for (const step of [steps[first], steps[first - 1]]) {
    if (step === undefined || place < step.from || place > step.to) continue
    return step.low + ((step.high - step.low) * (place - step.from)) / (step.to - step.from)
  }
  return undefined
}
