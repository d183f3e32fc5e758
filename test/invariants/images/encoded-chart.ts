import { createCanvas, loadImage } from "@napi-rs/canvas"
import { encodeTexture } from "../../../engine/formats/raster/encode-texture.js"
import { defaultTextureFormat } from "../../../engine/formats/raster/texture-format.js"
import type { PaintedChart } from "../../../kernels/texture/charts/choose-views.js"
import type { WallChart } from "../../scenes/texture-scene.js"

/**
 * Rows and columns of texels beside a chart, as in an atlas; the image is a multiple of 16 texels.
 */
const BESIDE = 9

/**
 * A chart as it comes out of a content of the default encoding: what no image shows in the mean of
 * the rest, its edge repeated around it.
 *
 * @param shift texels, 0 to 15, by which it lies off the blocks of the JPEG
 */
export const encoded = async (
  { chart: { width, height } }: WallChart,
  painted: PaintedChart,
  shift: readonly [number, number],
): Promise<PaintedChart> => {
  const sum = [0, 0, 0, 0]
  for (let i = 0; i < painted.data.length; i += 4)
    if (painted.data[i + 3] !== 0) for (let k = 0; k < 4; k++) sum[k]! += k === 3 ? 1 : painted.data[i + k]!
  const mean = sum.map((value) => Math.round(value / Math.max(1, sum[3]!)))
  const [left, top] = [BESIDE + shift[0], BESIDE + shift[1]]
  const [across, down] = [width + left + BESIDE, height + top + BESIDE].map((side) => 16 * Math.ceil(side / 16)) as [
    number,
    number,
  ]
  const data = new Uint8Array(4 * across * down).fill(255)
  for (let i = 0; i < across * down; i++) {
    const column = Math.min(width - 1, Math.max(0, (i % across) - left))
    const at = 4 * (Math.min(height - 1, Math.max(0, Math.floor(i / across) - top)) * width + column)
    for (let k = 0; k < 3; k++) data[4 * i + k] = painted.data[at + 3] === 0 ? mean[k]! : painted.data[at + k]!
  }
  const { bytes } = await encodeTexture({ width: across, height: down, data }, defaultTextureFormat)
  const context = createCanvas(across, down).getContext("2d")
  context.drawImage(await loadImage(Buffer.from(bytes)), 0, 0)
  const decoded = context.getImageData(left, top, width, height).data
  const out = painted.data.slice()
  for (let i = 0; i < out.length; i++) if (i % 4 !== 3) out[i] = decoded[i]!
  return { ...painted, data: out }
}
