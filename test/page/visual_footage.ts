/**
 * What the cameras of the compared pictures have recorded, at times that never change: an answer of the timeline for
 * any range of it, and playlists of the few seconds that can be played.
 */
import { type CausedGap, TimelineAnswer, type TimeRange } from "@rokuga/media/api.ts";
import { makeRun } from "../playback/footage.ts";

/** The time on the clock that hangs in the pictures: a Saturday afternoon in Tokyo. */
export const NOW = Date.parse("2026-03-14T15:30:12.400+09:00");
const at = (time: string, day = "14") => Date.parse(`2026-03-${day}T${time}:00+09:00`);

/** When what can be played was recorded, in the middle of an hour of footage. */
export const RECORDED = at("10:20");
const SECONDS = 20;
const SEGMENT_S = 4;
/** Live is so old when it arrives, ms. */
const LIVE_DELAY_MS = 2_000;

export const FIRST = Date.parse("2026-01-20T09:00:00+09:00");

type Recorded = { lastMs: number; gaps: readonly CausedGap[] };

/** Ends when what can be played begins. */
const shortGap: CausedGap = { startMs: RECORDED - 90_000, endMs: RECORDED, cause: "camera-unreachable" };

export const recorded: Readonly<Record<string, Recorded>> = {
  door: {
    lastMs: NOW - LIVE_DELAY_MS,
    gaps: [
      { startMs: at("02:00", "12"), endMs: at("09:30", "12"), cause: "relay-stopped" },
      { startMs: at("21:10", "13"), endMs: at("22:40", "13"), cause: "camera-unreachable" },
      { startMs: at("03:00"), endMs: at("03:50"), cause: "spool-overflow" },
      { startMs: at("06:15"), endMs: at("07:00"), cause: "relay-stopped" },
      shortGap,
      { startMs: at("12:30"), endMs: at("13:10"), cause: "corrupt" },
      { startMs: at("14:05"), endMs: at("14:40"), cause: "waiting-on-site" },
    ],
  },
  yard: {
    lastMs: at("13:00"),
    gaps: [{ startMs: at("13:00"), endMs: NOW, cause: "waiting-on-site" }],
  },
  garage: {
    lastMs: at("15:28"),
    gaps: [
      { startMs: at("00:00"), endMs: at("05:20"), cause: "deleted" },
      { startMs: at("15:28"), endMs: NOW, cause: "unknown" },
    ],
  },
  gate: {
    lastMs: RECORDED + SECONDS * 1000,
    gaps: [{ startMs: RECORDED + SECONDS * 1000, endMs: NOW, cause: "camera-unreachable" }],
  },
};

/** `GET /api/cameras/{id}/timeline` */
export function timelineAnswer(cameraId: string, range: TimeRange): TimelineAnswer {
  const { lastMs = FIRST, gaps = [] } = recorded[cameraId] ?? {};
  const coverage: TimeRange[] = [];
  let startMs = FIRST;
  for (const gap of gaps) {
    coverage.push({ startMs, endMs: gap.startMs });
    startMs = gap.endMs;
  }
  coverage.push({ startMs, endMs: Math.max(startMs, lastMs) });
  return TimelineAnswer.parse({
    ...{ cameraId, nowMs: NOW, ...range },
    coverage: inside(coverage, range),
    gaps: inside(gaps, range),
  });
}

/** What of ranges lies in another. */
export function inside<R extends TimeRange>(ranges: readonly R[], window: TimeRange): R[] {
  return ranges
    .map((range) => ({
      ...range,
      startMs: Math.max(range.startMs, window.startMs),
      endMs: Math.min(range.endMs, window.endMs),
    }))
    .filter(({ startMs, endMs }) => startMs < endMs);
}

/** The bytes of what can be played, segment by segment. */
export async function playableSegments(): Promise<Uint8Array[]> {
  const run = await makeRun({
    ...{ cameraId: "door", startMs: RECORDED, seconds: SECONDS, segmentSeconds: SEGMENT_S },
    ...{ fps: 10, audio: "aac" },
  });
  return run.segments.map(({ bytes }) => bytes);
}

/** The playlist of a range; undefined where there is nothing to be played in it. */
export function rangePlaylist(range: TimeRange): string | undefined {
  const endMs = RECORDED + SECONDS * 1000;
  return range.startMs < endMs && range.endMs > RECORDED
    ? `${playlist(RECORDED)}#EXT-X-ENDLIST\n`
    : undefined;
}

export const livePlaylist = () => playlist(NOW - LIVE_DELAY_MS - SECONDS * 1000);

function playlist(startMs: number): string {
  const segments = Array.from({ length: SECONDS / SEGMENT_S }, (_, n) => [
    `#EXT-X-PROGRAM-DATE-TIME:${new Date(startMs + n * SEGMENT_S * 1000).toISOString()}`,
    `#EXTINF:${SEGMENT_S}.000,`,
    `/api/visual/${n}.ts`,
  ]);
  const head = ["#EXTM3U", "#EXT-X-VERSION:6", `#EXT-X-TARGETDURATION:${SEGMENT_S}`];
  return `${[...head, "#EXT-X-MEDIA-SEQUENCE:0", ...segments.flat()].join("\n")}\n`;
}
