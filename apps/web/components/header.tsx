"use client";
/** The bar at the top: the name and the choice of language. */
import { LanguageChoice } from "./language_choice.tsx";
import { OutputsButton } from "./outputs_button.tsx";
import { useSession } from "./session_context.tsx";

export function Header() {
  const { t } = useSession().text;
  return (
    <header className="col-span-full flex items-center gap-3 border-line border-b px-4 py-2 max-[30rem]:gap-1 max-[30rem]:px-2">
      <h1 className="flex flex-1 items-center gap-2 font-[650] text-[1rem]/[1.4] tracking-[0.01em]">
        <svg className="size-5" viewBox="0 0 24 24" aria-hidden="true">
          <circle cx="12" cy="12" r="10" fill="none" stroke="currentColor" strokeWidth="2" />
          <circle className="fill-live" cx="12" cy="12" r="5" />
        </svg>
        Rokuga{" "}
        <span className="font-[450] text-muted max-[30rem]:hidden" lang="ja">
          録画
        </span>
      </h1>
      <OutputsButton />
      <a
        className="whitespace-nowrap rounded-control px-2 py-1 text-control text-muted hover:bg-hover hover:text-text max-[30rem]:px-1"
        href="/people"
      >
        {t("peopleLink")}
      </a>
      <LanguageChoice />
    </header>
  );
}
