/**
 * Setting up cameras on site: a page of the relay's own, because the address and the password of a camera are to stay
 * with the relay. It shows what the relay sees (webcams, a picture of an address), and adds a camera to the camera file.
 *
 * Who may: whoever knows the key. It comes to the page behind the `#` of its address, which no server is told, and from
 * there in a header that no other site's page can send.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, readFile, rename, stat, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Log } from "@rokuga/runtime/log.ts";
import express, { type NextFunction, type Request, type Response, type Router } from "express";
import pLimit from "p-limit";
import type { z } from "zod";
import { problemLine } from "../camera_config.ts";
import type { InputLook } from "../ffmpeg.ts";
import { problem } from "../problem.ts";
import { addCamera } from "./add_camera.ts";
import { inputOf, LookRequest, NewCamera } from "./new_camera.ts";

export type SetupOptions = {
  /** Undefined: there is no set-up page. */
  key: string | undefined;
  camerasFile: string;
  look: (input: ReturnType<typeof inputOf>, signal: AbortSignal) => Promise<InputLook>;
  log: Log;
};

const FILES: Record<string, string> = {
  "/": "page.html",
  "/page.js": "page.js",
  "/page.css": "page.css",
  "/words.js": "words.js",
};

const HEADERS = {
  "Content-Security-Policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
  "Cache-Control": "no-store",
};

/** The routes under `/setup`. */
export function setupApi({ key, camerasFile, look, log }: SetupOptions): Router {
  const router = express.Router();
  if (key === undefined) {
    router.use((_request, response) =>
      problem(response, 404, "This relay has no set-up page: set SETUP_KEY, and open /setup#<that key>."),
    );
    return router;
  }
  router.use((_request, response, next) => {
    response.set(HEADERS);
    next();
  });
  for (const [path, name] of Object.entries(FILES)) {
    const file = fileURLToPath(new URL(name, import.meta.url));
    router.get(path, (_request, response) => response.sendFile(file, { cacheControl: false }));
  }
  router.use(requireKey(key), express.json({ limit: "16kb" }));
  router.get("/inputs", async (_request, response) => {
    response.json({ webcams: await webcams() });
  });
  // Pictures one after the other: each holds an FFmpeg and maybe a device.
  const single = pLimit(1);
  router.post("/look", async (request, response) => {
    const asked = parse(LookRequest, request, response);
    if (!asked) return;
    const gone = new AbortController();
    response.once("close", () => gone.abort());
    const seen = await single(() => look(inputOf(asked.input), gone.signal)).catch((error: Error) => {
      if (!gone.signal.aborted) log.warn("a camera could not be looked at", { error });
      return undefined;
    });
    if (gone.signal.aborted) return;
    if (!seen) return problem(response, 500, "FFmpeg cannot be run: see the relay's log.");
    response.json(
      seen.ok ? { ...seen, jpeg: `data:image/jpeg;base64,${seen.jpeg.toString("base64")}` } : seen,
    );
  });
  router.post("/cameras", async (request, response) => {
    const camera = parse(NewCamera, request, response);
    if (camera) await single(() => add(camera, { camerasFile, response, log }));
  });
  router.use((error: Error, _request: Request, response: Response, _next: NextFunction) => {
    // What express says of a body that is no JSON may repeat a piece of it.
    problem(response, 400, `The request cannot be read (${error.name}): send a small JSON object.`);
  });
  return router;
}

function requireKey(key: string) {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  const expected = digest(key);
  return (request: Request, response: Response, next: NextFunction) => {
    if (timingSafeEqual(digest(request.get("x-setup-key") ?? ""), expected)) next();
    else problem(response, 401, "This page was opened without its key: open the link that Rokuga gives.");
  };
}

function parse<T extends z.ZodType>(
  schema: T,
  { body }: Request,
  response: Response,
): z.infer<T> | undefined {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  // Messages of zod name what is wrong and not the value, which may hold a password.
  const { path, message } = parsed.error.issues[0]!;
  problem(response, 400, `${path.join(".") || "The request"}: ${message}`);
  return undefined;
}

type Adding = { camerasFile: string; response: Response; log: Log };

async function add(camera: NewCamera, { camerasFile, response, log }: Adding): Promise<void> {
  const options = { directory: dirname(resolve(camerasFile)), fileExists: existsSync };
  const added = addCamera(await readFile(camerasFile, "utf8"), camera, options);
  if (!added.ok) {
    if (added.why === "known-id")
      return problem(response, 409, `There is a camera with the id '${camera.id}' already: choose another.`);
    const line = problemLine(camerasFile, added.problem);
    const what = added.why === "wrong-file" ? "The camera file has a mistake; mend it first" : "Refused";
    return problem(response, 409, `${what}: ${line}`);
  }
  // Whole or not at all, and as private as it was: it holds passwords.
  const { mode } = await stat(camerasFile);
  const temporary = `${camerasFile}.${process.pid}`;
  await writeFile(temporary, added.text, { mode: mode & 0o777, flush: true });
  await rename(temporary, camerasFile);
  log.info("a camera was added on the set-up page", { cameraId: camera.id });
  response.status(201).json({ id: camera.id });
}

/** Devices that may be webcams, where they can be listed (Linux). */
async function webcams(): Promise<string[]> {
  const names = await readdir("/dev").catch(() => []);
  return names.filter((name) => /^video\d+$/.test(name)).map((name) => `/dev/${name}`);
}
