/**
 * Parses an MPEG-TS segment as FFmpeg writes it, while it grows: which bytes are fragments, how long they last,
 * the codecs and the size of the picture. Owns the way from packets to frames; time and fragments are
 * ts_fragment_index.ts, the picture's parameters nal_parameters.ts. Keeps no more of the file than one packet and
 * the head of one frame.
 *
 * One PES packet of the video counts as one frame. A frame is taken into account when the next PES packet starts
 * or the file ends, so that what the parser says of a prefix is what it says of a file that ends there. Known
 * limits: written for FFmpeg's muxer, which writes a PES packet without another stream's packets in between; of a
 * muxer that mixes them, only the random access indicator and the head up to the mixing are seen.
 *
 * A segment has one codec, one size of picture and times that go on. Where a keyframe breaks that, the segment is
 * at its end although the file is not: the file is to be cut there, and what follows is a run of its own. If no
 * tables lie between that keyframe and the frame before it, the end is at the next keyframe that has some, because
 * nothing can read a file without them; the few frames in between, of a camera that sends keyframes only, stay.
 */
import { adtsCodec } from "./adts.ts";
import type { VideoTrack } from "./h26x_bits.ts";
import { AccessUnitHead } from "./nal.ts";
import { VideoParameters } from "./nal_parameters.ts";
import { type PesHeader, parsePesHeader, ticksBetween } from "./pes.ts";
import type { ParsedSegment } from "./segment.ts";
import { FragmentIndex, isJump, type StoredFrame } from "./ts_fragment_index.ts";
import * as packet from "./ts_packet.ts";
import { type Program, ProgramReader } from "./ts_program.ts";

export type ParseResult =
  | {
      ok: true;
      /** Of the whole file; if something changed in it, of the bytes before `changedAt` only. */
      segment: ParsedSegment;
      /** Video frames in the segment. */
      frames: number;
      /** Offset at which the file is to be cut, because its video changes there or its time stamps jump. */
      changedAt: number | undefined;
    }
  | { ok: false /** One sentence for a person: what is wrong with the file. */; reason: string };

type Positions = Pick<StoredFrame, "position" | "tablesPosition">;
type OpenFrame = Pick<Positions, "tablesPosition"> & { head: AccessUnitHead; randomAccess: boolean };

/** A PES packet whose end has not been seen. */
type OpenPes = {
  pid: number;
  position: number;
  /** What the tables said when it started. */
  program: Program;
  header: PesHeader;
  /** Bytes of the PES packet seen so far, its header included. */
  seenBytes: number;
} & ({ kind: "video"; frame: OpenFrame } | { kind: "audio"; codec: string | undefined });

/** Parses one segment, byte by byte if need be. Never throws because of what the bytes are. */
export class SegmentParser {
  #packets = new packet.PacketReader();
  #tables = new ProgramReader();
  #index = new FragmentIndex();
  #open: OpenPes | undefined;
  #parameters = new VideoParameters();
  /** Position of the PAT, while nothing but tables has followed it. */
  #patPosition: number | undefined;
  /** Position of the newest PAT that a PMT has followed. */
  #wholeTablesPosition: number | undefined;
  /** The same, once something but tables has followed it, and while no video frame has. */
  #tablesPosition: number | undefined;
  /** End of the last whole packet. */
  #packetsEnd = 0;
  #audio: { codec: string; position: number } | undefined;
  #firstTicks: number | undefined;
  #latestTicks = 0;
  #finished = false;

