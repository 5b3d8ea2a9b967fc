import assert from "node:assert/strict";
import { test } from "node:test";
import { createProgress } from "./progress.ts";

function written(isTTY: boolean, columns = 20) {
  let text = "";
  let nowMs = 1_000;
  const write = (chunk: string | Uint8Array) => {
    text += chunk;
    return true;
  };
  const progress = createProgress({ write, isTTY, columns }, () => nowMs);
  const pass = (ms: number) => {
    nowMs += ms;
  };
  return { progress, text: () => text, pass };
}

test("on a terminal it is one line, and others go above it", () => {
  const { progress, text, pass } = written(true);
  progress.show("10 %");
  progress.show("11 %");
  pass(200);
  progress.show("20 % and a rest that is too long");
  progress.say("something else");
  progress.end();
  progress.say("done");
  const line = "\r\x1b[K20 % and a rest tha";
  assert.equal(text(), `\r\x1b[K10 %${line}\r\x1b[Ksomething else\n${line}\ndone\n`);
});

test("elsewhere it is a line every ten seconds", () => {
  const { progress, text, pass } = written(false);
  progress.show("0 %");
  pass(9_999);
  progress.show("10 %");
  progress.say("something else");
  pass(1);
  progress.show("20 %");
  pass(5_000);
  progress.show("30 %");
  pass(5_000);
  progress.show("40 %");
  progress.end();
  assert.equal(text(), "something else\n20 %\n40 %\n");
});

test("a terminal that does not know its width has 80 columns", () => {
  const { progress, text } = written(true, 0);
  progress.show("x".repeat(100));
  assert.equal(text(), `\r\x1b[K${"x".repeat(79)}`);
});
