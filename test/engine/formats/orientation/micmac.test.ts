import { describe, expect, it } from "vitest"
import { projectPoints } from "../../../../engine/core/camera/projection.js"
import { readMicmac, readMicmacCalibration } from "../../../../engine/formats/orientation/micmac.js"
import { rotationOfAngles } from "../../../../engine/formats/orientation/rotation.js"
import { parseXml } from "../../../../engine/formats/orientation/xml.js"

const FILE = "Ori-X/Orientation-IMG_1.JPG.xml"
const calibration = (distortion: string): string => `<KnownConv>eConvApero_DistM2C</KnownConv>
<PP>18 12</PP><F>50</F><SzIm>36 24</SzIm>
<CalibDistortion>${distortion}</CalibDistortion>`
const radial = "<ModRad><CDist>18 12</CDist><CoeffDist>-1e-4</CoeffDist></ModRad>"
/**
 * 300 m above the ground, looking down: x to the east, y to the south. In millimetres of film, 100
 * px each.
 */
const down = `<ExportAPERO><OrientationConique>
<OrIntImaM2C><I00>0 0</I00><V10>100 0</V10><V01>0 100</V01></OrIntImaM2C>
<TypeProj>eProjStenope</TypeProj>
<Interne>${calibration(radial)}</Interne>
<Externe><KnownConv>eConvApero_DistM2C</KnownConv>
<Centre>100 200 300</Centre>
<ParamRotation><CodageMatr><L1>1 0 0</L1><L2>0 -1 0</L2><L3>0 0 -1</L3></CodageMatr></ParamRotation></Externe>
<ConvOri><KnownConv>eConvApero_DistM2C</KnownConv></ConvOri>
</OrientationConique></ExportAPERO>`
const angular = down
  .replace(/<CodageMatr>.*<\/CodageMatr>/, "<CodageAngulaire>11 2.2 -33.3</CodageAngulaire>")
  .replace("<ConvOri><KnownConv>eConvApero_DistM2C", "<ConvOri><KnownConv>eConvAngPhotoMDegre")
it("refuses elements nested deeper than the bound", () => {
  expect(() => parseXml("<a>".repeat(200_000), FILE)).toThrow(/512 levels/)
})

const read = (text: string): ReturnType<typeof readMicmac> => readMicmac(parseXml(text, FILE), FILE)
const camera = (distortion: string): ReturnType<typeof readMicmacCalibration> => {
  const text = `<ExportAPERO><CalibrationInternConique>${calibration(distortion)}</CalibrationInternConique></ExportAPERO>`
  return readMicmacCalibration(parseXml(text, "AutoCal.xml"), "AutoCal.xml")
}

