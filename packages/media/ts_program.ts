/**
 * The program of a transport stream: which PID carries the video and which the audio, from PAT and PMT
 * (ISO/IEC 13818-1 §2.4.4.3, §2.4.4.8). Owns the choice of tracks: the first program, its first H.264 or H.265
 * stream and its first AAC stream in ADTS. Audio of any other type is treated as no audio, because the relay
 * transcodes what is not AAC. Tables that are "not yet current" are ignored.
 */
import { SectionReader } from "./ts_section.ts";

export type VideoCodec = "h264" | "h265";

/** What the tables say so far. A new object replaces it whenever they say something new. */
export type Program = Readonly<{
  number?: number;
  pmtPid?: number;
  /** From here on: known once the PMT has been read. */
  streamTypes?: readonly number[];
  video?: Readonly<{ pid: number; codec: VideoCodec }>;
  audioPid?: number;
}>;

const PAT_PID = 0;
const PAT_TABLE = 0x00;
const PMT_TABLE = 0x02;
const VIDEO_CODECS = new Map<number, VideoCodec>([
  [0x1b, "h264"],
  [0x24, "h265"],
]);
const ADTS_STREAM_TYPE = 0x0f;
const SECTION_HEADER_BYTES = 8;
const CRC_BYTES = 4;

/** Follows PAT and PMT through a file. */
export class ProgramReader {
  #program: Program = {};
  #pat = new SectionReader();
  #pmt = new SectionReader();

  get program(): Program {
    return this.#program;
  }

  /** Takes the payload of a packet of any PID; those that carry neither PAT nor PMT change nothing. */
  push(pid: number, payload: Uint8Array, startsUnit: boolean): void {
    if (pid === PAT_PID) {
      for (const section of this.#pat.push(payload, startsUnit)) this.#readPat(section);
    } else if (pid === this.#program.pmtPid) {
      for (const section of this.#pmt.push(payload, startsUnit)) this.#readPmt(section);
    }
  }

  #readPat(section: Uint8Array): void {
    const found = isCurrent(section, PAT_TABLE) && firstProgram(section);
    if (!found) return;
    if (found.number === this.#program.number && found.pmtPid === this.#program.pmtPid) return;
    this.#program = found;
    this.#pmt = new SectionReader();
  }

  #readPmt(section: Uint8Array): void {
    if (!isCurrent(section, PMT_TABLE) || uint16(section, 3) !== this.#program.number) return;
    const { number, pmtPid } = this.#program;
    const streams = streamsOf(section);
    const video = streams.find(({ type }) => VIDEO_CODECS.has(type));
    const audio = streams.find(({ type }) => type === ADTS_STREAM_TYPE);
    this.#program = {
      number,
      pmtPid,
      streamTypes: streams.map(({ type }) => type),
      ...(video && { video: { pid: video.pid, codec: VIDEO_CODECS.get(video.type)! } }),
      ...(audio && { audioPid: audio.pid }),
    };
  }
}

function isCurrent(section: Uint8Array, table: number): boolean {
  return (
    section.length >= SECTION_HEADER_BYTES + CRC_BYTES && section[0] === table && (section[5]! & 1) === 1
  );
}

function firstProgram(pat: Uint8Array): { number: number; pmtPid: number } | undefined {
  for (let at = SECTION_HEADER_BYTES; at + 4 <= pat.length - CRC_BYTES; at += 4) {
    const number = uint16(pat, at);
    // Number 0 is the network PID, not a program.
    if (number !== 0) return { number, pmtPid: uint16(pat, at + 2) & 0x1fff };
  }
  return undefined;
}

function streamsOf(pmt: Uint8Array): { type: number; pid: number }[] {
  const streams: { type: number; pid: number }[] = [];
  const end = pmt.length - CRC_BYTES;
  // PCR_PID and program_info_length follow the header, then the program's descriptors.
  let at = SECTION_HEADER_BYTES + 4 + (uint16(pmt, SECTION_HEADER_BYTES + 2) & 0x0fff);
  while (at + 5 <= end) {
    streams.push({ type: pmt[at]!, pid: uint16(pmt, at + 1) & 0x1fff });
    at += 5 + (uint16(pmt, at + 3) & 0x0fff);
  }
  return streams;
}

function uint16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}
