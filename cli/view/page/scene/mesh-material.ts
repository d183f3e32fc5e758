/** The material of meshes: image, class, height and other colours in one shader. */
import {
  type BufferGeometry,
  Color,
  DoubleSide,
  ShaderMaterial,
  SRGBColorSpace,
  type Texture,
  Vector2,
  Vector3,
} from "three"
import { classColour } from "../../../../engine/core/colours.js"

/** Row for "no object is selected". */
export const NOTHING = -1

/** Uniforms that all materials of a view share; they change once a frame or with a setting. */
export type SharedUniforms = ReturnType<typeof sharedUniforms>

/** Uniforms of one tile. */
export interface TileUniforms {
  readonly map: Texture | null
  /** Vertices have near infrared, red and green (`_infrared`) where there is no image. */
  readonly infraredVertices?: boolean
  /** Vertices have colours of their own (`color`, linear) where there is no image. */
  readonly coloured?: boolean
  /** Height of the local origin, and the local upward direction. */
  readonly baseHeight: number
  readonly localUp: Vector3
  readonly geometricError: number
  readonly tileColour: Color
  readonly levelColour: Color
  /** 1 / (2 · Earth radius) in a geocentric scene, 0 in a plane one. */
  readonly curvature: number
  /** The vertex colours include light and shade. */
  readonly unlit?: boolean
  /** Vertices have the numbers of their objects: `_feature_id_0`. */
  readonly featured?: boolean
  /** A raster: always by height, or by the vertex attribute `value`; else as the mode says. */
  readonly fixed?: "relief" | "value"
}

/** CSS colours of the ramp, low to high: viridis, five stops, readable with colour blindness. */
export const rampColours: readonly string[] = ["#440154", "#3b528b", "#21918c", "#5ec962", "#fde725"]

/** Range of the ramp of geometric errors, metres; it is logarithmic. */
export const errorRange: readonly [number, number] = [0.05, 50]

const vectorOf = (colour: Color): Vector3 => new Vector3(colour.r, colour.g, colour.b)

/** The uniforms of a view with their default values. */
export const sharedUniforms = () => ({
  mode: { value: 0 },
  shade: { value: 1 },
  // Unit vectors in the camera's frame.
  sun: { value: new Vector3(0, 0, 1) },
  up: { value: new Vector3(0, 1, 0) },
  // Lowest and highest height of the ramp, metres of the job's height system.
  heights: { value: new Vector2(0, 100) },
  palette: {
    value: Array.from({ length: 68 }, (_, code) => {
      const [r, g, b] = classColour(code)
      return vectorOf(new Color().setRGB(r / 255, g / 255, b / 255, SRGBColorSpace))
    }),
  },
  ramp: { value: rampColours.map((css) => vectorOf(new Color(css))) },
})

/** A distinct, reproducible colour for a number: hues a golden angle apart. */
export const distinctColour = (index: number): Color =>
  new Color().setHSL((index * 0.381966) % 1, 0.55, 0.42 + 0.16 * ((index * 0.618) % 1), SRGBColorSpace)

/**
 * Material of a tile: the image, or colours from the attributes of the glTF. It lights the true
 * triangles, without smoothed normals. The class is that of a triangle's last vertex (see
 * `turnToClass`): blended classes would match no point.
 */
export const meshMaterial = (shared: SharedUniforms, tile: TileUniforms): ShaderMaterial =>
  new ShaderMaterial({
    uniforms: {
      ...(shared as unknown as Record<string, { value: unknown }>),
      map: { value: tile.map },
      hasMap: { value: tile.map === null ? 0 : 1 },
      // Set on demand: an unseen image takes no memory of the graphics card.
      second: { value: null },
      hasSecond: { value: tile.infraredVertices ? 1 : 0 },
      isSecondLinear: { value: 0 },
      baseHeight: { value: tile.baseHeight },
      localUp: { value: tile.localUp },
      curvature: { value: tile.curvature },
      geometricError: { value: tile.geometricError },
      picked: { value: NOTHING },
      ownStrength: { value: tile.unlit ? 0.5 : 1 },
      tileColour: { value: vectorOf(tile.tileColour) },
      levelColour: { value: vectorOf(tile.levelColour) },
    },
    defines: {
      ...(tile.coloured ? { COLOURED: 1 } : {}),
      ...(tile.infraredVertices ? { INFRARED_VERTICES: 1 } : {}),
      ...(tile.featured ? { FEATURED: 1 } : {}),
      ...(tile.fixed === undefined ? {} : { FIXED: 1 }),
      ...(tile.fixed === "value" ? { BY_VALUE: 1 } : {}),
    },
    vertexShader,
    fragmentShader,
    // A mesh seen from below, or turned inside out, must be visible.
    side: DoubleSide,
    // Draw lines on the surface in front of it.
    polygonOffset: true,
    polygonOffsetFactor: 1,
    polygonOffsetUnits: 1,
  })

/**
 * Rotates each triangle with two vertices of one class so that its last vertex has that class; the
 * shader shows the last vertex. The winding does not change. O(triangles).
 */
export const turnToClass = (geometry: BufferGeometry): void => {
  const index = geometry.getIndex()
  const codes = geometry.hasAttribute("_classification") ? geometry.getAttribute("_classification") : undefined
  if (index === null || codes === undefined) return
  for (let i = 0; i < index.count; i += 3) {
    const corners = [index.getX(i), index.getX(i + 1), index.getX(i + 2)] as const
    const [a, b, c] = corners.map((vertex) => codes.getX(vertex))
    if (a === b && b !== c) for (let k = 0; k < 3; k++) index.setX(i + k, corners[(k + 2) % 3] as number)
  }
}

