/** Names of layers, rasters and attributes in the current language. */
import type { OutputDescription } from "../describe-output.js"
import { isFrench } from "./texts.js"

type Names = OutputDescription["frenchNames"]

let french: Names = { products: {}, attributes: {} }

/** Sets the French names; in English, products and attributes have the names of the files. */
export const setFrenchNames = (names: Names): void => {
  french = names
}

const translate = (names: Readonly<Record<string, string>>, name: string): string =>
  isFrench() && Object.hasOwn(names, name) ? (names[name] ?? name) : name

/** A layer or raster in the current language; those of other kernels keep their names. */
export const productName = (name: string): string => translate(french.products, name)

/** An attribute in the current language; those of other kernels keep their names. */
export const attributeName = (name: string): string => translate(french.attributes, name)
