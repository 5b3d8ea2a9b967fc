/**
 * Makes the page's own hls.js from the source that its package ships: of what it can do, what the page uses. Three
 * files: the player, its worker, and what the worker does for pages where none can run (late_transmuxer.ts). Parts are
 * left out only where hls.js is made for it: by the constants of its own build, and by its empty module in the place of
 * controllers and demuxers that it takes as optional. Nothing of its source is changed. next.config.ts calls this, in
 * whichever Node Next was started with: so it is JavaScript.
 */
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const WEB = dirname(dirname(fileURLToPath(import.meta.url)));
const PACKAGE = dirname(createRequire(import.meta.url).resolve("hls.js/package.json"));
const SOURCE = join(PACKAGE, "src");

/** Where the files are put, below the web app's directory. */
export const OUTPUT = ".hls";

/** What hls.js' own build decides by. Addresses that say what they share once need variables, H.265 the codecs. */
const CONSTANTS = {
  __USE_VARIABLE_SUBSTITUTION__: true,
  __USE_M2TS_ADVANCED_CODECS__: true,
  __USE_ALT_AUDIO__: false,
  __USE_CMCD__: false,
  __USE_CONTENT_STEERING__: false,
  __USE_EME_DRM__: false,
  __USE_IFRAMES__: false,
  __USE_INTERSTITIALS__: false,
  __USE_MEDIA_CAPABILITIES__: false,
  __USE_SUBTITLES__: false,
  __IN_WORKER__: false,
};

/** Modules of hls.js that are left out, by their path in its source. */
const LEFT_OUT = new Set([
  // What the constants have switched off.
  "controller/audio-stream-controller",
  "controller/audio-track-controller",
  "controller/cmcd-controller",
  "controller/content-steering-controller",
  "controller/eme-controller",
  "controller/iframe-controller",
  "controller/interstitials-controller",
  "controller/subtitle-stream-controller",
  "controller/subtitle-track-controller",
  "controller/timeline-controller",
  "utils/cues",
  "utils/mediakeys-helper",
  // Controllers that are optional in its configuration: one quality, and no metadata beside the picture.
  "controller/cap-level-controller",
  "controller/fps-controller",
  "controller/id3-track-controller",
  // Containers other than the transport stream. A demuxer that is missing is not asked.
  "demux/audio/aacdemuxer",
  "demux/audio/mp3demuxer",
  "demux/mp4demuxer",
  "remux/passthrough-remuxer",
]);

const TRANSMUXER = join(SOURCE, "demux/transmuxer.ts");

/** Builds all three and replaces those that have changed. Takes a fraction of a second. */
export async function buildHls() {
  const { version } = JSON.parse(await readFile(join(PACKAGE, "package.json"), "utf8"));
  const make = (entry, file, { constants, ...options }) =>
    bundle(entry, { ...options, define: definitions(version, constants), outfile: join(WEB, OUTPUT, file) });
  await mkdir(join(WEB, OUTPUT), { recursive: true });
  await Promise.all([
    // Without codecs: the page asks the late transmuxer, which has them.
    make(join(SOURCE, "exports-default.ts"), "hls.js", {
      constants: { __USE_M2TS_ADVANCED_CODECS__: false },
      plugins: [lateTransmuxer],
      format: "esm",
    }),
    make(TRANSMUXER, "transmuxer.js", { constants: {}, format: "esm" }),
    make(join(SOURCE, "demux/transmuxer-worker.ts"), "hls.worker.js", {
      constants: { __IN_WORKER__: true },
      format: "iife",
    }),
  ]);
}

function definitions(version, constants) {
  const all = Object.entries({ ...CONSTANTS, ...constants }).map(([name, value]) => [name, String(value)]);
  return { ...Object.fromEntries(all), __VERSION__: JSON.stringify(version) };
}

async function bundle(entry, { plugins = [], outfile, ...options }) {
  // It is there where the page is built, not where it is served.
  const { build } = await import("esbuild");
  const { outputFiles } = await build({
    ...options,
    entryPoints: [entry],
    outfile,
    bundle: true,
    minify: true,
    write: false,
    target: "es2022",
    logLevel: "warning",
    // What hls.js' source imports are development dependencies of its package: they are ours instead.
    nodePaths: [join(WEB, "node_modules")],
    // Fields that are only declared are no fields, as in its own build.
    tsconfigRaw: { compilerOptions: { useDefineForClassFields: false } },
    plugins: [...plugins, source],
  });
  for (const { path, contents } of outputFiles ?? []) await replace(path, contents);
}

/** Next may read the file while another of its processes writes it; one that is the same is left as it is. */
async function replace(path, contents) {
  const present = await readFile(path).catch((error) => {
    if (error.code === "ENOENT") return null;
    throw error;
  });
  if (present?.equals(contents)) return;
  const draft = `${path}.${process.pid}`;
  await writeFile(draft, contents);
  await rename(draft, path);
}

/** Resolves modules of hls.js among each other. None does anything by being imported that the page would miss. */
const source = {
  name: "hls.js source",
  setup(build) {
    build.onResolve({ filter: /^\./ }, ({ path, resolveDir, importer }) => {
      if (!importer.startsWith(SOURCE)) return null;
      const wanted = join(resolveDir, path);
      if (LEFT_OUT.has(relative(SOURCE, wanted))) return { path: join(SOURCE, "empty.js") };
      return { path: `${wanted}.ts`, sideEffects: false };
    });
  },
};

/** Puts the late transmuxer in the place of the transmuxer, and leaves that to Next to load. */
const lateTransmuxer = {
  name: "late transmuxer",
  setup(build) {
    const late = join(WEB, "hls/late_transmuxer.ts");
    build.onResolve({ filter: /demux\/transmuxer$/ }, () => ({ path: late }));
    build.onResolve({ filter: /^hls-transmuxer-data$/ }, () => ({ path: TRANSMUXER, sideEffects: false }));
    build.onResolve({ filter: /^hls-transmuxer$/ }, () => ({ path: "./transmuxer.js", external: true }));
  },
};
