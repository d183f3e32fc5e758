/** The globe with the tileset of the result. */
import {
  enableKtx2Loader,
  enableMeshoptDecoder,
  GlobeView,
  MAIN_LOOP_EVENTS,
  OGC3DTilesLayer,
  OGC3DTilesSource,
  View,
} from "itowns"
import {
  BufferGeometry,
  Color,
  Float32BufferAttribute,
  LineBasicMaterial,
  LineSegments,
  type Mesh,
  type Object3D,
  type ShaderMaterial,
  SRGBColorSpace,
  type Texture,
  type Vector3,
} from "three"
import { MeshoptDecoder } from "three/addons/libs/meshopt_decoder.module.js"
import { meshEdges } from "../../../../engine/core/geometry/mesh-edges.js"
import type { OutputDescription } from "../../describe-output.js"
import { globePlace, type Place } from "../place.js"
import { type Camera, infraredModes, type State } from "../state.js"
import { distinctColour, meshMaterial, NOTHING, turnToClass } from "./mesh-material.js"
import { featureIds, findObject, infraredImage } from "./mesh-object.js"
import { type BareScene, cameraOf, type Hit, type Scene, viewOptions, wrapView } from "./scene.js"
import { joinedHeights, type MeshHeights, meshHeights, type Surface } from "./surface.js"

/** A loaded mesh: one tile may have several, by material or by part. */
export interface LoadedTile {
  /** Key as in its address, `level/x/y`. */
  readonly key: string
  readonly mesh: Mesh
  readonly geometricError: number
  /** Lowest and highest vertex, metres of the job's height system. */
  readonly heights: readonly [low: number, high: number]
  /** The infrared image, if any. */
  readonly infrared?: Texture
  borders?: Object3D
}

export interface GlobeScene extends Scene {
  /** True while requests are pending. */
  busy(): boolean
  /** Tiles in the picture. */
  tiles(): readonly LoadedTile[]
  tileOf(hit: Hit): LoadedTile | undefined
  /** Highlights the object that was hit, in its content; undefined clears the highlight. */
  choose(hit: Hit | undefined): void
}

/** The part of a 3d-tiles-renderer event that the page reads. */
interface TileEvent {
  readonly scene?: Object3D | null
  readonly tile: { readonly geometricError: number; readonly content?: { readonly uri?: string } }
  readonly visible?: boolean
}

/** The scene is complete after this many frames without a request or an arrival. */
const QUIET_FRAMES = 4

/** 1 / (2 · Earth radius): height of a tangent plane above the ellipsoid, per square metre. */
const CURVATURE = 1 / (2 * 6.371e6)

/**
 * Makes the globe: iTowns' GlobeView with the tileset, and a camera of the page's own.
 *
 * It hides iTowns' blank globe, which has height zero of the ellipsoid. Around the Antilles that is
 * above the sea and would hide the result.
 * @param base a height near the middle of the tileset's, metres
 */
