/** Makes the synthetic scene in memory, for the benchmarks of kernels. */
import type { Box2 } from "../engine/core/geometry/box.js"
import type { PointSource } from "../engine/formats/points/gather.js"
import type { Image } from "../engine/kernel.js"
import { renderOrtho } from "../fixtures/sample/ortho.js"
import { type ScanPoints, scanScene } from "../fixtures/sample/scan.js"
import { makeScene, type Scene } from "../fixtures/sample/scene.js"
import { sceneViews, viewRenderer } from "../fixtures/sample/views.js"
import { sourceTiles } from "../fixtures/sample/write-sample.js"
import type { Ground } from "./product/tile-calls.js"

/**
 * The scene with its points, orthophoto and two rings of cameras. The measured tile is its
 * north-western one.
 */
export const sceneGround = (): Ground => {
  const scene = makeScene()
  return {
    box: scene.box,
    cells: sourceTiles(scene),
    own: 2,
    epsg: scene.epsg,
    sources: [scanSource(scanScene(scene))],
    image: (box, pixel) => sceneImage(scene, box, pixel),
    views: () => {
      const render = viewRenderer(scene)
      return sceneViews(scene, { width: 240, height: 180 }).map((view) => {
        const { shot, gain, bias } = view
        return { shot, gain, bias, data: render(view) }
      })
    },
  }
}

/**
 * The scene's orthophoto with opaque alpha. It extends beyond the scene's box, as its formulas do.
 */
export const sceneImage = (scene: Scene, box: Box2, pixel: number): Image => {
  const ortho = renderOrtho(scene, { box, pixel })
  const data = new Uint8Array(ortho.width * ortho.height * 4).fill(255)
  for (let i = 0; i < ortho.width * ortho.height; i++) data.set(ortho.data.subarray(i * 3, i * 3 + 3), i * 4)
  return { width: ortho.width, height: ortho.height, box, data }
}

/**
 * Points in memory as a file's reader returns them: one chunk, relative to the requested origin.
 */
export const scanSource = (points: ScanPoints): PointSource => ({
  async *read({ origin }) {
    const shift = (values: Int32Array, axis: 0 | 1 | 2): Int32Array => {
      const by = Math.round((points.origin[axis] - origin[axis]) * 1000)
      return values.map((value) => value + by)
    }
    yield { ...points, x: shift(points.x, 0), y: shift(points.y, 1), z: shift(points.z, 2) }
  },
})
