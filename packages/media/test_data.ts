/**
 * MPEG-TS for tests: a small writer whose every byte is known, and the installed FFmpeg as a source of real
 * segments and as the judge of what can be decoded. For tests only.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join as joinPath } from "node:path";
import { PACKET_BYTES } from "./ts_packet.ts";
import { sectionCrc } from "./ts_section.ts";

export const VIDEO_PID = 0x100;
export const AUDIO_PID = 0x101;
export const PMT_PID = 0x1000;

/** x264, 320x180, 25 frames/s, constrained baseline, level 1.2. */
export const H264_SPS = "6742c00cd901419f9f011000000300100000030320f142a48000";
/** x265, 320x180 10 bit: Main 10, level 2. */
export const H265_SPS =
  "42010102200000030090000003000003003ca00a080b9f6d96566924caf0168080000003008000000c8400";

export function fromHex(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex.replaceAll(" ", ""), "hex"));
}

export function concat(...parts: Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

/** `bytes` in portions of `size`, all in memory that is overwritten afterwards, as by a caller with one buffer. */
export function* reusedChunks(bytes: Uint8Array, size: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) {
    const reused = Buffer.from(bytes.subarray(at, at + size));
    yield reused;
    reused.fill(0x47);
  }
}

type PacketOptions = { pid: number; start?: boolean; randomAccess?: boolean; counter?: number };

/** One transport packet with at most 184 bytes of payload, stuffed in its adaptation field. */
export function tsPacket(payload: Uint8Array, options: PacketOptions): Uint8Array {
  const { pid, start = false, randomAccess = false, counter = 0 } = options;
  const adapted = randomAccess || payload.length < PACKET_BYTES - 4;
  const header = [
    0x47,
    (start ? 0x40 : 0) | (pid >> 8),
    pid & 0xff,
    (adapted ? 0x30 : 0x10) | (counter & 15),
  ];
  if (!adapted) return concat(Uint8Array.from(header), payload);
  const adaptation = new Uint8Array(PACKET_BYTES - 4 - payload.length).fill(0xff);
  adaptation[0] = adaptation.length - 1;
  if (adaptation.length > 1) adaptation[1] = randomAccess ? 0x40 : 0;
  return concat(Uint8Array.from(header), adaptation, payload);
}

/** A section with its CRC. `body` is what stands between the header of eight bytes and the CRC. */
export function section(table: number, id: number, body: Uint8Array, current = true): Uint8Array {
  const length = 5 + body.length + 4;
  const bytes = concat(
    Uint8Array.of(
      table,
      0xb0 | (length >> 8),
      length & 0xff,
      id >> 8,
      id & 0xff,
      current ? 0xc1 : 0xc0,
      0,
      0,
    ),
    body,
  );
  const crc = sectionCrc(bytes);
  return concat(bytes, Uint8Array.of(crc >>> 24, (crc >>> 16) & 0xff, (crc >>> 8) & 0xff, crc & 0xff));
}

/** A packet that holds one whole section, padded with 0xff. */
export function sectionPacket(pid: number, bytes: Uint8Array): Uint8Array {
  const payload = new Uint8Array(PACKET_BYTES - 4).fill(0xff);
  payload[0] = 0;
  payload.set(bytes, 1);
  return tsPacket(payload, { pid, start: true });
}

export function patSection(pmtPid = PMT_PID, program = 1): Uint8Array {
  return section(0, 1, Uint8Array.of(program >> 8, program & 0xff, 0xe0 | (pmtPid >> 8), pmtPid & 0xff));
}

export function pmtSection(streams: { type: number; pid: number }[], program = 1): Uint8Array {
  const entries = streams.map(({ type, pid }) => Uint8Array.of(type, 0xe0 | (pid >> 8), pid & 0xff, 0xf0, 0));
  return section(2, program, concat(Uint8Array.of(0xe1, 0, 0xf0, 0), ...entries));
}

