import { Matrix4, Vector3 } from "three"
import type { OutputDescription } from "../describe-output.js"
import type { Place } from "./place.js"
import { heightAround } from "./scene/raster-layer.js"
import type { Camera } from "./state.js"

/** A camera that sees the whole result from the south-south-west: around the tileset, else around the job's box. */
export const firstCamera = async (description: OutputDescription, globe: Place): Promise<Camera> => {
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
    const product = ["dtm", "dsm"].find((name) => description.rasters.includes(name))
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
