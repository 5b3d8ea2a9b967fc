"use client";
/** What the page of people is made of: sections, lists and their lines, notes, and the plain controls. */
import type { ComponentProps, ReactNode } from "react";

type SectionProps = {
  /** Of its heading, by which it is named. */
  id: string;
  title: string;
  /** At the end of the heading's line. */
  beside?: ReactNode;
  children: ReactNode;
};

/** Sections are parted by a line. */
export function Section({ id, title, beside, children }: SectionProps) {
  return (
    <section
      className="grid grid-cols-1 gap-3 border-line border-b py-6 last:border-b-0"
      aria-labelledby={id}
    >
      <div className="flex items-center justify-between gap-4">
        <h2 id={id} className="font-[650] text-[1.0625rem]">
          {title}
        </h2>
        {beside}
      </div>
      {children}
    </section>
  );
}

export function SmallHeading({ children }: { children: ReactNode }) {
  return <h3 className="mt-2 font-semibold text-control text-muted">{children}</h3>;
}

export function Note(props: ComponentProps<"p">) {
  return <p {...props} className="text-muted" />;
}

export function List({ children }: { children: ReactNode }) {
  return <ul className="grid grid-cols-1 gap-2">{children}</ul>;
}

/** One of a list: what it is, and at its end what can be done with it. */
export function Line({ children }: { children: ReactNode }) {
  return <li className="flex items-center justify-between gap-4">{children}</li>;
}

/** As wide as what it says. */
export function Button(props: ComponentProps<"button">) {
  return <button type="button" {...props} className="button flex-none justify-self-start" />;
}

export function Input(props: ComponentProps<"input">) {
  return <input {...props} className="input min-h-8 bg-raised py-1" />;
}

/** Labels, each with its control beside it. */
export function Labelled({ children }: { children: ReactNode }) {
  return (
    <div className="grid grid-cols-[6.5rem_minmax(0,1fr)] items-center gap-x-3 gap-y-2 [&>label]:text-control [&>label]:text-muted">
      {children}
    </div>
  );
}
