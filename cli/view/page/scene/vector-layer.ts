/** Loads and draws a vector layer of the result. */
import { deserialize } from "flatgeobuf/lib/mjs/geojson.js"
import {
  BufferGeometry,
  Color,
  Float32BufferAttribute,
  Group,
  LineBasicMaterial,
  LineSegments,
  type Mesh,
  type Object3D,
} from "three"
import type { Box2 } from "../../../../engine/core/geometry/box.js"
import { isInsideHalfOpen } from "../../../../engine/core/geometry/rings.js"
import { squareToSegment } from "../../../../engine/core/geometry/segments.js"
import type { FeaturesStyle } from "../../../../engine/core/kernel-styles.js"
import type { OutputDescription } from "../../describe-output.js"
import type { Camera } from "../state.js"
import { drapeFeature, type Feature, type Place3, pointRadius, type Ring } from "./drape.js"
import { filledPolygons } from "./filled-polygons.js"
import type { Scene } from "./scene.js"

/** Camera range beyond which a layer is not loaded, metres: its features would be dust. */
const REACH = 6000
const MOST_FEATURES = 20_000
/** Height of lines above the surface, metres: it bends between their samples. */
export const LIFT = 0.3

/** Sample spacing along a line: the view's reach divided by STEPS, within bounds, metres. */
const STEPS = 150
const [LEAST_STEP, MOST_STEP] = [1, 25]

/** Reads the features of a box, by ranged requests through the file's index. */
export const readFeatures = async (layer: string, box: Box2): Promise<Feature[]> => {
  const [minX, minY, maxX, maxY] = box
  // Absolute, because the reader makes requests of its own.
  const url = new URL(`out/vector/${layer}.fgb`, document.baseURI).href
  const found: Feature[] = []
  for await (const { geometry, properties } of deserialize(url, { rect: { minX, minY, maxX, maxY } })) {
    found.push(readFeature(layer, geometry, properties ?? {}))
    if (found.length >= MOST_FEATURES) break
  }
  return found
}

/** Converts a GeoJSON feature. */
export const readFeature = (
  layer: string,
  geometry: { readonly type: string },
  properties: Feature["properties"],
): Feature => {
  const { type } = geometry
  const rings = "coordinates" in geometry ? geometry.coordinates : []
  return {
    layer,
    polygons: type === "Polygon" ? [rings as Ring[]] : type === "MultiPolygon" ? (rings as Ring[][]) : [],
    lines: type === "LineString" ? [rings as Ring] : type === "MultiLineString" ? (rings as Ring[]) : [],
    points: type === "Point" ? [rings as Ring[number]] : type === "MultiPoint" ? (rings as Ring) : [],
    properties,
  }
}

/** A vector layer in a scene: the features around the camera's target. */
export type VectorLayer = ReturnType<typeof vectorLayer>

