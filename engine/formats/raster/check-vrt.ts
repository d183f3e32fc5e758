/**
 * Chooses the GDAL drivers that may open an image, and refuses a VRT that does more than place
 * images.
 */
import { open, stat } from "node:fs/promises"
import { dirname, resolve } from "node:path"
import { MAX_DEPTH } from "../../core/bounds.js"
import { readWhole } from "../../core/files/read-whole.js"
import { EngineError } from "../../errors.js"
import { imageKind } from "../../io/file-kind.js"
import { parseXml, type XmlElement } from "../orientation/xml.js"
import { type Gdal, openWith, trustVrtVariable } from "./load-gdal.js"

/**
 * GDAL image drivers whose files reference no other file or address. Imagery opens with these and
 * VRT only.
 */
export const IMAGE_DRIVERS: readonly string[] =
  "GTiff JP2OpenJPEG JP2ECW JP2KAK JP2MrSID ECW MrSID HFA JPEG JPEGXL PNG WEBP BMP GIF AVIF".split(" ")

/** The elements that place pixels of images, in lower case: GDAL's parser ignores case. */
const ELEMENTS: ReadonlySet<string> = new Set(
  (
    "vrtdataset srs geotransform gcplist gcp metadata mdi blockxsize blockysize vrtrasterband description unittype offset scale " +
    "categorynames category colorinterp colortable entry nodatavalue hidenodatavalue histograms histitem histmin histmax bucketcount " +
    "includeoutofrange approximate histcounts overviewlist overview sourcefilename sourceband maskband simplesource complexsource " +
    "averagedsource kernelfilteredsource kernel size coefs sourceproperties srcrect dstrect nodata scaleoffset scaleratio exponent " +
    "srcmin srcmax dstmin dstmax clamp lut usemaskband colortablecomponent gdalrasterattributetable fielddefn name type usage row f " +
    "gdalwarpoptions warpmemorylimit resamplealg workingdatatype option sourcedataset bandlist bandmapping srcnodatareal srcnodataimag " +
    "dstnodatareal dstnodataimag srcalphaband dstalphaband transformer approxtransformer maxerror basetransformer " +
    "genimgprojtransformer srcgeotransform srcinvgeotransform dstgeotransform dstinvgeotransform reprojecttransformer " +
    "reprojectiontransformer sourcesrs targetsrs sourcecrs targetcrs cutline cutlineblenddist initdest"
  ).split(" "),
)

/**
 * GDAL reads an attribute like a child element of that name, so unknown attributes are refused too.
 */
const ATTRIBUTES: ReadonlySet<string> = new Set(
  (
    "rasterxsize rasterysize datatype band subclass relativetovrt shared blockxsize blockysize xoff yoff xsize ysize " +
    "dataaxistosrsaxismapping coordinateepoch resampling name key domain format c1 c2 c3 c4 id info pixel line x y z projection " +
    "src dst normalized mask index row0min binsize tabletype"
  ).split(" "),
)

/** The `subClass` values whose pixels are read from images. */
const KINDS: ReadonlySet<string> = new Set(["vrtsourcedrasterband", "vrtwarpeddataset", "vrtwarpedrasterband"])

const isVrt = (head: Uint8Array): boolean =>
  /^\s*(?:<\?xml[^>]*>\s*)?<VRTDataset/i.test(new TextDecoder("latin1").decode(head))

const readStart = async (path: string): Promise<Uint8Array> => {
  const handle = await open(path)
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(256), 0, 256, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await handle.close()
  }
}

/**
 * Returns the drivers that GDAL may open an image with. A VRT is accepted only if it just places
 * pixels of image files. Its bands may not compute or read raw bytes. Its sources must be local
 * images, or VRTs that pass the same check. `MAILLE_TRUST_VRT=1` accepts any VRT.
 *
 * @param path a local file
 * @throws EngineError `E_FORMAT` for a refused VRT, naming the reason
 */
