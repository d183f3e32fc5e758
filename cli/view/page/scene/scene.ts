/** A scene: an iTowns view, its place on Earth, and the objects in it. */
import { MAIN_LOOP_EVENTS, type View, type ViewOptions } from "itowns"
import { type Object3D, PerspectiveCamera, Raycaster, Vector2, Vector3 } from "three"
import { placeCamera, sunDirection } from "../navigation.js"
import type { Place } from "../place.js"
import { type Camera, meshModes, type State } from "../state.js"
import { type SharedUniforms, sharedUniforms } from "./mesh-material.js"
import type { Surface } from "./surface.js"

/** The place under a pixel. */
export interface Hit {
  /** In the scene's coordinates. */
  readonly point: Vector3
  /** CRS metres, and height in the job's height system. */
  readonly at: readonly [x: number, y: number, z: number]
  readonly object: Object3D
  /** Vertex numbers of the triangle that was hit. */
  readonly corners: readonly number[]
}

export interface BareScene {
  readonly element: HTMLElement
  readonly view: View
  readonly place: Place
  readonly shared: SharedUniforms
  /** Objects that can be hit. */
  readonly solid: Object3D[]
  /** Draws soon, with the camera and the light of the state. */
  show(state: State, camera: Camera): void
  /** Adds an object to the picture; returns a function that removes it. */
  add(object: Object3D): () => void
  redraw(): void
  hit(x: number, y: number): Hit | undefined
  /** Pixel of a place; undefined behind the camera. */
  pixelOf(point: Vector3): readonly [x: number, y: number] | undefined
  /** Calls back when the surface has changed and is complete. */
  onSurface(listener: () => void): void
  /** Notifies those listeners. */
  surfaceChanged(): void
}

/** A scene with its surface. */
export interface Scene extends BareScene {
  /** The picture as heights. */
  readonly surface: Surface
  /** Height near the middle of the result, metres, for things without a height. */
  readonly base: number
}

/** Options of a view whose camera the page moves. */
export const viewOptions = (): ViewOptions => ({
  noControls: true,
  disableFocusOnStart: true,
  camera: { cameraThree: new PerspectiveCamera(50) },
  renderer: { logarithmicDepthBuffer: false, antialias: true },
})

export const cameraOf = (view: View): PerspectiveCamera => view.camera3D

/** Wraps an iTowns view that has no controls of its own. */
export const wrapView = (element: HTMLElement, view: View, place: Place): BareScene => {
  const shared = sharedUniforms()
  const solid: Object3D[] = []
  const three = view.scene
  const camera = cameraOf(view)
  const listeners: (() => void)[] = []
  // iTowns' blank globe or plane has height zero.
  view.tileLayer.visible = false
  // The sky is the page's background.
  view.renderer.setClearColor(0, 0)
  // Sharp on dense screens; more than twice is invisible and costs time.
  view.renderer.setPixelRatio(Math.min(2, window.devicePixelRatio))
  view.resize(element.clientWidth, element.clientHeight)
  const sun = new Vector3(0, 0, 1)
  const up = new Vector3(0, 0, 1)
  // The light in the camera's frame, with the camera of this frame.
  view.addFrameRequester(MAIN_LOOP_EVENTS.BEFORE_RENDER, () => {
    shared.sun.value.copy(sun).transformDirection(camera.matrixWorldInverse)
    shared.up.value.copy(up).transformDirection(camera.matrixWorldInverse)
  })
  const redraw = (): void => view.notifyChange(camera, true)
  return {
    element,
    view,
    place,
    shared,
    solid,
    redraw,
    show: (state, where) => {
      // The window may have changed size while the other view was shown.
      const size = view.renderer.getSize(new Vector2())
      const { clientWidth, clientHeight } = element
      if (size.x !== clientWidth || size.y !== clientHeight) view.resize(clientWidth, clientHeight)
      placeCamera(camera, place, where)
      sun.copy(sunDirection(place, where, state.sunAzimuth, state.sunHeight))
      up.copy(place.axesAt(where.x, where.y).up)
      shared.mode.value = meshModes.indexOf(state.mode)
      shared.shade.value = state.shade ? 1 : 0
      redraw()
    },
    add: (object) => {
      three.add(object)
      object.updateMatrixWorld(true)
      redraw()
      return () => {
        three.remove(object)
        redraw()
      }
    },
    hit: (x, y) =>
      hitAt(solid, place, camera, new Vector2((2 * x) / element.clientWidth - 1, 1 - (2 * y) / element.clientHeight)),
    onSurface: (listener) => void listeners.push(listener),
    surfaceChanged: () => {
      for (const listener of listeners) listener()
    },
    pixelOf: (point) => {
      const seen = point.clone().project(camera)
      if (seen.z > 1) return undefined
      return [((seen.x + 1) / 2) * element.clientWidth, ((1 - seen.y) / 2) * element.clientHeight]
    },
  }
}

const hitAt = (
  solid: readonly Object3D[],
  place: Place,
  camera: PerspectiveCamera,
  pixel: Vector2,
): Hit | undefined => {
  const ray = new Raycaster()
  ray.setFromCamera(pixel, camera)
  ray.near = camera.near
  ray.far = camera.far
  const [first] = ray.intersectObjects([...solid], true).filter(({ object }) => isShown(object))
  if (first === undefined) return undefined
  const { face } = first
  return {
    point: first.point,
    at: place.fromScene(first.point),
    object: first.object,
    corners: face === null || face === undefined ? [] : [face.a, face.b, face.c],
  }
}

const isShown = (object: Object3D): boolean => {
  for (let at: Object3D | null = object; at !== null; at = at.parent) if (!at.visible) return false
  return true
}
