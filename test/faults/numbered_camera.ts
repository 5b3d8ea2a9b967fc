/** Cameras whose frames are numbered, and what to compare their playback with. */
import type { LoopedFile } from "../fixtures/looped_file.ts";
import type { RtspServer } from "../fixtures/rtsp_server.ts";
import type { PlayedFrame } from "./frames.ts";
import { type LoopedFrame, unloop } from "./looped_frames.ts";

export type NumberedCamera = {
  id: string;
  /** Its entry in the cameras file. */
  input: string | { file: string };
  frameMs: number;
  /** About the times in its pictures, ms since the epoch. */
  nearMs: () => number;
  /** Numbers frames so that number·frameMs is their time, and tells which of them the camera sent. */
  history(frames: readonly LoopedFrame[]): Promise<{
    played: readonly PlayedFrame[];
    sent: readonly number[];
    problems: string[];
  }>;
};

/** Sent is what the server's log says. */
export function rtspCamera(id: string, server: RtspServer): NumberedCamera {
  if (100 % server.fps !== 0)
    throw new RangeError(`Frames at ${server.fps}/s cannot be told apart by number`);
  return {
    id,
    input: server.url,
    frameMs: 1000 / server.fps,
    nearMs: Date.now,
    history: async (frames) => ({ played: frames, sent: await server.sentFrames(), problems: [] }),
  };
}

/** Sent is what its time would have held: nobody counts what FFmpeg reads from a file. */
export function fileCamera(id: string, file: LoopedFile): NumberedCamera {
  const frameMs = 1000 / file.fps;
  return {
    id,
    input: { file: file.path },
    frameMs,
    nearMs: () => 0,
    history: async (frames) => unloop(frames, { frames: file.frames, frameMs }),
  };
}