/** Makes a vector layer, drawn as lines on the surface of the scene. */
export const vectorLayer = (scene: Scene, name: string, style: FeaturesStyle) => {
  const group = new Group()
  scene.add(group)
  let features: readonly Feature[] = []
  let step = LEAST_STEP
  let loaded: Box2 | undefined
  let coming: Promise<void> | undefined
  let near = true
  let isStale = false
  const draw = (): void => {
    isStale = false
    for (const child of group.children as (LineSegments | Mesh)[]) child.geometry.dispose()
    group.clear()
    const filled = filledPolygons(scene, features, style)
    if (filled !== undefined) group.add(filled)
    for (const object of drawn(scene, features, style, step)) group.add(object)
    group.updateMatrixWorld(true)
    scene.redraw()
  }
  const load = async (box: Box2): Promise<void> => {
    features = await readFeatures(name, box)
    draw()
  }
  scene.onSurface(() => {
    isStale = features.length > 0
    if (group.visible && isStale) draw()
  })
  /** Shows or hides the layer and loads it around the target. Resolves when all is loaded. */
  const update = async (shown: boolean, camera: Camera): Promise<void> => {
    near = camera.range <= REACH
    group.visible = shown && near
    scene.redraw()
    if (!group.visible) return
    if (isStale) draw()
    const reach = Math.max(150, camera.range * 1.5)
    const { x, y } = camera
    const isLoaded =
      loaded !== undefined &&
      x - reach / 2 >= loaded[0] &&
      y - reach / 2 >= loaded[1] &&
      x + reach / 2 <= loaded[2] &&
      y + reach / 2 <= loaded[3] &&
      loaded[2] - loaded[0] < 12 * reach
    if (isLoaded) return coming
    const box: Box2 = [x - reach * 2, y - reach * 2, x + reach * 2, y + reach * 2]
    loaded = box
    step = Math.min(MOST_STEP, Math.max(LEAST_STEP, reach / STEPS))
    // Loads run one after the other: an older answer must not replace a newer one.
    coming = (coming ?? Promise.resolve()).then(() => (loaded === box ? load(box) : undefined))
    return coming
  }
  return {
    name,
    update,
    /** Number of drawn features, for users who cannot see them. */
    count: () => features.length,
    /** False where the camera is too far away to load any. */
    within: () => near,
  }
}

/**
 * Lines with depth, and the same lines faint in front of everything, to hint at those behind roofs
 * and trees.
 */
const drawn = (scene: Scene, features: readonly Feature[], style: FeaturesStyle, step: number): Object3D[] => {
  const [first] = features
  const [x = 0, y = 0] = first?.polygons[0]?.[0]?.[0] ?? first?.lines[0]?.[0] ?? first?.points[0] ?? []
  const { place, surface, base } = scene
  const origin = place.toScene(x, y, base)
  const places: number[] = []
  const put = ([atX, atY, z]: Place3): void => {
    places.push(
      ...place
        .toScene(atX, atY, z + LIFT)
        .sub(origin)
        .toArray(),
    )
  }
  for (const feature of features) {
    drapeFeature(feature, { surface, style, step, base }, (from, to) => {
      put(from)
      put(to)
    })
  }
  const geometry = new BufferGeometry()
  geometry.setAttribute("position", new Float32BufferAttribute(places, 3))
  return [0.3, 1].map((opacity) => {
    const faint = opacity < 1
    const material = new LineBasicMaterial({
      color: new Color(style.colour),
      transparent: faint,
      opacity,
      depthTest: !faint,
    })
    const lines = new LineSegments(geometry, material)
    lines.position.copy(origin)
    lines.renderOrder = faint ? 1 : 2
    return lines
  })
}

/**
 * The features at a place: polygons around it, lines within `reach` metres, trees whose crown is
 * above it.
 */
export const featuresAt = async (
  { vectors, styles }: OutputDescription,
  x: number,
  y: number,
  reach: number,
): Promise<Feature[]> => {
  const box: Box2 = [x - reach, y - reach, x + reach, y + reach]
  const found = await Promise.all(vectors.map((layer) => readFeatures(layer, box)))
  return found
    .flat()
    .filter(
      ({ layer, polygons, lines, points, properties }) =>
        polygons.some((rings) => isInsideHalfOpen(rings.map(flatOf), x, y)) ||
        lines.some((line) => distance(line, x, y) <= reach) ||
        points.some(
          (at) =>
            Math.hypot((at[0] ?? 0) - x, (at[1] ?? 0) - y) <= Math.max(reach, pointRadius(styles[layer], properties)),
        ),
    )
}

const flatOf = (ring: Ring): number[] => ring.flatMap(([x = 0, y = 0]) => [x, y])

/** Distance from the nearest segment of an open line. */
const distance = (line: Ring, x: number, y: number): number => {
  const xy = flatOf(line)
  let least = Infinity
  for (let i = 0; i + 3 < xy.length; i += 2)
    least = Math.min(least, squareToSegment(x, y, xy[i]!, xy[i + 1]!, xy[i + 2]!, xy[i + 3]!))
  return Math.sqrt(least)
}
