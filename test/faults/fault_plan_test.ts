import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { FAULTS, planFaults, randomNumbers } from "./fault_plan.ts";

const options = { seconds: 600, servedCameras: ["door", "yard"], cameras: ["door", "yard", "loop"] };

describe("planFaults", () => {
  it("is a function of the seed", () => {
    assert.deepEqual(planFaults({ ...options, seed: 7 }), planFaults({ ...options, seed: 7 }));
    assert.notDeepEqual(planFaults({ ...options, seed: 7 }), planFaults({ ...options, seed: 8 }));
  });

  it("knows every fault, ends in time, and hurts a thing once at a time", () => {
    const seen = new Set<string>();
    for (let seed = 0; seed < 50; seed++) {
      const plan = planFaults({ ...options, seed });
      for (const [index, { kind, atMs, forMs, camera }] of plan.entries()) {
        seen.add(kind);
        assert.ok(atMs >= 3_000 && forMs >= 500 && atMs + forMs <= 600_000);
        if (kind.startsWith("camera-")) assert.ok(options.servedCameras.includes(camera!));
        const thing = FAULTS.find((fault) => fault.kind === kind)!.thing;
        for (const other of plan.slice(0, index)) {
          const otherThing = FAULTS.find((fault) => fault.kind === other.kind)!.thing;
          const same = otherThing === thing && other.camera === camera;
          if (same || thing === "all" || otherThing === "all") {
            assert.ok(other.atMs + other.forMs <= atMs, `seed ${seed}: ${other.kind} and ${kind} overlap`);
          }
        }
      }
    }
    assert.equal(seen.size, FAULTS.length);
  });
});

describe("randomNumbers", () => {
  it("gives the numbers of the published algorithm, evenly spread", () => {
    const random = randomNumbers(1);
    const numbers = Array.from({ length: 10_000 }, random);
    assert.ok(numbers.every((number) => number >= 0 && number < 1));
    const mean = numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
    assert.ok(Math.abs(mean - 0.5) < 0.02, `mean ${mean}`);
    assert.equal(new Set(numbers).size > 9_990, true);
  });
});
