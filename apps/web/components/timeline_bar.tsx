"use client";
/** Above the timeline: the day that is shown, how much of it, which cameras, and the way to another day. */
import type { TimeRange } from "@rokuga/media/api.ts";
import type { ComponentProps } from "react";
import { mostSpanMs, spanMs } from "../client/view.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../client/zone.ts";
import { ClipButton } from "./clip_button.tsx";
import { GoTo } from "./go_to.tsx";
import { Icon, IconButton } from "./icons.tsx";
import { useSession, useStore } from "./session_context.tsx";

const SPANS = [
  ["minute", MINUTE_MS],
  ["tenMinutes", 10 * MINUTE_MS],
  ["hour", HOUR_MS],
  ["sixHours", 6 * HOUR_MS],
  ["day", DAY_MS],
  ["week", 7 * DAY_MS],
  ["month", 31 * DAY_MS],
] as const;

const ZOOM = 2;

const nameOf = (view: TimeRange) =>
  SPANS.find(([, span]) => Math.abs(spanMs(view) / span - 1) < 0.02)?.[0] ?? null;

export function TimelineBar() {
  const { session, text } = useSession();
  const { t, formats } = text;
  const following = useStore(session.view, (state) => state.following);
  // Panning changes the view with each frame; the words of it change now and then.
  const days = useStore(session.view, ({ view }) => formats.days(view));
  const shown = useStore(session.view, ({ view }) => nameOf(view));
  const hasMonths = useStore(session.cameras, ({ cameras }) => {
    const firsts = (cameras ?? []).flatMap(({ firstMs }) => (firstMs === null ? [] : [firstMs]));
    return firsts.length > 0 && session.clock.nowMs() - Math.min(...firsts) > 31 * DAY_MS;
  });
  const zoom = (factor: number) => session.view.setSpan(spanMs(session.view.getState().view) * factor);
  const showAll = () => {
    const { cameras } = session.cameras.getState();
    const firstMs = Math.min(...(cameras ?? []).flatMap((camera) => camera.firstMs ?? []));
    session.view.setSpan(mostSpanMs({ firstMs, nowMs: session.clock.nowMs() }));
  };
  return (
    <div
      className="group/bar flex min-h-10 flex-wrap items-center gap-x-3 gap-y-1 px-3 py-1 max-md:gap-1 max-md:px-2"
      data-following={following}
    >
      <GoTo label={days} />
      {!following && (
        // It comes and goes while a finger is on the timeline: the line must not break for it.
        <button
          type="button"
          className="button max-md:border-0 max-md:bg-transparent max-md:px-2 max-md:py-0"
          aria-label={t("toPlayhead")}
          onClick={() => session.view.toPlayhead()}
        >
          <span className="md:hidden">
            <Icon name="target" />
          </span>
          <span className="max-md:hidden">{t("toPlayhead")}</span>
        </button>
      )}
      <AllCameras />
      <ClipButton />
      <fieldset
        className="ms-auto flex items-center gap-0.5 max-md:order-1 max-md:ms-0 max-md:flex-[1_0_100%] max-md:justify-between"
        aria-label={t("range")}
      >
        {SPANS.map(([name, span]) => (
          <Choice key={name} aria-pressed={name === shown} onClick={() => session.view.setSpan(span)}>
            {t(`spans.${name}`)}
          </Choice>
        ))}
        {hasMonths && <Choice onClick={showAll}>{t("spans.all")}</Choice>}
      </fieldset>
      {/* Fingers zoom the timeline itself. */}
      <div className="flex items-center gap-0.5 max-md:hidden">
        <IconButton icon="minus" label={t("zoomOut")} onClick={() => zoom(ZOOM)} />
        <IconButton icon="plus" label={t("zoomIn")} onClick={() => zoom(1 / ZOOM)} />
      </div>
    </div>
  );
}

/** Whether each camera has its line. Of a single one there is nothing to choose. */
function AllCameras() {
  const { session, text } = useSession();
  const all = useStore(session.lanes, (state) => state.all);
  const several = useStore(session.cameras, ({ cameras }) => (cameras?.length ?? 0) > 1);
  if (!several) return null;
  return (
    // Where the way back needs the place it gives way.
    <span className="flex max-md:group-data-[following=false]/bar:hidden">
      <Choice aria-pressed={all} onClick={() => session.lanes.set({ all: !all })}>
        {text.t("allCameras")}
      </Choice>
    </span>
  );
}

function Choice(props: ComponentProps<"button">) {
  return (
    <button
      type="button"
      className="min-h-7 cursor-pointer whitespace-nowrap rounded-control px-2 py-0.5 text-control text-muted hover:bg-hover hover:text-text aria-pressed:bg-selected aria-pressed:text-text max-md:min-h-9 max-md:px-[0.3rem]"
      {...props}
    />
  );
}
