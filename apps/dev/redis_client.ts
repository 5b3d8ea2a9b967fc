/**
 * The few commands that a launcher says to a Redis (AUTH, PING, INFO, SHUTDOWN), over one short connection:
 * whether it is there, lets us in, and which version it is. The real client of the queue is elsewhere.
 */
import { connect as connectTcp, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";

const LIMIT_MS = 5_000;

/** Redis answered with an error: `code` is its first word, such as `WRONGPASS`, `NOAUTH`, `LOADING`. */
export class RedisError extends Error {
  override name = "RedisError";
  readonly code: string;
  constructor(answer: string) {
    super(answer);
    this.code = answer.split(" ")[0] ?? "";
  }
}

/**
 * Sends commands, the URL's credentials first, and resolves with their answers as text. A connection that the
 * server closes while a command is under way gives that command the answer "" (which is how SHUTDOWN ends).
 * Throws {@link RedisError}, or the connection's error.
 */
export async function askRedis(
  url: string,
  commands: readonly (readonly string[])[],
  signal?: AbortSignal,
): Promise<string[]> {
  const { protocol, hostname, port, username, password } = new URL(url);
  const address = { host: hostname.replace(/^\[|\]$/g, ""), port: Number(port || 6379) };
  const login = password
    ? [["AUTH", ...(username ? [decodeURIComponent(username)] : []), decodeURIComponent(password)]]
    : [];
  const name = isIP(address.host) ? {} : { servername: address.host };
  const socket = protocol === "rediss:" ? connectTls({ ...address, ...name }) : connectTcp(address);
  try {
    const answers = await exchange(socket, [...login, ...commands], signal);
    return answers.slice(login.length);
  } finally {
    socket.destroy();
  }
}

function exchange(
  socket: Socket,
  commands: readonly (readonly string[])[],
  signal?: AbortSignal,
): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const answers: string[] = [];
    let received = "";
    const ask = () => {
      const command = commands[answers.length];
      if (command) socket.write(encode(command));
      else resolve(answers);
    };
    socket.setEncoding("utf8");
    socket.setTimeout(LIMIT_MS, () => socket.destroy(new Error(`no answer within ${LIMIT_MS / 1000} s`)));
    signal?.addEventListener("abort", () => socket.destroy(new Error("interrupted")), { once: true });
    socket.once("error", reject);
    socket.once("close", () => resolve([...answers, ""]));
    socket.on("data", (chunk: string) => {
      received += chunk;
      const answer = decode(received);
      if (answer === undefined) return;
      received = "";
      if (answer.startsWith("-")) reject(new RedisError(answer.slice(1)));
      else {
        answers.push(answer);
        ask();
      }
    });
    ask();
  });
}

/** RESP: an array of bulk strings (Redis serialization protocol specification). */
function encode(command: readonly string[]): string {
  return `*${command.length}\r\n${command.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join("")}`;
}

/** A whole answer (a simple string, an error with its `-`, a number, a bulk string), or undefined when more is to come. */
function decode(received: string): string | undefined {
  const end = received.indexOf("\r\n");
  if (end < 0) return undefined;
  const head = received.slice(0, end);
  if (!head.startsWith("$")) return head.startsWith("-") ? head : head.slice(1);
  const body = received.slice(end + 2);
  return Buffer.byteLength(body) < Number(head.slice(1)) + 2 ? undefined : body.slice(0, -2);
}

/** The version in the answer to `INFO server`. */
export function redisVersion(info: string): string {
  return /^(?:valkey|redis)_version:(\S+)/m.exec(info)?.[1] ?? "";
}
