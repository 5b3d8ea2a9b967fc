/** The camera of the fault tests: small pictures, so that many frames are decoded fast; a keyframe every second. */
import type { RtspServerOptions } from "../fixtures/rtsp_server.ts";

export const CAMERA = {
  fps: 20,
  width: 320,
  height: 180,
  gopSeconds: 1,
  bitrateKbits: 400,
} satisfies RtspServerOptions;
