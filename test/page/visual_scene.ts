/**
 * The page as the compared pictures show it: the shipped app, with its clock stopped, its video standing still, one
 * typeface, and answers of the API that are always the same.
 */
import { fileURLToPath } from "node:url";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { startChromium } from "../fixtures/chromium.ts";
import { type Library, openLibrary } from "../playback/library.ts";
import { answerAll, type Situation } from "./visual_answers.ts";
import { NOW, playableSegments } from "./visual_footage.ts";

/** Size, colours and language, as in `wide dark en`. */
export type Look = `${keyof typeof SIZES} ${"dark" | "light"} ${"en" | "ja"}`;

const SIZES = { wide: { width: 1280, height: 800 }, narrow: { width: 360, height: 740 } };
const LOCALES: Record<string, string> = { en: "en-GB", ja: "ja-JP" };

/**
 * Pictures of video are flat and grey wherever there are any, since decoders and their scaling may differ, and without the
 * browser's own controls, which tell of loading. Nothing blinks or moves.
 */
const STYLE = `
  video, [data-testid="stages"] canvas { filter: brightness(0) invert(0.35) !important; }
  video::-webkit-media-controls { display: none !important; }
  * { caret-color: transparent !important; }
`;

export type VisualScene = AsyncDisposable & {
  /** Opens a path in a new context, which is closed when the page is done with. */
  open(path: string, options: { look: Look; situation?: Situation }): Promise<Page>;
  /** What the pages have asked for that has no answer here. */
  unknown: string[];
};

export async function openVisualScene(): Promise<VisualScene> {
  await using cleanup = new AsyncDisposableStack();
  const fonts = fileURLToPath(new URL("visual_fonts.conf", import.meta.url));
  const [library, browser, segments] = await Promise.all([
    openLibrary(),
    startChromium({
      args: [
        "--font-render-hinting=none",
        "--force-color-profile=srgb",
        "--disable-lcd-text",
        "--hide-scrollbars",
      ],
      environment: { FONTCONFIG_FILE: fonts },
    }),
    playableSegments(),
  ]);
  cleanup.use(library);
  cleanup.use(browser);
  const unknown: string[] = [];
  const moved = cleanup.move();
  return {
    unknown,
    async open(path, { look, situation = "usual" }) {
      const page = await openPage({ library, browser, look });
      await answerAll(page.context(), { situation, segments, onUnknown: (what) => unknown.push(what) });
      await page.context().addInitScript(standStill, NOW);
      await page.goto(library.url + path);
      return page;
    },
    [Symbol.asyncDispose]: () => moved.disposeAsync(),
  };
}

async function openPage(options: { library: Library; browser: Browser; look: Look }): Promise<Page> {
  const [size, colors, language] = options.look.split(" ") as [keyof typeof SIZES, "dark" | "light", string];
  const context: BrowserContextOptions = {
    ...{ viewport: SIZES[size], colorScheme: colors, locale: LOCALES[language]!, timezoneId: "Asia/Tokyo" },
    ...{ hasTouch: size === "narrow", reducedMotion: "reduce", serviceWorkers: "block" },
  };
  return await options.library.openPage(options.browser, context);
}

/** Runs in the page, before its own scripts. */
function standStill(nowMs: number): void {
  const RealDate = Date;
  window.Date = class extends RealDate {
    constructor(...args: unknown[]) {
      // Without arguments it is now.
      super(...((args.length === 0 ? [nowMs] : args) as [number]));
    }
    static override now(): number {
      return nowMs;
    }
  } as DateConstructor;
  // What passes by itself after seconds stays, and what is asked every few seconds is asked once.
  const later = window.setTimeout.bind(window);
  const passing = (handler: () => void, delayMs = 0, ...args: []) =>
    delayMs >= 5_000 ? 0 : later(handler, delayMs, ...args);
  Object.assign(window, { setTimeout: passing });
  // As in a browser that lets nothing begin by itself: the picture is there, and is the first one.
  HTMLMediaElement.prototype.play = () =>
    Promise.reject(new DOMException("It stands still", "NotAllowedError"));
  const set = Element.prototype.setAttribute;
  Element.prototype.setAttribute = function (name, value) {
    if (name.toLowerCase() !== "autoplay") set.call(this, name, value);
  };
}

/** A picture of what is visible, or of the whole page. */
export async function pictureOf(page: Page, { fullPage = false } = {}): Promise<Buffer> {
  return await page.screenshot({ fullPage, animations: "disabled", scale: "css", style: STYLE });
}
