/**
 * Compares the polygons of a layer with a reference (`maille compare vector`): matched, missing and
 * extra objects, and groups.
 */

import { checkFields } from "../core/arguments.js"
import { Box2 } from "../core/geometry/box.js"
import { elementAt } from "../core/lists.js"
import { missHint } from "../core/parse-values.js"
import { EngineError } from "../errors.js"
import { hausdorffDistance } from "./boundary-distance.js"
import { type ComparedLayer, type ComparedObject, openComparedLayer } from "./compared-layer.js"
import { bestMatches, type Group, overlapGroups, overlappingPairs } from "./match-objects.js"

/** The two layers that {@link compareVector} compares, and its options. */
export interface CompareRequest {
  /** The reference: output folder of a run, or a file of polygons. */
  readonly a: string
  /** The layer to compare with it. */
  readonly b: string
  /** Layer of a folder. */
  readonly layer: string
  /** Minimum IoU of a match; default 0.5. */
  readonly minIou?: number | undefined
  /** Counts only objects that are wholly inside; default: all. */
  readonly bbox?: Box2 | undefined
  /** CRS of files that state none. */
  readonly epsg?: number | undefined
}

/** Median, mean and bounds of a figure. */
export interface Spread {
  readonly median: number
  readonly mean: number
  readonly min: number
  readonly max: number
}

/** An object without a match. */
export interface LoneObject {
  readonly id: string
  readonly area: number
  readonly box: Box2
}

/** Two objects that represent the same thing. */
export interface MatchedObjects {
  readonly a: string
  readonly b: string
  readonly iou: number
  /** Metres, within 0.05 m. */
  readonly hausdorff: number
  readonly areaA: number
  readonly areaB: number
}

/** Groups of objects joined by overlaps of at least a tenth of the smaller one. */
export interface ComparedGroups {
  readonly count: number
  /**
   * Groups by kind: one object on each side; one of `a`, several of `b`; several and one; several
   * of both.
   */
  readonly kinds: {
    readonly oneToOne: number
    readonly divided: number
    readonly joined: number
    readonly mixed: number
  }
  readonly iou?: Spread
  /** Ids of each group's objects, and the area of the intersection over that of the union. */
  readonly list: readonly { readonly a: readonly string[]; readonly b: readonly string[]; readonly iou: number }[]
  /** Objects in no group. */
  readonly missing: { readonly count: number; readonly area: number }
  readonly extra: { readonly count: number; readonly area: number }
}

/** Differences between a layer and its reference. Areas in m², distances in metres. */
export interface Comparison {
  readonly layer: string
  readonly epsg?: number
  readonly minIou: number
  readonly a: { readonly path: string; readonly objects: number; readonly area: number }
  readonly b: { readonly path: string; readonly objects: number; readonly area: number }
  readonly iou?: Spread
  /** Median over all objects of `a`, 0 for those without a match; absent without any. */
  readonly medianOfAll?: number
  readonly hausdorff?: Spread
  readonly matches: readonly MatchedObjects[]
  readonly missing: { readonly count: number; readonly area: number; readonly objects: readonly LoneObject[] }
  readonly extra: { readonly count: number; readonly area: number; readonly objects: readonly LoneObject[] }
  readonly groups: ComparedGroups
}

/** A comparison with the polygons for its map. */
export interface ComparedVector {
  readonly comparison: Comparison
  /** The objects of both sides. */
  readonly sides: readonly [a: readonly ComparedObject[], b: readonly ComparedObject[]]
}

const DEFAULT_IOU = 0.5
/** Two objects join a group when they share this part of the smaller one. */
const GROUP_SHARE = 0.1

/**
 * Compares the polygons of two layers, one to one by the best IoU, and in groups. Groups serve
 * layers that divide the same ground differently. Objects of `a` without a match are missing, those
 * of `b` extra.
 *
 * Memory: both layers. Time: pairs of boxes that meet × the square of their vertices at worst.
 * @throws EngineError E_INPUT where a layer is absent or has no polygon, or the CRS differ or are
 *   unknown; E_FORMAT where a file is damaged
 */
