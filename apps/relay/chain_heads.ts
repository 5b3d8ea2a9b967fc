/**
 * The head of each camera's chain: the link of the segment that it recorded last (packages/media/chain.ts), with which
 * its next run begins. It lies in the spool in a file of its own, since a run's directory goes once all of it is
 * stored.
 *
 * The index of a run is written first: where the head is behind it after a crash, the index is right. A head that
 * cannot be read, or written, keeps nobody from recording: without one the chain goes on from the newest index there
 * is, and begins anew where there is none.
 */
import { readFile } from "node:fs/promises";
import { linkOfSegment } from "@rokuga/media/chain.ts";
import { RunId, Sequence } from "@rokuga/media/ids.ts";
import { type Segment, Sha256 } from "@rokuga/media/segment.ts";
import { chainPath } from "@rokuga/media/spool_layout.ts";
import { atMostEvery } from "@rokuga/runtime/abort.ts";
import type { Log } from "@rokuga/runtime/log.ts";
import { z } from "zod";
import { listRunsOf, readNewestIndex, writeAtomically } from "./spool.ts";

const Head = z.strictObject({
  version: z.literal(1),
  /** The segment recorded last, and its link. */
  runId: RunId,
  sequence: Sequence,
  link: Sha256,
});
type Head = z.infer<typeof Head>;

type CameraChain = { head: Head | undefined; saved: Head | undefined; saving: Promise<void> | undefined };

export type ChainHeadsOptions = { spool: string; log: Log };

export class ChainHeads {
  readonly #options: ChainHeadsOptions;
  readonly #cameras = new Map<string, Promise<CameraChain>>();
  readonly #warnUnsaved: (error: unknown) => void;

  constructor(options: ChainHeadsOptions) {
    this.#options = options;
    this.#warnUnsaved = atMostEvery(60_000, (error) =>
      options.log.warn("cannot write the head of a camera's chain; trying again with its next segment", {
        error,
      }),
    );
  }

  /** What the next run of a camera begins with; null where nothing is known before it. Never rejects. */
  async head(cameraId: string): Promise<string | null> {
    return (await this.#camera(cameraId)).head?.link ?? null;
  }

  /** The camera recorded this one last. Its line is in the index. */
  async recorded(segment: Segment): Promise<void> {
    const camera = await this.#camera(segment.cameraId);
    camera.head = headOf(segment) ?? camera.head;
    this.#save(segment.cameraId, camera);
  }

  /** These lines are in the index of a camera's run: the head moves along those that go on from it. */
  async found(cameraId: string, segments: Iterable<Segment>): Promise<void> {
    const camera = await this.#camera(cameraId);
    camera.head = follow(camera.head, [...segments]);
    this.#save(cameraId, camera);
  }

  /** Resolves when all heads are written, or cannot be. */
  async settled(): Promise<void> {
    for (const camera of await Promise.all(this.#cameras.values())) await camera.saving;
  }

  #camera(cameraId: string): Promise<CameraChain> {
    const known = this.#cameras.get(cameraId);
    if (known) return known;
    const camera = this.#load(cameraId);
    this.#cameras.set(cameraId, camera);
    return camera;
  }

  async #load(cameraId: string): Promise<CameraChain> {
    const saved = await this.#read(cameraId);
    const head = await this.#repaired(cameraId, saved).catch((error) => {
      this.#options.log.warn("cannot read which segment of a camera was recorded last", { cameraId, error });
      return saved;
    });
    return { head, saved, saving: undefined };
  }

  async #read(cameraId: string): Promise<Head | undefined> {
    try {
      return Head.parse(JSON.parse(await readFile(chainPath(this.#options.spool, cameraId), "utf8")));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") {
        this.#options.log.warn("the head of a camera's chain cannot be read", { cameraId, error });
      }
      return undefined;
    }
  }

  /** A crash may have come between a segment's line in the index and the head. */
  async #repaired(cameraId: string, saved: Head | undefined): Promise<Head | undefined> {
    const { spool } = this.#options;
    const runs = await listRunsOf(spool, cameraId);
    let head = saved;
    for (const run of saved ? runs.filter(({ runId }) => runId >= saved.runId) : runs.reverse()) {
      const index = await readNewestIndex(spool, run);
      head = follow(
        head,
        [...index.values()].map(({ segment }) => segment),
      );
      if (!saved && head) break;
    }
    return head;
  }

  /** In the background: recording does not wait for it. */
  #save(cameraId: string, camera: CameraChain): void {
    if (!camera.saving && camera.head !== camera.saved) camera.saving = this.#write(cameraId, camera);
  }

  async #write(cameraId: string, camera: CameraChain): Promise<void> {
    try {
      while (camera.head && camera.head !== camera.saved) {
        const { head } = camera;
        await writeAtomically(chainPath(this.#options.spool, cameraId), JSON.stringify(head));
        camera.saved = head;
      }
    } catch (error) {
      this.#warnUnsaved(error);
    } finally {
      camera.saving = undefined;
    }
  }
}

function headOf(segment: Segment): Head | undefined {
  const { runId, sequence } = segment;
  const link = linkOfSegment(segment);
  return link === null ? undefined : { version: 1, runId, sequence, link };
}

/** From the head along the segments that go on from it; without one, the last of them. */
function follow(from: Head | undefined, segments: readonly Segment[]): Head | undefined {
  if (!from) {
    const [last] = segments.filter(({ sha256 }) => sha256).sort((a, b) => b.sequence - a.sequence);
    return last && headOf(last);
  }
  const after = new Map(segments.map((segment) => [segment.previous, segment]));
  let head = from;
  for (let next = after.get(head.link); next; next = after.get(head.link)) {
    const moved = headOf(next);
    if (!moved) break;
    head = moved;
  }
  return head;
}
