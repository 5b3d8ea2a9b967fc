"use client";
/** What the pages before one is in have in common: the mark, a title, forms and what they say. */
import { type ComponentProps, type ReactNode, useId } from "react";
import type { Translator } from "../client/text.ts";
import type { OpenedLink } from "./use_link.ts";

export function Door({ title, children }: { title: string; children: ReactNode }) {
  return (
    <main className="grid min-h-dvh content-start justify-items-center px-5 pt-[clamp(2rem,14dvh,9rem)] pb-8">
      <div className="grid w-full max-w-88 gap-5">
        <div className="flex items-center gap-2 font-[650] text-muted">
          <svg className="size-5" viewBox="0 0 24 24" aria-hidden="true">
            <circle cx="12" cy="12" r="10" fill="none" stroke="currentColor" strokeWidth="2" />
            <circle className="fill-live" cx="12" cy="12" r="5" />
          </svg>
          Rokuga
        </div>
        <h1 className="font-[650] text-[1.5rem] tracking-[-0.01em]">{title}</h1>
        {children}
      </div>
    </main>
  );
}

type FieldProps = ComponentProps<"input"> & { label: string; help?: string };

/** An input with its label, and a line of help that is read with it. */
export function Field({ label, help, ...input }: FieldProps) {
  const id = useId();
  return (
    <label className="grid gap-1 text-control text-muted">
      {label}
      <input
        className="input min-h-10.5 bg-raised px-2.5 text-[1rem] text-text"
        required
        aria-describedby={help && id}
        {...input}
      />
      {help && <span id={id}>{help}</span>}
    </label>
  );
}

/** As long as the server wants it to be. */
export function NewPasswordField(props: Pick<FieldProps, "label" | "help" | "autoFocus">) {
  return (
    <Field
      name="password"
      type="password"
      autoComplete="new-password"
      minLength={10}
      maxLength={128}
      {...props}
    />
  );
}

/** Its fields and the button below them. */
export function DoorForm(props: ComponentProps<"form">) {
  return <form {...props} className="grid gap-4" />;
}

/** As wide as the column. */
export function DoorButton({ primary = false, ...button }: ComponentProps<"button"> & { primary?: boolean }) {
  return (
    <button
      type="button"
      {...button}
      className={`button min-h-10.5 text-body disabled:opacity-60 ${primary ? "button-primary" : ""}`}
    />
  );
}

export function DoorNote({ children }: { children: ReactNode }) {
  return <p className="text-control text-muted">{children}</p>;
}

export function DoorError({ children }: { children: ReactNode }) {
  return (
    <p className="text-error" role="alert">
      {children}
    </p>
  );
}

type ClosedLinkProps = { title: string; link: OpenedLink<unknown> | null; t: Translator };

/** In place of what a link opens, while that is not known and where it opens nothing. */
export function ClosedLink({ title, link, t }: ClosedLinkProps) {
  if (!link || !("problem" in link)) return <Door title={title}>{t("people.checkingLink")}</Door>;
  return (
    <Door title={title}>
      <DoorError>{link.problem ?? t("people.failed")}</DoorError>
      <a href="/sign-in" className="justify-self-start underline">
        {t("people.toSignIn")}
      </a>
    </Door>
  );
}
