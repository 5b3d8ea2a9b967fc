"use client";
/** What the forms in dialogs are made of: what is asked, one below the other, what went wrong, and the buttons. */
import type { TimeRange } from "@rokuga/media/api.ts";
import type { ReactNode } from "react";
import { useSession } from "./session_context.tsx";

type Parts = { children: ReactNode };

/** The range that a dialog is about. */
export function RangeShown({ range }: { range: TimeRange }) {
  const { session, text } = useSession();
  return <p className="font-[550] tabular-nums">{text.formats.range(range, session.clock.nowMs())}</p>;
}

/** What a form is for, or what it did. */
export function Explained({ children, role }: Parts & { role?: "status" }) {
  return (
    <p className="text-muted" role={role}>
      {children}
    </p>
  );
}

export function Caption({ children }: Parts) {
  return <span className="font-[550] text-control">{children}</span>;
}

/** A field under its caption. */
export function Field({ caption, children }: Parts & { caption: string }) {
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the control is among the children.
    <label className="grid gap-1">
      <Caption>{caption}</Caption>
      {children}
    </label>
  );
}

export function Hint({ id, children }: Parts & { id?: string }) {
  return (
    <span id={id} className="text-muted text-small">
      {children}
    </span>
  );
}

export function Problem({ children }: Parts) {
  return (
    <p className="text-live-text" role="alert">
      {children}
    </p>
  );
}

export function Buttons({ children }: Parts) {
  return <div className="flex justify-end gap-2">{children}</div>;
}
