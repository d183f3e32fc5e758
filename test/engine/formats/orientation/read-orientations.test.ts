import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { readOrientations } from "../../../../engine/formats/orientation/read-orientations.js"

const OPK = (camera: string, ...names: string[]): string =>
  `PROJECTION : LAMBERT93\nNOM X Y Z O P K CAMERA\n${names.map((name) => `${name} 700000 6500000 1770 0 0 0 ${camera}`).join("\n")}\n`
const CAMERA = "Name = UCE\nPPAx = 100\nPPAy = 50\nfocal = 150\nwidth = 200\nheight = 100\n"
const CALIBRATION = `<ExportAPERO><CalibrationInternConique><KnownConv>eConvApero_DistM2C</KnownConv>
<PP>100 50</PP><F>150</F><SzIm>200 100</SzIm></CalibrationInternConique></ExportAPERO>`
const micmac = (
  calibration: string,
): string => `<ExportAPERO><OrientationConique><FileInterne>${calibration}</FileInterne>
<Externe><Centre>1 2 3</Centre><ParamRotation><CodageMatr><L1>1 0 0</L1><L2>0 -1 0</L2><L3>0 0 -1</L3></CodageMatr></ParamRotation></Externe>
</OrientationConique></ExportAPERO>`

let folder: string
const write = async (path: string, content: string | Uint8Array): Promise<string> => {
  const full = join(folder, path)
  await mkdir(dirname(full), { recursive: true })
  await writeFile(full, content)
  return full
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "orientations-"))
  await write("flight/b_alt.OPK", OPK("UCE", "S3", "S1"))
  await write("flight/camera.txt", CAMERA)
  await write("flight/notes.txt", "Nothing about cameras")
  await write("flight/other.xml", "<html/>")
  await write("images/S1.JPG", "")
  await write("images/s3.tif", "")
  await write("images/s3.jp2", "")
  await write("project/Ori-X/AutoCal.xml", CALIBRATION)
  await write("project/Ori-X/Orientation-M1.jpg.xml", micmac("Ori-X/AutoCal.xml"))
})
afterAll(() => rm(folder, { recursive: true }))

