import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { describe, it } from "node:test";
import { promisify } from "node:util";
import fc from "fast-check";
import { pictureClockCells, pictureClockFilter, readPictureClock } from "./picture_clock.ts";

// Ends in 3, so that the rounding of frame times shows: 66.67 ms later is 630 and not 629.
const START_MS = 1_793_491_634_563;

/** A gray picture of the row and nothing else. */
function draw(timeMs: number, width = 320, height = 180): Uint8Array {
  const data = new Uint8Array(width * height).fill(128);
  const cells = pictureClockCells(timeMs);
  for (let y = 0; y < Math.floor(height / 16); y++) {
    for (let x = 0; x < width; x++) {
      data[y * width + x] = cells[Math.floor((x * cells.length) / width)] ? 235 : 16;
    }
  }
  return data;
}

const read = (data: Uint8Array, { width = 320, height = 180, nearMs = START_MS } = {}) =>
  readPictureClock({ data, width, height, channels: 1, nearMs });

describe("readPictureClock", () => {
  it("reads any time that was drawn, to 10 ms", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 4e12 }),
        fc.integer({ min: -2e10, max: 2e10 }),
        (timeMs, offMs) => {
          const nearMs = Math.max(0, timeMs + offMs);
          assert.equal(read(draw(timeMs), { nearMs }), Math.floor(timeMs / 10) * 10);
        },
      ),
    );
  });

  it("has this layout: white, black, 32 bits of units, 6 bits of units modulo 61", () => {
    // 2^32 + 61 + 5 units: the first 2^32 fall away, 66 modulo 61 is 5.
    const text = pictureClockCells((2 ** 32 + 66) * 10 + 9)
      .map(Number)
      .join("");
    assert.equal(text, `10${"0".repeat(25)}1000010${"000101"}`);
  });

  it("refuses a row with any one cell wrong", () => {
    for (let cell = 0; cell < 40; cell++) {
      const data = draw(START_MS);
      const was = data[cell * 8];
      for (let y = 0; y < 11; y++)
        data.fill(was === 16 ? 235 : 16, y * 320 + cell * 8, y * 320 + cell * 8 + 8);
      assert.equal(read(data), undefined, `cell ${cell}`);
    }
  });

  it("refuses a cell that is neither black nor white, also where that would not change the reading", () => {
    for (let cell = 2; cell < 40; cell++) {
      const data = draw(START_MS);
      for (let y = 0; y < 11; y++) data.fill(126, y * 320 + cell * 8, y * 320 + cell * 8 + 8);
      assert.equal(read(data), undefined, `cell ${cell}`);
    }
  });

  it("refuses two pictures blended", () => {
    const one = draw(START_MS);
    const other = draw(START_MS + 70);
    assert.equal(read(one.map((level, index) => (level + other[index]!) / 2)), undefined);
  });

  it("refuses pictures without a row, too small, or with data missing", () => {
    assert.equal(read(new Uint8Array(320 * 180)), undefined);
    assert.equal(read(new Uint8Array(320 * 180).fill(200)), undefined);
    assert.equal(read(draw(START_MS).map((level) => 100 + level / 5)), undefined);
    assert.equal(read(new Uint8Array(0)), undefined);
    assert.equal(read(draw(START_MS, 120, 90), { width: 120, height: 90 }), undefined);
  });

  it("reads RGBA, from the top rows alone, and from its own source text as a page would", () => {
    const gray = draw(START_MS).subarray(0, 320 * 12);
    const data = new Uint8ClampedArray(gray.length * 4);
    for (const [index, level] of gray.entries()) data.set([level, level, level, 255], index * 4);
    const image = { data, width: 320, height: 180, channels: 4, nearMs: START_MS } as const;
    assert.equal(readPictureClock(image), START_MS - 3);
    const inPage = new Function(`return ${readPictureClock.toString()}`)() as typeof readPictureClock;
    assert.equal(inPage(image), START_MS - 3);
  });
});

/** FFmpeg builds to try: the installed one and the one from npm (2018). One of them is always there. */
function ffmpegBuilds(): string[] {
  const dev = new URL("../../apps/dev/package.json", import.meta.url);
  const fromNpm: string = createRequire(dev)("@ffmpeg-installer/ffmpeg").path;
  const installed = (process.env.PATH ?? "").split(":").map((directory) => `${directory}/ffmpeg`);
  return [installed.find((path) => existsSync(path)), fromNpm].filter((path) => path !== undefined);
}

async function ffmpeg(build: string, args: string[]): Promise<Buffer> {
  const options = { encoding: "buffer", maxBuffer: 2 ** 28, timeout: 60_000 } as const;
  const { stdout } = await promisify(execFile)(build, ["-v", "error", "-threads", "1", ...args], options);
  return stdout;
}

function readFrames(raw: Buffer, width: number, height: number): (number | undefined)[] {
  const frames = raw.length / (width * height);
  assert.ok(Number.isInteger(frames), "whole frames");
  return Array.from({ length: frames }, (_, index) =>
    read(raw.subarray(index * width * height, (index + 1) * width * height), { width, height }),
  );
}

const expected = (frames: number, fps: number, startMs = START_MS) =>
  Array.from({ length: frames }, (_, n) => Math.floor((startMs + Math.round((n * 1000) / fps)) / 10) * 10);

