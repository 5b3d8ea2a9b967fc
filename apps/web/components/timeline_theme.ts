/**
 * The colours and hatchings of the timeline: read from the page's custom properties, so that light and dark are
 * decided in one place. Each cause has its own hatching as well as its colour, for people who tell few colours
 * apart.
 */
import { GapCause } from "@rokuga/media/gap_cause.ts";

export type Theme = {
  text: string;
  muted: string;
  line: string;
  surface: string;
  track: string;
  covered: string;
  playhead: string;
  live: string;
  focus: string;
  /** What a gap of each cause is filled with, and its colour alone. */
  gaps: Record<GapCause, { fill: CanvasPattern | string; color: string }>;
  font: string;
};

/** How the lines of a hatching run. */
type Hatch = "rising" | "falling" | "crossed" | "level" | "dotted" | "sparse" | "upright" | "steep";

const HATCHES: Record<GapCause, Hatch> = {
  "camera-unreachable": "rising",
  "relay-stopped": "falling",
  "waiting-on-site": "level",
  "spool-overflow": "crossed",
  corrupt: "dotted",
  expired: "sparse",
  deleted: "upright",
  unknown: "steep",
};

/** The theme as it is now, for a context whose unit is a CSS pixel of `pixelRatio` pixels of the screen. */
export function readTheme(element: Element, context: CanvasRenderingContext2D, pixelRatio: number): Theme {
  const color = (name: string) => colorOf(element, name);
  const gaps = Object.fromEntries(
    GapCause.options.map((cause) => {
      const own = color(`gap-${cause}`);
      const pattern = context.createPattern(hatch(HATCHES[cause], { color: own, pixelRatio }), "repeat");
      return [cause, { fill: pattern ?? own, color: own }];
    }),
  ) as Theme["gaps"];
  return {
    text: color("text"),
    muted: color("muted"),
    line: color("line"),
    surface: color("surface"),
    track: color("track"),
    covered: color("covered"),
    playhead: color("playhead"),
    live: color("live"),
    focus: color("focus"),
    gaps,
    font: `11px ${getComputedStyle(element).fontFamily}`,
  };
}

/** A custom property as a colour that a canvas understands: its text may still say `light-dark(…)`. */
function colorOf(element: Element, name: string): string {
  const probe = document.createElement("span");
  probe.style.color = `var(--${name})`;
  element.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

/** CSS pixels. */
export const HATCH_PX = 8;

/** A tile of a hatching on a faint ground of its colour. */
export function hatch(
  kind: Hatch,
  { color, pixelRatio }: { color: string; pixelRatio: number },
): HTMLCanvasElement {
  const size = Math.round(HATCH_PX * pixelRatio);
  const tile = document.createElement("canvas");
  tile.width = size;
  tile.height = size;
  const context = tile.getContext("2d")!;
  context.fillStyle = color;
  context.globalAlpha = kind === "sparse" || kind === "level" ? 0.14 : 0.24;
  context.fillRect(0, 0, size, size);
  context.globalAlpha = 1;
  context.strokeStyle = color;
  context.lineWidth = (kind === "steep" || kind === "level" ? 1.25 : 1.75) * pixelRatio;
  context.stroke(new Path2D(strokes(kind, size)));
  return tile;
}

function strokes(kind: Hatch, size: number): string {
  const half = size / 2;
  // The corners repeat on the neighbouring tiles, so that slanted lines meet.
  const rising = `M${-half} ${half}L${half} ${-half}M0 ${size}L${size} 0M${half} ${size + half}L${size + half} ${half}`;
  const falling = `M${-half} ${half}L${half} ${size + half}M0 0L${size} ${size}M${half} ${-half}L${size + half} ${half}`;
  switch (kind) {
    case "rising":
      return rising;
    case "falling":
      return falling;
    case "crossed":
      return rising + falling;
    case "level":
      return `M0 ${half}H${size}`;
    case "upright":
      return `M${half} 0V${size}`;
    case "steep":
      return `M${-half / 2} ${size}L${half / 2} 0M${half * 1.5} ${size}L${half * 2.5} 0`;
    case "dotted":
      return `M${half} ${half - size / 8}v${size / 4}`;
    case "sparse":
      return `M${half - size / 16} ${half}h${size / 8}`;
    default:
      return kind satisfies never;
  }
}

/** A hatching as an image address, for the legend. */
export function hatchUrl(cause: GapCause, element: Element): string {
  return hatch(HATCHES[cause], { color: colorOf(element, `gap-${cause}`), pixelRatio: 1 }).toDataURL();
}
