import assert from "node:assert/strict";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { ensureCamerasFile } from "./cameras_file.ts";
import { temporaryDirectory } from "./fixtures/support.ts";
import { hasSecret, secretOf } from "./secrets.ts";
import { noSpace, prepareStateDirectory, shortPath } from "./state_directory.ts";

describe("prepareStateDirectory", () => {
  it("makes a directory that is ours alone, and is content with one that is there", (t) => {
    const home = join(temporaryDirectory(t), "a", "b");
    prepareStateDirectory(home);
    writeFileSync(join(home, "store", "kept"), "");
    prepareStateDirectory(home);
    assert.deepEqual(readdirSync(home).sort(), ["logs", "secrets", "spool", "store"]);
    assert.ok(existsSync(join(home, "store", "kept")));
    assert.equal(statSync(home).mode & 0o777, 0o700);
  });

  it("says in a sentence why it cannot be written", (t) => {
    const file = join(temporaryDirectory(t), "file");
    writeFileSync(file, "");
    assert.throws(
      () => prepareStateDirectory(join(file, "home")),
      /^CannotStart: Cannot write to the state directory .*ENOTDIR.*set ROKUGA_HOME/,
    );
    const closed = join(temporaryDirectory(t), "closed");
    mkdirSync(closed);
    chmodSync(closed, 0o500);
    // root may write anywhere but where the system says no.
    const unwritable = process.getuid?.() === 0 ? "/sys/rokuga" : join(closed, "home");
    assert.throws(() => prepareStateDirectory(unwritable), /Cannot write to the state directory/);
  });

  it("names the free and the needed space", () => {
    assert.match(noSpace("/state", 12_345_678).message, /nearly full: 12 MB are free, 500 MB are needed/);
  });
});

describe("shortPath", () => {
  it("is relative below the root only", () => {
    assert.equal(shortPath("/repository", "/repository/.rokuga/store"), ".rokuga/store");
    assert.equal(shortPath("/repository", "/elsewhere/store"), "/elsewhere/store");
    assert.equal(shortPath("/repository", "/repository"), "/repository");
  });
});

describe("secretOf", () => {
  it("is made once, random and private", (t) => {
    const home = temporaryDirectory(t);
    mkdirSync(join(home, "secrets"));
    assert.equal(hasSecret(home, "a"), false);
    const secret = secretOf(home, "a");
    assert.match(secret, /^[\w-]{43}$/);
    assert.equal(secretOf(home, "a"), secret);
    assert.notEqual(secretOf(home, "b"), secret);
    assert.equal(statSync(join(home, "secrets", "a")).mode & 0o777, 0o600);
    chmodSync(join(home, "secrets", "a"), 0o644);
    secretOf(home, "a");
    assert.equal(statSync(join(home, "secrets", "a")).mode & 0o777, 0o600);
    assert.deepEqual(readdirSync(join(home, "secrets")).sort(), ["a", "b"]);
  });

  it("does not make a new one in place of a damaged one", (t) => {
    const home = temporaryDirectory(t);
    mkdirSync(join(home, "secrets"));
    writeFileSync(join(home, "secrets", "a"), "short");
    assert.throws(() => secretOf(home, "a"), /The secret in .*secrets\/a is damaged/);
  });
});

describe("ensureCamerasFile", () => {
  it("writes the first one, for this user only, and never again", (t) => {
    const path = join(temporaryDirectory(t), "etc", "cameras.yaml");
    assert.equal(ensureCamerasFile(path, "/repository/docs/cameras.schema.json"), true);
    assert.match(
      readFileSync(path, "utf8"),
      /^# yaml-language-server: \$schema=(?:\.\.\/)+repository\/docs\/cameras\.schema\.json$/m,
    );
    assert.match(readFileSync(path, "utf8"), /^cameras:\n(?: {2}#.*\n)* {2}- id: test\n/m);
    assert.equal(statSync(path).mode & 0o777, 0o600);
    writeFileSync(path, "cameras: []\n");
    assert.equal(ensureCamerasFile(path, "/repository/docs/cameras.schema.json"), false);
    assert.equal(readFileSync(path, "utf8"), "cameras: []\n");
  });

  it("says in a sentence why it cannot", (t) => {
    const file = join(temporaryDirectory(t), "file");
    writeFileSync(file, "");
    assert.throws(
      () => ensureCamerasFile(join(file, "cameras.yaml"), "/schema.json"),
      /Cannot write the cameras file .*set CAMERAS_FILE/,
    );
  });
});
