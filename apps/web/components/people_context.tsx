"use client";
/** What the parts of the page of people share: words, who looks, names of cameras, and saying what went wrong. */
import type { SessionAnswer } from "@rokuga/media/people_api.ts";
import { createContext, useContext } from "react";
import type { Text } from "../client/text.ts";

export type PeoplePage = Text & {
  me: SessionAnswer;
  cameras: readonly { id: string; name: string; siteId: string }[];
  cameraName: (id: string) => string;
  /** Shows what went wrong, until something else is done. */
  say: (problem: string | null) => void;
};

const Context = createContext<PeoplePage | null>(null);

export const PeopleProvider = Context.Provider;

export function usePeople(): PeoplePage {
  const page = useContext(Context);
  if (!page) throw new Error("usePeople: this component is not on the page of people");
  return page;
}
