import assert from "node:assert/strict";
import { test } from "node:test";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { acceptedEncoding, ENCODING_HEADER, textResponse } from "./compress.ts";

test("the encoding that a client likes best of ours", () => {
  const cases: [string | null, string | undefined][] = [
    [null, undefined],
    ["", undefined],
    ["identity", undefined],
    ["gzip, deflate, br, zstd", "br"],
    ["gzip", "gzip"],
    ["GZIP;q=0.5", "gzip"],
    ["br;q=0.1, gzip;q=0.9", "gzip"],
    ["br;q=0, gzip;q=0", undefined],
    ["*", "br"],
    ["*;q=0.5, br;q=0", "gzip"],
    ["br;q=nonsense", undefined],
  ];
  for (const [header, expected] of cases) assert.equal(acceptedEncoding(header), expected, String(header));
});

test("a long text comes compressed, a short one and one for a client that cannot does not", async () => {
  const long = "#EXTINF:10.00000,\n".repeat(1_000);
  const answer = async (text: string, accept?: string) => {
    const request = new Request("http://host/", { headers: accept ? { "accept-encoding": accept } : {} });
    const response = await textResponse(request, text, { headers: { "content-type": "text/plain" } });
    assert.equal(response.headers.get("vary"), "accept-encoding");
    return {
      encoding: response.headers.get(ENCODING_HEADER),
      body: Buffer.from(await response.arrayBuffer()),
    };
  };
  const br = await answer(long, "br");
  assert.deepEqual([br.encoding, brotliDecompressSync(br.body).toString()], ["br", long]);
  const gzip = await answer(long, "gzip");
  assert.deepEqual([gzip.encoding, gunzipSync(gzip.body).toString()], ["gzip", long]);
  assert.deepEqual((await answer(long)).body.toString(), long);
  assert.equal((await answer("#EXTM3U\n", "br")).encoding, null);
});
