/** Fills the polygons of a layer by the values of a column. */
import {
  BufferGeometry,
  Color,
  DoubleSide,
  Float32BufferAttribute,
  Mesh,
  MeshBasicMaterial,
  ShapeUtils,
  SRGBColorSpace,
  Vector2,
} from "three"
import type { FeaturesFill, FeaturesStyle, Rgb } from "../../../../engine/core/kernel-styles.js"
import { drapedRing, type Feature, type Place3 } from "./drape.js"
import type { Scene } from "./scene.js"

/** Height above the polygons, metres: below their lines, above the roofs of the mesh. */
const LIFT = 0.2
const UNKNOWN: Rgb = [150, 150, 150]

/** Colour of a value at even steps of a ramp; values beyond its ends have those of the ends. */
export const fillColour = ({ ramp, low, high }: FeaturesFill, value: unknown): Rgb => {
  if (typeof value !== "number" || Number.isNaN(value) || ramp.length === 0) return UNKNOWN
  const at = Math.min(1, Math.max(0, (value - low) / (high - low))) * (ramp.length - 1)
  const from = Math.min(ramp.length - 1, Math.floor(at))
  const [a, b] = [ramp[from] ?? UNKNOWN, ramp[Math.min(ramp.length - 1, from + 1)] ?? UNKNOWN]
  const mixed = (k: 0 | 1 | 2): number => a[k] + (b[k] - a[k]) * (at - from)
  return [mixed(0), mixed(1), mixed(2)]
}

/**
 * One mesh of all polygons; undefined without any, or where the layer has no fill. Corners have the
 * heights of the lines around the polygons.
 */
export const filledPolygons = (
  { place, surface, base }: Scene,
  features: readonly Feature[],
  style: FeaturesStyle,
): Mesh | undefined => {
  const { fill } = style
  if (fill === undefined) return undefined
  const [x0 = 0, y0 = 0] = features.find(({ polygons }) => polygons.length > 0)?.polygons[0]?.[0]?.[0] ?? []
  const origin = place.toScene(x0, y0, base)
  const [places, colours]: [number[], number[]] = [[], []]
  for (const { polygons, properties } of features) {
    const [red, green, blue] = fillColour(fill, properties[fill.column])
    const colour = new Color().setRGB(red / 255, green / 255, blue / 255, SRGBColorSpace).toArray()
    for (const rings of polygons) {
      const draped = rings.map((ring, r) =>
        drapedRing(ring, r === 0, { surface, style, step: Number.POSITIVE_INFINITY, base })
          .slice(0, -1)
          .flatMap((corner) => (corner === undefined ? [] : [corner])),
      )
      const corners = draped.flat()
      for (const corner of triangles(draped).flat()) {
        const [x, y, z] = corners[corner] ?? [x0, y0, base]
        const at = place.toScene(x, y, z + LIFT).sub(origin)
        places.push(...at.toArray())
        colours.push(...colour)
      }
    }
  }
  if (places.length === 0) return undefined
  const geometry = new BufferGeometry()
  geometry.setAttribute("position", new Float32BufferAttribute(places, 3))
  geometry.setAttribute("color", new Float32BufferAttribute(colours, 3))
  const mesh = new Mesh(geometry, new MeshBasicMaterial({ vertexColors: true, side: DoubleSide }))
  mesh.position.copy(origin)
  return mesh
}

/** Triangles of a polygon in plan, as numbers of the corners of its rings in turn. */
const triangles = (rings: readonly (readonly Place3[])[]): readonly (readonly number[])[] => {
  const [x0 = 0, y0 = 0] = rings[0]?.[0] ?? []
  // Relative to a corner: CRS coordinates need more digits than products of them have.
  const [outer = [], ...holes] = rings.map((ring) => ring.map(([x, y]) => new Vector2(x - x0, y - y0)))
  return outer.length < 3 ? [] : ShapeUtils.triangulateShape(outer, holes)
}
