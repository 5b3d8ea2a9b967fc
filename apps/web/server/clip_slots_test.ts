import assert from "node:assert/strict";
import { test } from "node:test";
import { NoSlotError, type Slot, Slots } from "./clip_slots.ts";

const never = new AbortController().signal;

test("as many as there are slots go on, the next wait in their order, the rest is turned away", async () => {
  const slots = new Slots({ most: 2, mostWaiting: 2 });
  const taken: Slot[] = [await slots.take(never), await slots.take(never)];
  const order: string[] = [];
  const wait = (name: string) =>
    slots.take(never).then((slot) => {
      order.push(name);
      taken.push(slot);
    });
  const waiting = [wait("first"), wait("second")];
  await assert.rejects(slots.take(never), NoSlotError);
  taken.shift()![Symbol.dispose]();
  await waiting[0];
  assert.deepEqual(order, ["first"]);
  taken.shift()![Symbol.dispose]();
  await Promise.all(waiting);
  assert.deepEqual(order, ["first", "second"]);
});

test("one who goes while waiting leaves its place in the line, and a slot given back twice is one", async () => {
  const slots = new Slots({ most: 1, mostWaiting: 1 });
  const slot = await slots.take(never);
  const gone = new AbortController();
  const waiting = slots.take(gone.signal);
  gone.abort(new Error("gone"));
  await assert.rejects(waiting, /gone/);
  await assert.rejects(slots.take(gone.signal), /gone/);
  const next = slots.take(never);
  slot[Symbol.dispose]();
  slot[Symbol.dispose]();
  using _held = await next;
  await assert.rejects(
    Promise.race([slots.take(never), slots.take(never)]),
    NoSlotError,
    "one waits, the other is turned away",
  );
});
