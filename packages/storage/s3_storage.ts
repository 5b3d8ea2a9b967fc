/**
 * The store in S3: AWS, and services that speak the same protocol. Object keys are keys of the bucket, after the
 * location's prefix.
 *
 * What a put verifies: the body's SHA-256 here; its SHA-256 (signed) and MD5 by the server, which refuses a body
 * that differs; and that the server's answer names the same MD5, or else the length of what it stored. AWS
 * answers a read of an absent object with 403 instead of 404 to credentials without s3:ListBucket: give it.
 * Browsers that fetch objects themselves need the bucket's CORS rules.
 */
import { createHash } from "node:crypto";
import type { Readable } from "node:stream";
import {
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { checkBody, checkKey, checkPrefix, checkRange, isKey, PROBE_NAME } from "./key.ts";
import { rememberingPresigner } from "./presign.ts";
import { sendBody, signedWith } from "./s3_body.ts";
import { createS3Client, type StorageCredentials } from "./s3_client.ts";
import { isAbsent, s3Error, statusOf } from "./s3_error.ts";
import type { GetOptions, ObjectInfo, PutOptions, Storage, StorageOptions } from "./storage.ts";
import type { S3Location } from "./storage_url.ts";
import { limited, TimeLimit, webStream } from "./time_limit.ts";

const LIMIT_MS = 30_000;
/** The slowest uplink on which a put may succeed, bytes per ms: 128 kbit/s. */
const SLOWEST_BYTES_PER_MS = 16;
/** What one DeleteObjects request may name (S3 API reference). */
const DELETE_BATCH = 1000;

export class S3Storage implements Storage {
  readonly #location: S3Location;
  readonly #client: S3Client;
  readonly #presign = rememberingPresigner();
  #base: Promise<string> | undefined;

  constructor(location: S3Location, credentials?: StorageCredentials) {
    this.#location = location;
    this.#client = createS3Client(location, credentials);
  }

  async put(key: string, body: Uint8Array, options: PutOptions): Promise<void> {
    const { contentType, sha256, signal, pace } = options;
    checkKey(key);
    checkBody(key, body, sha256);
    const attempt = `store "${key}"`;
    const md5 = createHash("md5").update(body).digest();
    const input = {
      ...this.#object(key),
      ContentLength: body.byteLength,
      ContentType: contentType,
      ContentMD5: md5.toString("base64"),
      ...(this.#location.checksum === "supported"
        ? { ChecksumSHA256: Buffer.from(sha256, "hex").toString("base64") }
        : {}),
    };
    const limit = new TimeLimit(LIMIT_MS + body.byteLength / SLOWEST_BYTES_PER_MS);
    const outside = pace && ((bytes: number) => limit.outside(() => pace(bytes)));
    const send = (abortSignal: AbortSignal) =>
      sendBody(body, { pace: outside, signal: abortSignal }, (Body) =>
        this.#client.send(signedWith(sha256, new PutObjectCommand({ ...input, Body })), { abortSignal }),
      );
    const { ETag } = await this.#run(attempt, signal, send, limit);
    // With some kinds of encryption the ETag is not an MD5.
    if (ETag?.replaceAll('"', "") === md5.toString("hex")) return;
    const bytes = (await this.head(key, signal ? { signal } : {}))?.bytes;
    if (bytes === body.byteLength) return;
    throw new Error(
      `Cannot ${attempt}: the store holds ${bytes ?? "no"} bytes of it instead of ${body.byteLength}`,
    );
  }

  async get(key: string, { range, signal }: GetOptions = {}): Promise<ReadableStream<Uint8Array>> {
    checkKey(key);
    checkRange(key, range);
    const attempt = `read "${key}"`;
    const Range = range && `bytes=${range.start}-${range.end - 1}`;
    const command = new GetObjectCommand({ ...this.#object(key), ...(Range ? { Range } : {}) });
    const { Body } = await this.#run(attempt, signal, async (abortSignal) => {
      try {
        return await this.#client.send(command, { abortSignal });
      } catch (error) {
        if (statusOf(error) !== 416) throw error;
        throw new RangeError(`Cannot ${attempt} from byte ${range?.start} on: the object ends before it`);
      }
    });
    const explain = (error: unknown) => this.#explain(error, attempt);
    return webStream(Body as Readable, { idleMs: LIMIT_MS, signal, explain });
  }

  async head(key: string, { signal }: StorageOptions = {}): Promise<ObjectInfo | undefined> {
    checkKey(key);
    return this.#run(`look up "${key}"`, signal, async (abortSignal) => {
      try {
        const answer = await this.#client.send(new HeadObjectCommand(this.#object(key)), { abortSignal });
        return { key, bytes: answer.ContentLength ?? 0 };
      } catch (error) {
        if (isAbsent(error)) return undefined;
        throw error;
      }
    });
  }

  async *list(prefix: string, { signal }: StorageOptions = {}): AsyncGenerator<ObjectInfo> {
    checkPrefix(prefix);
    const { bucket, prefix: folder } = this.#location;
    let ContinuationToken: string | undefined;
    do {
      const from = ContinuationToken === undefined ? {} : { ContinuationToken };
      const command = new ListObjectsV2Command({ Bucket: bucket, Prefix: folder + prefix, ...from });
      const page = await this.#run(`list "${prefix}"`, signal, (abortSignal) =>
        this.#client.send(command, { abortSignal }),
      );
      for (const { Key = "", Size = 0 } of page.Contents ?? []) {
        const key = Key.slice(folder.length);
        if (isKey(key)) yield { key, bytes: Size };
      }
      ContinuationToken = page.IsTruncated ? page.NextContinuationToken : undefined;
    } while (ContinuationToken !== undefined);
  }

  async delete(keys: readonly string[], { signal }: StorageOptions = {}): Promise<void> {
    for (const key of keys) checkKey(key);
    const { bucket, prefix } = this.#location;
    for (let from = 0; from < keys.length; from += DELETE_BATCH) {
      const batch = keys.slice(from, from + DELETE_BATCH);
      const attempt = `delete ${batch.length} objects ("${batch[0]}", …)`;
      const Objects = batch.map((key) => ({ Key: prefix + key }));
      const command = new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } });
      const { Errors = [] } = await this.#run(attempt, signal, (abortSignal) =>
        this.#client.send(command, { abortSignal }),
      );
      const failed = Errors.filter(({ Code }) => Code !== "NoSuchKey");
      if (failed.length === 0) continue;
      const { Key, Code, Message } = failed[0]!;
      const error = Object.assign(new Error(`${Key}: ${Message}`), Code ? { Code } : {});
      throw this.#explain(error, `${attempt}, ${failed.length} of them`);
    }
  }

  async browserUrl(key: string, { expiresAtMs }: { expiresAtMs: number }): Promise<string | undefined> {
    checkKey(key);
    if (this.#location.browser === "proxy") return undefined;
    this.#base ??= this.#bucketAddress().catch((error) => {
      this.#base = undefined;
      throw error;
    });
    const { region, credentials } = this.#client.config;
    const wanted = Promise.all([this.#base, region(), credentials()]);
    try {
      const [base, signedRegion, signer] = await limited(wanted, LIMIT_MS);
      const options = { base, region: signedRegion, credentials: signer, expiresAtMs, nowMs: Date.now() };
      return this.#presign(options)(this.#location.prefix + key);
    } catch (error) {
      throw this.#explain(error, `sign a URL for "${key}"`);
    }
  }

  async check({ signal, prefix = "" }: StorageOptions & { prefix?: string } = {}): Promise<void> {
    checkPrefix(prefix);
    const body = new TextEncoder().encode(PROBE_NAME);
    const sha256 = createHash("sha256").update(body).digest("hex");
    const options = { contentType: "text/plain", sha256, ...(signal ? { signal } : {}) };
    await this.put(prefix + PROBE_NAME, body, options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client.destroy();
  }

  #object(key: string): { Bucket: string; Key: string } {
    return { Bucket: this.#location.bucket, Key: this.#location.prefix + key };
  }

  /** Where the SDK finds the bucket: with or without the bucket in the host name, by partition and endpoint. */
  async #bucketAddress(): Promise<string> {
    const key = "x";
    const command = new GetObjectCommand({ Bucket: this.#location.bucket, Key: key });
    const { origin, pathname } = new URL(await getSignedUrl(this.#client, command));
    return origin + pathname.slice(0, -`/${key}`.length);
  }

  /** Runs a request with the limits and errors that all of them share. */
  async #run<T>(
    attempt: string,
    signal: AbortSignal | undefined,
    send: (abortSignal: AbortSignal) => Promise<T>,
    limit: number | TimeLimit = LIMIT_MS,
  ): Promise<T> {
    signal?.throwIfAborted();
    const ended = new AbortController();
    const stop = signal ? AbortSignal.any([signal, ended.signal]) : ended.signal;
    try {
      return await limited(send(stop), limit, signal);
    } catch (error) {
      ended.abort();
      if (signal?.aborted) throw signal.reason;
      throw this.#explain(error, attempt);
    }
  }

  #explain(error: unknown, attempt: string): unknown {
    if (error instanceof RangeError) return error;
    const { bucket, endpoint } = this.#location;
    return s3Error(error, { attempt, bucket, where: endpoint ? new URL(endpoint).host : "AWS S3" });
  }
}
