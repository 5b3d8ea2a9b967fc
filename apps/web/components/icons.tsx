/** The pictures on the buttons: 24 by 24, drawn in the colour of the text. They mean nothing without a label. */

const PATHS = {
  play: "M8 5.2v13.6L19 12z",
  pause: "M7 5h3.5v14H7zM13.5 5H17v14h-3.5z",
  back: "M12 5V1.6L7 6.4l5 4.8V7.4a5.9 5.9 0 1 1-5.8 7.1H3.9A8.2 8.2 0 1 0 12 5z",
  forward: "M12 5V1.6l5 4.8-5 4.8V7.4a5.9 5.9 0 1 0 5.8 7.1h2.3A8.2 8.2 0 1 1 12 5z",
  frameBack: "M15.5 5 8.5 12l7 7 1.5-1.5-5.5-5.5L17 6.5z",
  frameForward: "M8.5 5l7 7-7 7L7 17.5l5.5-5.5L7 6.5z",
  previous: "M5 5h2.2v14H5zM19 5v14L8.2 12z",
  next: "M16.8 5H19v14h-2.2zM5 5v14l10.8-7z",
  pip: "M3 5h18v14H3zm2 2v10h14V7zm6.5 4.5H18V16h-6.5z",
  keyboard:
    "M2.5 6h19v12h-19zm2 2v8h15V8zM6 9.5h2v2H6zm3.4 0h2v2h-2zm3.4 0h2v2h-2zm3.4 0h2v2h-2zM7.5 13h9v1.8h-9z",
  grid: "M4 4h7v7H4zM13 4h7v7h-7zM4 13h7v7H4zM13 13h7v7h-7z",
  one: "M4 5h16v14H4zm2 2v10h12V7z",
  sound: "M4 9.3v5.4h3.6L12.5 19V5L7.6 9.3zM15.6 8.2a5.2 5.2 0 0 1 0 7.6l1.4 1.5a7.3 7.3 0 0 0 0-10.6z",
  muted:
    "M4 9.3v5.4h3.6L12.5 19V5L7.6 9.3zM20.6 9.7l-1.3-1.3-2.1 2.1-2.1-2.1-1.3 1.3 2.1 2.1-2.1 2.1 1.3 1.3 2.1-2.1 2.1 2.1 1.3-1.3-2.1-2.1z",
  fullscreen: "M4 4h6v2.2H6.2V10H4zM14 4h6v6h-2.2V6.2H14zM4 14h2.2v3.8H10V20H4zM17.8 14H20v6h-6v-2.2h3.8z",
  smallscreen: "M8 4h2.2v6.2H4V8h4zM13.8 4H16v4h4v2.2h-6.2zM4 13.8h6.2V20H8v-4H4zM13.8 13.8H20V16h-4v4h-2.2z",
  calendar: "M7 3h2v2h6V3h2v2h3v15H4V5h3zm-1 7v8h12v-8zM6 7v1.4h12V7zm2 5h3v3H8z",
  plus: "M11 5h2v6h6v2h-6v6h-2v-6H5v-2h6z",
  minus: "M5 11h14v2H5z",
  target:
    "M11 2h2v3.1a7 7 0 0 1 5.9 5.9H22v2h-3.1a7 7 0 0 1-5.9 5.9V22h-2v-3.1A7 7 0 0 1 5.1 13H2v-2h3.1A7 7 0 0 1 11 5.1zM12 7a5 5 0 1 0 0 10 5 5 0 0 0 0-10z",
  clip: "M7 3a4 4 0 0 1 3.4 6.1L12 10.7 19 3.7h2.6l-8.4 8.4 8.4 8.4H19l-7-7-1.6 1.6A4 4 0 1 1 9 13.7L10.6 12 9 10.4A4 4 0 1 1 7 3zm0 2a2 2 0 1 0 0 4 2 2 0 0 0 0-4zm0 10a2 2 0 1 0 0 4 2 2 0 0 0 0-4z",
  outputs: "M11 3h2v9.2l3.3-3.3 1.4 1.4L12 16 6.3 10.3l1.4-1.4 3.3 3.3zM4 17h2v2h12v-2h2v4H4z",
  close: "M6.4 5 12 10.6 17.6 5 19 6.4 13.4 12l5.6 5.6-1.4 1.4-5.6-5.6L6.4 19 5 17.6l5.6-5.6L5 6.4z",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg className="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={PATHS[name]} fill="currentColor" fillRule="evenodd" />
    </svg>
  );
}

/** Keys that are written one way and named another. */
const SHORTCUTS: Record<string, string> = { "←": "ArrowLeft", "→": "ArrowRight" };

type IconButtonProps = { icon: IconName; label: string; keys?: string; onClick: () => void };

/** A button with a picture; its label is read out and shown as its hint, with the key that does the same. */
export function IconButton({ icon, label, keys, onClick }: IconButtonProps) {
  return (
    <button
      type="button"
      className="icon-button"
      aria-label={label}
      aria-keyshortcuts={keys && (SHORTCUTS[keys] ?? keys)}
      title={keys ? `${label} (${keys})` : label}
      onClick={onClick}
    >
      <Icon name={icon} />
    </button>
  );
}
