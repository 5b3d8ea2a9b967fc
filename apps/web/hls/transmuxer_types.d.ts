/** What late_transmuxer.ts passes on between hls.js and its transmuxer. build.mjs says which modules these are. */
declare module "hls-transmuxer" {
  export default class Transmuxer {
    constructor(...options: unknown[]);
    configure(config: unknown): void;
    push(...chunk: unknown[]): unknown;
    flush(chunkMeta: unknown): unknown;
    destroy(): void;
  }
}

declare module "hls-transmuxer-data" {
  export class TransmuxConfig {}
  export class TransmuxState {}
  export function isPromise(value: unknown): boolean;
}
