import { deserialize } from "flatgeobuf/lib/mjs/geojson.js"
import {
  BufferGeometry,
  Color,
  Float32BufferAttribute,
  Group,
  LineBasicMaterial,
  LineSegments,
  type Object3D,
} from "three"
import type { Scene } from "./scene.js"
import type { Camera } from "./state.js"

/** A feature as the file has it. */
export interface Feature {
  readonly layer: string
  readonly polygons: readonly (readonly Ring[])[]
  readonly lines: readonly Ring[]
  readonly points: Ring
  readonly properties: Readonly<Record<string, unknown>>
}
type Ring = readonly (readonly number[])[]
type Box = readonly [minX: number, minY: number, maxX: number, maxY: number]

/** A vector layer in a scene: what lies around the camera's target. */
export interface VectorLayer {
  readonly name: string
  /** Shows, hides, loads what is new around the target. Resolves when nothing is left to come. */
  update(shown: boolean, camera: Camera): Promise<void>
  /** Features drawn, for those who cannot see them. */
  count(): number
  /** False where the camera is too far away for any to be loaded. */
  within(): boolean
}

/** Farther away, metres, a layer is not loaded: its features would be dust. */
const REACH = 6000
const MOST_FEATURES = 20_000
/** Lines lie this far above what they outline, metres: the mesh has its errors. */
const LIFT = 0.3

/** A layer keeps its colour whatever other layers there are; layers of other kernels take those of `OTHERS` in turn. */
const COLOURS: Readonly<Record<string, string>> = {
  building: "#ffd60a",
  contour: "#00e5ff",
  bridge: "#ff5c00",
  tree: "#7dff00",
  water: "#2f6bff",
  vegetation: "#1fa34a",
}
const OTHERS = ["#d400ff", "#ff2d95", "#ffffff"]
/** Corners of the ring that stands for a crown. */
const CROWN_CORNERS = 12

/** Reads the features of a box, by ranged requests through the file's index. */
export const readFeatures = async (layer: string, box: Box): Promise<Feature[]> => {
  const [minX, minY, maxX, maxY] = box
  // Absolute: the reader makes requests of its own.
  const url = new URL(`out/vector/${layer}.fgb`, document.baseURI).href
  const found: Feature[] = []
  for await (const { geometry, properties } of deserialize(url, { rect: { minX, minY, maxX, maxY } })) {
    const { type } = geometry
    const rings = "coordinates" in geometry ? (geometry.coordinates as unknown) : []
    found.push({
      layer,
      polygons: type === "Polygon" ? [rings as Ring[]] : type === "MultiPolygon" ? (rings as Ring[][]) : [],
      lines: type === "LineString" ? [rings as Ring] : type === "MultiLineString" ? (rings as Ring[]) : [],
      points: type === "Point" ? [rings as Ring[number]] : type === "MultiPoint" ? (rings as Ring) : [],
      properties: properties ?? {},
    })
    if (found.length >= MOST_FEATURES) break
  }
  return found
}

/** A vector layer of the result, drawn as lines: polygons at their foot and at their roof with edges between, lines at their height, trees as stem and crown. */
export const vectorLayer = (scene: Scene, name: string, index: number): VectorLayer => {
  const group = new Group()
  scene.add(group)
  const colour = new Color(COLOURS[name] ?? OTHERS[index % OTHERS.length])
  let loaded: Box | undefined
  let coming: Promise<void> | undefined
  let count = 0
  let near = true
  const load = async (box: Box): Promise<void> => {
    const features = await readFeatures(name, box)
    for (const child of group.children as LineSegments[]) child.geometry.dispose()
    group.clear()
    count = features.length
    for (const object of drawn(scene, features, colour)) group.add(object)
    group.updateMatrixWorld(true)
    scene.redraw()
  }
  const update = async (shown: boolean, camera: Camera): Promise<void> => {
    near = camera.range <= REACH
    group.visible = shown && near
    scene.redraw()
    if (!group.visible) return
    const reach = Math.max(150, camera.range * 1.5)
    const { x, y } = camera
    const isHeld =
      loaded !== undefined &&
      x - reach / 2 >= loaded[0] &&
      y - reach / 2 >= loaded[1] &&
      x + reach / 2 <= loaded[2] &&
      y + reach / 2 <= loaded[3] &&
      loaded[2] - loaded[0] < 12 * reach
    if (isHeld) return coming
    const box: Box = [x - reach * 2, y - reach * 2, x + reach * 2, y + reach * 2]
    loaded = box
    // One after the other: an older answer must not come over a newer one.
    coming = (coming ?? Promise.resolve()).then(() => (loaded === box ? load(box) : undefined))
    return coming
  }
  return { name, update, count: () => count, within: () => near }
}

