/** The default theme, with room for the wide tables of the reference. */
import "./style.css"

export { default } from "vitepress/theme"
