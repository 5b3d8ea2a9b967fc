/**
 * Transport packets (ISO/IEC 13818-1 §2.4.3): finds them in bytes that arrive in any portions, and reads their
 * headers in place. Owns synchronisation; knows nothing of what the packets carry.
 *
 * A packet counts only when a sync byte, or the end of the file, follows it. So a packet that was cut short in
 * the middle of a file is dropped instead of swallowing the start of the next one, and what counts depends on the
 * bytes alone, never on how they were divided. Known limit: a damaged sync byte costs the packet before it too.
 * Continuity counters are not looked at.
 */

export const PACKET_BYTES = 188;
/** PIDs below this carry tables (PAT, CAT, SDT, …), never an elementary stream (§2.4.3.3, ETSI EN 300 468). */
export const FIRST_STREAM_PID = 0x20;
export const NULL_PID = 0x1fff;
const SYNC_BYTE = 0x47;

/** Gets a packet as `bytes[at]` to `bytes[at + 187]`, and its position in the file. Must not keep `bytes`. */
export type PacketHandler = (bytes: Uint8Array, at: number, position: number) => void;

/** Cuts a file that arrives in portions into packets. Keeps at most one packet's bytes. */
export class PacketReader {
  #rest: Uint8Array = new Uint8Array(0);
  #pushedBytes = 0;

  /** Bytes pushed so far. */
  get pushedBytes(): number {
    return this.#pushedBytes;
  }

  /** The newest packet when it is whole but nothing follows it yet, so that it was not handed out. */
  get unconfirmed(): Uint8Array | undefined {
    return this.#rest.length === PACKET_BYTES && this.#rest[0] === SYNC_BYTE ? this.#rest : undefined;
  }

  /** Takes the next bytes of the file and hands out the packets that they complete. Does not keep `chunk`. */
  push(chunk: Uint8Array, onPacket: PacketHandler): void {
    const position = this.#pushedBytes;
    this.#pushedBytes += chunk.length;
    let start = 0;
    if (this.#rest.length > 0) {
      // As much of the chunk as decides about every byte of the rest, so that the chunk need not be copied.
      const bridge = join(this.#rest, chunk.subarray(0, PACKET_BYTES));
      const origin = position - this.#rest.length;
      const decided = readPackets(bridge, { start: 0, origin, atEnd: false, onPacket });
      if (chunk.length < PACKET_BYTES) {
        this.#rest = bridge.subarray(decided);
        return;
      }
      start = decided - this.#rest.length;
    }
    this.#rest = copy(
      chunk.subarray(readPackets(chunk, { start, origin: position, atEnd: false, onPacket })),
    );
  }

  /** Says that the file ends here: hands out the last packet if it is whole. */
  finish(onPacket: PacketHandler): void {
    const origin = this.#pushedBytes - this.#rest.length;
    readPackets(this.#rest, { start: 0, origin, atEnd: true, onPacket });
    this.#rest = new Uint8Array(0);
  }
}

type ReadOptions = {
  start: number;
  /** Position in the file of the first of the bytes. */
  origin: number;
  atEnd: boolean;
  onPacket: PacketHandler;
};

/** Returns the offset of the first byte that is still undecided. */
function readPackets(bytes: Uint8Array, { start, origin, atEnd, onPacket }: ReadOptions): number {
  let at = start;
  while (at + PACKET_BYTES <= bytes.length) {
    const next = at + PACKET_BYTES;
    if (next === bytes.length && !atEnd) return at;
    if (bytes[at] === SYNC_BYTE && (next === bytes.length || bytes[next] === SYNC_BYTE)) {
      onPacket(bytes, at, origin + at);
      at = next;
    } else {
      const candidate = bytes.indexOf(SYNC_BYTE, at + 1);
      if (candidate < 0) return bytes.length;
      at = candidate;
    }
  }
  return at;
}

export function join(first: Uint8Array, second: Uint8Array): Uint8Array {
  const joined = new Uint8Array(first.length + second.length);
  joined.set(first);
  joined.set(second, first.length);
  return joined;
}

/** A copy that stays when `bytes` is reused. Not `slice`: that of a Buffer is only a view. */
export function copy(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes);
}

/** The packet identifier: which stream or table the packet belongs to. */
export function packetId(bytes: Uint8Array, at: number): number {
  return ((bytes[at + 1]! & 0x1f) << 8) | bytes[at + 2]!;
}

/** Whether a PES packet or a section starts in this packet (`payload_unit_start_indicator`). */
export function startsUnit(bytes: Uint8Array, at: number): boolean {
  return (bytes[at + 1]! & 0x40) !== 0;
}

/** Whether the payload can be read: neither marked as damaged in transport nor scrambled. */
export function isReadable(bytes: Uint8Array, at: number): boolean {
  return (bytes[at + 1]! & 0x80) === 0 && (bytes[at + 3]! & 0xc0) === 0;
}

/** Whether decoding can start here (`random_access_indicator` of the adaptation field, §2.4.3.5). */
export function allowsRandomAccess(bytes: Uint8Array, at: number): boolean {
  return (bytes[at + 3]! & 0x20) !== 0 && bytes[at + 4]! > 0 && (bytes[at + 5]! & 0x40) !== 0;
}

/** Offset of the payload's first byte in `bytes`, or -1 when the packet has no payload. */
export function payloadOffset(bytes: Uint8Array, at: number): number {
  const control = bytes[at + 3]! & 0x30;
  if ((control & 0x10) === 0) return -1;
  const offset = control === 0x30 ? at + 5 + bytes[at + 4]! : at + 4;
  return offset < at + PACKET_BYTES ? offset : -1;
}