  /** Takes the next bytes of the file, any number of them. Does not keep `chunk`. */
  push(chunk: Uint8Array): void {
    if (this.#finished) throw new Error("Cannot push to a segment parser that was finished: make a new one");
    this.#packets.push(chunk, this.#onPacket);
  }

  /** Whether this is how a file begins, with at most one video frame so far. */
  get isBeginning(): boolean {
    const { firstTicks, latestTicks } = this;
    return this.#packetsEnd > 0 && (firstTicks === undefined || latestTicks === firstTicks);
  }

  /** PTS of the first video frame that has one, as written: 33 bits, 90 kHz. */
  get firstTicks(): number | undefined {
    return this.#firstTicks;
  }

  /**
   * Media time of the newest video frame that has begun, in ticks: its DTS, or its PTS where there is no DTS, so
   * that it never goes backwards with B-frames. Counted on past the wrap of 33 bits, on the same scale as
   * `firstTicks`: the difference of the two is the media time elapsed. With B-frames it starts slightly below
   * `firstTicks`, by the frames' reordering, and may even be negative then. Stays where it is when time stamps
   * jump.
   */
  get latestTicks(): number | undefined {
    if (this.#firstTicks === undefined) return undefined;
    const { unconfirmed } = this.#packets;
    const video = this.#tables.program.video;
    if (!unconfirmed || !video || packet.packetId(unconfirmed, 0) !== video.pid) return this.#latestTicks;
    const header = pesHeaderOf(unconfirmed, 0);
    return header ? this.#laterTicks(header) : this.#latestTicks;
  }

  /** Codec and size of the video as the newest keyframe that said them has it. */
  get tracks(): VideoTrack | undefined {
    return this.#parameters.newest;
  }

  /** As in the result, as soon as the keyframe from which on something is other is whole. */
  get changedAt(): number | undefined {
    return this.#index.endPosition;
  }

  /**
   * Time stamps have jumped since the first keyframe. There need not be a `changedAt`: FFmpeg begins a new file at
   * every keyframe after a jump ahead.
   */
  get jumped(): boolean {
    return this.#index.jumped;
  }

  /** The file is closed, as FFmpeg left it: what it holds. */
  finish(): ParseResult {
    this.#end();
    this.#commit();
    return this.#result(this.#packets.pushedBytes, this.#tables.program);
  }

  /**
   * The file ends anywhere, as after a crash: how much of it holds whole frames only, and what that prefix holds.
   * The cut is at the start of the last PES packet, unless its length is written and it is whole. A video frame's
   * length is not written: the last one goes, unless audio follows it. `keepBytes` says nothing if the result
   * is not ok.
   */
  finishPartial(): { keepBytes: number; result: ParseResult } {
    this.#end();
    const open = this.#open;
    if (open && open.seenBytes < (open.header.totalBytes ?? Number.POSITIVE_INFINITY)) {
      this.#open = undefined;
      return { keepBytes: open.position, result: this.#result(open.position, open.program) };
    }
    this.#commit();
    return { keepBytes: this.#packetsEnd, result: this.#result(this.#packetsEnd, this.#tables.program) };
  }

  #end(): void {
    if (this.#finished) throw new Error("Cannot finish a segment parser twice: make a new one");
    this.#finished = true;
    this.#packets.finish(this.#onPacket);
  }

  #onPacket = (bytes: Uint8Array, at: number, position: number): void => {
    this.#packetsEnd = position + packet.PACKET_BYTES;
    const payloadAt = packet.payloadOffset(bytes, at);
    const pid = packet.packetId(bytes, at);
    if (payloadAt < 0 || pid === packet.NULL_PID || !packet.isReadable(bytes, at)) return;

    const { program } = this.#tables;
    if (pid < packet.FIRST_STREAM_PID || pid === program.pmtPid) {
      if (pid === 0) this.#patPosition ??= position;
      else if (pid === program.pmtPid) this.#wholeTablesPosition = this.#patPosition;
      const payload = bytes.subarray(payloadAt, at + packet.PACKET_BYTES);
      this.#tables.push(pid, payload, packet.startsUnit(bytes, at));
      return;
    }
    if (packet.startsUnit(bytes, at)) this.#startUnit(bytes, at, position);
    else this.#continuePes(pid, bytes, payloadAt, at + packet.PACKET_BYTES);
    this.#patPosition = undefined;
  };

  #startUnit(bytes: Uint8Array, at: number, position: number): void {
    const { program } = this.#tables;
    const pid = packet.packetId(bytes, at);
    if (this.#patPosition !== this.#wholeTablesPosition) this.#patPosition = undefined;
    this.#tablesPosition = this.#patPosition ?? this.#tablesPosition;
    const tablesPosition = this.#tablesPosition;
    if (pid === program.video?.pid) this.#tablesPosition = undefined;
    else if (pid !== program.audioPid) return;
    this.#startPes(bytes, at, { position, tablesPosition });
  }

  #startPes(bytes: Uint8Array, at: number, where: Positions): void {
    const header = pesHeaderOf(bytes, at);
    if (!header) return;
    this.#commit();
    const payload = bytes.subarray(packet.payloadOffset(bytes, at), at + packet.PACKET_BYTES);
    const stream = payload.subarray(header.headerBytes);
    const { program } = this.#tables;
    const pid = packet.packetId(bytes, at);
    const { position, tablesPosition } = where;
    const seenBytes = payload.length;
    if (pid !== program.video?.pid) {
      const codec = this.#audio ? undefined : adtsCodec(stream);
      this.#open = { kind: "audio", pid, position, program, header, seenBytes, codec };
      return;
    }
    this.#noteTime(header);
    const head = new AccessUnitHead(program.video.codec);
    head.push(stream);
    const randomAccess = packet.allowsRandomAccess(bytes, at);
    const frame = { head, randomAccess, tablesPosition };
    this.#open = { kind: "video", pid, position, program, header, seenBytes, frame };
  }

  #continuePes(pid: number, bytes: Uint8Array, start: number, end: number): void {
    const open = this.#open;
    if (open?.pid !== pid) return;
    open.seenBytes += end - start;
    if (open.kind === "video" && !open.frame.head.done) open.frame.head.push(bytes.subarray(start, end));
  }

  /** Takes the open PES packet into account as it is. */
  #commit(): void {
    const open = this.#open;
    this.#open = undefined;
    if (!open) return;
    const { position, header } = open;
    if (open.kind === "audio") {
      if (open.codec !== undefined) this.#audio ??= { codec: open.codec, position };
      return;
    }
    const { head, randomAccess, tablesPosition } = open.frame;
    const { pts, dts } = header;
    const keyframe = pts !== undefined && (randomAccess || head.keyframe);
    const changed = this.#parameters.read(head, { keyframe });
    this.#index.add({ position, tablesPosition, pts, dts, keyframe, changed });
    if (this.#index.endPosition === undefined) this.#parameters.accept({ keyframe });
  }

  #noteTime(header: PesHeader): void {
    if (this.#firstTicks === undefined) {
      if (header.pts === undefined) return;
      this.#firstTicks = header.pts;
      this.#latestTicks = header.pts + ticksBetween(header.pts, header.dts ?? header.pts);
    } else {
      this.#latestTicks = this.#laterTicks(header);
    }
  }

