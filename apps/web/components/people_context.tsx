"use client";
/** What the parts of the page of people share: words, who looks, names of cameras, and saying what went wrong. */
import type { SessionAnswer } from "@rokuga/media/people_api.ts";
import { createContext, useContext } from "react";
import type { Answer } from "../client/http.ts";
import { type SendOptions, send } from "../client/send.ts";
import type { Text } from "../client/text.ts";

export type PeoplePage = Text & {
  me: SessionAnswer;
  cameras: readonly { id: string; name: string; siteId: string }[];
  cameraName: (id: string) => string;
  /** Sends it; what goes wrong is shown. */
  act: <T = undefined>(url: string, options: SendOptions<T>) => Promise<Answer<T>>;
};

const Context = createContext<PeoplePage | null>(null);

export const PeopleProvider = Context.Provider;

export function usePeople(): PeoplePage {
  const page = useContext(Context);
  if (!page) throw new Error("usePeople: this component is not on the page of people");
  return page;
}

/** Sends, and tells `say` the server's sentence when it is refused; null when it was done. */
export function actor(say: (problem: string | null) => void, otherwise: string): PeoplePage["act"] {
  return async (url, options) => {
    const sent = await send(url, options);
    say(sent.ok ? null : (sent.failure.kind === "problem" && sent.failure.detail) || otherwise);
    return sent;
  };
}