export const globeScene = (element: HTMLDivElement, description: OutputDescription, base: number): GlobeScene => {
  enableMeshoptDecoder(MeshoptDecoder)
  const view = new GlobeView(element, undefined, viewOptions())
  enableKtx2Loader("basis/", view.renderer)
  const loaded = new Map<Object3D, LoadedTile>()
  const shown = new Set<LoadedTile>()
  const bare = wrapView(element, view, globePlace(description))
  const scene = { ...bare, base, surface: makeSurface(shown, bare.place, base) }
  let settings: Pick<State, "mode" | "borders"> = { mode: "texture", borders: false }
  if (!description.tileset)
    return { ...scene, busy: () => false, tiles: () => [], tileOf: () => undefined, choose: () => undefined }

  const layer = new OGC3DTilesLayer("mesh", { source: new OGC3DTilesSource({ url: "out/tileset.json" }) })
  const renderer = layer.tilesRenderer
  scene.solid.push(renderer.group)
  const listen = (type: string, listener: (event: TileEvent) => void): void =>
    layer.addEventListener(type, (event) => listener(event as unknown as TileEvent))
  const dress = (tile: LoadedTile): void => {
    const material = tile.mesh.material as ShaderMaterial
    material.wireframe = settings.mode === "wireframe"
    if (tile.infrared !== undefined) showInfrared(material, infraredModes.includes(settings.mode), tile.infrared)
    // Meshes of one content end where the others begin: they share one border.
    const beside = [...loaded.values()].filter(({ mesh }) => mesh.parent === tile.mesh.parent)
    if (settings.borders && beside[0] === tile && tile.borders === undefined) {
      tile.borders = borderLines(beside.map(({ mesh }) => mesh.geometry))
      tile.mesh.add(tile.borders)
      tile.borders.updateMatrixWorld(true)
    }
    if (tile.borders !== undefined) tile.borders.visible = settings.borders
  }
  const eachTile = ({ scene: content }: TileEvent, visit: (tile: LoadedTile) => void): void =>
    content?.traverse((object) => {
      const tile = loaded.get(object)
      if (tile !== undefined) visit(tile)
    })
  listen("load-model", (event) => {
    event.scene?.traverse((object) => {
      if ("isMesh" in object) loaded.set(object, loadTile(scene, object as Mesh, event))
    })
    eachTile(event, dress)
  })
  listen("dispose-model", (event) =>
    eachTile(event, (tile) => {
      ;(tile.mesh.material as ShaderMaterial).dispose()
      tile.infrared?.dispose()
      loaded.delete(tile.mesh)
      shown.delete(tile)
    }),
  )
  listen("tile-visibility-change", (event) => {
    eachTile(event, (tile) => {
      if (event.visible) shown.add(tile)
      else shown.delete(tile)
      isOther = true
    })
    scene.redraw()
  })
  // GlobeView's own addLayer would make it a part of the blank globe.
  void View.prototype.addLayer.call(view, layer)
  // The renderer's queues advance with the frames: without one, a loaded tile would wait for the
  // next camera move. A frame or two with empty queues also separate the tileset's arrival from the
  // first request.
  let quiet = 0
  let isOther = false
  const busy = (): boolean => quiet < QUIET_FRAMES
  view.addFrameRequester(MAIN_LOOP_EVENTS.UPDATE_END, () => {
    const { queued, downloading, parsing } = renderer.stats
    const isQuiet = layer.ready && !renderer.isLoading && queued + downloading + parsing === 0
    quiet = isQuiet ? quiet + 1 : 0
    if (busy()) view.notifyChange(layer, false)
    else if (isOther) {
      isOther = false
      scene.surfaceChanged()
    }
  })
  window.addEventListener("resize", () => renderer.setResolutionFromRenderer(cameraOf(view), view.renderer))
  return {
    ...scene,
    show: (state: State, camera: Camera) => {
      settings = state
      layer.visible = state.mesh
      renderer.errorTarget = state.detail
      for (const tile of loaded.values()) dress(tile)
      quiet = 0
      scene.show(state, camera)
    },
    busy,
    tiles: () => [...shown],
    tileOf: (hit) => loaded.get(hit.object),
    choose: (hit) => {
      const object = hit && findObject(hit)
      const row = object === undefined || object.id === "" ? NOTHING : object.row
      for (const { mesh } of loaded.values()) {
        // Walls and roofs of one content are sibling meshes.
        const { picked } = (mesh.material as ShaderMaterial).uniforms
        if (picked !== undefined) picked.value = mesh.parent === hit?.object.parent ? row : NOTHING
      }
      scene.redraw()
    },
  }
}

/** Heights of the tiles in the picture; each tile is indexed at its first query. */
const makeSurface = (shown: ReadonlySet<LoadedTile>, place: Place, base: number): Surface => {
  const sorted = new WeakMap<LoadedTile, MeshHeights>()
  const sortedOf = (tile: LoadedTile): MeshHeights => {
    const known = sorted.get(tile) ?? meshHeights(tile.mesh, place, tile.geometricError, base)
    sorted.set(tile, known)
    return known
  }
  return {
    heightsAt: (...at) => joinedHeights([...shown].map((tile) => sortedOf(tile).heightsAt(...at))),
  }
}

