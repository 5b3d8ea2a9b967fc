/** The SDK's client, set up so that it works with AWS and with services that are only compatible. */
import { createHash } from "node:crypto";
import { S3Client, type S3ClientConfig } from "@aws-sdk/client-s3";
import type { SigningCredentials } from "./presign.ts";
import type { S3Location } from "./storage_url.ts";

/** Fixed credentials, or a function that gives current ones; it is asked again when they are about to expire. */
export type StorageCredentials =
  | SigningCredentials
  | (() => Promise<SigningCredentials & { expiration?: Date }>);

const CONNECT_MS = 5_000;

/** What the SDK would print, its caller is told as an error. */
const SILENT = { trace() {}, debug() {}, info() {}, warn() {}, error() {} };

/**
 * Without credentials the SDK looks in its usual places (AWS_… variables, shared files, the machine's role).
 * The SDK tries twice: once more is for a kept-alive connection that the server had closed. What waits for an
 * outage to end is the caller.
 */
export function createS3Client(location: S3Location, credentials: StorageCredentials | undefined): S3Client {
  const checksums = location.checksum === "supported" ? "WHEN_SUPPORTED" : "WHEN_REQUIRED";
  const config: S3ClientConfig = {
    requestChecksumCalculation: checksums,
    responseChecksumValidation: checksums,
    maxAttempts: 2,
    logger: SILENT,
    // With it (the default from 2 MB on) the SDK opens a new connection for every object, and waits for an answer
    // before it sends the body.
    expectContinueHeader: false,
    // No limit on a silent socket: on a slow uplink the last megabytes wait in the kernel, which looks the same.
    // Each request has a limit of its own instead.
    requestHandler: { connectionTimeout: CONNECT_MS, socketTimeout: 0 },
    ...(location.region === undefined ? {} : { region: location.region }),
    ...(location.endpoint === undefined ? {} : { endpoint: location.endpoint, forcePathStyle: true }),
    ...(credentials === undefined ? {} : { credentials }),
  };
  const client = new S3Client(config);
  addContentMd5(client);
  return client;
}

/**
 * DeleteObjects must carry a checksum. The SDK sends a CRC-32 header, which not every service knows; Content-MD5
 * is what all of them have known from the start.
 */
function addContentMd5(client: S3Client): void {
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const request = args.request as { body?: unknown; headers: Record<string, string> };
      if (context.commandName === "DeleteObjectsCommand" && typeof request.body === "string") {
        request.headers["content-md5"] = createHash("md5").update(request.body).digest("base64");
      }
      return next(args);
    },
    { step: "build", name: "contentMd5ForDeleteObjects" },
  );
}
