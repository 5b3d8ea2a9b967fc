import assert from "node:assert/strict";
import { test } from "node:test";
import { addCamera } from "./add_camera.ts";

const options = { directory: "/", fileExists: () => true };
const door = { id: "door", name: "前玄関", input: "rtsp://admin:p%40ss@10.0.0.2/stream1" };

test("a camera comes after the others, and all that a person wrote stays", () => {
  const text = `# Ours
site:
  id: home # never change

cameras:
  # In the yard
  - id: yard
    input: { rtsp: "rtsp://10.0.0.3/live",   transport: udp }
    retention: none

  # - id: later
  #   input: synthetic
`;
  const added = addCamera(text, door, options);
  assert.ok(added.ok);
  assert.equal(
    added.text,
    `# Ours
site:
  id: home # never change

cameras:
  # In the yard
  - id: yard
    input: { rtsp: "rtsp://10.0.0.3/live", transport: udp }
    retention: none

  - id: door
    name: 前玄関
    input: rtsp://admin:p%40ss@10.0.0.2/stream1
  # - id: later
  #   input: synthetic
`,
  );
});

test("the first camera of a file", () => {
  for (const text of ["cameras: []\n", "site: { id: shop }\ncameras: []\n"]) {
    const added = addCamera(text, { id: "desk", input: { webcam: "/dev/video0" } }, options);
    assert.ok(
      added.ok && added.text.endsWith("cameras:\n  - id: desk\n    input:\n      webcam: /dev/video0\n"),
    );
  }
});

test("an id that is taken, and a file that is wrong already", () => {
  const text = "cameras:\n  - id: door\n    input: synthetic\n";
  assert.deepEqual(addCamera(text, door, options), { ok: false, why: "known-id" });
  const wrong = addCamera("cameras:\n  - id: Door\n    input: synthetic\n", door, options);
  assert.ok(!wrong.ok && wrong.why === "wrong-file" && wrong.problem.line === 2);
  for (const empty of ["", "cameras:\n"]) {
    const refused = addCamera(empty, door, options);
    assert.ok(!refused.ok && refused.why === "wrong-file");
  }
});
