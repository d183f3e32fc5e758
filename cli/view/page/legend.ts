/** The key to the colours. */
import { classColour } from "../../../engine/core/class-colour.js"
import { errorRange, rampColours } from "./scene/mesh-material.js"
import type { MeshMode } from "./state.js"
import { className, figure, namedClasses } from "./texts.js"

/** Fills the key to the colours of a mode; empty where colours need none. */
export const showLegend = (
  box: HTMLElement,
  mode: MeshMode | "raster",
  heights: readonly [number, number],
  unit = "m",
): void => {
  const ramp = (low: string, high: string): HTMLElement[] => {
    const bar = document.createElement("i")
    bar.className = "ramp"
    bar.style.background = `linear-gradient(90deg, ${rampColours.join(", ")})`
    const ends = document.createElement("span")
    ends.className = "ends"
    ends.append(span(low), span(high))
    return [bar, ends]
  }
  const end = (value: number): string => `${figure(value, 1)} ${unit}`
  if (mode === "class") {
    box.replaceChildren(
      ...namedClasses.flatMap((code) => [
        swatch(`rgb(${classColour(code).join(" ")})`),
        span(`${code} ${className(code)}`),
      ]),
    )
  } else if (mode === "height" || mode === "raster") box.replaceChildren(...ramp(end(heights[0]), end(heights[1])))
  else if (mode === "slope") box.replaceChildren(...ramp("0°", "90°"))
  else if (mode === "ndvi") box.replaceChildren(...ramp(figure(-0.2, 1), figure(0.8, 1)))
  else if (mode === "error") {
    box.replaceChildren(...ramp(`${figure(errorRange[0], 2)} m`, `${figure(errorRange[1], 0)} m`))
  } else box.replaceChildren()
}

const span = (text: string): HTMLElement => {
  const element = document.createElement("span")
  element.textContent = text
  return element
}

const swatch = (css: string): HTMLElement => {
  const element = document.createElement("i")
  element.style.background = css
  return element
}
