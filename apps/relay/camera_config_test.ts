import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { parseCameraConfig, problemLine, retentionOf } from "./camera_config.ts";
import { cameraSchemaText, SCHEMA_FILE } from "./camera_schema.ts";

const parse = (text: string) =>
  parseCameraConfig(text, { directory: "/site", fileExists: (path) => path === "/site/there.mp4" });
const problems = (text: string) => {
  const result = parse(text);
  return result.ok ? [] : result.problems.map((problem) => problemLine("cameras.yaml", problem));
};

test("every kind of input is understood", () => {
  const result = parse(`
site: { id: shop, name: The shop }
cameras:
  - id: front-door
    name: Front door
    input: rtsp://user:secret@192.168.1.20:554/stream1
  - { id: side, input: { rtsp: "rtsps://cam.local/x", transport: udp }, segment_seconds: 4, audio: false }
  - { id: desk, input: { webcam: /dev/video0, fps: 30, format: mjpeg } }
  - { id: mac, input: { webcam: 0 } }
  - { id: loop, input: { file: there.mp4 } }
  - { id: test, input: synthetic }
`);
  assert.ok(result.ok);
  assert.equal(result.config.site.id, "shop");
  assert.deepEqual(
    result.config.cameras.map((camera) => camera.input),
    [
      { rtsp: "rtsp://user:secret@192.168.1.20:554/stream1", transport: "tcp" },
      { rtsp: "rtsps://cam.local/x", transport: "udp" },
      { webcam: "/dev/video0", size: "1280x720", fps: 30, format: "mjpeg" },
      { webcam: "0", size: "1280x720", fps: 15 },
      { file: "/site/there.mp4" },
      { synthetic: true, size: "960x540", fps: 15 },
    ],
  );
});

test("mistakes are told with file, line and reason", () => {
  assert.deepEqual(problems("cameras:\n  - id: a\n    input: synthetic\n    colour: red\n"), [
    "cameras.yaml:4:5 cameras[0]: unknown key 'colour'",
  ]);
  assert.deepEqual(problems("cameras:\n  - id: a\n    input: synthetic\n  - id: a\n    input: synthetic\n"), [
    "cameras.yaml:4:9 cameras[1].id: 'a' is already the id of the camera in line 2",
  ]);
  assert.deepEqual(problems("cameras:\n  - id: a\n    input: { file: gone.mp4 }\n"), [
    "cameras.yaml:3:12 cameras[0].input.file: there is no file /site/gone.mp4",
  ]);
  assert.deepEqual(problems("cameras:\n  - input: synthetic\n"), [
    "cameras.yaml:2:5 cameras[0].id: is missing",
  ]);
  assert.match(
    problems("cameras:\n  - id: Front_Door\n    input: synthetic\n")[0]!,
    /^cameras\.yaml:2:9 cameras\[0\]\.id: must be/,
  );
  assert.match(problems("cameras: [\n")[0]!, /^cameras\.yaml:2:1 /);
  assert.deepEqual(problems("# nothing\n"), [
    "cameras.yaml:1:1 the file is empty: it must hold a list of cameras",
  ]);
});

test("a camera's own retention takes the place of the site's, whole", () => {
  const result = parse(`
site: { id: shop, retention: { days: 30, bytes: 500GB } }
cameras:
  - { id: usual, input: synthetic }
  - { id: short, input: synthetic, retention: { days: 0.5 } }
  - { id: small, input: synthetic, retention: { bytes: 1.5 TiB } }
  - { id: plain, input: synthetic, retention: { days: 7, bytes: 2000000 } }
  - { id: all, input: synthetic, retention: none }
  - { id: also, input: synthetic, retention: }
`);
  assert.ok(result.ok);
  const { config } = result;
  assert.deepEqual(Object.fromEntries(config.cameras.map((one) => [one.id, retentionOf(one, config)])), {
    usual: { days: 30, bytes: 500e9 },
    short: { days: 0.5, bytes: null },
    small: { days: null, bytes: 1.5 * 2 ** 40 },
    plain: { days: 7, bytes: 2_000_000 },
    all: { days: null, bytes: null },
    also: { days: null, bytes: null },
  });
  const without = parse("cameras:\n  - { id: a, input: synthetic }\n");
  assert.ok(without.ok);
  assert.deepEqual(retentionOf(without.config.cameras[0]!, without.config), { days: null, bytes: null });
});

test("a retention that cannot be meant is refused", () => {
  const refused = (retention: string) =>
    problems(`cameras:\n  - id: a\n    input: synthetic\n    retention: ${retention}\n`);
  const at = "cameras.yaml:4:16 cameras[0].retention";
  const shape = "must be { days: …, bytes: … } with one of them or both, or none";
  assert.deepEqual(refused("30"), [`${at}: ${shape}`]);
  assert.deepEqual(refused("never"), [`${at}: ${shape}`]);
  assert.deepEqual(refused("{}"), [`${at}: ${shape}`]);
  assert.deepEqual(refused("{ days: 30, gigabytes: 5 }"), [
    "cameras.yaml:4:28 cameras[0].retention: unknown key 'gigabytes'",
  ]);
  assert.deepEqual(refused("{ days: 0 }"), [
    "cameras.yaml:4:24 cameras[0].retention.days: must be more than 0",
  ]);
  assert.match(
    refused("{ days: a month }")[0]!,
    /^cameras\.yaml:4:24 cameras\[0\]\.retention\.days: .*number/,
  );
  const size = "must be a size with its unit, such as 500GB, and at least 1MB";
  for (const bytes of ["500", "-1GB", "lots", "1e30", "0", "1000000.5"])
    assert.deepEqual(refused(`{ bytes: ${bytes} }`), [
      `cameras.yaml:4:25 cameras[0].retention.bytes: ${size}`,
    ]);
  assert.deepEqual(problems("site: { id: a, retention: some }\ncameras: []\n"), [
    `cameras.yaml:1:27 site.retention: ${shape}`,
  ]);
});

test("a bad address is refused without being repeated: it may hold a password", () => {
  for (const input of [
    "http://user:secret@h/x",
    "rtsp://",
    "{ rtsp: 'http://user:secret@h' }",
    "{ rtsp: 'user:secret@h' }",
  ]) {
    const [line, ...more] = problems(`cameras:\n  - id: a\n    input: ${input}\n`);
    assert.match(line!, /^cameras\.yaml:3:\d+ cameras\[0\]\.input/);
    assert.doesNotMatch(line!, /secret/);
    assert.deepEqual(more, []);
  }
});

test("the JSON schema for editors is the one of the program", () => {
  assert.equal(
    readFileSync(SCHEMA_FILE, "utf8"),
    cameraSchemaText(),
    "run: node apps/relay/camera_schema.ts",
  );
});
