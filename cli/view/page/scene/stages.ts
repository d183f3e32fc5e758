/** The two scenes of the page with their vector layers and rulers. */
import type { OutputDescription } from "../../describe-output.js"
import { type Ruler, rulerIn } from "../measure.js"
import type { Camera, State } from "../state.js"
import type { GlobeScene } from "./globe-scene.js"
import { type PlaneScene, planeScene } from "./plane-scene.js"
import type { Scene } from "./scene.js"
import { type VectorLayer, vectorLayer } from "./vector-layer.js"

export interface Stage {
  readonly scene: Scene
  readonly vectors: readonly VectorLayer[]
  readonly ruler: Ruler
}

/** The page's two scenes; the plane is made at its first use. */
export interface Stages {
  of(view: State["view"]): Stage
  readonly plane: () => PlaneScene | undefined
  /** Shows a state from a camera. Returns the work that must end before the picture is complete. */
  show(state: State, camera: Camera): Promise<void>[]
  clearRulers(): void
}

/** @param base height at which flat things of the plane are drawn */
export const createStages = (
  description: OutputDescription,
  globe: GlobeScene,
  elements: { readonly plane: HTMLDivElement; readonly overlay: HTMLElement },
  base: number,
): Stages => {
  const made = new Map<State["view"], Stage>()
  let plane: PlaneScene | undefined
  const of = (view: State["view"]): Stage => {
    const known = made.get(view)
    if (known !== undefined) return known
    let scene: Scene = globe
    if (view === "plane") {
      plane = planeScene(elements.plane, description, base)
      scene = plane
    }
    const vectors = Object.entries(description.styles).map(([name, style]) => vectorLayer(scene, name, style))
    const stage = { scene, vectors, ruler: rulerIn(scene, elements.overlay) }
    made.set(view, stage)
    return stage
  }
  const show = (state: State, camera: Camera): Promise<void>[] => {
    elements.plane.hidden = state.view !== "plane"
    globe.element.hidden = state.view !== "globe"
    const { scene, vectors } = of(state.view)
    scene.show(state, camera)
    for (const { ruler } of made.values()) ruler.follow()
    const works = vectors.map((layer) => layer.update(state.vectors.includes(layer.name), camera))
    if (plane !== undefined && state.view === "plane") {
      works.push(plane.raster.update(state.raster, camera), plane.showPoints(state.points))
    }
    return works
  }
  const clearRulers = (): void => {
    for (const { ruler } of made.values()) ruler.clear()
  }
  return { of, plane: () => plane, show, clearRulers }
}
