import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { partEnvironments, readSettings } from "./env.ts";

const read = (environment: NodeJS.ProcessEnv, args: string[] = []) =>
  readSettings(environment, args, "/repository");

describe("readSettings", () => {
  it("has defaults for everything", () => {
    const { environment, ...settings } = read({});
    assert.deepEqual(environment, {});
    assert.deepEqual(settings, {
      root: "/repository",
      home: "/repository/.rokuga",
      camerasFile: "/repository/cameras.yaml",
      hot: false,
      databaseUrl: undefined,
      databaseOwnerUrl: undefined,
      queue: { kind: "embedded" },
      storageUrl: undefined,
      ffmpegPath: undefined,
      port: undefined,
      relayPort: undefined,
      logLevel: "info",
    });
  });

  it("takes an empty variable for an absent one", () => {
    assert.equal(read({ DATABASE_URL: "", PORT: "" }).databaseUrl, undefined);
  });

  it("reads what is set", () => {
    const settings = read(
      {
        PORT: "8080",
        ROKUGA_HOME: "state",
        CAMERAS_FILE: "/etc/cameras.yaml",
        DATABASE_URL: "postgresql://u:p@db/x",
      },
      ["--", "--hot"],
    );
    assert.equal(settings.port, 8080);
    assert.equal(settings.home, "/repository/state");
    assert.equal(settings.camerasFile, "/etc/cameras.yaml");
    assert.equal(settings.databaseUrl, "postgresql://u:p@db/x");
    assert.equal(settings.hot, true);
  });

  it("chooses the queue by its URL", () => {
    const queue = (url: string) => read({ REDIS_URL: url }).queue;
    assert.deepEqual(queue("postgres"), { kind: "database" });
    for (const url of ["redis://127.0.0.1", "rediss://:secret@queue:6380", "postgres://u:p@db/queue"]) {
      assert.deepEqual(queue(url), { kind: "given", url });
    }
  });

  it("takes the owner of the database only beside the user of worker and web", () => {
    const both = { DATABASE_URL: "postgres://app@db/x", DATABASE_OWNER_URL: "postgres://owner@db/x" };
    assert.equal(read(both).databaseOwnerUrl, "postgres://owner@db/x");
    assert.throws(
      () => read({ DATABASE_OWNER_URL: "postgres://owner@db/x" }),
      /DATABASE_OWNER_URL: needs DATABASE_URL too/,
    );
  });

  it("names each bad variable and never its value", () => {
    const bad = {
      DATABASE_URL: "mysql://root:hunter2@db/x",
      DATABASE_OWNER_URL: "hunter2",
      REDIS_URL: "hunter2",
      STORAGE_URL: "ftp://hunter2@store",
      PORT: "70000",
      RELAY_PORT: "x",
      LOG_LEVEL: "loud",
    };
    assert.throws(
      () => read(bad),
      (error: Error) => {
        for (const name of Object.keys(bad)) assert.match(error.message, new RegExp(`${name}: `));
        assert.doesNotMatch(error.message, /hunter2/);
        assert.match(error.message, /PORT: must be 1 to 65535/);
        assert.match(error.message, /RELAY_PORT: must be a port number/);
        return true;
      },
    );
  });

  it("refuses an unknown option and shows those that there are", () => {
    assert.throws(
      () => read({}, ["--warm"]),
      /^CannotStart: Unknown option --warm\.\nUsage: npx pnpm dev \[--hot\]/,
    );
  });
});

describe("partEnvironments", () => {
  const environment = {
    PATH: "/bin",
    HOME: "/home/me",
    TZ: "Asia/Tokyo",
    DATABASE_URL: "postgres://person@db/x",
    AWS_ACCESS_KEY_ID: "key",
    AWS_SECRET_ACCESS_KEY: "secret",
    GITHUB_TOKEN: "token",
    NODE_OPTIONS: "--inspect",
    WORKER_CONCURRENCY: "3",
    UPLOAD_BITS_PER_SECOND: "8000000",
    SPOOL_LIMIT_BYTES: "50GB",
    CLIPS_LIMIT_BYTES: "5000000000",
  };
  const decided = {
    databaseUrl: "postgres://decided/x",
    queueUrl: "redis://decided",
    storageUrl: "file:///store",
    ffmpegPath: "/usr/bin/ffmpeg",
    mediaSecret: "media",
    setupKey: "setup",
    authSecret: "auth",
    port: 3000,
    relayPort: 3001,
  };
  const common = { PATH: "/bin", HOME: "/home/me", TZ: "Asia/Tokyo", LOG_LEVEL: "info" };
  const aws = { AWS_ACCESS_KEY_ID: "key", AWS_SECRET_ACCESS_KEY: "secret" };

  it("gives each part what it needs and nothing else", () => {
    assert.deepEqual(partEnvironments(read(environment), decided), {
      relay: {
        ...common,
        SPOOL_LIMIT_BYTES: "50GB",
        REDIS_URL: "redis://decided",
        CAMERAS_FILE: "/repository/cameras.yaml",
        SPOOL_DIR: "/repository/.rokuga/spool",
        FFMPEG_PATH: "/usr/bin/ffmpeg",
        RELAY_PORT: "3001",
        SETUP_KEY: "setup",
      },
      worker: {
        ...common,
        ...aws,
        WORKER_CONCURRENCY: "3",
        UPLOAD_BITS_PER_SECOND: "8000000",
        REDIS_URL: "redis://decided",
        DATABASE_URL: "postgres://decided/x",
        STORAGE_URL: "file:///store",
        SPOOL_DIR: "/repository/.rokuga/spool",
      },
      web: {
        ...common,
        ...aws,
        DATABASE_URL: "postgres://decided/x",
        STORAGE_URL: "file:///store",
        MEDIA_SECRET: "media",
        SETUP_URL: "http://127.0.0.1:3001/setup#setup",
        AUTH_SECRET: "auth",
        FFMPEG_PATH: "/usr/bin/ffmpeg",
        CLIPS_DIR: "/repository/.rokuga/clips",
        CLIPS_LIMIT_BYTES: "5000000000",
        HOST: "127.0.0.1",
        PORT: "3000",
        NODE_ENV: "production",
      },
    });
  });

  it("tells the web of --hot", () => {
    const { web } = partEnvironments(read(environment, ["--hot"]), decided);
    assert.equal(web.HOT, "1");
    assert.equal(web.NODE_ENV, "development");
  });
});
