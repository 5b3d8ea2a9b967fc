import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { NewEvent } from "@rokuga/media/events.ts";
import { tempDirectory } from "../../test/fixtures/temp_directory.ts";
import { SiteConfig } from "./camera_config.ts";
import { PublishedRetention } from "./published_retention.ts";

type Setting = { days?: number; bytes?: string } | "none";

const config = (site: Setting, cameras: Record<string, Setting | undefined>) =>
  SiteConfig.parse({
    site: { id: "home", retention: site },
    cameras: Object.entries(cameras).map(([id, retention]) => ({ id, input: "synthetic", retention })),
  });

test("limits are told once per change, taken away when they are, and told again at the next start", async () => {
  await using directory = await tempDirectory("retention");
  let nowMs = 1_770_000_000_000;
  const start = () => {
    const told: NewEvent[] = [];
    const retention = new PublishedRetention({
      spool: directory.path,
      publish: async (event) => void told.push(NewEvent.parse(event)),
      nowMs: () => nowMs++,
    });
    return { retention, told };
  };
  const data = (events: NewEvent[]) => events.map((event) => event.data);

  const first = start();
  // Nothing was ever limited: nothing is told.
  await first.retention.publish(config("none", { door: undefined, yard: undefined }));
  assert.deepEqual(first.told, []);
  await first.retention.publish(
    config({ days: 30 }, { door: undefined, yard: { bytes: "1GB" }, hall: "none" }),
  );
  await first.retention.publish(
    config({ days: 30 }, { door: undefined, yard: { bytes: "1GB" }, hall: "none" }),
  );
  assert.deepEqual(data(first.told), [
    { cameraId: "door", days: 30, bytes: null },
    { cameraId: "yard", days: null, bytes: 1e9 },
  ]);
  // One that leaves the config keeps what it was told; the other's limit is taken away, and given again.
  await first.retention.publish(config("none", { door: undefined }));
  await first.retention.publish(config({ days: 30 }, { door: undefined }));
  assert.deepEqual(data(first.told.slice(2)), [
    { cameraId: "door", days: null, bytes: null },
    { cameraId: "door", days: 30, bytes: null },
  ]);
  assert.equal(new Set(first.told.map(({ eventId }) => eventId)).size, 4);

  const second = start();
  await second.retention.publish(config({ days: 30 }, { door: undefined, yard: { bytes: "1GB" } }));
  assert.deepEqual(second.told, [first.told[3], first.told[1]]);

  // What is not JSON is as good as nothing.
  await writeFile(join(directory.path, "_retention.json"), "{");
  const third = start();
  await third.retention.publish(config({ days: 30 }, { door: undefined }));
  assert.deepEqual(data(third.told), [{ cameraId: "door", days: 30, bytes: null }]);
});
