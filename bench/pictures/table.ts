/** Every picture of the documents. */
import type { SceneName } from "./scenes.js"

/** One image of a picture; several are drawn side by side. */
export interface Panel {
  readonly scene: SceneName
  /** Layers of `maille preview`, which draws the panel. */
  readonly map?: string
  /** Part of the ground for `map`. */
  readonly box?: readonly [minX: number, minY: number, maxX: number, maxY: number]
  /** Address of the viewer page after `#`, which draws the panel without `map`. */
  readonly view?: string
  /** Shows the whole page with its panels and the facts of the place in the middle. */
  readonly page?: boolean
}

export interface Picture {
  /** Path in `docs`. */
  readonly file: string
  /** Pixels. The height of a map follows from its ground. */
  readonly size: readonly [width: number, height: number]
  readonly mostBytes: number
  readonly panels: readonly Panel[]
}

const kernel = (id: string, ...panels: readonly Panel[]): Picture => ({
  file: `reference/kernels/${id}.jpg`,
  size: [640, 400],
  mostBytes: 40_000,
  panels,
})

/** Two panels with one camera. */
const pair = (camera: string, ...panels: readonly (readonly [SceneName, string])[]): Panel[] =>
  panels.map(([scene, mode]) => ({ scene, view: `${mode}&${camera}` }))

const HOUSE = "detail=1&at=770580,6277571,25&look=24,44,76"
const WALL = "at=842139,6520146,176&look=340,25"
const LAKE = [476_945, 4_366_540, 477_205, 4_366_702] as const
const SAMP31 = [512_140, 5_403_200, 512_260, 5_403_300] as const
const COUNTRY = [843_000, 6_520_500, 843_500, 6_521_000] as const
const HOLLOWS = [843_270, 6_520_500, 843_450, 6_520_620] as const
const POLDER = [84_815, 447_415, 84_995, 447_640] as const
const RIVER = [843_320, 6_520_775, 843_500, 6_520_875] as const
const TOWN = [843_050, 6_520_740, 843_300, 6_520_890] as const

