/** The viewer page: the entry of the script that `maille view` serves. */
import { MAIN_LOOP_EVENTS } from "itowns"
import { Matrix4, Vector3 } from "three"
import type { OutputDescription } from "../describe-output.js"
import { type App, createApp } from "./app.js"
import { steerByKey, steerByPointer } from "./controls.js"
import { make } from "./elements.js"
import { showLegend } from "./legend.js"
import { setFrenchNames } from "./names.js"
import { buildPanel, type Panel } from "./panel.js"
import { globePlace, type Place } from "./place.js"
import { type GlobeScene, globeScene } from "./scene/globe-scene.js"
import { heightAround } from "./scene/raster-layer.js"
import { type Camera, meshModes } from "./state.js"
import { say, speak, type TextName } from "./texts.js"

const byId = <T extends HTMLElement>(id: string): T => {
  const element = document.getElementById(id)
  if (element === null) throw new Error(`the page has no #${id}`)
  return element as T
}
const stage = byId("stage")
const globeElement = byId<HTMLDivElement>("globe")
const planeElement = byId<HTMLDivElement>("plane")
const panelBox = byId("panel")
const toggle = byId<HTMLButtonElement>("panel-toggle")
const facts = byId("facts")
const status = byId("status")
const help = byId<HTMLDialogElement>("help")

let failure = ""
const failed = (error: unknown): void => {
  failure = error instanceof Error ? error.message : String(error)
  console.error(error)
}

const start = async (): Promise<void> => {
  const description = (await (await fetch("view.json")).json()) as OutputDescription
  setFrenchNames(description.frenchNames)
  const first = await firstCamera(description, globePlace(description))
  const globe = globeScene(globeElement, description, first.z)
  let panel: Panel
  const elements = { stage, plane: planeElement, overlay: byId("overlay"), facts, help }
  const words = (): void => {
    const language = app?.state().language ?? (navigator.language.startsWith("fr") ? "fr" : "en")
    speak(language)
    document.documentElement.lang = language
    panel = buildPanel(
      panelBox,
      description,
      (part) => app?.change(part),
      (action) => app?.act(action),
    )
    fillHelp(help, description.version)
    toggle.setAttribute("aria-label", say("panel"))
    globeElement.setAttribute("aria-label", say("globe"))
    planeElement.setAttribute("aria-label", say("plane"))
  }
  const changed = (): void => {
    if (app !== undefined) tell(app, globe, description, panel)
  }
  const reword = (): void => {
    words()
    byId("language").focus()
  }
  let app: App | undefined
  app = createApp(description, globe, elements, first, { changed, reword, failed })
  words()
  if (!description.tileset && app.state().view === "globe" && location.hash === "") app.change({ view: "plane" })
  byId("attribution").textContent = description.source
  document.title = `maille – ${description.source}`
  listen(app)
  markFirstPicture(globe)
  window.setInterval(changed, 150)
}

/**
 * A camera that sees the whole result from the south-south-west: the tileset, else the job's box.
 */
const firstCamera = async (description: OutputDescription, globe: Place): Promise<Camera> => {
  const [minX, minY, maxX, maxY] = description.box ?? [0, 0, 1000, 1000]
  const side = Math.max(maxX - minX, maxY - minY)
  // A tall screen is narrow: the whole width must fit.
  const shape = Math.min(1, window.innerWidth / window.innerHeight)
  const camera: Camera = {
    x: (minX + maxX) / 2,
    y: (minY + maxY) / 2,
    z: 0,
    heading: 20,
    tilt: 40,
    range: (side * 1.5) / shape,
  }
  if (!description.tileset) {
    const { bareEarth, firstSurface } = description.heights
    const product =
      description.rasters.find((name) => name === bareEarth) ??
      description.rasters.find((name) => name === firstSurface)
    return { ...camera, z: (product === undefined ? undefined : await heightAround(product, camera)) ?? 0 }
  }
  const tileset = (await (await fetch("out/tileset.json")).json()) as {
    root: { transform?: number[]; boundingVolume: { box?: number[] } }
  }
  const { transform, boundingVolume } = tileset.root
  const middle = new Vector3(...(boundingVolume.box ?? [0, 0, 0]).slice(0, 3))
  if (transform !== undefined) middle.applyMatrix4(new Matrix4().fromArray(transform))
  const [x, y, z] = globe.fromScene(middle)
  return { ...camera, x, y, z }
}

/** Updates everything that describes the picture to people and to programs. */
const tell = (app: App, globe: GlobeScene, description: OutputDescription, panel: Panel): void => {
  const state = app.state()
  const busy = app.busy()
  if (state.view === "globe") setHeights(globe)
  const { scene, vectors } = app.stages.of(state.view)
  const { x, y } = scene.shared.heights.value
  panel.show(state, app.measuring())
  const isRelief = state.view === "plane" && app.stages.plane()?.raster.range() !== undefined
  const arePoints = state.view === "plane" && state.points && description.points.length > 0
  const ofPlane = arePoints ? "class" : isRelief ? "raster" : "plain"
  const unit = ofPlane === "raster" && state.view === "plane" ? description.units[state.raster] : undefined
  const fills = state.vectors.flatMap((name) => description.styles[name]?.fill ?? [])
  showLegend(panel.key, state.view === "globe" ? state.mode : ofPlane, [x, y], unit, fills)
  const far = vectors.filter((layer) => state.vectors.includes(layer.name) && !layer.within())
  const texts = [
    failure === "" ? "" : `${say("failed")}: ${failure}`,
    state.view === "globe" && !description.tileset ? say("noTileset") : "",
    far.length > 0 ? `${say("closer")}: ${far.map(({ name }) => name).join(", ")}` : "",
    ...description.notes,
    busy ? say("loading") : "",
  ]
  const text = texts.filter((one) => one !== "").join(" · ")
  if (status.textContent !== text) status.textContent = text
  stage.setAttribute("aria-busy", String(busy))
  stage.dataset["tiles"] = String(new Set(globe.tiles().map(({ key }) => key)).size)
  stage.dataset["points"] = String(app.stages.plane()?.pointCount() ?? 0)
  byId("compass").style.rotate = `${-app.camera().heading}deg`
}

