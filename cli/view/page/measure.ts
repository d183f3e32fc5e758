/** Measures between two places. */
import { BufferGeometry, Color, Float32BufferAttribute, Line, LineBasicMaterial, type Vector3 } from "three"
import type { Hit, Scene } from "./scene/scene.js"
import { figure, say } from "./texts.js"

/** Results of a measurement, metres. */
export interface Measured {
  readonly distance: number
  readonly horizontal: number
  readonly difference: number
}

/**
 * A ruler in a scene: one place, then another. The line and its length remain until the next click.
 */
export interface Ruler {
  /** Takes a place. Returns the measurement with the second one of a pair. */
  put(hit: Hit): Measured | undefined
  clear(): void
  /** Moves the label along with the camera. */
  follow(): void
}

/** Straight distance, with its horizontal and vertical parts. Both scenes are metric. */
export const measure = (a: Hit, b: Hit): Measured => {
  const distance = a.point.distanceTo(b.point)
  const difference = b.at[2] - a.at[2]
  return { distance, difference, horizontal: Math.sqrt(Math.max(0, distance ** 2 - difference ** 2)) }
}

export const rulerIn = (scene: Scene, overlay: HTMLElement): Ruler => {
  const label = document.createElement("span")
  label.hidden = true
  overlay.append(label)
  let first: Hit | undefined
  let middle: Vector3 | undefined
  let remove: (() => void) | undefined
  const clear = (): void => {
    remove?.()
    remove = undefined
    first = undefined
    middle = undefined
    label.hidden = true
  }
  const follow = (): void => {
    const pixel = middle === undefined || scene.element.hidden ? undefined : scene.pixelOf(middle)
    label.hidden = pixel === undefined
    if (pixel !== undefined)
      [label.style.left, label.style.top] = pixel.map((value) => `${value}px`) as [string, string]
  }
  const put = (hit: Hit): Measured | undefined => {
    const from = remove === undefined ? first : undefined
    if (from === undefined) {
      clear()
      first = hit
      return undefined
    }
    const measured = measure(from, hit)
    middle = from.point.clone().lerp(hit.point, 0.5)
    remove = scene.add(lineBetween(from.point, hit.point))
    label.textContent = `${figure(measured.distance, 2)} m · Δ ${figure(measured.difference, 2)} m`
    follow()
    return measured
  }
  return { put, clear, follow }
}

const lineBetween = (a: Vector3, b: Vector3): Line => {
  const geometry = new BufferGeometry()
  geometry.setAttribute("position", new Float32BufferAttribute([0, 0, 0, ...b.clone().sub(a).toArray()], 3))
  const line = new Line(geometry, new LineBasicMaterial({ color: new Color("#ff2d95"), depthTest: false }))
  line.position.copy(a)
  line.renderOrder = 3
  return line
}

/** A measurement as rows for people. */
export const rowsOf = ({ distance, horizontal, difference }: Measured): [string, string][] => [
  [say("distance"), `${figure(distance, 2)} m`],
  [say("horizontal"), `${figure(horizontal, 2)} m`],
  [say("difference"), `${figure(difference, 2)} m`],
]
