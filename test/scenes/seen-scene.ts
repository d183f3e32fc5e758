/** The scene from many oriented images, as a job finds them. */
import { join } from "node:path"
import { composeImage } from "../../engine/formats/raster/compose-image.js"
import type { RadiometricCorrection } from "../../engine/formats/raster/image/radiometric-correction.js"
import { resolveJob } from "../../engine/job/job.js"
import { planJob } from "../../engine/plan/plan.js"
import type { OrientedImages } from "../../engine/spatial/oriented-images.js"
import { type SceneView, sceneViews } from "../../fixtures/sample/views.js"
import type { Sample } from "../../fixtures/sample/write-sample.js"
import { writeViews } from "../../fixtures/sample/write-views.js"
import { type DepthBuffer, drawDepth } from "../../kernels/texture/visibility/view-depth.js"
import { sceneCharts, sceneMesh, type WallChart } from "./texture-scene.js"

/** The scene from so many views, as a job finds them. */
export interface Seen {
  readonly views: readonly SceneView[]
  /** Corrections that the job's plan solves. */
  readonly solved: readonly RadiometricCorrection[]
  readonly data: readonly Uint8Array[]
  readonly oriented: OrientedImages
  readonly mesh: ReturnType<typeof sceneMesh>
  readonly depths: readonly DepthBuffer[]
  readonly charts: readonly WallChart[]
}

/**
 * Renders the scene from cameras around it, of pixels of 0.2 m on the walls in its middle and
 * corrections that differ by a fifth, and plans a job of them.
 *
 * @param texel of the walls' charts, metres
 */
export const lookAtScene = async (folder: string, sample: Sample, count: number, texel: number): Promise<Seen> => {
  const { scene } = sample
  const own = join(folder, `views-${count}`)
  const views = sceneViews(scene, { count, width: 640, height: 480, spread: 0.2 }).map((view) => {
    const camera = { ...view.shot.camera, focal: 2 * view.shot.camera.focal }
    return { ...view, shot: { ...view.shot, camera } }
  })
  await writeViews(own, scene, views, "tif")
  const job = await resolveJob({
    inputs: sample.lidar,
    out: join(own, "out"),
    tileSize: 100,
    products: ["mesh", "texture"],
    orientedImages: [join(own, "images")],
    orientation: [join(own, "views_alt.OPK"), join(own, "camera.txt")],
  })
  const { context } = await planJob(job)
  const oriented = context.oriented!
  const images = views.map(({ shot }) => oriented.images.find((image) => image.shot.name === shot.name)!)
  const data: Uint8Array[] = []
  for (const { header } of images) data.push((await composeImage([header], header.box, 1))!.data)
  const mesh = sceneMesh(scene)
  return {
    views,
    solved: images.map(({ correction }) => correction!),
    data,
    oriented,
    mesh,
    depths: views.map(({ shot }) => wholeDepth(mesh, shot)),
    charts: sceneCharts(scene, texel),
  }
}

/** What a view sees first, all over its image. */
export const wholeDepth = (mesh: Seen["mesh"], shot: SceneView["shot"]): DepthBuffer =>
  drawDepth([mesh], shot, [0, 0, shot.camera.width, shot.camera.height], 1)
