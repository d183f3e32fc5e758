import { describe, expect, it } from "vitest"
import { projectPoints } from "../../../../engine/core/camera/projection.js"
import { readConic } from "../../../../engine/formats/orientation/conic.js"
import { findElement, parseXml } from "../../../../engine/formats/orientation/xml.js"

/** A camera at (1000, 2000, 50) that looks north, level: x to the east, y down. */
const conic = `<?xml version="1.0" encoding="ISO-8859-1"?>
<orientation>
<auxiliarydata><image_name> P22 </image_name></auxiliarydata>
<geometry>
<extrinseque>
<systeme>Lambert93</systeme><grid_alti>Raf98</grid_alti>
<sommet><easting>1000</easting><northing>2000</northing><altitude>50</altitude></sommet>
<rotation>
<Image2Ground> true </Image2Ground>
<mat3d>
<l1><pt3d><x>1</x><y>0</y><z>0</z></pt3d></l1>
<l2><pt3d><x>0</x><y>0</y><z>1</z></pt3d></l2>
<l3><pt3d><x>0</x><y>-1</y><z>0</z></pt3d></l3>
</mat3d>
</rotation>
</extrinseque>
<intrinseque><sensor>
<name> Pike </name>
<image_size><width>1920</width><height>1080</height></image_size>
<ppa><c>960</c><l>540</l><focale>1000</focale></ppa>
<distortion><pps><c>960</c><l>540</l></pps><r3>-1e-7</r3><r5>0</r5><r7>0</r7></distortion>
<pixel_size>7.4e-6</pixel_size>
</sensor></intrinseque>
</geometry>
</orientation>`
const read = (text: string): ReturnType<typeof readConic> => readConic(parseXml(text, "a.ori.xml"), "a.ori.xml")

describe("readConic", () => {
  it("reads a shot whose pixels are right: by hand", () => {
    const { shot, system, notes } = read(conic)
    expect(shot).toMatchObject({ name: "P22", centre: [1000, 2000, 50], file: "a.ori.xml", line: 5 })
    expect(shot.camera).toMatchObject({ name: "Pike", width: 1920, height: 1080, focal: 1000, pixelPitch: 7.4e-6 })
    expect([system, notes]).toEqual(["Lambert93", []])
    // 10 m east, 100 m north, 20 m up: 100 px right and 200 px up of the middle, times 1 − 1e-7 ·
    // 50,000.
    const [column, line] = projectPoints(shot, Float64Array.of(1010, 2100, 70))
    expect(column).toBeCloseTo(960 + 99.5, 9)
    expect(line).toBeCloseTo(540 - 199, 9)
  })

  it("reads the same from the transposed matrix with Image2Ground false", () => {
    const turned = conic
      .replace("<Image2Ground> true", "<Image2Ground> false")
      .replace("<y>0</y><z>1</z>", "<y>0</y><z>-1</z>")
      .replace("<y>-1</y><z>0</z>", "<y>1</y><z>0</z>")
    expect(read(turned).shot.rotation.map((value) => value + 0)).toEqual(
      read(conic).shot.rotation.map((value) => value + 0),
    )
  })

  it("takes a camera without distortion, pitch and names", () => {
    const bare = conic
      .replace(/<(auxiliarydata|distortion|pixel_size|grid_alti)>.*<\/\1>/g, "")
      .replace("<name> Pike </name>", "")
    const { shot, notes } = read(bare)
    expect(shot.name).toBe("a")
    expect(shot.camera).toEqual({ name: "conic", width: 1920, height: 1080, focal: 1000, principal: [960, 540] })
    expect(notes).toEqual([expect.stringMatching(/no vertical grid/)])
  })

  it.each([
    [
      "no rotation",
      conic.replace("<x>1</x>", "<x>0.9</x>"),
      /^a\.ori\.xml:10: mat3d is not a rotation: column 1 has length/,
    ],
    ["a mirror", conic.replace("<x>1</x>", "<x>-1</x>"), /mirrors/],
    ["no direction", conic.replace("true", "maybe"), /^a\.ori\.xml:9: Image2Ground is "maybe"/],
    ["a missing element", conic.replace(/<altitude>.*<\/altitude>/, ""), /^a\.ori\.xml:7: <sommet> lacks <altitude>/],
    [
      "no number",
      conic.replace("<c>960</c><l>540</l><focale>1000", "<c>960</c><l>540</l><focale>100 mm"),
      /^a\.ori\.xml:20: <focale> is "100 mm"; expected 1 number/,
    ],
    ["a focal length of 0", conic.replace("<focale>1000", "<focale>0"), /^a\.ori\.xml:20: <focale> is 0/],
    ["a panorama", conic.replace("<sensor>", "<spherique/><sensor>"), /^a\.ori\.xml:17: a spherical panorama/],
    ["ellipsoidal heights", conic.replace("Raf98", "Ellipsoide"), /height above the ellipsoid/],
  ])("refuses: %s", (_, text, message) => {
    expect(() => read(text)).toThrow(message)
  })
})

describe("parseXml", () => {
  it("reads text, entities and CDATA and passes comments and declarations over, with lines", () => {
    const root = parseXml(
      '<?xml version="1.0"?>\n<!DOCTYPE a>\n<a b="1">\n<!-- <c>no</c>\n-->\n<c d=\'2\'> x &lt;&#65;&#x42; </c><e/>\n<f><![CDATA[<>]]></f></a>\n',
      "f",
    )
    expect(root).toMatchObject({ name: "a", line: 3 })
    expect(root.children.map(({ name, line, text }) => [name, line, text])).toEqual([
      ["c", 6, "x <AB"],
      ["e", 6, ""],
      ["f", 7, "<>"],
    ])
    expect(findElement(root, "g")).toBeUndefined()
  })

  it.each([
    ["a wrong end", "<a>\n<b></a>", /^f:2: damaged XML: unexpected close tag/],
    ["an early end of the file", "<a>\n<b>1", /^f:2: damaged XML: unclosed tag: b, inside <b> of line 2/],
    ["an end too many", "<a></a>\n</a>", /^f:2: damaged XML: unmatched closing tag: a/],
    ["half a tag", "<a>\n<b", /^f:2: damaged XML: unclosed tag: a, inside <a> of line 1/],
    ["no element", "\n", /^f:2: damaged XML: document must contain a root element/],
    ["two roots", "<a/>\n<b/>", /^f:2: damaged XML: documents may contain only one root/],
  ])("refuses: %s", (_, text, message) => {
    expect(() => parseXml(text, "f")).toThrow(message)
  })
})
