// The strip at the bottom of the mock's pictures: which frame it is, when it was sent (docs/mock.md, "The face").

/** Cells in a row, and rows. */
const COLUMNS = 32;
const ROWS = 2;
/** The first four bits. */
const SYNC = 0b1010;
/** Luma from here on counts as white. */
const BORDER = 125;
/** Numbers of frames and times of sending begin anew after so many. */
export const FRAME_NUMBERS = 2 ** 20;
export const SEND_TIMES = 2 ** 32;

/** @typedef {{ frame: number, sentAt: number }} Strip `sentAt` in milliseconds since 1970, modulo 2^32 */
/** @typedef {{ width: number, height: number, data: ArrayLike<number> }} Pixels red, green, blue, alpha, a byte each */

/**
 * The height of the strip in a picture so high, in pixels.
 * @param {number} height
 */
export function stripHeight(height) {
  const cell = Math.max(8, Math.ceil(height / 60));
  return ROWS * (cell + (cell % 2));
}

/**
 * Reads the strip; undefined where there is none, or where the path or a codec damaged it.
 * @param {Pixels} pixels those of the strip alone
 * @returns {Strip | undefined}
 */
export function readStrip(pixels) {
  /** @type {number[]} */
  const bytes = [];
  for (let index = 0; index < COLUMNS * ROWS; index += 1) {
    if (index % 8 === 0) bytes.push(0);
    bytes[bytes.length - 1] = (bytes[bytes.length - 1] << 1) | (isWhite(pixels, index) ? 1 : 0);
  }
  const [first, second, third, ...time] = bytes;
  if (first >> 4 !== SYNC || checksum(bytes.slice(0, -1)) !== bytes[bytes.length - 1]) return undefined;
  const frame = ((first & 0x0f) << 16) | (second << 8) | third;
  return { frame, sentAt: time.slice(0, 4).reduce((sum, byte) => sum * 256 + byte, 0) };
}

/**
 * The middle half of a cell decides.
 * @param {Pixels} pixels
 * @param {number} index
 */
function isWhite({ width, height, data }, index) {
  const [row, column] = [Math.floor(index / COLUMNS), index % COLUMNS];
  const [left, right] = [Math.floor((column * width) / COLUMNS), Math.floor(((column + 1) * width) / COLUMNS)];
  const [top, bottom] = [(row * height) / ROWS, ((row + 1) * height) / ROWS];
  const [insetX, insetY] = [Math.floor((right - left) / 4), Math.floor((bottom - top) / 4)];
  let [sum, count] = [0, 0];
  for (let y = top + insetY; y < bottom - insetY; y += 1) {
    for (let x = left + insetX; x < Math.max(left + insetX + 1, right - insetX); x += 1) {
      const at = 4 * (y * width + x);
      // Black and white cells have no colour, so that green stands for luma; 16 to 235 were stretched to 0 to 255.
      sum += 16 + data[at + 1] * (219 / 255);
      count += 1;
    }
  }
  return sum >= BORDER * count;
}

/**
 * CRC-8, polynomial 0x07, initial value 0.
 * @param {number[]} bytes
 */
function checksum(bytes) {
  let remainder = 0;
  for (const byte of bytes) {
    remainder ^= byte;
    for (let bit = 0; bit < 8; bit += 1) remainder = ((remainder << 1) ^ (remainder & 0x80 ? 0x07 : 0)) & 0xff;
  }
  return remainder;
}