/** PAT and PMT of a program with H.264 on {@link VIDEO_PID} and AAC on {@link AUDIO_PID}, or what is given. */
export function tables(streams?: { type: number; pid: number }[]): Uint8Array {
  const usual = [
    { type: 0x1b, pid: VIDEO_PID },
    { type: 0x0f, pid: AUDIO_PID },
  ];
  return concat(sectionPacket(0, patSection()), sectionPacket(PMT_PID, pmtSection(streams ?? usual)));
}

export type PesOptions = {
  pid: number;
  pts?: number;
  dts?: number;
  randomAccess?: boolean;
  withLength?: boolean;
};

/** A PES packet with the elementary stream `data`. */
export function pesBytes(data: Uint8Array, { pts, dts, withLength = false }: PesOptions): Uint8Array {
  const stamps: Uint8Array[] = [];
  if (pts !== undefined) stamps.push(timestamp(dts === undefined ? 2 : 3, pts));
  if (dts !== undefined) stamps.push(timestamp(1, dts));
  const optional = concat(...stamps);
  const length = withLength ? 3 + optional.length + data.length : 0;
  const flags = (pts === undefined ? 0 : 0x80) | (dts === undefined ? 0 : 0x40);
  const header = Uint8Array.of(0, 0, 1, 0xe0, length >> 8, length & 0xff, 0x80, flags, optional.length);
  return concat(header, optional, data);
}

/** The transport packets of one PES packet. */
export function pesPackets(data: Uint8Array, options: PesOptions): Uint8Array {
  let rest = pesBytes(data, options);
  const packets: Uint8Array[] = [];
  while (packets.length === 0 || rest.length > 0) {
    const start = packets.length === 0;
    const randomAccess = start && (options.randomAccess ?? false);
    const size = PACKET_BYTES - (randomAccess ? 6 : 4);
    packets.push(
      tsPacket(rest.subarray(0, size), { pid: options.pid, start, randomAccess, counter: packets.length }),
    );
    rest = rest.subarray(size);
  }
  return concat(...packets);
}

function timestamp(prefix: number, ticks: number): Uint8Array {
  const low = ticks % 2 ** 30;
  return Uint8Array.of(
    (prefix << 4) | (Math.floor(ticks / 2 ** 30) << 1) | 1,
    low >> 22,
    ((low >> 14) & 0xfe) | 1,
    (low >> 7) & 0xff,
    ((low << 1) & 0xfe) | 1,
  );
}

const START_CODE = "00000001";
const AUD = `${START_CODE}09f0`;
/** A slice's payload, without any start code in it. */
const slice = (bytes: number) => "a5".repeat(bytes);

/** An H.264 access unit with delimiter, SPS, PPS and an IDR slice. */
export function keyPicture(bytes = 600, sps = H264_SPS): Uint8Array {
  return fromHex(`${AUD}${START_CODE}${sps}${START_CODE}68ef8fcb${START_CODE}65${slice(bytes)}`);
}

/** An H.264 access unit with delimiter and a slice that is not IDR. */
export function deltaPicture(bytes = 100): Uint8Array {
  return fromHex(`${AUD}${START_CODE}41${slice(bytes)}`);
}

/** A frame of AAC-LC, 48 kHz, mono, in ADTS. */
export function audioFrame(bytes = 120): Uint8Array {
  const length = 7 + bytes;
  const header = Uint8Array.of(
    0xff,
    0xf1,
    0x4c,
    0x40 | (length >> 11),
    (length >> 3) & 0xff,
    (length & 7) << 5,
    0xfc,
  );
  return concat(header, new Uint8Array(bytes).fill(0x21));
}

/**
 * A segment of H.264 at 25 frames/s or what `frameTicks` says: `gops` times a keyframe and `deltas` more, with
 * audio unless it is left out.
 */