describe("readOrientations", () => {
  it("reads a folder, passes over what is no orientation, sorts by name", async () => {
    const { shots, rejected, notes, withoutImage } = await readOrientations([join(folder, "flight")], { epsg: 2154 })
    expect(shots.map(({ name, camera }) => [name, camera.name])).toEqual([
      ["S1", "UCE"],
      ["S3", "UCE"],
    ])
    expect([rejected, notes, withoutImage]).toEqual([[], [], []])
  })

  it("finds images by name and lists shots without one", async () => {
    const opk = await write("two_alt.OPK", OPK("UCE", "S1", "S2", "S3"))
    const images = [join(folder, "images")]
    const { shots, withoutImage, notes } = await readOrientations([opk, join(folder, "flight/camera.txt")], { images })
    expect(shots.map(({ image }) => image?.slice(folder.length))).toEqual([
      "/images/S1.JPG",
      undefined,
      "/images/s3.jp2",
    ])
    expect(withoutImage).toEqual(["S2"])
    expect(notes).toEqual([expect.stringMatching(/s3\.tif: not used; .*s3\.jp2 has the same name/)])
    await expect(readOrientations([join(folder, "flight")], { images: [join(folder, "nowhere")] })).rejects.toThrow(
      /nowhere: no such/,
    )
  })

  it("finds MicMac's calibration beside it, where the file says, and among the given files", async () => {
    const beside = await readOrientations([join(folder, "project/Ori-X/Orientation-M1.jpg.xml")])
    expect(beside.shots).toMatchObject([{ name: "M1", camera: { name: "AutoCal", focal: 150 } }])
    await write("elsewhere/Cal.xml", CALIBRATION)
    const above = await write("elsewhere/Ori-Y/Orientation-M2.tif.xml", micmac("Cal.xml"))
    expect((await readOrientations([above])).shots).toMatchObject([{ name: "M2", camera: { name: "Cal" } }])
    const alone = await write("alone/Orientation-M3.tif.xml", micmac("Ori-X/AutoCal.xml"))
    await expect(readOrientations([alone])).rejects.toThrow(/no such calibration file "Ori-X\/AutoCal\.xml"/)
    expect((await readOrientations([alone, join(folder, "project/Ori-X/AutoCal.xml")])).shots).toHaveLength(1)
  })

  it("rejects a broken file with its line and goes on with the others", async () => {
    const bad = await write("bad/bad_alt.OPK", "NOM X Y Z O P K CAMERA\nS9 1 2 drei 0 0 0 UCE\n")
    const cut = await write("bad/cut.xml", "<orientation>\n<extrinseque>")
    const { shots, rejected } = await readOrientations([bad, cut, join(folder, "flight")])
    expect(shots).toHaveLength(2)
    expect(rejected.map(({ path, error }) => [path, error.code, error.message])).toEqual([
      [bad, "E_FORMAT", `${bad}:2: z of shot S9 is "drei"; expected a number. Correct it.`],
      [
        cut,
        "E_FORMAT",
        expect.stringMatching(/cut\.xml:2: damaged XML: unclosed tag: extrinseque, inside <extrinseque> of line 2/),
      ],
    ])
    expect(rejected.some(({ error }) => "stack" in error)).toBe(false)
    await expect(readOrientations([bad])).rejects.toThrow(/bad_alt\.OPK:2: z of shot S9/)
  })

  it("rejects the shots of an unknown camera, keeps the others, and takes cameras as data", async () => {
    const mixed = await write("mixed_alt.OPK", `${OPK("UCE", "S1")}S2 1 2 3 0 0 0 DMC\nS4 1 2 3 0 0 0 DMC\n`)
    const paths = [mixed, join(folder, "flight/camera.txt")]
    const { shots, rejected } = await readOrientations(paths)
    expect(shots.map(({ name }) => name)).toEqual(["S1"])
    expect(rejected.map(({ error }) => error.message)).toEqual([
      `${mixed}:4: unknown camera "DMC" of 2 shots (known: UCE). Give its file too (lines Name, PPAx, PPAy, focal, width, height).`,
    ])
    const cameras = [{ name: "DMC", width: 10, height: 10, focal: 10, principal: [5, 5] }] as const
    expect((await readOrientations(paths, { cameras })).shots.map(({ name }) => name)).toEqual(["S1", "S2", "S4"])
  })

  it("takes no camera where two different ones have its name", async () => {
    const other = await write("other-camera.txt", CAMERA.replace("150", "151"))
    const twin = await write("twin-camera.txt", CAMERA)
    await expect(readOrientations([join(folder, "flight"), other])).rejects.toThrow(
      /b_alt\.OPK: 2 different cameras are named "UCE"/,
    )
    expect((await readOrientations([join(folder, "flight"), twin])).shots).toHaveLength(2)
  })

  it("keeps the calibrations of two MicMac folders apart", async () => {
    await write("pair/Ori-A/AutoCal.xml", CALIBRATION)
    await write("pair/Ori-B/AutoCal.xml", CALIBRATION.replace("<F>150", "<F>160"))
    await write("pair/Ori-A/Orientation-A.jpg.xml", micmac("Ori-A/AutoCal.xml"))
    await write("pair/Ori-B/Orientation-B.jpg.xml", micmac("Ori-B/AutoCal.xml"))
    const { shots } = await readOrientations([join(folder, "pair")])
    expect(shots.map(({ name, camera }) => [name, camera.focal])).toEqual([
      ["A", 150],
      ["B", 160],
    ])
  })

  it("rejects another CRS than the job's, and tells a system that it does not know", async () => {
    const paths = [join(folder, "flight")]
    await expect(readOrientations(paths, { epsg: 2975 })).rejects.toThrow(
      /in LAMBERT93 \(EPSG:2154\), not in the job's EPSG:2975/,
    )
    const odd = await write("odd_alt.OPK", OPK("UCE", "S1").replace("LAMBERT93", "LOCAL"))
    const { notes } = await readOrientations([odd, join(folder, "flight/camera.txt")], { epsg: 2154 })
    expect(notes).toEqual([`${odd}: unknown system "LOCAL"; using EPSG:2154`])
  })

  it("reads Latin 1 and UTF-16 with a mark", async () => {
    const text = `UNITE ANGLE : degré\n${OPK("UCE", "Été1")}`
    const latin = await write("latin_alt.OPK", Buffer.from(text, "latin1"))
    const wide = await write("wide_alt.OPK", Buffer.from(`\ufeff${text}`, "utf16le"))
    for (const path of [latin, wide]) {
      const { shots } = await readOrientations([path, join(folder, "flight/camera.txt")])
      expect(
        shots.map(({ name }) => name),
        path,
      ).toEqual(["Été1"])
    }
  })

  it("refuses what is no orientation where it is named, and what is not there", async () => {
    await expect(readOrientations([join(folder, "flight/notes.txt")])).rejects.toThrow(
      /notes\.txt:1: not an orientation/,
    )
    await expect(readOrientations([join(folder, "flight/other.xml")])).rejects.toThrow(
      /other\.xml:1: not an orientation/,
    )
    await expect(readOrientations([join(folder, "images")])).rejects.toThrow(/no orientation of an image/)
    await expect(readOrientations([join(folder, "gone.OPK")])).rejects.toThrow(/gone\.OPK: no such file/)
  })
})
