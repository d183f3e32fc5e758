/** The texts of the page in English and French, and the current language. */

export type Language = "en" | "fr"

/** English and French of every text. */
const TEXTS = {
  view: ["View", "Vue"],
  globe: ["Globe (3D mesh)", "Globe (maillage 3D)"],
  plane: ["Map (rasters, points)", "Carte (rasters, points)"],
  colour: ["Mesh", "Maillage"],
  mesh: ["Show the mesh", "Afficher le maillage"],
  as: ["Colour", "Couleur"],
  texture: ["image", "image"],
  plain: ["single colour", "couleur unie"],
  wireframe: ["wireframe", "fil de fer"],
  class: ["class", "classe"],
  height: ["height", "altitude"],
  slope: ["slope", "pente"],
  error: ["geometric error", "erreur géométrique"],
  tile: ["tile", "tuile"],
  level: ["level", "niveau"],
  infrared: ["infrared (IRC)", "infrarouge (IRC)"],
  ndvi: ["vegetation (NDVI)", "végétation (NDVI)"],
  borders: ["Tile borders", "Bords des tuiles"],
  light: ["Light", "Lumière"],
  shade: ["Shading", "Ombrage"],
  detail: ["Detail", "Détail"],
  sunAzimuth: ["Sun azimuth", "Azimut du soleil"],
  sunHeight: ["Sun height", "Hauteur du soleil"],
  layers: ["Layers", "Couches"],
  raster: ["Rasters and points", "Rasters et points"],
  show: ["Raster", "Raster"],
  none: ["none", "aucun"],
  points: ["Points", "Points"],
  home: ["Whole area", "Vue d’ensemble"],
  north: ["North", "Nord"],
  top: ["Top view", "Vue de dessus"],
  street: ["Street level", "Vue au sol"],
  measure: ["Measure", "Mesurer"],
  help: ["Help", "Aide"],
  close: ["Close", "Fermer"],
  panel: ["Settings", "Réglages"],
  place: ["Place", "Lieu"],
  geographic: ["Longitude, latitude", "Longitude, latitude"],
  heightAt: ["Height", "Altitude"],
  tileAt: ["Tile", "Tuile"],
  classAt: ["Class", "Classe"],
  object: ["Object", "Objet"],
  identifier: ["Identifier", "Identifiant"],
  distance: ["Distance", "Distance"],
  horizontal: ["Horizontal", "Horizontale"],
  difference: ["Height difference", "Dénivelé"],
  measureHint: ["Click two points.", "Cliquez sur deux points."],
  loading: ["Loading…", "Chargement…"],
  nothing: ["Nothing here.", "Rien ici."],
  yes: ["yes", "oui"],
  no: ["no", "non"],
  noTileset: ["This result has no mesh.", "Ce résultat n’a pas de maillage."],
  closer: ["Zoom in to see", "Zoomez pour voir"],
  failed: ["Cannot be read", "Lecture impossible"],
  keyMove: ["move", "déplacer"],
  keyTurn: ["rotate and tilt", "tourner et incliner"],
  keyZoom: ["zoom in, zoom out", "zoom avant, zoom arrière"],
  keyAsk: ["facts about the centre of the view", "informations sur le centre de la vue"],
  keyModes: ["colour of the mesh: image, single colour, …", "couleur du maillage : image, couleur unie, …"],
  keyInfrared: ["image or infrared, if there is one", "image ou infrarouge, s’il existe"],
  keyView: ["globe or map", "globe ou carte"],
  keyMesh: ["show or hide the mesh", "afficher ou masquer le maillage"],
  keyEscape: ["stop measuring, close", "arrêter la mesure, fermer"],
  keyDrag: [
    "Drag: move. Right button or Ctrl and drag: rotate. Wheel: zoom. Two fingers: rotate, zoom.",
    "Glisser : déplacer. Bouton droit ou Ctrl et glisser : tourner. Molette : zoomer. Deux doigts : tourner, zoomer.",
  ],
  keyClick: [
    "Click: facts about a place. Double-click: go there.",
    "Clic : informations sur un lieu. Double-clic : s’y rendre.",
  ],
  keyAddress: [
    "The address contains the view: share it as a link.",
    "L’adresse contient la vue : partagez-la comme un lien.",
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
  64: ["permanent above-ground", "sursol pérenne"],
  65: ["artefact", "artefact"],
  66: ["filled ground", "sol comblé"],
  67: ["other built", "divers bâti"],
}

/** Classes with a name, ascending. */
export const namedClasses: readonly number[] = Object.keys(CLASSES).map(Number)

let language: Language = "en"

/** Sets the language of the texts. */
export const speak = (chosen: Language): void => {
  language = chosen
}

export const isFrench = (): boolean => language === "fr"

/** A text in the current language. */
export const say = (name: TextName): string => TEXTS[name][isFrench() ? 1 : 0]

export const className = (code: number): string => CLASSES[code]?.[isFrench() ? 1 : 0] ?? String(code)

/** A number in the format of the current language. `least`: decimals of a round number too. */
export const figure = (value: number, decimals: number, least = decimals): string =>
  value.toLocaleString(language, {
    useGrouping: false,
    minimumFractionDigits: least,
    maximumFractionDigits: decimals,
  })
