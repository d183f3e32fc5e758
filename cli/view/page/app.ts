/** Joins the state of the page, its scenes and its controls. */
import { Vector3 } from "three"
import type { OutputDescription } from "../describe-output.js"
import { ask } from "./asking.js"
import type { Steered } from "./controls.js"
import { showFacts } from "./facts.js"
import { rowsOf } from "./measure.js"
import { metresPerPixel, standAt } from "./navigation.js"
import type { Action } from "./panel.js"
import type { GlobeScene } from "./scene/globe-scene.js"
import { cameraOf, type Hit } from "./scene/scene.js"
import { createStages, type Stage, type Stages } from "./scene/stages.js"
import { type Camera, readState, type State, usualState, writeState } from "./state.js"
import { say } from "./texts.js"

export interface Elements {
  readonly stage: HTMLElement
  readonly plane: HTMLDivElement
  readonly overlay: HTMLElement
  readonly facts: HTMLElement
  readonly help: HTMLDialogElement
}

export interface App extends Steered {
  readonly state: () => State
  readonly stages: Stages
  readonly hasInfrared: boolean
  change(part: Partial<State>): void
  act(action: Action): void
  measuring(): boolean
  /** Ends measuring and closes the facts panel. */
  escape(): void
  busy(): boolean
  /** Applies the address after someone changed it. */
  readAddress(): void
}

export interface Listener {
  changed(): void
  /** Called when the language changes. */
  reword(): void
  failed(error: unknown): void
}

export const createApp = (
  description: OutputDescription,
  globe: GlobeScene,
  elements: Elements,
  first: Camera,
  listener: Listener,
): App => {
  const usual: State = { ...usualState, raster: description.heights.firstSurface ?? "" }
  let state: State = stateFor(description, usual)
  let camera = state.camera ?? first
  let measuring = false
  let pending = 0
  const stages = createStages(description, globe, elements, first.z)
  const current = (): Stage => stages.of(state.view)
  const wait = (work: Promise<void>): void => {
    pending++
    work.catch(listener.failed).finally(() => {
      pending--
      listener.changed()
    })
  }
  const keepAddress = later(250, () => {
    history.replaceState(null, "", `#${writeState({ ...state, camera }, usual)}`)
  })
  const apply = (): void => {
    for (const work of stages.show(state, camera)) wait(work)
    elements.stage.classList.toggle("measuring", measuring)
    keepAddress()
    listener.changed()
  }
  // Once the user rests, put the target back onto the surface: the next turn is then about the
  // middle of the picture.
  const anchor = later(400, () => {
    const found = camera.range < 3 || camera.range > 20_000 ? undefined : centre(current())
    if (found === undefined) return
    const range = found.point.distanceTo(cameraOf(current().scene.view).getWorldPosition(new Vector3()))
    const [x, y, z] = found.at
    camera = { ...camera, x, y, z, range: Math.max(1, range) }
    keepAddress()
  })
  const steer = (moved: Camera): void => {
    camera = moved
    apply()
    anchor()
  }
  const change = (part: Partial<State>): void => {
    state = { ...state, ...part }
    apply()
  }
  const setMeasuring = (on: boolean): void => {
    measuring = on
    if (!on) stages.clearRulers()
    globe.choose(undefined)
    showFacts(elements.facts, on ? [{ title: say("measureHint"), rows: [] }] : [])
    apply()
  }
  const pixel = (): number => {
    const { view, element } = current().scene
    return metresPerPixel(cameraOf(view), camera, element.clientHeight)
  }
  const asked = (x: number, y: number): void => {
    const { scene } = current()
    const found = scene.hit(x, y)
    globe.choose(measuring ? undefined : found)
    if (found === undefined) showFacts(elements.facts, [{ title: say("nothing"), rows: [] }])
    else if (measuring) measureAt(current(), found, elements.facts)
    else {
      const reach = Math.max(0.2, 5 * pixel())
      wait(ask(description, globe, found, reach).then((tables) => showFacts(elements.facts, tables)))
    }
  }
  const readAddress = (): void => {
    const before = state.language
    state = stateFor(description, usual)
    camera = state.camera ?? camera
    if (state.language !== before) listener.reword()
    apply()
  }
  // Closing the facts panel clears the selection.
  elements.facts.addEventListener("click", ({ target }) => {
    if (target instanceof HTMLButtonElement) globe.choose(undefined)
  })
  const actions: Readonly<Record<Action, () => void>> = {
    home: () => steer(first),
    north: () => steer({ ...camera, heading: 0 }),
    top: () => steer({ ...camera, tilt: 90 }),
    street: () => steer(standAt(camera, centre(current())?.at ?? [camera.x, camera.y, camera.z])),
    measure: () => setMeasuring(!measuring),
    help: () => elements.help.showModal(),
    language: () => {
      state = { ...state, language: document.documentElement.lang === "fr" ? "en" : "fr" }
      listener.reword()
      apply()
    },
  }
  window.setTimeout(apply)
  return {
    state: () => state,
    stages,
    hasInfrared: description.hasInfrared,
    camera: () => camera,
    steer,
    change,
    act: (action) => actions[action](),
    asked,
    readAddress,
    placeAt: rememberPlace((x, y) => current().scene.hit(x, y)),
    metresPerPixel: pixel,
    measuring: () => measuring,
    escape: () => setMeasuring(false),
    busy: () => pending > 0 || (state.view === "globe" && state.mesh && globe.busy()),
  }
}

/** The state of the address. Where the result has no such raster, another one replaces it. */
const stateFor = ({ rasters, heights }: OutputDescription, usual: State): State => {
  const state = readState(location.hash, usual)
  if (state.raster === "" || rasters.includes(state.raster)) return state
  return { ...state, raster: rasters.find((name) => name === heights.bareEarth) ?? rasters[0] ?? "" }
}

/** The place in the middle of a scene. */
const centre = ({ scene }: Stage): Hit | undefined =>
  scene.hit(scene.element.clientWidth / 2, scene.element.clientHeight / 2)

const measureAt = ({ ruler }: Stage, hit: Hit, facts: HTMLElement): void => {
  const measured = ruler.put(hit)
  if (measured === undefined) showFacts(facts, [{ title: say("measureHint"), rows: [] }])
  else showFacts(facts, [{ title: say("measure"), rows: rowsOf(measured) }])
}

/** Debounces `work`: runs it `timeMs` after the last call. */
const later = (timeMs: number, work: () => void): (() => void) => {
  let timer = 0
  return () => {
    window.clearTimeout(timer)
    timer = window.setTimeout(work, timeMs)
  }
}

/** Finds the place under a pixel once per turn of the wheel, not at each of its clicks. */
const rememberPlace = (hit: (x: number, y: number) => Hit | undefined): Steered["placeAt"] => {
  let latest: { x: number; y: number; time: number; at: Hit["at"] | undefined } | undefined
  return (x, y) => {
    const time = performance.now()
    const isSame = latest !== undefined && latest.x === x && latest.y === y && time - latest.time < 500
    latest = { x, y, time, at: isSame ? latest?.at : hit(x, y)?.at }
    return latest.at
  }
}
