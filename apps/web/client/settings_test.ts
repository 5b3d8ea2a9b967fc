import assert from "node:assert/strict";
import { test } from "node:test";
import { readSettings, writeSettings } from "./settings.ts";

function memory(): Storage {
  const items = new Map<string, string>();
  return {
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => void items.set(key, value),
  } as Storage;
}

test("what is written is read again, one setting beside the other", () => {
  const storage = memory();
  writeSettings(() => storage, { muted: false });
  writeSettings(() => storage, { volume: 0.25 });
  assert.deepEqual(
    readSettings(() => storage),
    { muted: false, volume: 0.25, allCameras: false },
  );
});

test("storage that is forbidden or holds something else gives the first settings", () => {
  const first = { muted: true, volume: 1, allCameras: false };
  const forbidden = () => {
    throw new DOMException("denied", "SecurityError");
  };
  assert.deepEqual(readSettings(forbidden), first);
  assert.doesNotThrow(() => writeSettings(forbidden, { muted: false }));
  const storage = memory();
  storage.setItem("rokuga.settings", '{"muted":"loud","volume":7}');
  assert.deepEqual(
    readSettings(() => storage),
    first,
  );
  storage.setItem("rokuga.settings", "not JSON");
  assert.deepEqual(
    readSettings(() => storage),
    first,
  );
});