const vertexShader = `
#ifdef FIXED
attribute float value;
#else
attribute float _classification;
#endif
#ifdef COLOURED
attribute vec4 color;
#endif
#ifdef INFRARED_VERTICES
attribute vec3 _infrared;
varying vec3 ownInfrared;
#endif
#ifdef FEATURED
attribute float _feature_id_0;
flat varying float feature;
#endif
uniform vec3 localUp;
uniform float baseHeight;
uniform float curvature;
varying vec3 viewPosition;
varying vec2 mapUv;
varying float height;
varying vec3 own;
flat varying float code;
void main() {
  vec4 seen = modelViewMatrix * vec4(position, 1.0);
  viewPosition = seen.xyz;
  mapUv = uv;
  float along = dot(position, localUp);
  height = baseHeight + along + curvature * (dot(position, position) - along * along);
  #ifdef BY_VALUE
  height = value;
  #endif
  #ifdef FIXED
  code = 0.0;
  #else
  code = _classification;
  #endif
  #ifdef INFRARED_VERTICES
  ownInfrared = _infrared;
  #endif
  #ifdef FEATURED
  feature = _feature_id_0;
  #endif
  #ifdef COLOURED
  own = color.rgb;
  #else
  own = vec3(0.5);
  #endif
  gl_Position = projectionMatrix * seen;
}`

const fragmentShader = `
uniform int mode;
uniform float shade;
uniform vec3 sun;
uniform vec3 up;
uniform vec2 heights;
uniform vec3 palette[68];
uniform vec3 ramp[5];
uniform sampler2D map;
uniform float hasMap;
uniform sampler2D second;
uniform float hasSecond;
uniform float isSecondLinear;
#ifdef INFRARED_VERTICES
varying vec3 ownInfrared;
#endif
uniform float ownStrength;
uniform float geometricError;
uniform vec3 tileColour;
uniform vec3 levelColour;
varying vec3 viewPosition;
varying vec2 mapUv;
varying float height;
varying vec3 own;
flat varying float code;
#ifdef FEATURED
uniform float picked;
flat varying float feature;
#endif

vec3 onRamp(float part) {
  float place = clamp(part, 0.0, 1.0) * 4.0;
  int low = int(min(place, 3.0));
  return mix(ramp[low], ramp[low + 1], place - float(low));
}

vec3 toLinear(vec3 value) {
  return mix(value / 12.92, pow((value + 0.055) / 1.055, vec3(2.4)), step(0.04045, value));
}

vec3 toValue(vec3 linear) {
  return mix(12.92 * linear, 1.055 * pow(linear, vec3(1.0 / 2.4)) - 0.055, step(0.0031308, linear));
}

// Values as the image has them: indices are made of these, not of light.
vec3 infrared() {
  #ifdef INFRARED_VERTICES
  return ownInfrared;
  #else
  vec3 value = texture2D(second, mapUv).rgb;
  return isSecondLinear > 0.5 ? toValue(value) : value;
  #endif
}

vec3 ofClass() {
  return palette[int(min(code + 0.5, 67.0))];
}

void main() {
  vec3 normal = normalize(cross(dFdx(viewPosition), dFdy(viewPosition)));
  if (dot(normal, viewPosition) > 0.0) normal = -normal;
  float slope = degrees(acos(min(1.0, abs(dot(normal, up)))));
  vec3 colour = vec3(0.46, 0.45, 0.43);
  float strength = 1.0;
  #ifdef FIXED
  colour = onRamp((height - heights.x) / max(0.01, heights.y - heights.x));
  #else
  if (mode == 9 && hasSecond > 0.5) { colour = toLinear(infrared()); strength = 0.35; }
  else if (mode == 10 && hasSecond > 0.5) {
    vec3 value = infrared();
    // No data is black, nearly so after a lossy encoding.
    if (value.r + value.g > 0.03) colour = onRamp((value.r - value.g) / (value.r + value.g) + 0.2);
    strength = 0.35;
  }
  else if (mode == 0 || mode >= 9) {
    colour = hasMap > 0.5 ? texture2D(map, mapUv).rgb : own;
    // The image has its own light and shade: a little of ours tells walls from roofs.
    strength = hasMap > 0.5 ? 0.35 : ownStrength;
  }
  else if (mode == 2) { colour = vec3(0.02, 0.08, 0.18); strength = 0.0; }
  else if (mode == 3) colour = ofClass();
  else if (mode == 4) colour = onRamp((height - heights.x) / max(0.01, heights.y - heights.x));
  else if (mode == 5) colour = onRamp(slope / 90.0);
  else if (mode == 6) colour = onRamp(log(max(geometricError, 1e-4) / ${errorRange[0]}) / log(${(errorRange[1] / errorRange[0]).toFixed(1)}));
  else if (mode == 7) colour = tileColour;
  else if (mode == 8) colour = levelColour;
  #endif
  #ifdef FEATURED
  if (abs(feature - picked) < 0.5) colour = mix(colour, vec3(1.0, 0.62, 0.0), 0.6);
  #endif
  float light = 0.45 + 0.2 * dot(normal, up) + 0.55 * max(0.0, dot(normal, sun));
  gl_FragColor = vec4(colour * mix(1.0, light, strength * shade), 1.0);
  #include <colorspace_fragment>
}`
