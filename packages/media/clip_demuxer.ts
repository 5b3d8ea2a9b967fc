/**
 * Takes fragments apart for a clip: from transport packets to the PES packets of the chosen video and audio
 * (ISO/IEC 13818-1 §2.4.3), with their time stamps as written. Knows nothing of what the elementary streams hold.
 *
 * A fragment is taken whole. Its PES packets end with it: FFmpeg writes a PES packet without another one's in between,
 * and a segment that a crash left is cut at a PES packet. Damaged packets are left out, as a player leaves them out.
 */
import { parsePesHeader } from "./pes.ts";
import * as packet from "./ts_packet.ts";
import { ProgramReader, type VideoCodec } from "./ts_program.ts";

/** The elementary stream of one PES packet: bytes `[start, end)` of its track. */
export type PesUnit = {
  start: number;
  end: number;
  /** As written, ticks; undefined where the packet tells none. */
  pts: number | undefined;
  dts: number | undefined;
  /** Decoding can begin here, as the packet's own header says. */
  randomAccess: boolean;
};

/** `bytes` belong to the demuxer: they hold until the next fragment is taken apart. */
export type PesTrack = { bytes: Uint8Array; units: readonly PesUnit[] };

export type DemuxedFragment = { codec: VideoCodec | undefined; video: PesTrack; audio: PesTrack };

/** For fragments that follow each other; a new one for each stretch, whose program may be another. */
export class ClipDemuxer {
  #tables = new ProgramReader();
  #video = new Gatherer();
  #audio = new Gatherer();

  demux(fragment: Uint8Array): DemuxedFragment {
    this.#video.begin(fragment.length);
    this.#audio.begin(fragment.length);
    const packets = new packet.PacketReader();
    packets.push(fragment, this.#onPacket);
    packets.finish(this.#onPacket);
    const codec = this.#tables.program.video?.codec;
    return { codec, video: this.#video.end(), audio: this.#audio.end() };
  }

  #onPacket = (bytes: Uint8Array, at: number): void => {
    const payloadAt = packet.payloadOffset(bytes, at);
    if (payloadAt < 0 || !packet.isReadable(bytes, at)) return;
    const { program } = this.#tables;
    const pid = packet.packetId(bytes, at);
    const end = at + packet.PACKET_BYTES;
    if (pid === program.video?.pid) this.#video.take(bytes, { at, payloadAt });
    else if (pid === program.audioPid) this.#audio.take(bytes, { at, payloadAt });
    else if (pid < packet.FIRST_STREAM_PID || pid === program.pmtPid)
      this.#tables.push(pid, bytes.subarray(payloadAt, end), packet.startsUnit(bytes, at));
  };
}

/** Puts the payloads of one PID behind each other. */
class Gatherer {
  #bytes = new Uint8Array(0);
  #length = 0;
  #units: PesUnit[] = [];
  /** Whether what comes belongs to a PES packet that is understood. */
  #isOpen = false;

  /** `atMost`: bytes that will come. */
  begin(atMost: number): void {
    if (this.#bytes.length < atMost) this.#bytes = new Uint8Array(atMost);
    this.#length = 0;
    this.#units = [];
    this.#isOpen = false;
  }

  take(bytes: Uint8Array, { at, payloadAt }: { at: number; payloadAt: number }): void {
    const end = at + packet.PACKET_BYTES;
    let from = payloadAt;
    if (packet.startsUnit(bytes, at)) {
      const header = parsePesHeader(bytes.subarray(payloadAt, end));
      this.#isOpen = header !== undefined;
      if (!header) return;
      from += header.headerBytes;
      const { pts, dts } = header;
      const randomAccess = packet.allowsRandomAccess(bytes, at);
      this.#units.push({ start: this.#length, end: this.#length, pts, dts, randomAccess });
    }
    if (!this.#isOpen) return;
    this.#bytes.set(bytes.subarray(from, end), this.#length);
    this.#length += end - from;
    this.#units.at(-1)!.end = this.#length;
  }

  end(): PesTrack {
    return { bytes: this.#bytes, units: this.#units };
  }
}
