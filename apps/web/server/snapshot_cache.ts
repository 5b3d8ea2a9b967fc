/** Pictures that were decoded a while ago, by name: those that were wanted last, as many as fit into so many bytes. */
export class SnapshotCache {
  readonly #limitBytes: number;
  /** In the order in which they were last wanted. */
  readonly #pictures = new Map<string, Uint8Array>();
  #bytes = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /** Bytes of all pictures. */
  get bytes(): number {
    return this.#bytes;
  }

  get(name: string): Uint8Array | undefined {
    const picture = this.#pictures.get(name);
    if (picture) {
      this.#pictures.delete(name);
      this.#pictures.set(name, picture);
    }
    return picture;
  }

  set(name: string, picture: Uint8Array): void {
    this.#delete(name);
    if (picture.length > this.#limitBytes) return;
    this.#pictures.set(name, picture);
    this.#bytes += picture.length;
    for (const oldest of this.#pictures.keys()) {
      if (this.#bytes <= this.#limitBytes) return;
      this.#delete(oldest);
    }
  }

  #delete(name: string): void {
    this.#bytes -= this.#pictures.get(name)?.length ?? 0;
    this.#pictures.delete(name);
  }
}
