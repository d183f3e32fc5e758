import { Vector3 } from "three"
import type { OutputDescription } from "../describe-output.js"
import { ask } from "./asking.js"
import type { Steered } from "./controls.js"
import { showFacts } from "./facts.js"
import type { GlobeScene } from "./globe-scene.js"
import { type Ruler, rowsOf, rulerIn } from "./measure.js"
import { metresPerPixel, standAt } from "./navigation.js"
import type { Action } from "./panel.js"
import { type PlaneScene, planeScene } from "./plane-scene.js"
import { cameraOf, type Hit, type Scene } from "./scene.js"
import { type Camera, readState, type State, writeState } from "./state.js"
import { say } from "./texts.js"
import { type VectorLayer, vectorLayer } from "./vector-layer.js"

/** The elements that the page's parts write to. */
export interface Elements {
  readonly stage: HTMLElement
  readonly plane: HTMLDivElement
  readonly overlay: HTMLElement
  readonly facts: HTMLElement
  readonly help: HTMLDialogElement
}

/** The page's state and what follows from it. */
export interface App extends Steered {
  readonly state: () => State
  change(part: Partial<State>): void
  act(action: Action): void
  measuring(): boolean
  /** Ends what is begun: a measure, a box of facts. */
  escape(): void
  scene(): Scene
  busy(): boolean
  vectors(): readonly VectorLayer[]
  plane(): PlaneScene | undefined
  /** Takes over the address, which someone changed. */
  readAddress(): void
}

/** What one view has beside its scene. */
interface Staged {
  readonly scene: Scene
  readonly vectors: readonly VectorLayer[]
  readonly ruler: Ruler
}

/** Joins state, scenes and controls. `changed` is called after every change, `reword` when the language is another. */
export const createApp = (
  description: OutputDescription,
  globe: GlobeScene,
  elements: Elements,
  first: Camera,
  told: { changed: () => void; reword: () => void; failed: (error: unknown) => void },
): App => {
  let state: State = readState(location.hash)
  let camera = state.camera ?? first
  let measuring = false
  let pending = 0
  let plane: PlaneScene | undefined
  let addressTimer = 0
  let anchorTimer = 0
  const staged = new Map<Scene, Staged>()
  const stage = (scene: Scene): Staged => {
    const known = staged.get(scene)
    if (known !== undefined) return known
    const vectors = description.vectors.map((name, index) => vectorLayer(scene, name, index))
    const made = { scene, vectors, ruler: rulerIn(scene, elements.overlay) }
    staged.set(scene, made)
    return made
  }
  const scene = (): Scene => {
    if (state.view === "globe") return globe
    plane ??= planeScene(elements.plane, description, first.z)
    return plane
  }
  const wait = (work: Promise<void>): void => {
    pending++
    work.catch(told.failed).finally(() => {
      pending--
      told.changed()
    })
  }
  const keepAddress = (): void => {
    window.clearTimeout(addressTimer)
    addressTimer = window.setTimeout(() => {
      history.replaceState(null, "", `#${writeState({ ...state, camera })}`)
    }, 250)
  }
  const apply = (): void => {
    elements.plane.hidden = state.view !== "plane"
    globe.element.hidden = state.view !== "globe"
    const current = stage(scene())
    current.scene.show(state, camera)
    for (const { ruler } of staged.values()) ruler.follow()
    for (const layer of current.vectors) wait(layer.update(state.vectors.includes(layer.name), camera))
    if (plane !== undefined && state.view === "plane") {
      wait(plane.raster.update(description.rasters.includes(state.raster) ? state.raster : "", camera))
      wait(plane.showPoints(state.points))
    }
    elements.stage.classList.toggle("measuring", measuring)
    keepAddress()
    told.changed()
  }
  const hit = (x: number, y: number): Hit | undefined => scene().hit(x, y)
  const centre = (): Hit | undefined => hit(scene().element.clientWidth / 2, scene().element.clientHeight / 2)
  // The target goes back onto the surface when the hands rest: the next turn is about what is in the middle of the picture.
  const anchor = (): void => {
    window.clearTimeout(anchorTimer)
    anchorTimer = window.setTimeout(() => {
      const found = camera.range < 3 || camera.range > 20_000 ? undefined : centre()
      if (found === undefined) return
      const range = found.point.distanceTo(cameraOf(scene().view).getWorldPosition(new Vector3()))
      const [x, y, z] = found.at
      camera = { ...camera, x, y, z, range: Math.max(1, range) }
      keepAddress()
    }, 400)
  }
  const steer = (moved: Camera): void => {
    camera = moved
    apply()
    anchor()
  }
  const keep = keptPlace(hit)
  const change = (part: Partial<State>): void => {
    state = { ...state, ...part }
    apply()
  }
  const readAddress = (): void => {
    const before = state.language
    state = readState(location.hash)
    camera = state.camera ?? camera
    if (state.language !== before) told.reword()
    apply()
  }
  const asked = (x: number, y: number): void => {
    const found = hit(x, y)
    const tell = (title: string, rows: [string, string][] = []): void => showFacts(elements.facts, [{ title, rows }])
    if (found === undefined) tell(say("nothing"))
    else if (measuring) {
      const measured = stage(scene()).ruler.put(found)
      if (measured === undefined) tell(say("measureHint"))
      else tell(say("measure"), rowsOf(measured))
    } else {
      const reach = Math.max(0.2, 5 * metresPerPixel(cameraOf(scene().view), camera, scene().element.clientHeight))
      wait(ask(description, globe, found, reach).then((tables) => showFacts(elements.facts, tables)))
    }
  }
  const setMeasuring = (on: boolean): void => {
    measuring = on
    if (!on) for (const { ruler } of staged.values()) ruler.clear()
    showFacts(elements.facts, on ? [{ title: say("measureHint"), rows: [] }] : [])
    apply()
  }
  const act = (action: Action): void => {
    if (action === "home") steer(first)
    else if (action === "north") steer({ ...camera, heading: 0 })
    else if (action === "top") steer({ ...camera, tilt: 90 })
    else if (action === "street") steer(standAt(camera, centre()?.at ?? [camera.x, camera.y, camera.z]))
    else if (action === "measure") setMeasuring(!measuring)
    else if (action === "help") elements.help.showModal()
    else {
      state = { ...state, language: document.documentElement.lang === "fr" ? "en" : "fr" }
      told.reword()
      apply()
    }
  }
  window.setTimeout(apply)
  return {
    state: () => state,
    camera: () => camera,
    steer,
    change,
    act,
    asked,
    readAddress,
    placeAt: keep,
    metresPerPixel: () => metresPerPixel(cameraOf(scene().view), camera, scene().element.clientHeight),
    measuring: () => measuring,
    escape: () => setMeasuring(false),
    scene,
    busy: () => pending > 0 || (state.view === "globe" && state.mesh && globe.busy()),
    vectors: () => staged.get(scene())?.vectors ?? [],
    plane: () => plane,
  }
}

/** Looks for the place under a pixel once per turn of the wheel, not at each of its clicks. */
const keptPlace = (hit: (x: number, y: number) => Hit | undefined): Steered["placeAt"] => {
  let kept: { x: number; y: number; time: number; at: Hit["at"] | undefined } | undefined
  return (x, y) => {
    const time = performance.now()
    const isSame = kept !== undefined && kept.x === x && kept.y === y && time - kept.time < 500
    kept = { x, y, time, at: isSame ? kept?.at : hit(x, y)?.at }
    return kept.at
  }
}
