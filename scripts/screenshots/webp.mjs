// PNG to lossless WebP: a page is few colours and much that repeats, which WebP has room for and PNG has not.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import decode, { init as initPng } from '@jsquash/png/decode.js'
import encode, { init as initWebp } from '@jsquash/webp/encode.js'

// Elsewhere than in a browser the modules are given, not fetched.
const wasm = (path) => WebAssembly.compile(readFileSync(fileURLToPath(import.meta.resolve(path))))
let ready

/** @returns {Promise<Buffer>} */
export async function asWebp(png) {
  ready ??= Promise.all([
    wasm('@jsquash/png/codec/pkg/squoosh_png_bg.wasm').then(initPng),
    wasm('@jsquash/webp/codec/enc/webp_enc_simd.wasm').then(initWebp),
  ])
  await ready
  const pixels = await decode(png.buffer.slice(png.byteOffset, png.byteOffset + png.byteLength))
  return Buffer.from(await encode(pixels, { lossless: 1, method: 4, quality: 75 }))
}
