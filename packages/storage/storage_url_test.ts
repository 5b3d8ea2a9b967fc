import assert from "node:assert/strict";
import { it } from "node:test";
import { isPrivateHost, parseStorageUrl } from "./storage_url.ts";

it("reads a directory", () => {
  assert.deepEqual(parseStorageUrl("file:///srv/my%20footage"), { kind: "file", root: "/srv/my footage" });
});

it("reads a bucket on AWS, with what holds there", () => {
  assert.deepEqual(parseStorageUrl("s3://footage?region=eu-west-1"), {
    ...{ kind: "s3", bucket: "footage", region: "eu-west-1" },
    ...{ checksum: "supported", browser: "direct", prefix: "" },
  });
  assert.deepEqual(parseStorageUrl("s3://my.bucket"), {
    ...{ kind: "s3", bucket: "my.bucket", checksum: "supported", browser: "direct", prefix: "" },
  });
});

it("reads a bucket elsewhere, with what holds there", () => {
  assert.deepEqual(parseStorageUrl("s3://footage?endpoint=http://192.168.1.5:9000&prefix=a/b"), {
    ...{ kind: "s3", bucket: "footage", endpoint: "http://192.168.1.5:9000/", region: "us-east-1" },
    ...{ checksum: "required", browser: "proxy", prefix: "a/b/" },
  });
  const elsewhere =
    "s3://footage?endpoint=https://s3.example.com/v1&region=auto&checksum=supported&browser=direct";
  assert.deepEqual(parseStorageUrl(elsewhere), {
    ...{ kind: "s3", bucket: "footage", endpoint: "https://s3.example.com/v1", region: "auto" },
    ...{ checksum: "supported", browser: "direct", prefix: "" },
  });
});

it("says what is wrong, and never a secret", () => {
  const cases: [string, RegExp][] = [
    ["", /must be file:/],
    ["/srv/footage", /must be file:/],
    ["https://bucket.s3.amazonaws.com", /must be file:/],
    ["file://srv/footage", /three slashes/],
    ["file:///", /whole file system/],
    ["file:///srv?region=x", /no parameters/],
    ["s3://", /bucket is missing/],
    ["s3:?region=eu-west-1", /bucket is missing/],
    ["s3://Bucket", /"Bucket" cannot be/],
    ["s3://bucket:9000", /endpoint=/],
    ["s3://bucket/folder", /use prefix=folder/],
    ["s3://bucket?regoin=eu-west-1", /"regoin" is unknown; there are endpoint, region/],
    ["s3://bucket?region=a&region=b", /"region" is given twice/],
    ["s3://bucket?region=a/b", /cannot be a region/],
    ["s3://bucket?checksum=none", /checksum= must be required or supported, it is "none"/],
    ["s3://bucket?browser=yes", /browser= must be direct or proxy/],
    ["s3://bucket?prefix=../x", /prefix= must be folder names/],
    ["s3://bucket?endpoint=127.0.0.1:9000", /http:\/\/ or https:\/\//],
    ["s3://bucket?endpoint=http://h?x=1", /endpoint= has a \?/],
    ["s3://key:hunter2@bucket", /credentials/],
    ["s3://bucket?endpoint=https://key:hunter2@host", /credentials/],
  ];
  for (const [url, message] of cases) {
    assert.throws(
      () => parseStorageUrl(url),
      (error: Error) => {
        assert.equal(error.name, "SettingError", url);
        assert.match(error.message, message, url);
        assert.doesNotMatch(error.message, /hunter2/);
        return true;
      },
    );
  }
});

it("knows which hosts a browser elsewhere cannot reach", () => {
  const here = ["localhost", "minio", "nas.local", "s3.corp.internal", "127.0.0.1", "10.1.2.3", "172.31.0.1"];
  const alsoHere = [
    "192.168.0.9",
    "169.254.1.1",
    "100.64.0.1",
    "[::1]",
    "[fd00::1]",
    "[fe80::1]",
    "[::ffff:10.0.0.1]",
  ];
  const elsewhere = [
    "s3.example.com",
    "8.8.8.8",
    "172.32.0.1",
    "192.169.0.1",
    "[2001:db8::1]",
    "local.example.com",
  ];
  for (const host of [...here, ...alsoHere]) assert.equal(isPrivateHost(host), true, host);
  for (const host of elsewhere) assert.equal(isPrivateHost(host), false, host);
});
