/**
 * The sample table of a track while it grows (ISO/IEC 14496-12 §8.6, §8.7): for each sample its length, its times and
 * whether decoding can begin there, for each chunk where it is. A day of video has two million samples, so what is
 * mostly the same is kept as runs, and the rest in typed arrays.
 */

/** 32-bit numbers, more and more of them. */
export class Numbers {
  #values = new Uint32Array(1024);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(value: number): void {
    if (this.#length === this.#values.length) {
      const larger = new Uint32Array(2 * this.#length);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.#length++] = value;
  }

  /** The value at `index`, 0 beyond the end. */
  at(index: number): number {
    return index < this.#length ? this.#values[index]! : 0;
  }

  /** Big-endian, as MP4 has all its numbers. */
  toBytes(): Uint8Array {
    const bytes = new DataView(new ArrayBuffer(4 * this.#length));
    for (let index = 0; index < this.#length; index++) bytes.setUint32(4 * index, this.#values[index]!);
    return new Uint8Array(bytes.buffer);
  }
}

/** Numbers of which many that follow each other are the same: pairs of how often and what. */
export class Runs {
  #counts = new Numbers();
  #values = new Numbers();
  #value: number | undefined;
  #count = 0;

  /** How many pairs there are. */
  get length(): number {
    return this.#counts.length + (this.#count > 0 ? 1 : 0);
  }

  /** `value`: at least -2^31 and below 2^32; below 0 it is written in two's complement. */
  push(value: number): void {
    if (value !== this.#value) {
      this.#close();
      this.#value = value;
    }
    this.#count++;
  }

  /** All pairs, count before value. */
  toBytes(): Uint8Array {
    this.#close();
    const counts = this.#counts.toBytes();
    const values = this.#values.toBytes();
    const pairs = new Uint8Array(counts.length + values.length);
    for (let at = 0; at < counts.length; at += 4) {
      pairs.set(counts.subarray(at, at + 4), 2 * at);
      pairs.set(values.subarray(at, at + 4), 2 * at + 4);
    }
    return pairs;
  }

  #close(): void {
    if (this.#count === 0) return;
    this.#counts.push(this.#count);
    this.#values.push(this.#value! >>> 0);
    this.#count = 0;
    this.#value = undefined;
  }
}

/** Samples that lie behind each other in the file. */
export type Chunk = { offset: number; samples: number; description: number };

export type NewSample = {
  bytes: number;
  /** Decoding time, on the track's own scale: later than that of the sample before. */
  dts: number;
  /** From the decoding time to the time at which it is shown. */
  offset: number;
  isSync: boolean;
};

export class SampleTable {
  readonly sizes = new Numbers();
  /** From each sample's decoding time to the next one's. */
  readonly deltas = new Runs();
  readonly offsets = new Runs();
  readonly syncs = new Numbers();
  readonly chunks: Chunk[] = [];
  /** Decoding times of the first and the last sample; undefined without any. */
  firstDts: number | undefined;
  lastDts = 0;
  hasOffsets = false;
  hasNegativeOffsets = false;

  get length(): number {
    return this.sizes.length;
  }

  push({ bytes, dts, offset, isSync }: NewSample): void {
    if (this.firstDts === undefined) this.firstDts = dts;
    else this.deltas.push(dts - this.lastDts);
    this.lastDts = dts;
    this.sizes.push(bytes);
    this.offsets.push(offset);
    if (offset !== 0) this.hasOffsets = true;
    if (offset < 0) this.hasNegativeOffsets = true;
    if (isSync) this.syncs.push(this.length);
  }

  /** Says that there are no more samples, and how long the last one lasts. Returns the sum of all durations. */
  finish(lastDuration: number): number {
    if (this.firstDts === undefined) return 0;
    this.deltas.push(lastDuration);
    return this.lastDts + lastDuration - this.firstDts;
  }
}
