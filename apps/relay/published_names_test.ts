import assert from "node:assert/strict";
import { test } from "node:test";
import type { NewEvent } from "@rokuga/media/events.ts";
import { tempDirectory } from "../../test/fixtures/temp_directory.ts";
import { SiteConfig } from "./camera_config.ts";
import { PublishedNames } from "./published_names.ts";

const config = (name: string) => SiteConfig.parse({ cameras: [{ id: "door", name, input: "synthetic" }] });

test("names are told once, again when they change, and all of them again at the next start", async () => {
  await using directory = await tempDirectory("names");
  let nowMs = 1_770_000_000_000;
  const start = () => {
    const told: NewEvent[] = [];
    const names = new PublishedNames({
      spool: directory.path,
      publish: async (event) => void told.push(event),
      nowMs: () => nowMs++,
    });
    return { names, told };
  };
  const types = (events: NewEvent[]) =>
    events.map((event) => [event.type, "name" in event.data && event.data.name]);

  const first = start();
  await first.names.publish(config("Front"));
  await first.names.publish(config("Front"));
  assert.deepEqual(types(first.told), [
    ["SiteRegistered", "home"],
    ["CameraRegistered", "Front"],
  ]);
  await first.names.publish(config("Back"));
  await first.names.publish(config("Front"));
  assert.deepEqual(types(first.told.slice(2)), [
    ["CameraRenamed", "Back"],
    ["CameraRenamed", "Front"],
  ]);

  const second = start();
  await second.names.publish(config("Front"));
  assert.deepEqual(types(second.told), [
    ["SiteRegistered", "home"],
    ["CameraRegistered", "Front"],
    ["CameraRenamed", "Front"],
  ]);
  const ids = new Set(first.told.map((event) => event.eventId));
  assert.ok(
    second.told.every((event) => ids.has(event.eventId)),
    "under the ids they had",
  );
});
