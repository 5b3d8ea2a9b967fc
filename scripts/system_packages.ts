/**
 * What tests need from the operating system: real servers, a browser, FFmpeg. On Debian and its kin, as root,
 * what is missing is installed; elsewhere a sentence says what is missing. Nothing is removed or upgraded.
 * Elsewhere only what brings a program can be looked for: libraries, plugins and fonts are taken on trust.
 */
import { execFile, spawn } from "node:child_process";
import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";

/** A Debian package, and the program by which it is found on systems that are not Debian. */
export type SystemPackage = { name: string; program?: string };

export const systemPackages: readonly SystemPackage[] = [
  { name: "ffmpeg", program: "ffmpeg" },
  { name: "redis-server", program: "redis-server" },
  { name: "chromium", program: "chromium" },
  { name: "python3-gi", program: "python3" },
  { name: "gir1.2-gst-rtsp-server-1.0" },
  { name: "gstreamer1.0-plugins-base" },
  { name: "gstreamer1.0-plugins-good" },
  { name: "gstreamer1.0-plugins-bad" },
  { name: "gstreamer1.0-plugins-ugly" },
  { name: "gstreamer1.0-libav" },
  { name: "gstreamer1.0-tools", program: "gst-launch-1.0" },
  { name: "vlc-bin", program: "cvlc" },
  { name: "vlc-plugin-base" },
  { name: "nginx", program: "nginx" },
  { name: "swift-proxy", program: "swift-proxy-server" },
  { name: "swift-account", program: "swift-account-server" },
  { name: "swift-container", program: "swift-container-server" },
  { name: "swift-object", program: "swift-object-server" },
  { name: "memcached", program: "memcached" },
  { name: "fonts-noto-cjk" },
  { name: "procps", program: "ps" },
  { name: "faketime", program: "faketime" },
  { name: "rclone", program: "rclone" },
];

export type EnsureOptions = {
  /** Gets one line at a time: what is done, and what apt-get prints. */
  log: (line: string) => void;
  /** Default {@link systemPackages}. */
  packages?: readonly SystemPackage[];
  signal?: AbortSignal;
};

const QUERY_MS = 30_000;
const INSTALL_MS = 15 * 60_000;
/** Another apt-get may be at work: wait for it instead of failing at once. */
const APT = ["-o", "DPkg::Lock::Timeout=300", "-o", "Acquire::Retries=3"];

/**
 * Makes sure that the packages are there. Throws one sentence that names what is missing when it cannot be
 * installed from here, and when the installation fails.
 */
export async function ensureSystemPackages(options: EnsureOptions): Promise<void> {
  const { log, packages = systemPackages, signal } = options;
  const missing = await missingPackages(packages, signal);
  if (missing.length === 0) return;
  const names = missing.join(" ");
  if (process.getuid?.() !== 0 || !(await findProgram("apt-get"))) {
    const command = `apt-get install --no-install-recommends ${names}`;
    throw new Error(
      `Cannot run what needs other programs: missing are ${names}. On Debian, as root: ${command}`,
    );
  }
  log(`Installing ${names}`);
  await aptGet(["update"], { log, names, signal });
  await aptGet(["install", "--yes", "--no-install-recommends", ...missing], { log, names, signal });
  const still = await missingPackages(packages, signal);
  if (still.length > 0)
    throw new Error(`Cannot install ${still.join(" ")}: apt-get succeeded, and they are not there`);
}

/** Names of the packages that are not installed; where there is no dpkg, of those whose program is not found. */
export async function missingPackages(
  packages: readonly SystemPackage[] = systemPackages,
  signal?: AbortSignal,
): Promise<string[]> {
  if (await findProgram("dpkg-query")) {
    const installed = await installedByDpkg(packages, signal);
    return packages.filter(({ name }) => !installed.has(name)).map(({ name }) => name);
  }
  const found = await Promise.all(
    packages.map(({ program }) => program === undefined || findProgram(program)),
  );
  return packages.filter((_, index) => !found[index]).map(({ name }) => name);
}

async function installedByDpkg(
  packages: readonly SystemPackage[],
  signal: AbortSignal | undefined,
): Promise<Set<string>> {
  // Without the architecture, which multi-arch packages would carry.
  const args = [
    "--show",
    "--showformat",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the placeholders are dpkg-query's.
    "${db:Status-Abbrev}\t${Package}\n",
    ...packages.map(({ name }) => name),
  ];
  const limit = { timeout: QUERY_MS, killSignal: "SIGKILL", ...(signal ? { signal } : {}) } as const;
  const { stdout } = await promisify(execFile)("dpkg-query", args, limit).catch((error) => {
    // 1: some of them are not known to dpkg; the others are printed.
    if (error.code === 1 && typeof error.stdout === "string") return error as { stdout: string };
    throw new Error("Cannot find out which packages are installed: dpkg-query failed", { cause: error });
  });
  const rows = stdout.split("\n").map((line) => line.split("\t"));
  // "ii": wanted and installed. "rc" is removed with its configuration left, "iU" unpacked only.
  return new Set(rows.filter(([status]) => status?.startsWith("ii")).map(([, name]) => name ?? ""));
}

type AptOptions = { log: (line: string) => void; names: string; signal: AbortSignal | undefined };

async function aptGet(args: string[], { log, names, signal }: AptOptions): Promise<void> {
  const timeUp = AbortSignal.timeout(INSTALL_MS);
  const child = spawn("apt-get", [...APT, "--quiet", ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    signal: signal ? AbortSignal.any([signal, timeUp]) : timeUp,
  });
  const errors: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    let rest = "";
    stream.setEncoding("utf8").on("data", (text: string) => {
      const lines = (rest + text).split(/[\r\n]+/);
      rest = lines.pop() ?? "";
      for (const line of lines) log(line);
      errors.push(...lines.filter((line) => line.startsWith("E:")));
    });
  }
  const code = await new Promise<number | string | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (exitCode, killedBy) => resolve(exitCode ?? killedBy));
  }).catch((error) => {
    signal?.throwIfAborted();
    const why = timeUp.aborted
      ? `apt-get took longer than ${INSTALL_MS / 60_000} minutes`
      : "apt-get does not run";
    throw new Error(`Cannot install ${names}: ${why}`, { cause: error });
  });
  if (code === 0) return;
  throw new Error(`Cannot install ${names}: apt-get ${args[0]} ended with ${code}. ${errors.join(" ")}`);
}

async function findProgram(program: string): Promise<string | undefined> {
  const directories = (process.env.PATH ?? "").split(delimiter).filter((directory) => directory !== "");
  // Debian keeps some daemons out of an ordinary user's PATH.
  for (const directory of [...directories, "/usr/sbin", "/sbin"]) {
    const path = join(directory, program);
    const found = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return path;
  }
  return undefined;
}