const source = (width: number, height: number, fps: number, startMs = START_MS) =>
  `testsrc2=size=${width}x${height}:rate=${fps},${pictureClockFilter({ startMs, fps, width })}`;

const toGray = ["-f", "rawvideo", "-pix_fmt", "gray", "pipe:1"];

for (const build of ffmpegBuilds()) {
  describe(`pictureClockFilter in ${build.includes("node_modules") ? "the npm build" : "the installed build"}`, () => {
    for (const [width, height, fps] of [
      [320, 180, 10],
      [854, 480, 30],
      [1280, 720, 15],
    ] as const) {
      it(`draws exact times at ${width}×${height}, ${fps} fps`, async () => {
        const raw = await ffmpeg(build, [
          "-f",
          "lavfi",
          "-i",
          source(width, height, fps),
          "-frames:v",
          "30",
          ...toGray,
        ]);
        assert.deepEqual(readFrames(raw, width, height), expected(30, fps));
      });
    }

    it("draws on across the end of a 32-bit period", async () => {
      const startMs = 42 * 2 ** 32 * 10 - 500;
      const input = ["-f", "lavfi", "-i", source(320, 180, 10, startMs)];
      const raw = await ffmpeg(build, [...input, "-frames:v", "10", ...toGray]);
      const times = Array.from({ length: 10 }, (_, n) =>
        read(raw.subarray(n * 320 * 180, (n + 1) * 320 * 180), { nearMs: startMs }),
      );
      assert.deepEqual(times, expected(10, 10, startMs));
    });

    it("survives x264 at a low bitrate, and half the size", async () => {
      const encode = [
        "-c:v",
        "libx264",
        "-preset",
        "ultrafast",
        "-b:v",
        "100k",
        "-maxrate",
        "100k",
        "-bufsize",
        "100k",
      ];
      const encoded = await ffmpeg(build, [
        ...["-f", "lavfi", "-i", source(320, 180, 15), "-frames:v", "60", "-pix_fmt", "yuv420p"],
        ...[...encode, "-g", "30", "-f", "mpegts", "pipe:1"],
      ]);
      // 60 frames at 100 kbit/s and 15 fps are 50 kB; room for rate control and TS overhead.
      assert.ok(encoded.length < 100_000, `bitrate was not low: ${encoded.length} bytes`);
      for (const scale of [1, 2]) {
        const raw = await decode(build, encoded, ["-vf", `scale=iw/${scale}:ih/${scale}`, ...toGray]);
        assert.deepEqual(readFrames(raw, 320 / scale, 180 / scale), expected(60, 15), `scaled by 1/${scale}`);
      }
    });

    it("shows HH:MM:SS in UTC, which the digits' pixels tell", async () => {
      const startMs = Date.UTC(2026, 10, 23, 12, 34, 56);
      const raw = await ffmpeg(build, [
        "-f",
        "lavfi",
        "-i",
        source(640, 360, 1, startMs),
        "-frames:v",
        "5",
        ...toGray,
      ]);
      const shown = Array.from({ length: 5 }, (_, n) => readDigits(raw.subarray(n * 640 * 360), 640, 360));
      assert.deepEqual(shown, ["123456", "123457", "123458", "123459", "123500"]);
    });
  });
}

async function decode(build: string, encoded: Buffer, args: string[]): Promise<Buffer> {
  const child = promisify(execFile)(build, ["-v", "error", "-f", "mpegts", "-i", "pipe:0", ...args], {
    encoding: "buffer",
    maxBuffer: 2 ** 28,
    timeout: 60_000,
  });
  child.child.stdin!.end(encoded);
  return (await child).stdout;
}

/** Reads the seven-segment digits at the middle of each segment: an independent table, by shape. */
function readDigits(frame: Buffer, width: number, height: number): string {
  const stroke = 4;
  const top = 2 * Math.floor(height / 32) + 2 * stroke;
  const shapes = [
    "1110111",
    "0010010",
    "1011101",
    "1011011",
    "0111010",
    "1101011",
    "1101111",
    "1010010",
    "1111111",
    "1111011",
  ];
  return [2, 9, 20, 27, 38, 45]
    .map((x) => {
      // top, upper left, upper right, middle, lower left, lower right, bottom
      const points = [
        [2, 0],
        [0, 2],
        [4, 2],
        [2, 4],
        [0, 6],
        [4, 6],
        [2, 8],
      ];
      const lit = points.map(([dx, dy]) => {
        const at = (top + dy! * stroke + stroke / 2) * width + (x + dx!) * stroke + stroke / 2;
        return frame[at]! > 128 ? "1" : "0";
      });
      return shapes.indexOf(lit.join(""));
    })
    .join("");
}

describe("pictureClockFilter", () => {
  it("says what cannot make a clock", () => {
    const good = { startMs: START_MS, fps: 15, width: 320 };
    assert.throws(
      () => pictureClockFilter({ ...good, startMs: 1.5 }),
      /startMs must be whole ms .* it is 1.5/,
    );
    assert.throws(() => pictureClockFilter({ ...good, fps: 120 }), /fps must be .* it is 120/);
    assert.throws(() => pictureClockFilter({ ...good, width: 100 }), /width must be .* it is 100/);
  });
});