/** Fits the ramp of heights to the tiles in the picture. */
const setHeights = (globe: GlobeScene): void => {
  const tiles = globe.tiles()
  if (tiles.length === 0) return
  const low = Math.min(...tiles.map(({ heights }) => heights[0]))
  const high = Math.max(...tiles.map(({ heights }) => heights[1]))
  const { value } = globe.shared.heights
  if (value.x === low && value.y === high) return
  value.set(low, high)
  globe.redraw()
}

const markFirstPicture = (globe: GlobeScene): void => {
  let marked = false
  globe.view.addFrameRequester(MAIN_LOOP_EVENTS.AFTER_RENDER, () => {
    if (marked || globe.tiles().length === 0) return
    marked = true
    performance.mark("maille:first-picture")
  })
}

const listen = (app: App): void => {
  for (const element of [globeElement, planeElement]) {
    element.tabIndex = 0
    steerByPointer(element, app)
    element.addEventListener("keydown", (event) => {
      if (steerByKey(element, event, app)) event.preventDefault()
    })
  }
  const openPanel = (open: boolean): void => {
    panelBox.classList.toggle("open", open)
    panelBox.hidden = !open && getComputedStyle(toggle).display === "none"
    toggle.setAttribute("aria-expanded", String(open))
  }
  openPanel(getComputedStyle(toggle).display === "none")
  toggle.addEventListener("click", () => openPanel(!panelBox.classList.contains("open")))
  document.addEventListener("keydown", (event) => {
    const target = event.target as HTMLElement
    const isTyping = target.matches("select, input:not([type=checkbox], [type=radio])")
    if (isTyping || help.open || event.ctrlKey || event.metaKey || event.altKey) return
    if (event.key.toLowerCase() === "p") openPanel(!panelBox.classList.contains("open") || panelBox.hidden)
    else pressed(app, event.key)
  })
  window.addEventListener("hashchange", () => app.readAddress())
  window.addEventListener("resize", () => app.change({}))
}

const pressed = (app: App, key: string): void => {
  const state = app.state()
  const mode = meshModes[Number(key) - 1]
  const keys: Readonly<Record<string, () => void>> = {
    i: () => app.change({ mode: state.mode === "infrared" || !app.hasInfrared ? "texture" : "infrared" }),
    b: () => app.change({ borders: !state.borders }),
    o: () => app.change({ mesh: !state.mesh }),
    v: () => app.change({ view: state.view === "globe" ? "plane" : "globe" }),
    h: () => app.act("home"),
    n: () => app.act("north"),
    t: () => app.act("top"),
    g: () => app.act("street"),
    m: () => app.act("measure"),
    "?": () => app.act("help"),
    escape: () => app.escape(),
  }
  if (/^[1-9]$/.test(key) && mode !== undefined) app.change({ mode })
  else keys[key.toLowerCase()]?.()
}

const KEYS: readonly (readonly [keys: readonly string[], text: TextName])[] = [
  [["←", "↑", "→", "↓"], "keyMove"],
  [["⇧ ←", "⇧ ↑", "⇧ →", "⇧ ↓"], "keyTurn"],
  [["+", "−"], "keyZoom"],
  [["Enter"], "keyAsk"],
  [["1", "…", "9"], "keyModes"],
  [["I"], "keyInfrared"],
  [["O"], "keyMesh"],
  [["B"], "borders"],
  [["V"], "keyView"],
  [["H"], "home"],
  [["N"], "north"],
  [["T"], "top"],
  [["G"], "street"],
  [["M"], "measure"],
  [["P"], "panel"],
  [["?"], "help"],
  [["Esc"], "keyEscape"],
]

/** Fills the dialog with keys, mouse, versions and licences. */
const fillHelp = (dialog: HTMLDialogElement, version: string): void => {
  const rows = KEYS.map(([keys, text]) => {
    const cell = make("td", {}, ...keys.flatMap((key) => [make("kbd", {}, key), " "]))
    return make("tr", {}, cell, make("td", {}, say(text)))
  })
  const lines = (["keyDrag", "keyClick", "keyAddress"] as const).map((name) => make("p", {}, say(name)))
  const packages = "iTowns, three.js, 3d-tiles-renderer, flatgeobuf, geotiff.js, copc.js, proj4js"
  const about = make("p", {}, `maille ${version} · `, make("a", { href: "licences.txt" }, packages))
  const close = make("form", { method: "dialog" }, make("button", {}, say("close")))
  dialog.setAttribute("aria-label", say("help"))
  dialog.replaceChildren(make("table", {}, ...rows), ...lines, about, close)
}

start().catch((error: unknown) => {
  failed(error)
  status.textContent = failure
  stage.setAttribute("aria-busy", "false")
})
