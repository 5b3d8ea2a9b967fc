import assert from "node:assert/strict";
import { access, mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { silentLog } from "@rokuga/runtime/log.ts";
import { tempDirectory } from "../../../test/fixtures/temp_directory.ts";
import { waitFor } from "../../../test/fixtures/wait_for.ts";
import { openClipDirectory } from "./clip_files.ts";
import { type ClipJobLimits, ClipJobs, type MakeClip, NoRoomError } from "./clip_jobs.ts";

const LIMITS: ClipJobLimits = { count: 3, bytes: 1_000, ageMs: 60_000, freeBytes: 0 };
const ASKED = { cameraId: "a", range: { startMs: 1_000, endMs: 2_000 } };

/** Writes files of 100 bytes. */
const writes: MakeClip = async (_asked, { path }) => {
  await writeFile(path, Buffer.alloc(100));
  return 100;
};

async function openJobs(
  options: { make?: MakeClip; limits?: Partial<ClipJobLimits>; clock?: () => number } = {},
) {
  await using cleanup = new AsyncDisposableStack();
  const root = cleanup.use(await tempDirectory("jobs"));
  const directory = join(root.path, "own");
  await mkdir(directory);
  const jobs = cleanup.use(
    new ClipJobs({
      directory,
      make: options.make ?? writes,
      explain: (error) => (String(error).includes("expected") ? "It was expected." : undefined),
      limits: { ...LIMITS, ...options.limits },
      log: silentLog,
      ...(options.clock ? { clock: options.clock } : {}),
    }),
  );
  const moved = cleanup.move();
  const ready = (id: string) => waitFor(() => jobs.ready(id), { what: "a clip" });
  return { jobs, directory, ready, [Symbol.asyncDispose]: () => moved.disposeAsync() };
}

test("of more jobs than are kept the oldest that is done makes room", async () => {
  await using opened = await openJobs();
  const { jobs, ready, directory } = opened;
  const ids: string[] = [];
  for (let nth = 0; nth < 4; nth++) {
    const { id } = await jobs.create(ASKED, 100);
    ids.push(id);
    await ready(id);
  }
  assert.equal(jobs.get(ids[0]!), undefined);
  assert.ok(ids.slice(1).every((id) => jobs.ready(id)));
  assert.equal((await readdir(directory)).length, 3);
});

test("files together have no more bytes than are set aside; a clip that never fits is refused", async () => {
  await using opened = await openJobs({ limits: { count: 20 } });
  const { jobs, ready } = opened;
  const { id: first } = await jobs.create(ASKED, 100);
  await ready(first);
  const { id: second } = await jobs.create(ASKED, 950);
  assert.equal(jobs.get(first), undefined);
  await ready(second);
  // It came out smaller than was thought.
  await jobs.create(ASKED, 900);
  assert.ok(jobs.ready(second));
  await assert.rejects(jobs.create(ASKED, 1_001), NoRoomError);
});

test("jobs that are not done make no room: who comes is told to wait", async () => {
  const goOn = Promise.withResolvers<void>();
  const make: MakeClip = async (asked, options) => {
    await goOn.promise;
    return await writes(asked, options);
  };
  await using opened = await openJobs({ make });
  const { jobs, ready } = opened;
  const views = [];
  for (let nth = 0; nth < 3; nth++) views.push(await jobs.create(ASKED, 100));
  await assert.rejects(jobs.create(ASKED, 100), /Try again when they are ready/);
  assert.deepEqual(
    views.map(({ id }) => jobs.get(id)?.state),
    ["running", "queued", "queued"],
  );
  goOn.resolve();
  for (const { id } of views) await ready(id);
  await jobs.create(ASKED, 100);
});

test("a file is kept for its time and no longer", async () => {
  let nowMs = 5_000_000;
  await using opened = await openJobs({ clock: () => nowMs });
  const { jobs, ready } = opened;
  const { id } = await jobs.create(ASKED, 100);
  await ready(id);
  const { expiresMs } = jobs.get(id)!;
  nowMs = expiresMs!;
  await jobs.prune();
  assert.ok(jobs.ready(id));
  nowMs++;
  await jobs.prune();
  assert.equal(jobs.get(id), undefined);
});

test("what was foreseen is explained, what was not is a sentence, too, and neither stops the next job", async () => {
  let nth = 0;
  const make: MakeClip = async (asked, options) => {
    nth++;
    if (nth === 1) throw new Error("expected");
    if (nth === 2) throw new Error("password of the database");
    return await writes(asked, options);
  };
  await using opened = await openJobs({ make });
  const { jobs, ready } = opened;
  const one = await jobs.create(ASKED, 100);
  const two = await jobs.create(ASKED, 100);
  const three = await jobs.create(ASKED, 100);
  await ready(three.id);
  assert.equal(jobs.get(one.id)?.problem, "It was expected.");
  assert.match(jobs.get(two.id)!.problem!, /error of the server. It was logged/);
});

test("the end of the program ends the job that runs, and nothing stays", async () => {
  const opened = await openJobs({
    make: (_asked, { signal }) =>
      new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
  });
  await opened.jobs.create(ASKED, 100);
  await opened.jobs.create(ASKED, 100);
  await opened[Symbol.asyncDispose]();
  await assert.rejects(access(opened.directory));
});

test("a directory is shared: what processes that are gone have left is removed, what others have is not", async () => {
  await using root = await tempDirectory("clips");
  const living = `${process.ppid}-living`;
  // Above what Linux gives (4,194,304).
  for (const name of ["9999999-dead", `${process.pid}-earlier`, living, "somebody-else's"])
    await mkdir(join(root.path, name, "inside"), { recursive: true });
  const own = await openClipDirectory(root.path);
  const left = (await readdir(root.path)).map((name) => join(root.path, name));
  assert.deepEqual(left.sort(), [own, join(root.path, living), join(root.path, "somebody-else's")].sort());
});
