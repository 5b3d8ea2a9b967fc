/**
 * The grammar of `STORAGE_URL`:
 *
 *     file:///absolute/path
 *     s3://bucket?endpoint=…&region=…&checksum=required|supported&browser=direct|proxy&prefix=…
 *
 * `endpoint`: an S3-compatible service other than AWS; its buckets are addressed in the path. `checksum`: send
 * the newer x-amz-checksum headers always (`supported`, the default on AWS) or where S3 demands them
 * (`required`, the default with an endpoint, since many services refuse them). `browser`: whether browsers
 * fetch objects from the store themselves; by default they do, unless the endpoint is on a private network.
 * `prefix`: a folder in the bucket, for a bucket that is shared with something else.
 */
import { BlockList, isIP } from "node:net";
import { fileURLToPath } from "node:url";
import { SettingError } from "@rokuga/runtime/environment.ts";
import { checkPrefix } from "./key.ts";

export type FileLocation = { kind: "file"; root: string };

export type S3Location = {
  kind: "s3";
  bucket: string;
  endpoint?: string;
  /** When absent, the SDK looks in its usual places (AWS_REGION, the shared config file). */
  region?: string;
  checksum: "required" | "supported";
  browser: "direct" | "proxy";
  /** Empty, or ends with "/". */
  prefix: string;
};

const EXAMPLES = "file:///absolute/path or s3://bucket?region=…";
const PARAMETERS = ["endpoint", "region", "checksum", "browser", "prefix"];
/** What a service other than AWS usually calls its region. */
const DEFAULT_REGION = "us-east-1";

/** Throws {@link SettingError} with what is wrong and never the whole URL: it may carry a secret. */
export function parseStorageUrl(text: string): FileLocation | S3Location {
  const url = URL.parse(text);
  if (url?.username || url?.password) {
    throw wrong("it carries credentials; give them as AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY");
  }
  if (url?.protocol === "file:") return parseFileUrl(url);
  if (url?.protocol === "s3:") return parseS3Url(url);
  throw wrong(`it must be ${EXAMPLES}`);
}

function wrong(why: string): SettingError {
  return new SettingError(`The storage URL (STORAGE_URL) is wrong: ${why}`);
}

function parseFileUrl(url: URL): FileLocation {
  if (url.host !== "")
    throw wrong(`"${url.host}" is taken for a host; a path needs three slashes, file:///path`);
  if (url.search || url.hash)
    throw wrong("a file: URL takes no parameters; write ? and # in a path as %3F and %23");
  const root = fileURLToPath(url);
  if (url.pathname === "/") throw wrong("it names the whole file system; name a directory");
  return { kind: "file", root };
}

function parseS3Url(url: URL): S3Location {
  const bucket = url.hostname;
  if (bucket === "") throw wrong("the bucket is missing; it must be s3://bucket?…");
  if (!/^[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]$/.test(bucket))
    throw wrong(`"${bucket}" cannot be a bucket's name`);
  if (url.port) throw wrong(`port ${url.port} belongs into endpoint=`);
  if (url.pathname.length > 1)
    throw wrong(`a path after the bucket is not read; use prefix=${url.pathname.slice(1)}`);
  if (url.hash) throw wrong("it has a # part; write # as %23");

  for (const name of url.searchParams.keys()) {
    if (!PARAMETERS.includes(name)) {
      throw wrong(`the parameter "${name}" is unknown; there are ${PARAMETERS.join(", ")}`);
    }
    if (url.searchParams.getAll(name).length > 1) throw wrong(`the parameter "${name}" is given twice`);
  }
  const parameter = (name: string) => url.searchParams.get(name) || undefined;
  const endpoint = parseEndpoint(parameter("endpoint"));
  const region = parameter("region") ?? (endpoint ? DEFAULT_REGION : undefined);
  if (region !== undefined && !/^[A-Za-z0-9-]{1,64}$/.test(region))
    throw wrong(`"${region}" cannot be a region`);
  const byDefault = endpoint && isPrivateHost(endpoint.hostname) ? "proxy" : "direct";
  return {
    kind: "s3",
    bucket,
    checksum:
      oneOf("checksum", parameter("checksum"), ["required", "supported"]) ??
      (endpoint ? "required" : "supported"),
    browser: oneOf("browser", parameter("browser"), ["direct", "proxy"]) ?? byDefault,
    prefix: parsePrefix(parameter("prefix")),
    ...(endpoint ? { endpoint: endpoint.href } : {}),
    ...(region === undefined ? {} : { region }),
  };
}

function parseEndpoint(text: string | undefined): URL | undefined {
  if (text === undefined) return undefined;
  const endpoint = URL.parse(text);
  if (!endpoint || !/^https?:$/.test(endpoint.protocol))
    throw wrong("endpoint= must be an http:// or https:// URL");
  if (endpoint.username || endpoint.password)
    throw wrong("endpoint= carries credentials; give them as AWS_… variables");
  if (endpoint.search || endpoint.hash)
    throw wrong("endpoint= has a ? or # part; a & of its own must be written %26");
  return endpoint;
}

function oneOf<const T extends string>(name: string, value: string | undefined, allowed: T[]): T | undefined {
  if (value === undefined) return undefined;
  const found = allowed.find((candidate) => candidate === value);
  if (found === undefined) throw wrong(`${name}= must be ${allowed.join(" or ")}, it is "${value}"`);
  return found;
}

function parsePrefix(text = ""): string {
  if (text === "") return "";
  const prefix = text.endsWith("/") ? text : `${text}/`;
  try {
    checkPrefix(prefix);
  } catch (cause) {
    throw Object.assign(wrong("prefix= must be folder names of A-Z a-z 0-9 - _ . ~ joined by '/'"), {
      cause,
    });
  }
  return prefix;
}

const PRIVATE = new BlockList();
for (const [network, bits] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
] as const) {
  PRIVATE.addSubnet(network, bits, "ipv4");
}
PRIVATE.addAddress("::1", "ipv6");
PRIVATE.addSubnet("fc00::", 7, "ipv6");
PRIVATE.addSubnet("fe80::", 10, "ipv6");

/** Whether a browser elsewhere could not reach the host: a private address, or a name that is local by its form. */
export function isPrivateHost(hostname: string): boolean {
  const host = hostname.replace(/^\[(.*)\]$/, "$1").replace(/\.$/, "");
  const family = isIP(host);
  if (family !== 0) return PRIVATE.check(host, family === 6 ? "ipv6" : "ipv4");
  return !host.includes(".") || /\.(localhost|local|internal|lan|home\.arpa)$/.test(host);
}
