/**
 * The picture clock: a wall-clock time burnt into test pictures, for machines and for people. It owns the
 * layout, the FFmpeg filter that draws it and the function that reads it back. It is the one source of truth:
 * whatever else draws the clock (the RTSP test server does) draws this layout.
 *
 * For machines, a row of 40 cells fills the top of the picture: each is 1/40 of the width and 1/16 of the
 * height, so the row scales with the picture and is read without knowing the original size. A white cell is 1,
 * a black one 0. From the left:
 *
 *     cell 0        white   } the levels that the others are measured against
 *     cell 1        black   }
 *     cells 2..33   units   32 bits, most significant first: floor(ms since the epoch / 10) modulo 2^32
 *     cells 34..39  check   6 bits, most significant first: units modulo 61
 *
 * A cell that is neither black nor white (two pictures blended, a decoder's guess) or a wrong check makes the
 * reading undefined. 61 is a prime of which 2 is a primitive root, so every single wrong cell is found, and
 * nearly every pair.
 *
 * For people, HH:MM:SS in UTC as seven-segment digits below the row, at the left.
 *
 * Limits: the row repeats after 2^32 units (497 days), so a reader says about when it looks. Cells need 4 pixels:
 * pictures of 160 pixels' width and up. At more than 100 frames/s neighbouring frames show the same time.
 */

/** Cells in the row. */
export const PICTURE_CLOCK_CELLS = 40;
/** The row's height is the picture's divided by this. */
export const PICTURE_CLOCK_HEIGHT_DIVISOR = 16;
/** What the clock counts, ms: readings are multiples of it. */
export const PICTURE_CLOCK_UNIT_MS = 10;

const UNIT_BITS = 32;
const CHECK_BITS = 6;
const CHECK_MODULUS = 61;
const FIRST_UNIT_CELL = 2;
const FIRST_CHECK_CELL = FIRST_UNIT_CELL + UNIT_BITS;

/** The row for a time, ms since the epoch: true is white. */
export function pictureClockCells(timeMs: number): boolean[] {
  const units = Math.floor(timeMs / PICTURE_CLOCK_UNIT_MS) % 2 ** UNIT_BITS;
  const bits = (value: number, count: number) =>
    Array.from({ length: count }, (_, index) => Math.floor(value / 2 ** (count - 1 - index)) % 2 === 1);
  return [true, false, ...bits(units, UNIT_BITS), ...bits(units % CHECK_MODULUS, CHECK_BITS)];
}

export type PictureClockImage = {
  /** Rows from the top, without padding. What lies below the top 1/16 of the picture may be left out. */
  data: Uint8Array | Uint8ClampedArray;
  /** Of the whole picture, in pixels. */
  width: number;
  height: number;
  /** 1: luma or gray; 4: RGBA, as a canvas gives it. */
  channels: 1 | 4;
  /** A time within 248 days of the one in the picture, ms since the epoch: usually `Date.now()`. */
  nearMs: number;
};

/**
 * Reads the clock row. Returns ms since the epoch, a multiple of 10, or undefined when the picture carries no
 * row or one that is torn. Refers to nothing outside its own body, so that `readPictureClock.toString()` runs
 * in a page.
 */
export function readPictureClock(image: PictureClockImage): number | undefined {
  const { data, width, height, channels, nearMs } = image;
  const cells = 40;
  const cellWidth = width / cells;
  const rowHeight = height / 16;
  if (cellWidth < 4 || rowHeight < 4) return undefined;

  /** Mean level of the middle of a cell, away from the edges that scaling and compression smear. */
  const level = (cell: number): number => {
    let sum = 0;
    let count = 0;
    for (let y = Math.floor(rowHeight * 0.2); y < rowHeight * 0.6; y++) {
      for (let x = Math.ceil((cell + 0.25) * cellWidth); x < (cell + 0.75) * cellWidth; x++) {
        const at = (y * width + x) * channels;
        sum += channels === 1 ? data[at]! : (data[at]! + data[at + 1]! + data[at + 2]!) / 3;
        count++;
      }
    }
    return sum / count;
  };
  const white = level(0);
  const black = level(1);
  // Written so that NaN, which is what missing data gives, is refused too.
  if (!(white - black >= 100)) return undefined;

  const number = (first: number, count: number): number => {
    let value = 0;
    for (let cell = first; cell < first + count; cell++) {
      const whiteness = (level(cell) - black) / (white - black);
      if (!(whiteness < 0.35 || whiteness > 0.65)) return Number.NaN;
      value = value * 2 + (whiteness > 0.5 ? 1 : 0);
    }
    return value;
  };
  const units = number(2, 32);
  if (units % 61 !== number(34, 6)) return undefined;

  const period = 2 ** 32;
  const near = Math.floor(nearMs / 10);
  const ahead = (((units - near) % period) + period) % period;
  return (near + (ahead < period / 2 ? ahead : ahead - period)) * 10;
}

export type PictureClockFilterOptions = {
  /** Wall-clock time of the frame with timestamp 0, ms since the epoch. */
  startMs: number;
  /** Frames per second: at most 100, so that no two frames show the same time. */
  fps: number;
  /** Width of the pictures that the filter will see, pixels. */
  width: number;
};

/**
 * An FFmpeg filter chain that draws the clock for the wall time `startMs` + the frame's timestamp. It is made
 * of `drawbox` only, so it needs no font, and works with builds from 2018 on. Every box is shown or not by an
 * expression of the frame's timestamp and constants alone, so a frame is consistent in itself. Ready for
 * `-vf` or `-filter_complex` as one argument; commas are quoted, and there is nothing for a shell.
 *
 * Throws RangeError when a number cannot make a clock.
 */
