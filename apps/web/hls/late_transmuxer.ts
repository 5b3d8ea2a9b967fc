/**
 * In the page's hls.js, in the place of the transmuxer. Repackaging happens in the worker; only where no worker can run
 * it happens in the page, and then the code for it is loaded first. hls.js takes promises for results, so what is asked
 * for meanwhile waits its turn.
 */
import type Transmuxer from "hls-transmuxer";

// A static import of these brings along nothing else: the page's build has no codecs (build.mjs).
export { isPromise, TransmuxConfig, TransmuxState } from "hls-transmuxer-data";

export default class LateTransmuxer {
  #loaded: Promise<Transmuxer>;

  constructor(...options: unknown[]) {
    this.#loaded = import("hls-transmuxer").then(({ default: Loaded }) => new Loaded(...options));
    // Whoever asks for a result is told; nobody else has to be.
    this.#loaded.catch(() => undefined);
  }

  configure(config: unknown): void {
    this.#loaded.then((transmuxer) => transmuxer.configure(config)).catch(() => undefined);
  }

  async push(...chunk: unknown[]): Promise<unknown> {
    return (await this.#loaded).push(...chunk);
  }

  async flush(chunkMeta: unknown): Promise<unknown> {
    return (await this.#loaded).flush(chunkMeta);
  }

  destroy(): void {
    this.#loaded.then((transmuxer) => transmuxer.destroy()).catch(() => undefined);
  }
}
