/**
 * AAC in ADTS for a clip (ISO/IEC 14496-3 §1.A.2): the frames of a stream of PES packets, without their headers, and
 * the configuration that stands once in an MP4 instead. A frame may begin in one PES packet and end in the next.
 *
 * Known limits: a header that announces several blocks of samples is taken for one frame as long as all of them,
 * which decoders play in part; FFmpeg and cameras write one.
 */
import type { PesTrack } from "./clip_demuxer.ts";
import { copy, join } from "./ts_packet.ts";

/** Samples of an AAC frame, before spectral band replication. */
const FRAME_SAMPLES = 1024;
const HEADER_BYTES = 7;
const CRC_BYTES = 2;
/** ISO/IEC 14496-3 table 1.18. */
const SAMPLE_RATES = [
  96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350,
];

export type AudioConfig = {
  sampleRate: number;
  channels: number;
  /** AudioSpecificConfig (§1.6.2.1). */
  specific: Uint8Array;
};

export type AudioFrame = {
  /** Without its header. */
  bytes: Uint8Array;
  config: AudioConfig;
  samples: number;
  /** PTS of the PES packet in which it begins, as written, and how long after that it plays. */
  pts: number;
  afterSeconds: number;
};

/** As in {@link AudioFrame}. */
type Time = { pts: number | undefined; afterSeconds: number };

type Begun = Time & { bytes: Uint8Array };

type Header = { headerBytes: number; frameBytes: number; config: AudioConfig; samples: number };

/** For PES packets that follow each other. */
export class AudioFrames {
  /** A frame that has begun, with its time. */
  #rest: Begun = { bytes: new Uint8Array(0), pts: undefined, afterSeconds: 0 };
  #config: AudioConfig | undefined;

  /** The frames that end in the track's PES packets. Their bytes hold as long as the track's. */
  *read({ bytes, units }: PesTrack): Generator<AudioFrame> {
    for (const { start, end, pts } of units) {
      const here = bytes.subarray(start, end);
      const begun = this.#rest;
      yield* this.#cut(begun.bytes.length > 0 ? join(begun.bytes, here) : here, begun, pts);
    }
  }

  /** `pts`: of the first frame that begins behind the bytes of `begun`. */
  *#cut(bytes: Uint8Array, begun: Begun, pts: number | undefined): Generator<AudioFrame> {
    let at = 0;
    let time: Time = begun.bytes.length > 0 ? begun : { pts, afterSeconds: 0 };
    while (at + HEADER_BYTES <= bytes.length) {
      const header = this.#headerAt(bytes, at);
      // Where no frame begins: FFmpeg, too, goes on at the next one.
      const next = at + (header?.frameBytes ?? 1);
      if (next > bytes.length) break;
      if (header && time.pts !== undefined) {
        const { config, samples, headerBytes } = header;
        const { pts, afterSeconds } = time;
        yield { bytes: bytes.subarray(at + headerBytes, next), config, samples, pts, afterSeconds };
      }
      const isFirstHere = at < begun.bytes.length && next >= begun.bytes.length;
      if (isFirstHere) time = { pts, afterSeconds: 0 };
      else if (header) time = later(time, header.samples / header.config.sampleRate);
      at = next;
    }
    this.#rest = { ...time, bytes: copy(bytes.subarray(at)) };
  }

  #headerAt(bytes: Uint8Array, at: number): Header | undefined {
    if (bytes[at] !== 0xff || (bytes[at + 1]! & 0xf6) !== 0xf0) return undefined;
    const [second, third, fourth] = [bytes[at + 1]!, bytes[at + 2]!, bytes[at + 3]!];
    const rateIndex = (third >> 2) & 0x0f;
    const sampleRate = SAMPLE_RATES[rateIndex];
    const headerBytes = HEADER_BYTES + ((second & 1) === 0 ? CRC_BYTES : 0);
    const frameBytes = ((fourth & 3) << 11) | (bytes[at + 4]! << 3) | (bytes[at + 5]! >> 5);
    if (sampleRate === undefined || frameBytes <= headerBytes) return undefined;
    const objectType = (third >> 6) + 1;
    const channels = ((third & 1) << 2) | (fourth >> 6);
    const blocks = (bytes[at + 6]! & 3) + 1;
    const config = this.#configOf(objectType, { rateIndex, channels });
    return { headerBytes, frameBytes, config, samples: FRAME_SAMPLES * blocks };
  }

  /** The same object as long as nothing changes. */
  #configOf(objectType: number, { rateIndex, channels }: { rateIndex: number; channels: number }) {
    const specific = [(objectType << 3) | (rateIndex >> 1), ((rateIndex & 1) << 7) | (channels << 3)];
    const known = this.#config?.specific;
    if (known?.[0] === specific[0] && known?.[1] === specific[1]) return this.#config!;
    this.#config = {
      sampleRate: SAMPLE_RATES[rateIndex]!,
      channels: channels === 7 ? 8 : channels,
      specific: Uint8Array.from(specific),
    };
    return this.#config;
  }
}

const later = ({ pts, afterSeconds }: Time, seconds: number): Time => ({
  pts,
  afterSeconds: afterSeconds + seconds,
});