export const pictures: readonly Picture[] = [
  {
    file: "picture.jpg",
    size: [1200, 500],
    mostBytes: 150_000,
    panels: pair(HOUSE, ["house", "mode=texture"], ["house", "mode=class"]),
  },
  {
    file: "demo.jpg",
    size: [1200, 500],
    mostBytes: 110_000,
    panels: [{ scene: "demo", view: "detail=1&at=842105,6520095,172&look=20,35,160" }],
  },
  {
    file: "view.jpg",
    size: [1200, 800],
    mostBytes: 130_000,
    panels: [{ scene: "demo", view: "detail=1&vectors=building&at=842142,6520144,181&look=20,35,110", page: true }],
  },
  {
    file: "preview.jpg",
    size: [1000, 1000],
    mostBytes: 150_000,
    panels: [{ scene: "demo", map: "texture,vegetation,building,contour,grid" }],
  },
  {
    file: "sun.jpg",
    size: [1000, 400],
    mostBytes: 90_000,
    panels: ["shadow", "viewshed,sightline"].map((map) => ({ scene: "sun" as const, map, box: TOWN })),
  },
  {
    file: "flood.jpg",
    size: [1200, 400],
    mostBytes: 90_000,
    panels: (["flood172", "flood174", "flood176"] as const).map((scene) => ({
      scene,
      map: "relief,flood",
      box: COUNTRY,
    })),
  },
  kernel("simulation.flow", { scene: "drainage", map: "drainage,basin,stream", box: COUNTRY }),
  {
    file: "poured.jpg",
    size: [1200, 400],
    mostBytes: 90_000,
    panels: (["pour250", "pour600", "pour1200"] as const).map((scene) => ({
      scene,
      map: "relief,flood",
      box: HOLLOWS,
    })),
  },
  kernel("simulation.flood", { scene: "polder", map: "relief,flood", box: POLDER }),
  kernel("raster.dtm", { scene: "country", map: "relief", box: RIVER }),
  kernel("raster.dtm-fill", { scene: "lake", map: "relief", box: LAKE }),
  {
    ...kernel(
      "points.ground-filter",
      ...["surface", "relief"].map((map) => ({ scene: "samp31" as const, map, box: SAMP31 })),
    ),
    // Wide enough for two legends.
    size: [1000, 400],
    mostBytes: 70_000,
  },
  kernel("raster.dsm", { scene: "country", map: "surface", box: RIVER }),
  kernel("raster.dhm", { scene: "country", map: "height", box: RIVER }),
  kernel("simulation.shadow", { scene: "sun", map: "shadow", box: TOWN }),
  kernel("simulation.sky-view", { scene: "sun", map: "sky-view", box: TOWN }),
  kernel("simulation.irradiation", { scene: "sun", map: "relief,irradiation", box: TOWN }),
  kernel("simulation.roof-sun", {
    scene: "sun",
    view: "mode=plain&vectors=roof-sun&detail=1&at=843100,6520770,178&look=20,45,75",
  }),
  kernel("simulation.viewshed", { scene: "sun", map: "viewshed,sightline", box: TOWN }),
  kernel("mesh.surface", { scene: "surface", view: "mode=class&detail=1&at=843120,6520690,178&look=20,35,60" }),
  kernel("mesh.terrain", { scene: "country", view: "mode=wireframe&detail=1&at=843110,6520720,178&look=20,55,75" }),
  kernel("mesh.building", { scene: "town", view: "mode=class&detail=1&at=770530,6277530,35&look=20,40,75" }),
  kernel("mesh.bridge", { scene: "country", view: "mode=class&detail=1&at=843445,6520830,172&look=60,25,60" }),
  kernel(
    "mesh.weld",
    ...pair("detail=1&at=843100,6520705,178&look=20,35,55", ["country", "mode=class"], ["country", "mode=wireframe"]),
  ),
  kernel(
    "mesh.pyramid",
    ...pair("mode=plain&at=843110,6520690,178&look=20,45,90", ["surface", "detail=1"], ["surface", "detail=32"]),
  ),
  kernel(
    "mesh.vegetation",
    ...pair("mode=class&detail=1&at=843105,6520590,182&look=340,30,110", ["country", ""], ["canopy", ""]),
  ),
  kernel(
    "mesh.model-pyramid",
    ...pair("mode=wireframe&at=843100,6520705,178&look=20,50,60", ["levels", "detail=1"], ["levels", "detail=32"]),
  ),
  kernel("texture.drape", { scene: "house", view: HOUSE }),
  kernel("texture.views", { scene: "walls", view: `detail=1&${WALL},48` }),
  kernel("texture.facade", ...pair(`${WALL},70`, ["walls", "detail=1"], ["walls", "detail=32"])),
  kernel("vector.building", { scene: "demo", map: "texture,building", box: [842_025, 6_520_108, 842_165, 6_520_188] }),
  kernel("vector.roof", { scene: "country", view: "detail=1&vectors=roof&at=843110,6520720,178&look=0,90,90" }),
  kernel("vector.breakline", {
    scene: "house",
    view: "mode=plain&vectors=breakline&detail=1&at=770578,6277573,28&look=24,60,55",
  }),
  kernel("vector.tree", { scene: "country", view: "detail=1&vectors=tree&at=843300,6520880,178&look=0,90,110" }),
  kernel("vector.vegetation-region", {
    scene: "country",
    map: "surface,vegetation",
    box: [843_140, 6_520_830, 843_360, 6_520_960],
  }),
  kernel("vector.water", {
    scene: "country",
    view: "mode=plain&vectors=water&detail=1&at=843380,6520850,170&look=0,90,140",
  }),
  kernel("vector.water-voids", {
    scene: "emptyLake",
    view: "mode=class&vectors=water&detail=1&at=477090,4366620,2750&look=0,60,330",
  }),
  kernel("vector.bridge", { scene: "country", view: "detail=1&vectors=bridge&at=843445,6520830,172&look=0,90,90" }),
  kernel("vector.contour", { scene: "mountain", map: "relief,contour", box: [843_000, 6_520_802, 843_200, 6_520_890] }),
  kernel("vector.artificial", {
    scene: "town",
    view: "mode=plain&vectors=artificial,artificial-spot&detail=1&at=770565,6277555,25&look=0,50,70",
  }),
]
