/**
 * Clips that are made in the background for this viewer: asked for, followed until they are ready, and kept over a
 * reload of the page. The server has the files; what it no longer knows leaves the list.
 */
import type { TimeRange } from "@rokuga/media/api.ts";
import type { ClipJobView } from "@rokuga/media/clip_api.ts";
import { z } from "zod";
import { createClip, getClipJob, removeClipJob } from "./api.ts";
import type { Answer } from "./http.ts";
import { type Repeater, repeat } from "./repeat.ts";
import { createStore, type Store } from "./store.ts";
import { SECOND_MS } from "./zone.ts";

export type ClipJobsState = {
  /** The newest first. */
  jobs: readonly ClipJobView[];
};

export type ClipJobs = Store<ClipJobsState> &
  Disposable & {
    create(asked: { cameraId: string; range: TimeRange }, signal: AbortSignal): Promise<Answer<ClipJobView>>;
    /** It is not wanted any more: ends it, and removes its file. */
    remove(id: string): void;
  };

const EVERY_MS = SECOND_MS;
/** Of those that are done: their files go after a day. */
const DONE_EVERY_MS = 60 * SECOND_MS;
const KEY = "rokuga.clips";
const Ids = z.array(z.string()).max(50).catch([]);

const isDone = ({ state }: ClipJobView) => state === "ready" || state === "failed";

export function createClipJobs(storage: () => Storage): ClipJobs {
  const { getState, subscribe, set } = createStore<ClipJobsState>({ jobs: [] });
  const ending = new AbortController();
  let ids = readIds(storage);
  let repeater: Repeater | undefined;

  const keep = (jobs: readonly ClipJobView[]) => {
    set({ jobs });
    writeIds(storage, ids);
  };
  /** Asks for those that are not done, and now and then for all. */
  const ask = async (signal: AbortSignal) => {
    const answers = await Promise.all(ids.map(async (id) => ({ id, answer: await getClipJob(id, signal) })));
    const gone = new Set<string>();
    const jobs: ClipJobView[] = [];
    let reached = true;
    for (const { id, answer } of answers) {
      if (answer.ok) jobs.push(answer.value);
      else if (answer.failure.kind === "problem" && answer.failure.status === 404) gone.add(id);
      else {
        reached = false;
        jobs.push(...getState().jobs.filter((job) => job.id === id));
      }
    }
    ids = ids.filter((id) => !gone.has(id));
    keep(jobs.filter((job) => ids.includes(job.id)));
    return reached;
  };
  const follow = () => {
    repeater?.[Symbol.dispose]();
    repeater = undefined;
    if (ids.length === 0) return;
    const everyMs = () => (getState().jobs.every(isDone) ? DONE_EVERY_MS : EVERY_MS);
    repeater = repeat({ ask, everyMs });
  };
  follow();

  return {
    getState,
    subscribe,
    async create(asked, signal) {
      const answer = await createClip(asked, signal);
      if (answer.ok) {
        ids = [answer.value.id, ...ids];
        keep([answer.value, ...getState().jobs]);
        follow();
      }
      return answer;
    },
    remove(id) {
      ids = ids.filter((one) => one !== id);
      keep(getState().jobs.filter((job) => job.id !== id));
      // If the server is not reached the file goes by itself after a day.
      void removeClipJob(id, ending.signal).catch(() => undefined);
    },
    [Symbol.dispose]() {
      ending.abort();
      repeater?.[Symbol.dispose]();
    },
  };
}

function readIds(storage: () => Storage): string[] {
  try {
    return Ids.parse(JSON.parse(storage().getItem(KEY) ?? "[]"));
  } catch {
    // Storage is forbidden or holds what is not ours.
    return [];
  }
}

function writeIds(storage: () => Storage, ids: readonly string[]): void {
  try {
    storage().setItem(KEY, JSON.stringify(ids));
  } catch {
    // Storage is forbidden or full: a reload forgets the clips.
  }
}