export const driversFor = async (gdal: Gdal, path: string): Promise<readonly string[]> => {
  // GDAL parses a name that contains XML as the dataset itself.
  if (path.includes("<"))
    throw new EngineError("E_FORMAT", `${path}: its name contains "<". Rename it.`, { file: path })
  if (!isVrt(await readStart(path))) return IMAGE_DRIVERS
  if (process.env[trustVrtVariable] !== "1") await checkVrt(path, { gdal, above: [] })
  return ["VRT"]
}

interface Checking {
  readonly gdal: Gdal
  /** The chain of VRTs that leads to this one. */
  readonly above: readonly string[]
}

/** VRTs that passed: size and modification time by path. */
const checked = new Map<string, string>()

const checkVrt = async (path: string, checking: Checking): Promise<void> => {
  const { size, mtimeMs } = await stat(path)
  const state = `${size} ${mtimeMs}`
  if (checked.get(path) === state) return
  if (checking.above.includes(path) || checking.above.length > MAX_DEPTH) throw refused(path, "it refers to itself")
  const text = new TextDecoder().decode(await readWhole(path))
  // Parsers may disagree on declarations and instructions, and images need neither.
  if (/<!(?!--)|<\?(?!xml )/.test(text)) throw refused(path, "it contains XML declarations or instructions")
  const files = new Set<string>()
  collect(parseXml(text, path), path, files)
  for (const file of files) await checkSource(path, file, { ...checking, above: [...checking.above, path] })
  checked.set(path, state)
}

/**
 * Checks an element and its descendants against the lists above, and collects the files they name.
 */
const collect = (element: XmlElement, path: string, files: Set<string>): void => {
  const name = element.name.toLowerCase()
  if (!ELEMENTS.has(name)) throw refused(path, `<${element.name}> is not an element that places pixels`)
  const attributes = Object.entries(element.attributes).map(([key, value]) => [key.toLowerCase(), value] as const)
  for (const [key, value] of attributes) {
    if (!ATTRIBUTES.has(key)) throw refused(path, `<${element.name}> has the attribute ${key}`)
    if (key === "subclass" && !KINDS.has(value.toLowerCase())) throw refused(path, `<${element.name}> is a ${value}`)
  }
  if (name === "sourcefilename" || name === "sourcedataset") {
    const isRelative = attributes.some(([key, value]) => key === "relativetovrt" && Number(value) !== 0)
    files.add(resolve(isRelative ? dirname(path) : ".", readName(element, path)))
  }
  // Some options of a warped VRT name files.
  if (name === "option" && /[/\\:]/.test(element.text)) throw refused(path, `an option is "${element.text}"`)
  for (const child of element.children) collect(child, path, files)
}

const readName = ({ text, children }: XmlElement, path: string): string => {
  // `PG:…` and `NETCDF:…` select a driver. A Windows drive has only one letter.
  const isPlain = children.length === 0 && text !== "" && !/^\/vsi|^\w{2,}:|:\/\/|[<\0\n]/i.test(text)
  if (!isPlain) throw refused(path, `its source ${JSON.stringify(text)} is not a local file`)
  return text
}

const checkSource = async (path: string, file: string, checking: Checking): Promise<void> => {
  const facts = await stat(file).catch(() => undefined)
  if (facts === undefined)
    throw new EngineError("E_INPUT", `${path}: its source ${file}: no such file. Check the path.`, { file: path })
  const head = facts.isFile() && !file.startsWith("/vsi") ? await readStart(file) : new Uint8Array(0)
  if (isVrt(head)) return checkVrt(file, checking)
  if (imageKind(head) !== "other") return
  if (head.length === 0) throw refused(path, `its source ${file} is empty`)
  try {
    ;(await openWith(checking.gdal, file, IMAGE_DRIVERS)).close()
  } catch {
    throw refused(path, `its source ${file} is not an image`)
  }
}

const refused = (path: string, found: string): EngineError => {
  const text = `${path}: ${found}. A VRT can read any file: give one with plain bands of images, or use --trust-vrt.`
  return new EngineError("E_FORMAT", text, { file: path })
}
