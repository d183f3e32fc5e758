import { describe, expect, it } from "vitest"
import { isBoreaCamera, readBoreaCamera } from "../../../../engine/formats/orientation/borea-camera.js"
import { isOpk, readOpk } from "../../../../engine/formats/orientation/opk.js"
import { rotationOfAngles } from "../../../../engine/formats/orientation/rotation.js"

const FILE = "flight_alt.OPK"
const HEAD = "NOM\tX\tY\tZ\tO\tP\tK\tCAMERA"
const LINE = "S1  700000.5  6500000.25  1770.125  -0.5  0.25  90  UCE"
const degrees = (...angles: [number, number, number]): readonly number[] =>
  rotationOfAngles(...(angles.map((angle) => (angle * Math.PI) / 180) as [number, number, number]))

describe("readOpk", () => {
  it("reads a shot", () => {
    const { shots, notes } = readOpk(`${HEAD}\n${LINE}\n`, FILE)
    const rotation = degrees(-0.5, 0.25, 90)
    expect(shots).toEqual([
      { name: "S1", camera: "UCE", centre: [700000.5, 6500000.25, 1770.125], rotation, file: FILE, line: 2 },
    ])
    expect(notes).toEqual([])
  })

  it("reads the same from any order of columns, line ends, separators, without header and with more columns", () => {
    const { shots } = readOpk(`${HEAD}\n${LINE}`, FILE)
    const others = [
      LINE,
      `${HEAD}\r\n\r\n${LINE}\r\n\r\n`,
      `${HEAD}\r${LINE}`,
      `${HEAD.replaceAll("\t", ";")}\n${LINE.replace(/ +/g, ";")}`,
      `A flight of 2023\nPROJECTION : LAMBERT93\n${HEAD}\n${LINE}`,
      "id NAME CAMERA PHI OMEGA KAPPA X Y Z strip\n7 S1 UCE 0.25 -0.5 90 700000.5 6500000.25 1770.125 4",
    ]
    for (const text of others) {
      expect(isOpk(text), text).toBe(true)
      expect(
        readOpk(text, FILE).shots.map((shot) => ({ ...shot, line: 2 })),
        text,
      ).toEqual(shots)
    }
  })

  it("takes the unit of angles from the header", () => {
    const head = (unit: string): string => `UNITE ANGLE  : ${unit}\n${HEAD}\n`
    expect(readOpk(`${head("degré")}${LINE}`, FILE).shots[0]?.rotation).toEqual(degrees(-0.5, 0.25, 90))
    const gon = readOpk(`${head("grade")}S1 1 2 3 0 0 100 C`, FILE).shots[0]!.rotation
    expect(gon.map((value) => Math.round(value) + 0)).toEqual([0, -1, 0, 1, 0, 0, 0, 0, 1])
    expect(() => readOpk(`${head("mil")}${LINE}`, FILE)).toThrow('flight_alt.OPK:1: angles are in "mil"')
  })

  it("tells the system, what it tolerated and what it took heights for", () => {
    const text = `PROJECTION : LAMBERT93\n${HEAD}\n${LINE}\n${LINE}\n${LINE.replace("S1", "S2").replaceAll(".", ",")}\n`
    const { shots, system, notes } = readOpk(text, "flight.OPK")
    expect(system).toBe("LAMBERT93")
    expect(shots.map(({ name }) => name)).toEqual(["S1", "S2"])
    expect(shots[1]?.centre).toEqual(shots[0]?.centre)
    expect(notes).toEqual([
      "flight.OPK:4: shot S1 repeats line 3; it is used once",
      "flight.OPK: decimal commas on 1 lines, read as points",
      expect.stringMatching(/kind of Z is not stated/),
    ])
    expect(readOpk(`REFERENTIEL ALTIMETRIQUE : IGN69\n${HEAD}\n${LINE}`, "flight.OPK").notes).toEqual([])
  })

  it.each([
    ["a column is missing", `${HEAD}\n${LINE.replace(" UCE", "")}`, /^flight_alt\.OPK:2: 7 columns; expected 8/],
    [
      "a word where a number should be",
      `${HEAD}\n${LINE.replace("1770.125", "haut")}`,
      /^flight_alt\.OPK:2: z of shot S1 is "haut"/,
    ],
    ["NaN", `${HEAD}\n${LINE.replace("0.25  90", "nan  90")}`, /^flight_alt\.OPK:2: phi of shot S1 is "nan"/],
    [
      "an angle beyond a turn",
      `${HEAD}\n\n${LINE.replace("90", "399.9")}`,
      /^flight_alt\.OPK:3: kappa .* more than a full turn.*grade/,
    ],
    [
      "a shot twice with other values",
      `${HEAD}\n${LINE}\n${LINE.replace("90", "91")}`,
      /^flight_alt\.OPK:3: shot S1 has other values on line 2/,
    ],
    ["no shot", `${HEAD}\n`, /^flight_alt\.OPK:1: no shots after/],
    [
      "ellipsoidal heights",
      `REFERENTIEL ALTIMETRIQUE : ellipsoide GRS80\n${HEAD}\n${LINE}`,
      /above the ellipsoid; expected altitudes.*RAF20/,
    ],
  ])("refuses: %s", (_, text, message) => {
    expect(() => readOpk(text, FILE)).toThrow(message)
  })
})

describe("isOpk", () => {
  it("knows no measures and no other text", () => {
    expect(isOpk("MES_1 23FD_01 3885.75 14969.14\n")).toBe(false)
    expect(isOpk('"1003" 13 815601.510 6283629.280 54.960\n')).toBe(false)
    expect(isOpk("ID\tX\tY\tZ\tMult\tStrip\nMES1\t1\t2\t3\t2\t1\n")).toBe(false)
    expect(isOpk("")).toBe(false)
  })
})

describe("readBoreaCamera", () => {
  const text = "Name = UCE\r\nPPAx = 13210.00\r\nPPAy = 8502.00\r\nfocal = 30975.00\r\nwidth = 26460\r\nheight = 17004"

  it("reads a camera, keys in any case and order", () => {
    const camera = { name: "UCE", width: 26460, height: 17004, focal: 30975, principal: [13210, 8502] }
    expect(isBoreaCamera(text)).toBe(true)
    expect(readBoreaCamera(text, "c.txt")).toEqual(camera)
    expect(readBoreaCamera(text.split("\r\n").reverse().join("\n").toUpperCase(), "c.txt")).toEqual(camera)
    expect(readBoreaCamera(text.replace("13210.00", "0"), "c.txt").principal[0]).toBe(0)
  })

  it.each([
    ["a missing key", text.replace(/PPAx.*\r\n/, ""), /^c\.txt:1: PPAx is missing/],
    ["no number", text.replace("30975.00", "120 mm"), /^c\.txt:4: focal is "120 mm"/],
    ["an empty value", text.replace("26460", ""), /^c\.txt:5: width is ""/],
    ["no size", text.replace("17004", "0"), /^c\.txt:6: height is "0"/],
    ["two cameras", `${text}\n${text}`, /^c\.txt:7: Name is on line 1 too/],
    ["no name", text.replace("Name = UCE", ""), /^c\.txt:1: Name is missing/],
  ])("refuses: %s", (_, broken, message) => {
    expect(() => readBoreaCamera(broken, "c.txt")).toThrow(message)
  })
})
