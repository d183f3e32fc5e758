/** The texts of the page in English and French, and the current language. */

export type Language = "en" | "fr"

/** English and French of every text. */
const TEXTS = {
  view: ["View", "Vue"],
  globe: ["Globe (3D mesh)", "Globe (maillage 3D)"],
  plane: ["Plane (rasters, points)", "Plan (rasters, points)"],
  colour: ["Mesh", "Maillage"],
  mesh: ["Show the mesh", "Afficher le maillage"],
  as: ["as", "en"],
  texture: ["image", "image"],
  plain: ["plain", "uni"],
  wireframe: ["wireframe", "fil de fer"],
  class: ["class", "classe"],
  height: ["height", "altitude"],
  slope: ["slope", "pente"],
  error: ["geometric error", "erreur géométrique"],
  tile: ["tile", "dalle"],
  level: ["level", "niveau"],
  infrared: ["infrared (IRC)", "infrarouge (IRC)"],
  ndvi: ["vegetation (NDVI)", "végétation (NDVI)"],
  borders: ["Tile borders", "Bords des dalles"],
  shade: ["Shading", "Ombrage"],
  detail: ["Detail", "Détail"],
  sunAzimuth: ["Sun from", "Soleil au"],
  sunHeight: ["Sun height", "Hauteur du soleil"],
  layers: ["Layers", "Couches"],
  raster: ["Rasters and points", "Rasters et points"],
  show: ["show", "afficher"],
  none: ["none", "aucun"],
  points: ["Points", "Points"],
  home: ["Whole", "Ensemble"],
  north: ["North", "Nord"],
  top: ["From above", "Du dessus"],
  street: ["Street", "Rue"],
  measure: ["Measure", "Mesurer"],
  help: ["Keys", "Touches"],
  close: ["Close", "Fermer"],
  panel: ["Settings", "Réglages"],
  place: ["Place", "Lieu"],
  geographic: ["Longitude, latitude", "Longitude, latitude"],
  heightAt: ["Height", "Altitude"],
  tileAt: ["Tile", "Dalle"],
  classAt: ["Class", "Classe"],
  object: ["Object", "Objet"],
  identifier: ["Identifier", "Identifiant"],
  distance: ["Distance", "Distance"],
  horizontal: ["Horizontal", "Horizontale"],
  difference: ["Height difference", "Dénivelée"],
  measureHint: ["Click two places.", "Cliquez deux lieux."],
  loading: ["Loading…", "Chargement…"],
  nothing: ["Nothing here.", "Rien ici."],
  noTileset: ["This result has no mesh.", "Ce résultat n'a pas de maillage."],
  closer: ["Come closer to see", "Approchez pour voir"],
  failed: ["cannot be read", "illisible"],
  keyMove: ["move", "déplacer"],
  keyTurn: ["turn and tilt", "tourner, incliner"],
  keyZoom: ["closer, farther", "approcher, éloigner"],
  keyAsk: ["ask about the middle of the picture", "interroger le centre de l'image"],
  keyModes: ["mesh as image, plain, wireframe, …", "maillage en image, uni, fil de fer, …"],
  keyInfrared: ["image or infrared, where there is one", "image ou infrarouge, s'il y en a"],
  keyView: ["globe or plane", "globe ou plan"],
  keyMesh: ["mesh on or off", "maillage oui ou non"],
  keyEscape: ["end measuring, close", "finir la mesure, fermer"],
  keyDrag: [
    "Drag: move. Right button or Ctrl and drag: turn. Wheel: closer. Two fingers: turn, closer.",
    "Glisser : déplacer. Bouton droit ou Ctrl et glisser : tourner. Molette : approcher. Deux doigts : tourner, approcher.",
  ],
  keyClick: ["Click: what is there. Double click: go there.", "Clic : qu'y a-t-il là. Double clic : y aller."],
  keyAddress: [
    "The address bar keeps the view: send it to a colleague.",
    "La barre d'adresse garde la vue : envoyez-la à un collègue.",
  ],
} as const satisfies Record<string, readonly [string, string]>

export type TextName = keyof typeof TEXTS

/** Names of the LiDAR HD classes. */
const CLASSES: Readonly<Record<number, readonly [string, string]>> = {
  1: ["unclassified", "non classé"],
  2: ["ground", "sol"],
  3: ["low vegetation", "végétation basse"],
  4: ["medium vegetation", "végétation moyenne"],
  5: ["high vegetation", "végétation haute"],
  6: ["building", "bâtiment"],
  9: ["water", "eau"],
  17: ["bridge deck", "tablier de pont"],
  64: ["lasting above-ground", "sursol pérenne"],
  65: ["artefact", "artefact"],
  66: ["virtual points", "points virtuels"],
  67: ["miscellaneous built", "divers bâti"],
}

/** Classes with a name, ascending. */
export const namedClasses: readonly number[] = Object.keys(CLASSES).map(Number)

let language: Language = "en"

/** Sets the language of the texts. */
export const speak = (chosen: Language): void => {
  language = chosen
}

/** A text in the current language. */
export const say = (name: TextName): string => TEXTS[name][language === "fr" ? 1 : 0]

export const className = (code: number): string => CLASSES[code]?.[language === "fr" ? 1 : 0] ?? String(code)

/** A number in the format of the current language. */
export const figure = (value: number, decimals: number): string =>
  value.toLocaleString(language, {
    useGrouping: false,
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  })
