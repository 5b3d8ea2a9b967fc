/** The people of the compared pictures and what they have made: links, downloads, locks, tokens, and the list of what was done. */
import { ExportsAnswer } from "@rokuga/media/clip_api.ts";
import { LocksAnswer } from "@rokuga/media/lock_api.ts";
import {
  AuditAnswer,
  JoinView,
  PeopleAnswer,
  SessionAnswer,
  TokensAnswer,
} from "@rokuga/media/people_api.ts";
import { SharedView, SharesAnswer } from "@rokuga/media/share_api.ts";
import { FIRST, NOW, RECORDED } from "./visual_footage.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const everything = { kind: "everything" } as const;
const owner = { role: "owner", scope: everything } as const;
const gateViewer = { role: "viewer", scope: { kind: "camera", id: "gate" } } as const;
const AGENTS = {
  laptop:
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/145.0.0.0 Safari/537.36",
  phone:
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_3 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.3 Mobile/15E148 Safari/604.1",
};

export const sessionAnswer = SessionAnswer.parse({
  ...{ kind: "person", id: "hana", name: "Hana Mori", grants: [owner] },
  permissions: ["live", "playback", "export", "lock", "share", "people"],
});

const session = (id: string, userAgent: string, isThis = false) => ({
  ...{ id, userAgent, isThis },
  ...{ startedMs: NOW - 3 * DAY_MS, seenMs: NOW - 2 * HOUR_MS, expiresMs: NOW + 27 * DAY_MS },
});

export const peopleAnswer = PeopleAnswer.parse({
  nowMs: NOW,
  people: [
    {
      ...{ id: "hana", name: "Hana Mori", email: "hana@example.com", joinedMs: FIRST, grants: [owner] },
      ...{
        passkeys: 1,
        resetUntilMs: null,
        sessions: [session("s1", AGENTS.laptop, true), session("s2", AGENTS.phone)],
      },
    },
    {
      ...{ id: "ken", name: "佐藤 健", email: "ken.sato@example.com", joinedMs: FIRST + 9 * DAY_MS },
      grants: [{ role: "operator", scope: { kind: "site", id: "home" } }, gateViewer],
      ...{ passkeys: 0, resetUntilMs: NOW + 20 * HOUR_MS, sessions: [session("s3", AGENTS.phone)] },
    },
  ],
  invitations: [{ id: "i1", grants: [gateViewer], createdMs: NOW - DAY_MS, expiresMs: NOW + 6 * DAY_MS }],
});

export const passkeysAnswer = [{ id: "p1", name: "Laptop", createdAt: new Date(FIRST).toISOString() }];

export const tokensAnswer = TokensAnswer.parse({
  nowMs: NOW,
  tokens: [
    {
      ...{ id: "t1", name: "Home Assistant", grants: [{ role: "viewer", scope: everything }] },
      ...{ createdMs: FIRST + DAY_MS, expiresMs: null, usedMs: NOW - 60_000 },
    },
    {
      ...{
        id: "t2",
        name: "Nightly copy",
        grants: [{ role: "operator", scope: { kind: "site", id: "home" } }],
      },
      ...{ createdMs: NOW - 5 * DAY_MS, expiresMs: NOW + 85 * DAY_MS, usedMs: null },
    },
  ],
});

const done = [
  ["SignedIn", { personId: "hana", by: null }],
  ["FootageExported", { by: "person/hana", cameraId: "door" }],
  ["FootageLocked", { by: "person/ken", cameraId: "gate" }],
  ["TokenCreated", { by: "person/hana", tokenId: "t2" }],
  ["RoleGranted", { by: "person/hana", personId: "ken", grant: gateViewer }],
  ["PersonJoined", { personId: "ken", by: null, grants: [gateViewer] }],
] as const;

export const auditAnswer = AuditAnswer.parse({
  nowMs: NOW,
  entries: done.map(([type, data], n) => ({
    ...{ position: 90 - n, type, data, occurredMs: NOW - 2 * HOUR_MS - n * 7 * HOUR_MS },
  })),
  names: { "person/hana": "Hana Mori", "person/ken": "佐藤 健", "token/t2": "Nightly copy" },
  next: 84,
});

const range = { startMs: RECORDED, endMs: RECORDED + 5 * 60_000 };
const share = {
  ...{ sharedMs: NOW - DAY_MS, by: "Hana Mori", note: null, download: false, password: false },
  ...{ expiresMs: NOW + 6 * DAY_MS, state: "open", revokedMs: null, opened: 0, openedMs: null },
};

export const sharesAnswer = (cameraId: string) =>
  SharesAnswer.parse({
    ...{ cameraId, nowMs: NOW },
    shares: [
      {
        ...{ ...range, ...share, shareId: "aaaaaaaaaaaa", note: "For the insurance", password: true },
        ...{ download: true, opened: 3, openedMs: NOW - 5 * HOUR_MS },
      },
      {
        ...{ ...range, ...share, shareId: "bbbbbbbbbbbb", sharedMs: NOW - 9 * DAY_MS, by: "person/gone" },
        ...{ state: "expired", expiresMs: NOW - 2 * DAY_MS },
      },
    ],
  });

export const exportsAnswer = (cameraId: string) =>
  ExportsAnswer.parse({
    ...{ cameraId, nowMs: NOW },
    exports: [
      {
        ...{ exportId: "e1", startMs: range.startMs - HOUR_MS, endMs: range.startMs - HOUR_MS / 2 },
        ...{
          exportedMs: NOW - 2 * HOUR_MS,
          by: "Hana Mori",
          format: "mp4",
          bytes: 152_300_000,
          shareId: null,
        },
      },
    ],
  });

export const locksAnswer = (cameraId: string) =>
  LocksAnswer.parse({
    ...{ cameraId, nowMs: NOW },
    locks: [
      {
        ...{ lockId: "l1", startMs: range.startMs + HOUR_MS / 2, endMs: range.startMs + HOUR_MS },
        ...{ reason: "Parcel was stolen", untilMs: NOW + 180 * DAY_MS, inForce: true },
      },
    ],
  });

export const joinView = JoinView.parse({ grants: [gateViewer], expiresMs: NOW + 6 * DAY_MS });

export const sharedView = SharedView.parse({
  ...{ startMs: RECORDED - 60_000, endMs: RECORDED + 20_000, shareId: "aaaaaaaaaaaa", nowMs: NOW },
  ...{ camera: "Front door", expiresMs: NOW + 6 * DAY_MS, download: true },
  gaps: [{ startMs: RECORDED - 60_000, endMs: RECORDED, cause: "camera-unreachable" }],
});
