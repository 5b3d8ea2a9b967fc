import assert from "node:assert/strict";
import { test } from "node:test";
import type { CameraRetention } from "@rokuga/db/read_retention.ts";
import { retentionReport } from "./retention_report.ts";

const NOW = Date.UTC(2026, 10, 26, 22, 44, 54);
const none = { segments: 0, bytes: 0 };

const camera = (cameraId: string, changes: Partial<CameraRetention> = {}): CameraRetention => ({
  cameraId,
  name: cameraId,
  limits: { days: null, bytes: null },
  stored: { ...none, range: null },
  due: { days: none, bytes: none, untilMs: null },
  locked: none,
  recent: none,
  excessBytes: 0,
  deleting: { ...none, unarchivedSegments: 0 },
  ...changes,
});

const situation = (cameras: CameraRetention[]) => ({
  nowMs: NOW,
  isTrusted: true,
  hasArchive: true,
  cameras,
});

test("a table says what is kept, what is stored and what would go; lines below it say why", () => {
  const range = { startMs: Date.UTC(2026, 9, 27, 21), endMs: NOW };
  const text = retentionReport(
    situation([
      camera("front-door", {
        limits: { days: 30, bytes: 500e9 },
        stored: { segments: 1_234_567, bytes: 498e9, range },
        due: {
          days: { segments: 8_640, bytes: 34e9 },
          bytes: { segments: 1, bytes: 4e6 },
          untilMs: Date.UTC(2026, 9, 27, 22, 44),
        },
        locked: { segments: 12, bytes: 30e6 },
        recent: { segments: 3, bytes: 9e6 },
        excessBytes: 2_000_000,
        deleting: { segments: 360, bytes: 1.4e9, unarchivedSegments: 60 },
      }),
      camera("yard", { limits: { days: 1, bytes: null } }),
      camera("hall"),
    ]),
  );
  assert.equal(
    text,
    `What would go at 2026-11-26 22:44 (all times UTC). This command changes nothing.

camera       is kept            segments   stored   from               to                 would go      size   until
front-door   30 days, 500 GB   1,234,567   498 GB   2026-10-27 21:00   2026-11-26 22:44      8,641   34.0 GB   2026-10-27 22:44
yard         1 day                     0      0 B                                                0       0 B
hall         for ever                  0      0 B                                                0       0 B

front-door: 8,640 segments (34.0 GB) would go: older than 30 days.
front-door: 1 segment (4.0 MB) would go: the oldest of more than 500 GB.
front-door: 12 segments (30.0 MB) would stay: locked.
front-door: 3 segments (9.0 MB) would stay for now: old, but not long enough in the log.
front-door: 2.0 MB more than its limit would stay: locked, or the newest segment.
front-door: 360 segments (1.4 GB) went before and will be deleted from the store, 60 of them once the archive of the log has come so far.
`,
  );
});

test("what holds all of it back is said at the end, where it matters", () => {
  const waiting = camera("a", {
    limits: { days: 30, bytes: null },
    deleting: { segments: 1, bytes: 9, unarchivedSegments: 1 },
  });
  const held = { ...situation([waiting]), isTrusted: false, hasArchive: false };
  const lines = retentionReport(held).trimEnd().split("\n").slice(-3);
  assert.match(lines[0]!, /^a: 1 segment \(9 B\) went before/);
  assert.match(lines[1]!, /^Ages do not count now: .* they count again after a day\.$/);
  assert.match(lines[2]!, /^The log is not archived yet/);
  assert.doesNotMatch(retentionReport({ ...held, cameras: [camera("a")] }), /Ages|archived/);
  assert.match(retentionReport(situation([])), /There is no camera yet\.\n$/);
});
