import assert from "node:assert/strict";
import { test } from "node:test";
import type { CameraConfig, CameraInput } from "./camera_config.ts";
import { captureArguments, codecArguments, inputArguments } from "./ffmpeg_arguments.ts";

const camera = (input: CameraInput, changes: Partial<CameraConfig> = {}): CameraConfig => ({
  id: "a",
  input,
  segment_seconds: 10,
  audio: true,
  ...changes,
});
const rtsp = { rtsp: "rtsp://user:secret@10.0.0.2/s", transport: "tcp" } as const;
const webcam = { webcam: "/dev/video0", size: "1280x720", fps: 15 };
const options = { ffmpegMajor: 5, platform: "linux" as NodeJS.Platform, nowMs: 1_770_000_000_000 };

test("an RTSP camera with G.711: over TCP, video copied, audio to AAC, cut at 10 s", () => {
  const args = captureArguments(camera(rtsp), {
    ...options,
    codecs: { video: "h264", audio: "pcm_alaw" },
    outputDirectory: "/spool/a/run",
  });
  assert.deepEqual(
    args.join(" "),
    "-nostdin -hide_banner -nostats -loglevel warning -rtsp_transport tcp -timeout 5000000 -i rtsp://user:secret@10.0.0.2/s " +
      "-map 0:v:0 -map 0:a:0? -c:v copy -c:a aac -b:a 64k -ac 1 -ar 48000 " +
      "-bsf:v filter_units=remove_types=9,dump_extra=freq=keyframe,setts=pts=if(eq(PTS\\,NOPTS)\\,DTS\\,PTS) -dn -sn -map_metadata -1 -f segment -segment_format mpegts " +
      "-segment_time 10 -individual_header_trailer 0 -muxdelay 0 -muxpreload 0 -max_interleave_delta 100000 -segment_start_number 0 /spool/a/run/%d.ts",
  );
});

test("codecs decide what is copied", () => {
  const codecs = (video: string, audio?: string) => codecArguments(camera(rtsp), { video, audio });
  assert.deepEqual(codecs("hevc", "aac"), ["-c:v", "copy", "-c:a", "copy"]);
  assert.deepEqual(codecs("h264"), ["-c:v", "copy", "-an"]);
  assert.ok(codecs("mjpeg", "aac").includes("libx264"));
  assert.deepEqual(codecArguments(camera(rtsp, { audio: false }), { video: "h264", audio: "aac" }), [
    "-c:v",
    "copy",
    "-an",
  ]);
});

test("what a camera may lack is put into copied video only, and only of the network", () => {
  const filters = (input: CameraInput, video: string, ffmpegMajor = 5) => {
    const args = captureArguments(camera(input), {
      ...options,
      ffmpegMajor,
      codecs: { video, audio: undefined },
      outputDirectory: "/x",
    });
    return args.includes("-bsf:v") ? args[args.indexOf("-bsf:v") + 1] : undefined;
  };
  assert.match(filters(rtsp, "hevc") ?? "", /^filter_units=remove_types=35,dump_extra/);
  assert.equal(filters(rtsp, "mjpeg"), undefined);
  assert.equal(filters(rtsp, "h264", 4), undefined, "an FFmpeg without setts");
  assert.equal(filters({ file: "/x.mp4" }, "h264"), undefined);
});

test("a webcam: v4l2 on Linux, avfoundation on macOS, dshow on Windows; always encoded, a keyframe every 2 s", () => {
  assert.equal(
    inputArguments({ ...webcam, format: "mjpeg" }, options).join(" "),
    "-f v4l2 -input_format mjpeg -framerate 15 -video_size 1280x720 -i /dev/video0",
  );
  assert.equal(
    inputArguments({ ...webcam, webcam: "0" }, { ...options, platform: "darwin" }).join(" "),
    "-f avfoundation -framerate 15 -video_size 1280x720 -i 0:none",
  );
  assert.equal(
    inputArguments({ ...webcam, webcam: "USB Camera" }, { ...options, platform: "win32" }).join(" "),
    "-f dshow -framerate 15 -video_size 1280x720 -i video=USB Camera",
  );
  assert.match(
    codecArguments(camera(webcam), undefined).join(" "),
    /-c:v libx264 .*-force_key_frames expr:gte\(t,n_forced\*2\) -an$/,
  );
});

test("the RTSP time-out has its old name before FFmpeg 5; a file is looped at its own speed", () => {
  assert.ok(inputArguments(rtsp, { ...options, ffmpegMajor: 4 }).includes("-stimeout"));
  assert.deepEqual(inputArguments({ file: "/x.mp4" }, options), [
    "-re",
    "-stream_loop",
    "-1",
    "-i",
    "/x.mp4",
  ]);
});