/** Shows or hides the infrared image of a material. */
const showInfrared = ({ uniforms }: ShaderMaterial, isShown: boolean, image: Texture): void => {
  const { second, hasSecond, isSecondLinear } = uniforms
  if (second === undefined || hasSecond === undefined || isSecondLinear === undefined) return
  second.value = isShown ? image : null
  hasSecond.value = isShown ? 1 : 0
  isSecondLinear.value = image.colorSpace === SRGBColorSpace ? 1 : 0
}

const loadTile = (scene: BareScene, mesh: Mesh, { tile }: TileEvent): LoadedTile => {
  const key = /(\d+\/\d+\/\d+)(?:-[0-3]+)?\.glb/.exec(tile.content?.uri ?? "")?.[1] ?? tile.content?.uri ?? ""
  const [level = 0, x = 0, y = 0] = key.split("/").map(Number)
  mesh.updateWorldMatrix(true, false)
  const origin = mesh.getWorldPosition(mesh.position.clone())
  const [originX, originY, height] = scene.place.fromScene(origin)
  const localUp = scene.place.axesAt(originX, originY).up.transformDirection(mesh.matrixWorld.clone().invert())
  const before = mesh.material as { map?: Texture | null; isMeshBasicMaterial?: boolean; dispose(): void }
  const map = before.map ?? null
  before.dispose()
  turnToClass(mesh.geometry)
  const infrared = infraredImage(mesh)
  mesh.material = meshMaterial(scene.shared, {
    map,
    coloured: mesh.geometry.hasAttribute("color"),
    infraredVertices: map === null && mesh.geometry.hasAttribute("_infrared"),
    unlit: before.isMeshBasicMaterial === true,
    featured: featureIds(mesh) !== undefined,
    baseHeight: height,
    localUp,
    geometricError: tile.geometricError,
    tileColour: Number.isNaN(x + y) ? new Color(0.5, 0.5, 0.5) : distinctColour(x * 7 + y * 12 + level),
    levelColour: distinctColour(level * 3),
    curvature: CURVATURE,
  })
  const heights = measureHeights(mesh, height, localUp)
  return { key, mesh, geometricError: tile.geometricError, heights, ...(infrared && { infrared }) }
}

const measureHeights = (mesh: Mesh, base: number, up: Vector3): readonly [low: number, high: number] => {
  const position = mesh.geometry.getAttribute("position")
  let [low, high] = [Infinity, -Infinity]
  for (let i = 0; i < position.count; i++) {
    const along = position.getX(i) * up.x + position.getY(i) * up.y + position.getZ(i) * up.z
    if (along < low) low = along
    if (along > high) high = along
  }
  return [base + low, base + high]
}

const borderMaterial = new LineBasicMaterial({ color: new Color("#ff2d95") })

/**
 * Edges of only one triangle, as lines: the border with the neighbours and every hole. Equal places
 * count as one vertex, because objects and flat faces have vertices of their own. O(triangles · log
 * triangles) time; about 100 bytes a vertex while it counts.
 */
const borderLines = (geometries: readonly BufferGeometry[]): LineSegments => {
  const places: number[] = []
  const triangles: number[] = []
  for (const geometry of geometries) {
    const position = geometry.getAttribute("position")
    const index = geometry.getIndex()
    const first = places.length / 3
    for (let i = 0; i < position.count; i++) places.push(position.getX(i), position.getY(i), position.getZ(i))
    const count = index?.count ?? position.count
    for (let i = 0; i < count; i++) triangles.push(first + (index?.getX(i) ?? i))
  }
  const { open } = meshEdges(Float64Array.from(places), Uint32Array.from(triangles))
  const lines = new BufferGeometry()
  const ends = [...open].flatMap((vertex) => places.slice(3 * vertex, 3 * vertex + 3))
  lines.setAttribute("position", new Float32BufferAttribute(ends, 3))
  return new LineSegments(lines, borderMaterial)
}