export const compareVector = async (request: CompareRequest): Promise<ComparedVector> => {
  const files = { a: "path", b: "path", layer: "text" } as const
  checkFields(request, "request", { ...files, minIou: "number?", bbox: "box?", epsg: "whole?" })
  const { layer, bbox, minIou = DEFAULT_IOU } = request
  const a = await openComparedLayer(request.a, layer, bbox)
  const b = await openComparedLayer(request.b, layer, bbox)
  const epsg = commonCrs(a, b, request.epsg)
  if (bbox !== undefined && ![...a.objects, ...b.objects].some(({ counts }) => counts)) {
    const extent = [...a.objects, ...b.objects].map((object) => object.box).reduce(Box2.union)
    const text = `no object of either layer is inside --bbox ${bbox.join(",")}.${missHint(bbox, extent, epsg) || " Check the box."}`
    throw new EngineError("E_INPUT", text, { option: "--bbox" })
  }
  const pairs = overlappingPairs(a.objects, b.objects)
  const matched = bestMatches(pairs, a.objects, b.objects, minIou).filter(
    ({ a: i, b: j }) => elementAt(a.objects, i).counts || elementAt(b.objects, j).counts,
  )
  const matches = matched.map(({ a: i, b: j, iou }): MatchedObjects => {
    const [one, other] = [a.objects[i]!, b.objects[j]!]
    const hausdorff = hausdorffDistance(one.rings, other.rings)
    return { a: one.id, b: other.id, iou, hausdorff, areaA: one.area, areaB: other.area }
  })
  const groups = overlapGroups(pairs, a.objects, b.objects, GROUP_SHARE)
  const missing = lone(a.objects, new Set(matched.map((pair) => pair.a)))
  const extra = lone(b.objects, new Set(matched.map((pair) => pair.b)))
  const ious = matches.map(({ iou }) => iou)
  const ofAll = measureSpread([...ious, ...missing.objects.map(() => 0)])
  return {
    comparison: {
      layer,
      epsg,
      minIou,
      a: totals(a),
      b: totals(b),
      ...named("iou", measureSpread(ious)),
      ...(ofAll === undefined ? {} : { medianOfAll: ofAll.median }),
      ...named("hausdorff", measureSpread(matches.map(({ hausdorff }) => hausdorff))),
      matches,
      missing,
      extra,
      groups: summariseGroups(groups, a, b),
    },
    sides: [a.objects, b.objects],
  }
}

const commonCrs = (a: ComparedLayer, b: ComparedLayer, stated: number | undefined): number => {
  const [one, other] = [a.epsg ?? stated, b.epsg ?? stated]
  for (const [layer, epsg] of [
    [a, one],
    [b, other],
  ] as const) {
    if (epsg !== undefined) continue
    const text = `${layer.path}: no CRS in the file. Give it with --crs EPSG:n.`
    throw new EngineError("E_INPUT", text, { file: layer.path, option: "--crs" })
  }
  if (one === other && one !== undefined) return one
  const text = `${a.path} is in EPSG:${one}, ${b.path} in EPSG:${other}. Convert one of them (ogr2ogr -t_srs EPSG:${one}).`
  throw new EngineError("E_INPUT", text, { file: b.path })
}

const totals = ({ path, objects }: ComparedLayer): Comparison["a"] => {
  const counting = objects.filter(({ counts }) => counts)
  return { path, objects: counting.length, area: sumOfAreas(counting) }
}

const sumOfAreas = (objects: readonly { readonly area: number }[]): number =>
  objects.reduce((sum, { area }) => sum + area, 0)

const lone = (objects: readonly ComparedObject[], taken: ReadonlySet<number>): Comparison["missing"] => {
  const left = objects.filter(({ counts }, place) => counts && !taken.has(place))
  return { count: left.length, area: sumOfAreas(left), objects: left.map(({ id, area, box }) => ({ id, area, box })) }
}

const summariseGroups = (groups: readonly Group[], a: ComparedLayer, b: ComparedLayer): ComparedGroups => {
  const kinds = { oneToOne: 0, divided: 0, joined: 0, mixed: 0 }
  for (const group of groups) {
    const [many, others] = [group.a.length > 1, group.b.length > 1]
    kinds[many ? (others ? "mixed" : "joined") : others ? "divided" : "oneToOne"]++
  }
  const outside = (objects: readonly ComparedObject[], taken: readonly number[]): ComparedGroups["missing"] => {
    const { count, area } = lone(objects, new Set(taken))
    return { count, area }
  }
  return {
    count: groups.length,
    kinds,
    ...named("iou", measureSpread(groups.map(({ iou }) => iou))),
    list: groups.map((group) => ({
      a: group.a.map((place) => elementAt(a.objects, place).id),
      b: group.b.map((place) => elementAt(b.objects, place).id),
      iou: group.iou,
    })),
    missing: outside(
      a.objects,
      groups.flatMap((group) => group.a),
    ),
    extra: outside(
      b.objects,
      groups.flatMap((group) => group.b),
    ),
  }
}

const measureSpread = (values: readonly number[]): Spread | undefined => {
  if (values.length === 0) return undefined
  const sorted = [...values].sort((x, y) => x - y)
  const half = sorted.length / 2
  const median = (sorted[Math.ceil(half) - 1]! + sorted[Math.floor(half)]!) / 2
  const mean = sorted.reduce((sum, value) => sum + value, 0) / sorted.length
  return { median, mean, min: sorted[0]!, max: sorted[sorted.length - 1]! }
}

const named = <K extends string>(name: K, value: Spread | undefined): { readonly [key in K]?: Spread } =>
  value === undefined ? {} : ({ [name]: value } as { readonly [key in K]: Spread })
