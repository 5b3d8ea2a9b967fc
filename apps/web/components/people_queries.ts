"use client";
/** Asking and changing what the page of people shows, by TanStack Query. What fails says why in the server's words. */
import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { z } from "zod";
import { signInAddress } from "../client/next_address.ts";
import { answered, errorText } from "../client/request_error.ts";
import { type SendOptions, send } from "../client/send.ts";
import { usePeople } from "./people_context.tsx";

/** Whoever is not signed in any more is led to do so. */
async function request<T>(url: string, options: SendOptions<T>): Promise<T> {
  const sent = await send(url, options);
  if (!sent.ok && sent.failure.kind === "problem" && sent.failure.status === 401)
    window.location.assign(signInAddress(window.location));
  return answered(sent);
}

/** What the API answers; what was there before stays until another address is answered. `url`: null for nothing. */
export function useAnswer<T>(url: string | null, schema: z.ZodType<T>) {
  return useQuery({
    queryKey: [url],
    queryFn: ({ signal }) => request(url ?? "", { method: "GET", schema, signal }),
    enabled: url !== null,
    placeholderData: keepPreviousData,
  });
}

export type Change<T> = Omit<SendOptions<T>, "signal"> & { url: string };

/** Changes something. What goes wrong is said on the page; all that it shows is asked again, for much depends on much. */
export function useChange<I = void, T = undefined>(changeOf: (input: I) => Change<T>) {
  const { t, say } = usePeople();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (input: I) => {
      const { url, ...options } = changeOf(input);
      return request(url, options);
    },
    onMutate: () => say(null),
    onError: (error) => say(errorText(error, t)),
    onSettled: () => queries.invalidateQueries(),
  });
}