  #laterTicks({ pts, dts }: PesHeader): number {
    const written = dts ?? pts;
    if (written === undefined) return this.#latestTicks;
    const step = ticksBetween(this.#latestTicks, written);
    return isJump(step) ? this.#latestTicks : this.#latestTicks + step;
  }

  #result(bytes: number, program: Program): ParseResult {
    const frames = this.#index.frameCount;
    if (frames === 0) return { ok: false, reason: reasonForNoVideo(this.#packetsEnd, program) };
    const index = this.#index.build(bytes);
    if (!index.ok) return index;
    const { start: video, found } = this.#parameters;
    if (!video) {
      const reason = found
        ? "None of the video's sequence parameter sets (SPS) can be read, so the picture's size is unknown."
        : "The video has no sequence parameter set (SPS), so that it cannot be decoded.";
      return { ok: false, reason };
    }
    const { ok: _, ...described } = index;
    const heard = this.#audio && this.#audio.position < index.bytes ? this.#audio : undefined;
    const tracks = { video, audio: heard ? { codec: heard.codec } : null };
    return { ok: true, frames, segment: { ...described, tracks }, changedAt: this.#index.endPosition };
  }
}

/** Parses a whole segment: what {@link SegmentParser.finish} says of it. */
export function parseSegment(bytes: Uint8Array): ParseResult {
  const parser = new SegmentParser();
  parser.push(bytes);
  return parser.finish();
}

function pesHeaderOf(bytes: Uint8Array, at: number): PesHeader | undefined {
  if (!packet.startsUnit(bytes, at) || !packet.isReadable(bytes, at)) return undefined;
  const payloadAt = packet.payloadOffset(bytes, at);
  return payloadAt < 0 ? undefined : parsePesHeader(bytes.subarray(payloadAt, at + packet.PACKET_BYTES));
}

function reasonForNoVideo(packetsEnd: number, program: Program): string {
  if (packetsEnd === 0) return "It holds no whole MPEG-TS packet.";
  if (program.pmtPid === undefined) return "It holds no readable program association table (PAT).";
  if (!program.streamTypes) return "It holds no readable program map table (PMT).";
  if (program.video) return "It holds no video frame.";
  const types = program.streamTypes.map((type) => `0x${type.toString(16).padStart(2, "0")}`).join(", ");
  return `It holds neither H.264 nor H.265 video, only streams of the types: ${types || "none"}.`;
}
