/** The pages of people as a person uses them, in Chromium: joining, signing in by password and passkey, and back. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { createInvitation, createOwnerLink } from "@rokuga/db/invitations.ts";
import type { Browser, Page } from "playwright-core";
import { startChromium } from "../fixtures/chromium.ts";
import { type Library, openLibrary } from "../playback/library.ts";

const PASSWORD = "correct horse battery";
const MOMENT = Date.now() - 3_600_000;

describe("the pages of people", { timeout: 180_000 }, () => {
  const stack = new AsyncDisposableStack();
  let library: Library;
  let browser: Browser;
  /** Passkeys are not for addresses that are numbers. */
  let url: string;
  let page: Page;
  const violations: string[] = [];

  before(async () => {
    library = stack.use(await openLibrary());
    await library.register("door");
    url = library.url.replace("127.0.0.1", "localhost");
    browser = stack.use(await startChromium());
    page = await (await browser.newContext({ locale: "en" })).newPage();
    page.on("console", (message) => {
      if (/Content Security Policy/i.test(message.text())) violations.push(message.text());
    });
  });
  after(() => stack.disposeAsync());

  const fill = async (fields: Record<string, string>) => {
    for (const [label, value] of Object.entries(fields)) await page.getByLabel(label).fill(value);
  };
  const isOpen = () => page.getByTestId("timeline").waitFor();

  test("the link for the first owner opens the way in, and its secret is sent to nobody in an address", async () => {
    const { secret } = (await createOwnerLink(library.database, { onlyFirst: true, nowMs: Date.now() }))!;
    const addresses: string[] = [];
    page.on("request", (sent) => addresses.push(sent.url(), sent.headers().referer ?? ""));
    await page.goto(`${url}/join#${secret}`);
    await page.getByText("Owner (Everything)").waitFor();
    await fill({ Name: "Ada", "Email address": "ada@example.com", Password: PASSWORD });
    await page.getByRole("button", { name: "Join" }).click();
    await isOpen();
    assert.deepEqual(
      addresses.filter((address) => new URL(address || url).href.replace(/#.*/, "").includes(secret)),
      [],
    );
    await page.goto(`${url}/join#${secret}`);
    await page.getByText("This link was used").waitFor();
  });

  test("a session that is ended in the middle of watching leads to sign in, and back to what was shown", async () => {
    await page.goto(`${url}/?camera=door&t=${MOMENT}`);
    await isOpen();
    await library.database.pool.query("DELETE FROM people.sessions");
    await page.waitForURL("**/sign-in?next=*", { timeout: 20_000 });
    await fill({ "Email address": "ada@example.com", Password: "wrong password" });
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await page.getByText("do not belong together").waitFor();
    await fill({ Password: PASSWORD });
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await isOpen();
    const { searchParams } = new URL(page.url());
    assert.equal(searchParams.get("camera"), "door");
  });

  test("a passkey: added, signed in with, removed", async () => {
    const session = await page.context().newCDPSession(page);
    await session.send("WebAuthn.enable");
    await session.send("WebAuthn.addVirtualAuthenticator", {
      options: {
        ...{ protocol: "ctap2", transport: "internal", hasResidentKey: true },
        ...{ hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
      },
    });
    await page.goto(`${url}/people`);
    await page.getByRole("button", { name: "Add a passkey" }).click();
    await page.getByText(/^Added /).waitFor();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.waitForURL("**/sign-in");
    await page.getByRole("button", { name: "Sign in with a passkey" }).click();
    await isOpen();
    await page.goto(`${url}/people`);
    await page.getByRole("button", { name: "Remove", exact: true }).first().click();
    await page.getByText("None yet. With a passkey").waitFor();
    const { rows } = await library.database.pool.query(
      "SELECT data->>'method' AS method FROM events WHERE type = 'SignedIn' ORDER BY position",
    );
    assert.deepEqual(
      rows.map(({ method }) => method),
      ["password", "password", "passkey"],
    );
  });

  test("an owner invites, makes a token that works, and revokes it", async () => {
    await page.getByRole("button", { name: "Make a link" }).click();
    const link = await page.locator("code").first().textContent();
    const other = await (await browser.newContext({ locale: "ja" })).newPage();
    await other.goto(link!);
    await other.getByText("閲覧者").waitFor();
    await page.getByLabel("What it is for").fill("backup");
    await page.getByRole("button", { name: "Make a token" }).click();
    const token = await page.locator("code", { hasText: "rokuga_token_" }).textContent();
    const ask = async () =>
      (await fetch(`${url}/api/cameras`, { headers: { authorization: `Bearer ${token}` } })).status;
    assert.equal(await ask(), 200);
    await page
      .getByRole("listitem")
      .filter({ hasText: "backup" })
      .getByRole("button", { name: "Revoke" })
      .click();
    await page.getByText("backup", { exact: true }).waitFor({ state: "detached" });
    assert.equal(await ask(), 401);
  });

  test("who forgot the password is given a link by an owner, and gets in with a new one", async () => {
    const { secret } = await createInvitation(library.database, {
      ...{ grants: [{ role: "viewer", scope: { kind: "everything" } }], by: "machine", nowMs: Date.now() },
    });
    const other = await (await browser.newContext({ locale: "en" })).newPage();
    await other.goto(`${url}/join#${secret}`);
    for (const [label, value] of [
      ["Name", "Bo"],
      ["Email address", "bo@example.com"],
      ["Password", PASSWORD],
    ] as const)
      await other.getByLabel(label).fill(value);
    await other.getByRole("button", { name: "Join" }).click();
    await other.getByTestId("timeline").waitFor();

    await page.goto(`${url}/people`);
    const bo = page.getByRole("listitem").filter({ has: page.locator("summary", { hasText: "Bo" }) });
    await bo.locator("summary").click();
    await bo.getByRole("button", { name: "Make a link for a new password" }).click();
    await bo.getByText(/^Open link, until /).waitFor();
    const link = await bo.locator("code").textContent();
    await page.getByText("Ada made a link for a new password of Bo").waitFor();

    await other.goto(link!);
    await other.getByText("Bo, choose a new password").waitFor();
    assert.equal(await other.getByLabel("Email address").inputValue(), "bo@example.com");
    await other.getByLabel("New password").fill("correct horse staple");
    await other.getByRole("button", { name: "Set the password" }).click();
    await other.getByTestId("timeline").waitFor();
    await other.goto("about:blank");
    await other.goto(link!);
    await other.getByText("This link was used").waitFor();

    await page.reload();
    await page.getByText("Bo set a new password by a link").waitFor();
    await bo.locator("summary").click();
    await bo.getByRole("button", { name: "Make a link for a new password" }).click();
    await bo.getByRole("button", { name: "Withdraw" }).click();
    await page.getByText("Ada withdrew the link for a new password of Bo").waitFor();
    await bo.locator("code").waitFor({ state: "detached" });
  });

  test("nothing was tried that the pages may not load", () => assert.deepEqual(violations, []));
});
