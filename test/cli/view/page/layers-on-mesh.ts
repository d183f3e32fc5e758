import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { deserialize } from "flatgeobuf/lib/mjs/geojson.js"
import { BufferGeometry, Float32BufferAttribute, Mesh, Uint8BufferAttribute } from "three"
import { describeOutput } from "../../../../cli/view/describe-output.js"
import { globePlace, type Place } from "../../../../cli/view/page/place.js"
import { drapeFeature, type Feature, type Place3 } from "../../../../cli/view/page/scene/drape.js"
import { joinedHeights, meshHeights, type Surface } from "../../../../cli/view/page/scene/surface.js"
import { LIFT, readFeature } from "../../../../cli/view/page/scene/vector-layer.js"
import type { FeaturesStyle } from "../../../../engine/core/kernel-styles.js"
import { type DecodedGlb, decodeGlb } from "../../../../engine/formats/tiles3d/decode-glb.js"

/** Geometric error of the finest tiles of both results, metres. */
const LEAF_ERROR = 0.147

/**
 * What a viewer holds of a result at its finest level, and the same decoded for a measure of its
 * own.
 */
interface Shown {
  readonly out: string
  readonly surface: Surface
  readonly base: number
  readonly measure: (place: Place3) => number
  readonly styles: Readonly<Record<string, FeaturesStyle>>
}

const show = async (out: string): Promise<Shown> => {
  const description = await describeOutput(out)
  const place = globePlace(description)
  const levels = readdirSync(join(out, "tiles")).map(Number)
  const finest = join(out, "tiles", String(Math.max(...levels)))
  const names = readdirSync(finest, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".glb"))
  const contents = await Promise.all(names.map((name) => decodeGlb(readFileSync(join(finest, name)), name)))
  const base = place.fromScene(meshOf(contents[0]!).position)[2]
  const meshes = contents.map((content) => meshHeights(meshOf(content), place, LEAF_ERROR, base))
  const surface: Surface = { heightsAt: (...at) => joinedHeights(meshes.map((mesh) => mesh.heightsAt(...at))) }
  return { out, surface, base, measure: measureOf(contents, place), styles: description.styles }
}

/** A content as the page's loader gives it, axes of the Earth. */
const meshOf = ({ positions, triangles, classes, centre }: DecodedGlb): Mesh => {
  const geometry = new BufferGeometry()
  geometry.setAttribute(
    "position",
    new Float32BufferAttribute(
      positions.map((value, i) => value - centre[i % 3]!),
      3,
    ),
  )
  geometry.setAttribute("_classification", new Uint8BufferAttribute(classes, 1))
  geometry.setIndex([...triangles])
  const mesh = new Mesh(geometry)
  mesh.position.set(...centre)
  return mesh
}

/**
 * Distance from a place to the nearest face above or below it or 5 cm beside it, every face tried:
 * at a wall both the roof and the ground count, as at the border of two roofs.
 */
const measureOf = (contents: readonly DecodedGlb[], place: Place): Shown["measure"] => {
  const cells = new Map<string, number[][]>()
  const cellOf = (value: number): number => Math.floor(value / 5)
  for (const content of contents) {
    const { position } = meshOf(content)
    const corners = Array.from(content.classes, (_, v) =>
      place.fromScene(position.clone().fromArray(content.positions, 3 * v)),
    )
    for (let t = 0; t < content.triangles.length; t += 3) {
      const face = [0, 1, 2].flatMap((k) => corners[content.triangles[t + k]!]!)
      const [xs, ys] = [0, 1].map((axis) => [0, 3, 6].map((at) => cellOf(face[at + axis]!))) as [number[], number[]]
      for (let column = Math.min(...xs); column <= Math.max(...xs); column++) {
        for (let row = Math.min(...ys); row <= Math.max(...ys); row++) {
          const cell = `${column} ${row}`
          cells.set(cell, [...(cells.get(cell) ?? []), face])
        }
      }
    }
  }
  const heightsAt = (x: number, y: number): number[] =>
    (cells.get(`${cellOf(x)} ${cellOf(y)}`) ?? []).flatMap(([ax, ay, az, bx, by, bz, cx, cy, cz]) => {
      const area = (bx! - ax!) * (cy! - ay!) - (by! - ay!) * (cx! - ax!)
      const u = ((x - ax!) * (cy! - ay!) - (y - ay!) * (cx! - ax!)) / area
      const v = ((bx! - ax!) * (y - ay!) - (by! - ay!) * (x - ax!)) / area
      return u >= 0 && v >= 0 && u + v <= 1 ? [az! + u * (bz! - az!) + v * (cz! - az!)] : []
    })
  return ([x, y, z]) => {
    const beside = [-0.05, 0, 0.05]
    const heights = beside.flatMap((dx) => beside.flatMap((dy) => heightsAt(x + dx, y + dy)))
    return Math.min(...heights.map((height) => Math.abs(z - height)))
  }
}

const featuresOf = async (out: string, layer: string): Promise<Feature[]> => {
  const features: Feature[] = []
  for await (const { geometry, properties } of deserialize(readFileSync(join(out, "vector", `${layer}.fgb`))))
    features.push(readFeature(layer, geometry, properties ?? {}))
  return features
}

/** Places of a layer's lines as the page draws them; of points the foot. */
const placesOf = async ({ out, surface, base }: Shown, layer: string, style: FeaturesStyle): Promise<Place3[]> => {
  const draping = { surface, base, step: 2, style }
  return (await featuresOf(out, layer)).flatMap((feature) => {
    const places: Place3[] = []
    drapeFeature(feature, draping, ([x, y, z]) => places.push([x, y, z + LIFT]))
    return feature.points.length > 0 ? places.slice(0, 1) : places
  })
}

/**
 * Of each layer of a result, the part of its places that the page draws at most 0.5 m above or
 * below the finest mesh.
 */
export const partsOnMesh = async (out: string): Promise<Map<string, number>> => {
  const shown = await show(out)
  const parts = new Map<string, number>()
  for (const [layer, style] of Object.entries(shown.styles)) {
    const places = await placesOf(shown, layer, style)
    const every = Math.ceil(places.length / 400)
    const off = places.filter((_, i) => i % every === 0).map(shown.measure)
    parts.set(layer, off.filter((distance) => distance <= 0.5).length / off.length)
  }
  return parts
}