describe("readMicmac", () => {
  it("reads a shot whose pixels are right: by hand", () => {
    const { shot, camera: own, toPixels } = read(down)
    expect(shot).toMatchObject({ name: "IMG_1", centre: [100, 200, 300] })
    const pixels = toPixels(own!)
    expect(pixels).toMatchObject({ width: 3600, height: 2400, focal: 5000, principal: [1800, 1200] })
    // 60 m east: 10 mm from the middle, 10 − 1e-4 · 10³ = 9.9 mm with distortion. 60 m north: as
    // much to the top.
    const places = projectPoints({ ...shot, camera: pixels }, Float64Array.of(160, 200, 0, 100, 260, 0))
    expect([...places].map((value) => Math.round(value * 1e6) / 1e6)).toEqual([2790, 1200, 1800, 210])
  })

  it("reads angles of photogrammetry, in degrees and gon", () => {
    const expected = rotationOfAngles(
      ...([11, 2.2, -33.3].map((angle) => (angle * Math.PI) / 180) as [number, number, number]),
    )
    expect(read(angular).shot.rotation).toEqual(expected)
    const gon = angular.replace("MDegre", "MGrade").replace("11 2.2 -33.3", `${11 / 0.9} ${2.2 / 0.9} ${-33.3 / 0.9}`)
    for (const [i, value] of read(gon).shot.rotation.entries()) expect(value).toBeCloseTo(expected[i]!, 14)
  })

  it("names the calibration that it does not hold", () => {
    const { camera: own, calibration: path } = read(
      down.replace(/<Interne>[\s\S]*<\/Interne>/, "<FileInterne>Ori-X/AutoCal.xml</FileInterne>"),
    )
    expect([own, path]).toEqual([undefined, "Ori-X/AutoCal.xml"])
  })

  it.each([
    [
      "angles of its own convention",
      angular.replace("eConvAngPhotoMDegre", "eConvApero_DistM2C"),
      /angles by the convention eConvApero_DistM2C is not supported.*CodageMatr/,
    ],
    [
      "a convention that it does not know",
      down.replace("<ConvOri><KnownConv>eConvApero_DistM2C", "<ConvOri><KnownConv>eConvMatrixInpho"),
      /:10: a matrix by the convention eConvMatrixInpho/,
    ],
    ["another projection", down.replace("eProjStenope", "eProjOrthographique"), /:3: projection eProjOrthographique/],
    ["a turned film", down.replace("<V10>100 0", "<V10>100 1"), /:2: OrIntImaM2C rotates or shears/],
    ["no rotation", down.replace("<L1>1 0 0", "<L1>1 1 0"), /CodageMatr is not a rotation/],
    ["no camera", down.replace(/<Interne>[\s\S]*<\/Interne>/, ""), /<OrientationConique> lacks <Interne>/],
    ["a centre of two numbers", down.replace("100 200 300", "100 200"), /<Centre> is "100 200"; expected 3 numbers/],
  ])("refuses: %s", (_, text, message) => {
    expect(() => read(text)).toThrow(message)
  })
})

describe("readMicmacCalibration", () => {
  it("reads radial, Fraser's and no distortion", () => {
    expect(camera(radial).distortion).toEqual({ centre: [18, 12], radial: [-1e-4], given: "ideal" })
    const fraser =
      "<ModPhgrStd><RadialePart><CDist>18 12</CDist><CoeffDist>1e-5</CoeffDist><CoeffDist>2e-9</CoeffDist></RadialePart><P1>1e-6</P1><P2>0</P2><b1>0</b1><b2>3e-5</b2></ModPhgrStd>"
    expect(camera(fraser).distortion).toEqual({
      centre: [18, 12],
      radial: [1e-5, 2e-9],
      tangential: [1e-6, 0],
      affine: [0, 3e-5],
      given: "ideal",
    })
    expect(camera("<ModNoDist><Inutile>0</Inutile></ModNoDist>").distortion).toBeUndefined()
    expect(camera("<ModRad><CDist>18 12</CDist></ModRad>").distortion).toBeUndefined()
    expect(camera(radial)).toMatchObject({ name: "AutoCal", width: 36, height: 24, focal: 50, principal: [18, 12] })
  })

  it("takes the other sense of the distortion", () => {
    const text = `<CalibrationInternConique>${calibration(radial).replace("M2C", "C2M")}</CalibrationInternConique>`
    expect(readMicmacCalibration(parseXml(text, "c.xml"), "c.xml").distortion?.given).toBe("image")
  })

  it("refuses models that it does not know, and sizes of nothing", () => {
    expect(() => camera("<ModUnif><TypeModele>eModelePolyDeg4</TypeModele></ModUnif>")).toThrow(
      /AutoCal\.xml:3: distortion model ModUnif; expected one/,
    )
    const twice = `<CalibrationInternConique>${calibration(radial)}<CalibDistortion>${radial}</CalibDistortion></CalibrationInternConique>`
    expect(() => readMicmacCalibration(parseXml(twice, "c.xml"), "c.xml")).toThrow(/2 distortion models in a chain/)
    const flat = `<CalibrationInternConique>${calibration(radial).replace("36 24", "36 0")}</CalibrationInternConique>`
    expect(() => readMicmacCalibration(parseXml(flat, "c.xml"), "c.xml")).toThrow(/size 36 × 0/)
  })
})
