/** A plugin of TypeDoc: a link from each page of the API to the start of the site. */
import { JSX } from "typedoc"

/** @param {import("typedoc").Application} app */
export const load = (app) => {
  app.renderer.hooks.on("sidebar.begin", ({ relativeURL }) => {
    const href = relativeURL("index.html")?.replace("index.html", "../index.html")
    return JSX.createElement("p", null, JSX.createElement("a", { href }, "← Guide and reference"))
  })
}