export function handMadeSegment({
  gops = 2,
  deltas = 3,
  firstPts = 126_000,
  audio = true,
  frameTicks = 3600,
  sps = H264_SPS,
} = {}): Uint8Array {
  const parts: Uint8Array[] = [];
  let pts = firstPts;
  for (let gop = 0; gop < gops; gop++) {
    parts.push(tables(), pesPackets(keyPicture(600, sps), { pid: VIDEO_PID, pts, randomAccess: true }));
    if (audio) parts.push(pesPackets(audioFrame(400), { pid: AUDIO_PID, pts, withLength: true }));
    for (let delta = 0; delta < deltas; delta++) {
      pts = (pts + frameTicks) % 2 ** 33;
      parts.push(pesPackets(deltaPicture(), { pid: VIDEO_PID, pts }));
    }
    pts = (pts + frameTicks) % 2 ** 33;
  }
  return concat(...parts);
}

/** Why tests with the real FFmpeg cannot run here, or false. For `skip`. */
export const noFfmpeg: string | false =
  spawnSync("ffmpeg", ["-version"]).status === 0 && spawnSync("ffprobe", ["-version"]).status === 0
    ? false
    : "ffmpeg and ffprobe are not installed";

/** A directory that is gone at the end of the block. */
export function temporaryDirectory(): { path: string } & Disposable {
  const path = mkdtempSync(joinPath(tmpdir(), "rokuga-media-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** Runs FFmpeg; throws with its messages when it reports an error of any kind. Returns its standard output. */
function ffmpeg(args: string[]): string {
  const common = ["-hide_banner", "-nostdin", "-v", "error", "-threads", "1"];
  const { status, stdout, stderr } = spawnSync("ffmpeg", [...common, ...args], { encoding: "utf8" });
  const messages = stderr.replaceAll(/^x265 \[info\].*\n/gm, "");
  if (status !== 0 || messages !== "")
    throw new Error(`ffmpeg ${args.join(" ")} ended with ${status}: ${messages}`);
  return stdout;
}

/** Segments that FFmpeg makes of its test picture: `args` choose codecs and format, the output's name is added. */
export function ffmpegSegments(args: string[], picture = "testsrc2=size=320x180:rate=25"): Uint8Array[] {
  using directory = temporaryDirectory();
  const inputs = ["-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", "sine=sample_rate=48000"];
  ffmpeg([...inputs, ...args, joinPath(directory.path, "%04d.ts")]);
  const names = readdirSync(directory.path).sort();
  return names.map((name) => new Uint8Array(readFileSync(joinPath(directory.path, name))));
}

/** Decodes the video of `bytes` with FFmpeg and returns how many frames came out. Throws on any error message. */
export function decodedFrames(bytes: Uint8Array): number {
  using directory = temporaryDirectory();
  const file = joinPath(directory.path, "in.ts");
  writeFileSync(file, bytes);
  const hashes = ffmpeg(["-i", file, "-map", "0:v", "-fps_mode", "passthrough", "-f", "framecrc", "-"]);
  return hashes.split("\n").filter((line) => line !== "" && !line.startsWith("#")).length;
}

export type ProbedPacket = {
  codec_type: string;
  pts: number;
  dts: number;
  pos: number;
  size: number;
  flags: string;
};
export type Probe = { packets: ProbedPacket[]; video: { width: number; height: number; codec_name: string } };

/** What ffprobe says of a segment: its packets as stored, and the size of the picture. */
export function probe(bytes: Uint8Array): Probe {
  using directory = temporaryDirectory();
  const file = joinPath(directory.path, "in.ts");
  writeFileSync(file, bytes);
  const args = ["-v", "error", "-show_packets", "-show_streams", "-of", "json", file];
  const json = JSON.parse(
    execFileSync("ffprobe", args, { encoding: "utf8", maxBuffer: 1 << 27, stdio: "pipe" }),
  );
  const numbers = (packet: Record<string, string>) => ({
    ...packet,
    pos: Number(packet.pos),
    size: Number(packet.size),
  });
  const video = json.streams.find((stream: { codec_type: string }) => stream.codec_type === "video");
  return { packets: json.packets.map(numbers), video };
}