export function pictureClockFilter({ startMs, fps, width }: PictureClockFilterOptions): string {
  if (!Number.isSafeInteger(startMs) || startMs < 0) {
    throw new RangeError(
      `Cannot draw a picture clock: startMs must be whole ms since the epoch, it is ${startMs}`,
    );
  }
  if (!(fps > 0 && fps <= 100)) {
    throw new RangeError(`Cannot draw a picture clock: fps must be above 0 and at most 100, it is ${fps}`);
  }
  if (!Number.isInteger(width) || width < 160) {
    throw new RangeError(`Cannot draw a picture clock: width must be at least 160 pixels, it is ${width}`);
  }
  const units = `floor((${startMs}+round(t*1000))/${PICTURE_CLOCK_UNIT_MS})`;
  return [...cellBoxes(units, width), ...digitBoxes(units, width)].join(",");
}

type Box = { x: number; y: string; w: number; h: string; color: string; when?: string };

function drawbox({ x, y, w, h, color, when }: Box): string {
  const enable = when === undefined ? "" : `:enable='${when}'`;
  return `drawbox=x=${x}:y=${y}:w=${w}:h=${h}:color=${color}:t=fill${enable}`;
}

/** Even, so that subsampled chroma has no fringe. */
const ROW_HEIGHT = `2*floor(ih/${2 * PICTURE_CLOCK_HEIGHT_DIVISOR})`;

function cellBoxes(units: string, width: number): string[] {
  const cell = (index: number, when?: string) => {
    const x = Math.round((index * width) / PICTURE_CLOCK_CELLS);
    const w = Math.round(((index + 1) * width) / PICTURE_CLOCK_CELLS) - x;
    return drawbox({ x, y: "0", w, h: ROW_HEIGHT, color: "white", ...(when === undefined ? {} : { when }) });
  };
  const bit = (value: string, index: number) => `gte(mod(${value},${2 ** (index + 1)}),${2 ** index})`;
  const check = `mod(mod(${units},${2 ** UNIT_BITS}),${CHECK_MODULUS})`;
  return [
    drawbox({ x: 0, y: "0", w: width, h: ROW_HEIGHT, color: "black" }),
    cell(0),
    ...Array.from({ length: UNIT_BITS }, (_, i) => cell(FIRST_UNIT_CELL + i, bit(units, UNIT_BITS - 1 - i))),
    ...Array.from({ length: CHECK_BITS }, (_, i) =>
      cell(FIRST_CHECK_CELL + i, bit(check, CHECK_BITS - 1 - i)),
    ),
  ];
}

/** Segments of a digit of 5×9 strokes: position, size, and the digits that light it. */
const SEGMENTS = [
  { x: 0, y: 0, w: 5, h: 1, lit: [0, 2, 3, 5, 6, 7, 8, 9] },
  { x: 0, y: 4, w: 5, h: 1, lit: [2, 3, 4, 5, 6, 8, 9] },
  { x: 0, y: 8, w: 5, h: 1, lit: [0, 2, 3, 5, 6, 8, 9] },
  { x: 0, y: 0, w: 1, h: 5, lit: [0, 4, 5, 6, 8, 9] },
  { x: 4, y: 0, w: 1, h: 5, lit: [0, 1, 2, 3, 4, 7, 8, 9] },
  { x: 0, y: 4, w: 1, h: 5, lit: [0, 2, 6, 8] },
  { x: 4, y: 4, w: 1, h: 5, lit: [0, 1, 3, 4, 5, 6, 7, 8, 9] },
];

/** Left edges in strokes from the plate's: six digits of 5 in pairs 2 apart, and two colons of 1. */
const DIGIT_X = [2, 9, 20, 27, 38, 45];
const COLON_X = [16.5, 34.5];
const PLATE_WIDTH = 52;
const PLATE_HEIGHT = 13;

function digitBoxes(units: string, width: number): string[] {
  const stroke = 2 * Math.max(1, Math.round(width / 400));
  const box = (x: number, y: number, w: number, h: number, color: string, when?: string) =>
    drawbox({
      x: x * stroke,
      y: `${ROW_HEIGHT}+${y * stroke}`,
      w: w * stroke,
      h: String(h * stroke),
      color,
      ...(when === undefined ? {} : { when }),
    });
  const second = `mod(floor(${units}/${1000 / PICTURE_CLOCK_UNIT_MS}),86400)`;
  const digits = [
    `floor(${second}/36000)`,
    `mod(floor(${second}/3600),10)`,
    `floor(mod(${second},3600)/600)`,
    `mod(floor(${second}/60),10)`,
    `floor(mod(${second},60)/10)`,
    `mod(${second},10)`,
  ];
  return [
    box(0, 0, PLATE_WIDTH, PLATE_HEIGHT, "black"),
    ...COLON_X.flatMap((x) => [box(x, 4, 1, 1, "white"), box(x, 8, 1, 1, "white")]),
    ...digits.flatMap((digit, index) =>
      SEGMENTS.map(({ x, y, w, h, lit }) => {
        // Bit d of the mask says whether digit d lights the segment.
        const mask = lit.reduce((sum, value) => sum + 2 ** value, 0);
        return box(DIGIT_X[index]! + x, 2 + y, w, h, "white", `mod(floor(${mask}/pow(2,${digit})),2)`);
      }),
    ),
  ];
}
