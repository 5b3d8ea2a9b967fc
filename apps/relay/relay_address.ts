/** Where the relay of a spool listens: a file in the spool, so that `pnpm backlog` finds it whatever the port is. */
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { writeAtomically } from "./spool.ts";

const Address = z.strictObject({ url: z.url({ protocol: /^http$/ }) });

const pathOf = (spool: string) => join(spool, "_relay.json");

/** Written while the relay runs. */
export async function publishAddress(spool: string, { host, port }: { host: string; port: number }) {
  const reachable = host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host;
  const name = reachable.includes(":") ? `[${reachable}]` : reachable;
  await writeAtomically(pathOf(spool), JSON.stringify({ url: `http://${name}:${port}` }));
  return { [Symbol.asyncDispose]: () => rm(pathOf(spool), { force: true }) };
}

/** Undefined when no relay has left one. After a crash it may lead nowhere. */
export async function readAddress(spool: string): Promise<string | undefined> {
  const text = await readFile(pathOf(spool), "utf8").catch(() => "null");
  return Address.safeParse(JSON.parse(text)).data?.url;
}
