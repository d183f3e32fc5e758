/** Steers the camera by keys, mouse and touch. */
import { moveCamera, turnCamera, zoomCamera } from "./navigation.js"
import type { Camera } from "./state.js"

/** What mouse, touch and keyboard act on. */
export interface Steered {
  camera(): Camera
  steer(camera: Camera): void
  /** Metres that a pixel covers at the target. */
  metresPerPixel(): number
  /** The place under a pixel of the element; undefined where there is none. */
  placeAt(x: number, y: number): readonly [number, number, number] | undefined
  /** A click, or Enter for the middle of the picture. */
  asked(x: number, y: number): void
}

/** A press that moves farther than this is a drag, pixels. */
const CLICK_REACH = 4
const DEGREES_PER_PIXEL = 0.25

/**
 * Steers by pointer: drag moves, right button or Ctrl turns, wheel and two fingers zoom, double
 * click flies there.
 */
export const steerByPointer = (element: HTMLElement, steered: Steered): void => {
  const fingers = new Map<number, { x: number; y: number }>()
  let travelled = 0
  const local = (event: MouseEvent): { x: number; y: number } => {
    const box = element.getBoundingClientRect()
    return { x: event.clientX - box.left, y: event.clientY - box.top }
  }
  element.addEventListener("contextmenu", (event) => event.preventDefault())
  element.addEventListener("pointerdown", (event) => {
    element.setPointerCapture(event.pointerId)
    fingers.set(event.pointerId, local(event))
    if (fingers.size === 1) travelled = 0
  })
  element.addEventListener("pointermove", (event) => {
    const from = fingers.get(event.pointerId)
    if (from === undefined) return
    const to = local(event)
    travelled += Math.hypot(to.x - from.x, to.y - from.y)
    if (travelled > CLICK_REACH) {
      const other = [...fingers].find(([id]) => id !== event.pointerId)?.[1]
      if (other !== undefined) steered.steer(pinched(steered.camera(), from, to, other))
      else drag(steered, to.x - from.x, to.y - from.y, event.buttons === 2 || event.ctrlKey || event.shiftKey)
    }
    fingers.set(event.pointerId, to)
  })
  const lift = (event: PointerEvent): void => {
    const place = fingers.get(event.pointerId)
    fingers.delete(event.pointerId)
    if (event.type === "pointerup" && place !== undefined && travelled <= CLICK_REACH && event.button === 0) {
      steered.asked(place.x, place.y)
    }
  }
  element.addEventListener("pointerup", lift)
  element.addEventListener("pointercancel", lift)
  element.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault()
      const { x, y } = local(event)
      const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 30 : 1
      const factor = Math.exp(Math.max(-1, Math.min(1, event.deltaY * lines * 0.0015)))
      steered.steer(zoomCamera(steered.camera(), factor, steered.placeAt(x, y)))
    },
    { passive: false },
  )
  element.addEventListener("dblclick", (event) => {
    const { x, y } = local(event)
    const place = steered.placeAt(x, y)
    if (place === undefined) return
    const camera = steered.camera()
    steered.steer({ ...camera, x: place[0], y: place[1], z: place[2], range: Math.max(5, camera.range / 2) })
  })
}

const drag = (steered: Steered, dx: number, dy: number, turn: boolean): void => {
  const camera = steered.camera()
  const metres = steered.metresPerPixel()
  // The ground is seen at a slant: a pixel upwards covers more of it.
  const slant = Math.max(0.3, Math.sin((camera.tilt * Math.PI) / 180))
  if (turn) steered.steer(turnCamera(camera, dx * DEGREES_PER_PIXEL, dy * DEGREES_PER_PIXEL))
  else steered.steer(moveCamera(camera, -dx * metres, (dy * metres) / slant))
}

interface Finger {
  readonly x: number
  readonly y: number
}

const pinched = (camera: Camera, from: Finger, to: Finger, other: Finger): Camera => {
  const spread = (finger: Finger): number => Math.max(10, Math.hypot(finger.x - other.x, finger.y - other.y))
  const angle = (finger: Finger): number => Math.atan2(finger.y - other.y, finger.x - other.x)
  let turn = ((angle(to) - angle(from)) * 180) / Math.PI
  if (turn > 180) turn -= 360
  if (turn < -180) turn += 360
  // Both fingers up or down together tilt; each contributes half.
  const tilt = ((to.y - from.y) * DEGREES_PER_PIXEL) / 2
  return turnCamera(zoomCamera(camera, spread(from) / spread(to)), -turn, tilt)
}

/**
 * Steers by arrow keys, plus and minus; Enter asks about the middle. Returns false for other keys,
 * which the page handles.
 */
export const steerByKey = (element: HTMLElement, event: KeyboardEvent, steered: Steered): boolean => {
  const camera = steered.camera()
  const step = steered.metresPerPixel() * 60
  const turn = event.shiftKey
  const moves: Readonly<Record<string, () => Camera>> = {
    ArrowLeft: () => (turn ? turnCamera(camera, -5, 0) : moveCamera(camera, -step, 0)),
    ArrowRight: () => (turn ? turnCamera(camera, 5, 0) : moveCamera(camera, step, 0)),
    ArrowUp: () => (turn ? turnCamera(camera, 0, -5) : moveCamera(camera, 0, step)),
    ArrowDown: () => (turn ? turnCamera(camera, 0, 5) : moveCamera(camera, 0, -step)),
    "+": () => zoomCamera(camera, 0.8),
    "=": () => zoomCamera(camera, 0.8),
    "-": () => zoomCamera(camera, 1.25),
    PageUp: () => ({ ...camera, z: camera.z + step }),
    PageDown: () => ({ ...camera, z: camera.z - step }),
  }
  if (event.key === "Enter") steered.asked(element.clientWidth / 2, element.clientHeight / 2)
  else if (moves[event.key] === undefined) return false
  else steered.steer((moves[event.key] as () => Camera)())
  return true
}