/** Lines with depth, and the same lines faint before everything: what lies behind a roof or a tree can be guessed. */
const drawn = (scene: Scene, features: readonly Feature[], colour: Color): Object3D[] => {
  const [first] = features
  const [x = 0, y = 0] = first?.polygons[0]?.[0]?.[0] ?? first?.lines[0]?.[0] ?? first?.points[0] ?? []
  const origin = scene.place.toScene(x, y, 0)
  const places: number[] = []
  const add = (from: readonly number[], fromZ: number, to: readonly number[], toZ: number): void => {
    for (const [place, z] of [
      [from, fromZ],
      [to, toZ],
    ] as const) {
      places.push(
        ...scene.place
          .toScene(place[0] ?? 0, place[1] ?? 0, z + LIFT)
          .sub(origin)
          .toArray(),
      )
    }
  }
  for (const feature of features) addFeature(feature, add)
  const geometry = new BufferGeometry()
  geometry.setAttribute("position", new Float32BufferAttribute(places, 3))
  return [0.3, 1].map((opacity) => {
    const faint = opacity < 1
    const material = new LineBasicMaterial({ color: colour, transparent: faint, opacity, depthTest: !faint })
    const lines = new LineSegments(geometry, material)
    lines.position.copy(origin)
    lines.renderOrder = faint ? 1 : 2
    return lines
  })
}

type AddLine = (from: readonly number[], fromZ: number, to: readonly number[], toZ: number) => void

const addFeature = ({ polygons, lines, points, properties }: Feature, add: AddLine): void => {
  const [low, high] = heightsOf(properties)
  for (const ring of polygons.flat()) {
    for (let i = 1; i < ring.length; i++) {
      const [from = [], to = []] = [ring[i - 1], ring[i]]
      add(from, low, to, low)
      if (high <= low) continue
      add(from, high, to, high)
      add(from, low, from, high)
    }
  }
  for (const line of lines) {
    for (let i = 1; i < line.length; i++) {
      const [from = [], to = []] = [line[i - 1], line[i]]
      add(from, from[2] ?? low, to, to[2] ?? low)
    }
  }
  for (const point of points) addTree(point, properties, low, add)
}

/** A stem from the ground to the top, and the crown as a ring half-way up. */
const addTree = (at: readonly number[], properties: Feature["properties"], low: number, add: AddLine): void => {
  const [height, radius] = [Number(properties["height"] ?? 2), crownRadius(properties)]
  add(at, low, at, low + height)
  const corner = (k: number): readonly number[] => {
    const angle = (2 * Math.PI * k) / CROWN_CORNERS
    return [(at[0] ?? 0) + radius * Math.cos(angle), (at[1] ?? 0) + radius * Math.sin(angle)]
  }
  for (let k = 0; k < CROWN_CORNERS; k++) add(corner(k), low + height / 2, corner(k + 1), low + height / 2)
}

/** Metres; 0.5 where a point tells none. */
const crownRadius = (properties: Feature["properties"]): number => Number(properties["crown_radius"] ?? 0.5)

/** Foot and top of a feature by its attributes: what our layers call them. */
const heightsOf = (properties: Feature["properties"]): readonly [low: number, high: number] => {
  const number = (...names: string[]): number | undefined =>
    names.map((name) => properties[name]).find((value): value is number => typeof value === "number")
  const low = number("ground", "elevation", "level", "z", "height") ?? 0
  return [low, number("roof_max") ?? low]
}

/** The features at a place: polygons that hold it, lines within `reach` metres, trees whose crown is above it. */
export const featuresAt = async (
  layers: readonly string[],
  x: number,
  y: number,
  reach: number,
): Promise<Feature[]> => {
  const box: Box = [x - reach, y - reach, x + reach, y + reach]
  const found = await Promise.all(layers.map((layer) => readFeatures(layer, box)))
  return found
    .flat()
    .filter(
      ({ polygons, lines, points, properties }) =>
        polygons.some((rings) => rings.reduce((inside, ring) => inside !== holds(ring, x, y), false)) ||
        lines.some((line) => distance(line, x, y) <= reach) ||
        points.some((at) => Math.hypot((at[0] ?? 0) - x, (at[1] ?? 0) - y) <= Math.max(reach, crownRadius(properties))),
    )
}

/** Even-odd rule. */
const holds = (ring: Ring, x: number, y: number): boolean => {
  let inside = false
  for (let i = 1; i < ring.length; i++) {
    const [[ax = 0, ay = 0] = [], [bx = 0, by = 0] = []] = [ring[i - 1], ring[i]]
    if (ay > y !== by > y && x < ax + ((y - ay) / (by - ay)) * (bx - ax)) inside = !inside
  }
  return inside
}

const distance = (line: Ring, x: number, y: number): number => {
  let least = Infinity
  for (let i = 1; i < line.length; i++) {
    const [[ax = 0, ay = 0] = [], [bx = 0, by = 0] = []] = [line[i - 1], line[i]]
    const [dx, dy] = [bx - ax, by - ay]
    const along = Math.min(1, Math.max(0, ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy || 1)))
    least = Math.min(least, Math.hypot(ax + along * dx - x, ay + along * dy - y))
  }
  return least
}
