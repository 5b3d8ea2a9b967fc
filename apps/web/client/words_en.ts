/** What the page says, in English. words_ja.ts has the same in Japanese. Times and durations come in formatted. */
import type { GapCause } from "@rokuga/media/events.ts";

const causes: Record<GapCause, string> = {
  "camera-unreachable": "Camera unreachable",
  "relay-stopped": "Recorder stopped",
  "waiting-on-site": "Recorded, waiting on site",
  "spool-overflow": "Lost: storage on site was full",
  corrupt: "Damaged, cannot be played",
  expired: "Past its retention time",
  deleted: "Deleted",
  unknown: "Cause not known yet",
};

/** What a cause means and what comes of it. */
const causeDetails: Record<GapCause, string> = {
  "camera-unreachable": "The recorder got no video from the camera.",
  "relay-stopped": "The recorder on site was not running.",
  "waiting-on-site": "It is kept on site and can be played once it is uploaded.",
  "spool-overflow":
    "The storage on site was full: the oldest footage had to make room, or nothing more could be recorded.",
  corrupt: "The video arrived damaged.",
  expired: "It was removed when its retention time was over.",
  deleted:
    "It was recorded, and was removed: on request, or from the storage on site before it was uploaded.",
  unknown: "The site has not reported.",
};

export const en = {
  title: (camera: string) => `${camera} – Rokuga`,
  languageName: "English",
  switchLanguage: "Language",
  people: "People",
  skipToPlayer: "Skip to the player",
  noScript: "Rokuga needs JavaScript to play video.",

  cameras: "Cameras",
  recording: "Recording",
  waiting: (since: string) => `Waiting for video since ${since}`,
  waitingFirst: "Waiting for its first video",
  offline: (since: string) => `Offline since ${since}`,
  offlineNever: "Offline, never recorded",
  onSite: (since: string) => `footage since ${since} waits on site`,

  player: "Player",
  videoOf: (camera: string) => `Video of ${camera}`,
  play: "Play",
  pause: "Pause",
  back5: "Back 5 seconds",
  forward5: "Forward 5 seconds",
  previousFootage: "Previous footage",
  nextFootage: "Next footage",
  previousFrame: "Previous frame",
  nextFrame: "Next frame",
  speed: "Speed",
  mute: "Mute",
  unmute: "Sound on",
  volume: "Volume",
  fullscreen: "Full screen",
  exitFullscreen: "Leave full screen",
  pip: "Picture in picture",
  keys: "Keys",
  close: "Close",
  keyList: {
    toggle: "Play and pause",
    step: "Back and forward 5 seconds",
    minute: "Back and forward a minute",
    tenSeconds: "Back and forward 10 seconds",
    frame: "Previous and next frame",
    speed: "Slower and faster",
    footage: "Beginning of the previous and of the next footage",
    first: "First footage",
    live: "Live",
    mute: "Sound off and on",
    fullscreen: "Full screen",
    pip: "Picture in picture",
    help: "This list",
  },
  fastNote: "Above 4× only keyframes are shown, usually one for each second or two of video, without sound.",
  live: "LIVE",
  goLive: "Go to live",
  behind: (delay: string) => `${delay} behind`,
  shownTime: "Time of the picture",
  goTo: "Go to a date and time",
  go: "Go",
  cancel: "Cancel",

  timeline: "Timeline",
  timelineHelp:
    "Arrow keys move by 10 seconds, with Shift by a minute. Page keys move by the visible range. Home goes to the first footage, End to live. Plus and minus zoom.",
  zoomIn: "Zoom in",
  zoomOut: "Zoom out",
  range: "Visible range",
  spans: {
    minute: "1 min",
    tenMinutes: "10 min",
    hour: "1 h",
    sixHours: "6 h",
    day: "1 d",
    week: "1 wk",
    month: "1 mo",
  },
  toPlayhead: "Back to the playhead",
  covered: "Recorded",
  future: "Not yet",
  before: "Before the first footage",
  notLoaded: "Loading",
  causes,
  causeDetails,
  missing: "Missing in view",
  timelineStale: "The timeline is not up to date: the server does not answer.",

  loadingCameras: "Loading the cameras…",
  noCameras: "No cameras yet. Add one to cameras.yaml beside the recorder; it appears here by itself.",
  unknownCamera: (id: string) => `There is no camera “${id}” here. Choose one from the list.`,
  noFootageYet: (camera: string) =>
    `No footage of ${camera} yet. The first appears about 15 seconds after recording has begun.`,
  loading: (what: string) => `Loading ${what}…`,
  loadingLive: "live",
  slow: (seconds: string) =>
    `Still waiting for video after ${seconds}. The connection or the server is slow.`,
  noLive: (camera: string) => `${camera} sends no video now.`,
  offlineShowingLast: (camera: string, since: string) =>
    `${camera} is offline since ${since}. These are its last moments.`,
  offlineNow: (camera: string, since: string) => `${camera} is offline since ${since}.`,
  liveStalled: (last: string) => `No new footage since ${last}. It goes on by itself when there is.`,
  noFootageAfter: (moment: string) => `There is no footage at ${moment} and none after it.`,
  end: (moment: string) => `This is the end of the recording: ${moment}.`,
  gapSkipped: (range: string, cause: string, resumed: string) =>
    `No footage ${range}: ${cause}. Playing from ${resumed}.`,
  nothingThere: (resumed: string) => `There is no footage there. Playing from ${resumed}.`,
  mutedStart: "The browser starts video only without sound. Turn the sound on when you like.",
  unsupported: (codecs: string) =>
    `This camera records ${codecs}, which this browser cannot play. Try another browser, or set the camera to H.264.`,
  noHls: "This browser cannot play HLS video. Try a current version of Chrome, Edge, Firefox or Safari.",
  broken: (moment: string) => `The video at ${moment} cannot be played.`,
  brokenNowhere: "The video cannot be played.",
  again: (seconds: string) => `Trying again in ${seconds}.`,
  againNow: "Trying again…",

  failures: {
    timeout: "The server did not answer in time.",
    network: "The server cannot be reached.",
    unreadable: "The server answered something unexpected. Reload the page if this stays.",
    status: (status: number) => `The server answered with error ${status}.`,
    video: "The video cannot be loaded.",
    expired: "The permission to load this video has run out.",
    media: "The video could not be played.",
  },
  actions: {
    retry: "Try now",
    goLive: "Go to live",
    lastFootage: "Show the last footage",
    skip: "Skip 10 seconds",
    soundOn: "Sound on",
  },
};

export type Words = typeof en;
