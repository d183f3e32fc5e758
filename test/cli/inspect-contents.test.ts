/** `maille inspect` on contents of a tileset. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { encodeTexture } from "../../engine/formats/raster/encode-texture.js"
import type { TextureFormat } from "../../engine/formats/raster/texture-format.js"
import { encodeGlb } from "../../engine/formats/tiles3d/glb.js"
import { NO_CHART } from "../../engine/formats/tiles3d/texture-atlas.js"
import { frameAt, gridMesh, provenance } from "../scenes/content-scene.js"
import { mailleKept as maille } from "./maille.js"

let folder = ""
const WIDTH = 32
const HEIGHT = 48
const BOX = [770500, 6277500, 770550, 6277550] as const

/** Writes a content whose first two triangles are plain. */
const writeContent = async (name: string, format: TextureFormat, hasInfrared: boolean): Promise<string> => {
  const mesh = gridMesh(BOX, 4)
  const count = mesh.triangles.length / 3
  const data = new Uint8Array(4 * WIDTH * HEIGHT).fill(200)
  const { bytes: image, mimeType } = await encodeTexture({ width: WIDTH, height: HEIGHT, data }, format)
  const second = await encodeTexture({ width: WIDTH, height: HEIGHT, data }, "jpeg")
  const texture = {
    ...{ image, mimeType, uv: new Float32Array(6 * count), colours: new Uint32Array(count).fill(0x445566) },
    chartOf: Uint32Array.from({ length: count }, (_, t) => (t < 2 ? NO_CHART : 0)),
    ...(hasInfrared ? { infrared: { image: second.bytes, colours: new Uint32Array(count).fill(0x665544) } } : {}),
  }
  const path = join(folder, name)
  writeFileSync(path, encodeGlb({ mesh, texture, frame: frameAt(2154, BOX), ...provenance }))
  return path
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "maille-inspect-contents-"))
})
afterAll(() => rmSync(folder, { recursive: true }))

describe("maille inspect on contents", () => {
  it("tells the infrared image beside the one in colours, and contents without", async () => {
    const [both, one] = [await writeContent("both.glb", "jpeg", true), await writeContent("one.glb", "webp", false)]
    const { code, stdout } = await maille("inspect", both, one, "--json")
    expect(code).toBe(0)
    const { contents, sources, rejected } = JSON.parse(stdout)
    expect([sources, rejected]).toEqual([[], []])
    const size = { width: WIDTH, height: HEIGHT }
    expect(contents[0]).toMatchObject({
      ...{ path: both, infraredVertices: true, copyright: provenance.copyright },
      ...{ image: { type: "image/jpeg", ...size }, infrared: { type: "image/jpeg", ...size } },
    })
    expect(contents[0].triangles - contents[0].painted).toBe(2)
    expect(contents[1]).toMatchObject({ image: { type: "image/webp", ...size }, infraredVertices: false })
    expect(contents[1].infrared).toBeUndefined()
    const text = (await maille("inspect", both, one)).stdout
    expect(text).toMatch(/both\.glb.* jpeg 32 x 48 +jpeg 32 x 48, and vertices/)
    expect(text).toMatch(/one\.glb.* webp 32 x 48 +none/)
    expect(text).toMatch(/^2 contents, 1 with infrared$/m)
  })

  it("reads the size of KTX2", async () => {
    const { stdout } = await maille("inspect", await writeContent("basis.glb", "ktx2-etc1s", false), "--json")
    expect(JSON.parse(stdout).contents[0].image).toMatchObject({ type: "image/ktx2", width: WIDTH, height: HEIGHT })
  })

  it("names what is no content, and ends with the code of input that cannot be used", async () => {
    const path = join(folder, "broken.glb")
    writeFileSync(path, "no glTF")
    const { code, stdout, stderr } = await maille("inspect", path)
    expect([code, stdout]).toEqual([3, "0 contents, 0 with infrared\n"])
    expect(stderr).toContain("broken.glb")
    const [{ error }] = JSON.parse((await maille("inspect", path, "--json")).stdout).rejected
    expect([error.code, error.stack]).toEqual(["E_FORMAT", undefined])
    expect((await maille("inspect", path, join(folder, "one.glb"))).code).toBe(1)
    expect((await maille("inspect", join(folder, "absent.glb"))).stderr).toContain("absent.glb: cannot be read")
  })
})
