/**
 * Types for the part of iTowns 2.46 that the page uses. Its own declarations lead the compiler into
 * sources that do not pass our checks. `paths` of this folder's tsconfig.json maps to this file;
 * the bundler takes the package itself.
 */
import type { Color, EventDispatcher, Group, PerspectiveCamera, Scene, WebGLRenderer } from "three"

/** Options of every view: how its renderer and its camera are made. */
export interface ViewOptions {
  readonly noControls?: boolean
  readonly disableFocusOnStart?: boolean
  readonly camera?: { readonly cameraThree?: PerspectiveCamera }
  readonly renderer?: { readonly logarithmicDepthBuffer?: boolean; readonly antialias?: boolean }
}

/** Moments of a turn of the main loop. */
export const MAIN_LOOP_EVENTS: {
  readonly BEFORE_RENDER: string
  readonly AFTER_RENDER: string
  readonly UPDATE_END: string
}

export class View {
  readonly scene: Scene
  readonly camera3D: PerspectiveCamera
  readonly renderer: WebGLRenderer
  /** The blank globe or plane that iTowns draws by itself. */
  readonly tileLayer: { visible: boolean }
  addLayer(layer: Layer): Promise<unknown>
  removeLayer(id: string): boolean
  notifyChange(source?: unknown, redraw?: boolean): void
  addFrameRequester(moment: string, requester: () => void): void
  resize(width?: number, height?: number): void
}

export class GlobeView extends View {
  constructor(element: HTMLDivElement, placement: object | undefined, options: ViewOptions)
}

export class PlanarView extends View {
  constructor(element: HTMLDivElement, extent: Extent, options: ViewOptions)
}

export class Extent {
  constructor(crs: string, west: number, east: number, south: number, north: number)
}

export const CRS: { defs(code: string, proj4: string): unknown }

export class Layer extends EventDispatcher<Record<string, { [name: string]: unknown }>> {
  readonly id: string
  readonly ready: boolean
  visible: boolean
  readonly whenReady: Promise<unknown>
}

export class OGC3DTilesSource {
  constructor(options: { readonly url: string })
}

/** The renderer of 3d-tiles-renderer that the layer wraps. */
export interface TilesRenderer {
  readonly group: Group
  readonly stats: {
    readonly queued: number
    readonly downloading: number
    readonly parsing: number
    readonly failed: number
  }
  readonly isLoading: boolean
  errorTarget: number
  setResolutionFromRenderer(camera: PerspectiveCamera, renderer: WebGLRenderer): void
}

export class OGC3DTilesLayer extends Layer {
  constructor(id: string, options: { readonly source: OGC3DTilesSource })
  readonly tilesRenderer: TilesRenderer
}

export const enableMeshoptDecoder: (decoder: object) => void

/** @param path folder of three's Basis transcoder, with a slash at its end */
export const enableKtx2Loader: (path: string, renderer: WebGLRenderer) => void

export class CopcSource {
  constructor(options: { readonly url: string })
  readonly whenReady: Promise<CopcSource>
  crs: string
}

export interface PointClass {
  readonly visible: boolean
  readonly name: string
  readonly color: Color
  readonly opacity: number
}

export class CopcLayer extends Layer {
  constructor(
    id: string,
    options: {
      readonly source: CopcSource
      readonly material?: { readonly mode: number; readonly classificationScheme: object }
      readonly pointSize?: number
    },
  )
  /** Points drawn in the last frame. */
  readonly displayedCount?: number
}

export const PNTS_MODE: Readonly<Record<"CLASSIFICATION" | "ELEVATION" | "COLOR", number>>

export const LASParser: { enableLazPerf(folder: string): void }
