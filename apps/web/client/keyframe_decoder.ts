/**
 * Decodes single keyframes with the browser's own decoder (WebCodecs), which hands out the picture as soon as it has
 * it: there is no buffer to fill and nothing to seek in. Where a page is neither on HTTPS nor on this machine, browsers
 * have no WebCodecs.
 */
import type { KeyframeUnit } from "./keyframe_unit.ts";

export const canDecodeKeyframes = (): boolean => typeof VideoDecoder !== "undefined";

/** A decoder gives no picture of a damaged keyframe, and may never say so, ms. */
const TIMEOUT_MS = 3_000;

/** One picture at a time: {@link decode} must have settled before it is called again. */
export class KeyframeDecoder implements Disposable {
  #decoder: VideoDecoder | null = null;
  #codec: string | null = null;
  #frame: VideoFrame | null = null;
  readonly #unsupported = new Set<string>();

  /** The picture, which the caller closes; null when this browser cannot decode it. */
  async decode({ codec, data }: KeyframeUnit): Promise<VideoFrame | null> {
    const decoder = await this.#configured(codec);
    if (!decoder) return null;
    this.#frame = null;
    try {
      decoder.decode(new EncodedVideoChunk({ type: "key", timestamp: 0, data }));
      await Promise.race([decoder.flush(), timeout(TIMEOUT_MS)]);
    } catch {
      // A decoder that has failed is closed: the next picture gets a new one.
      this.#reset();
    }
    const frame = this.#frame as VideoFrame | null;
    this.#frame = null;
    return frame;
  }

  [Symbol.dispose](): void {
    this.#reset();
  }

  async #configured(codec: string): Promise<VideoDecoder | null> {
    if (this.#unsupported.has(codec)) return null;
    if (this.#decoder?.state === "configured" && this.#codec === codec) return this.#decoder;
    const config: VideoDecoderConfig = { codec, optimizeForLatency: true };
    const { supported } = await VideoDecoder.isConfigSupported(config).catch(() => ({ supported: false }));
    if (!supported) {
      this.#unsupported.add(codec);
      return null;
    }
    this.#reset();
    const decoder = new VideoDecoder({
      output: (frame) => {
        this.#frame?.close();
        this.#frame = frame;
      },
      // What was being decoded rejects.
      error: () => undefined,
    });
    decoder.configure(config);
    this.#decoder = decoder;
    this.#codec = codec;
    return decoder;
  }

  #reset(): void {
    this.#frame?.close();
    this.#frame = null;
    if (this.#decoder && this.#decoder.state !== "closed") this.#decoder.close();
    this.#decoder = null;
  }
}

function timeout(ms: number): Promise<never> {
  return new Promise((_, reject) => setTimeout(() => reject(new Error(`No picture within ${ms} ms`)), ms));
}
