/** What the pages of people say, in English. people_words_ja.ts has the same in Japanese. */
import type { Role } from "@rokuga/media/access.ts";

const roles: Record<Role, string> = { owner: "Owner", operator: "Operator", viewer: "Viewer" };
const roleDetails: Record<Role, string> = {
  owner: "Everything, also who may do what",
  operator: "Live, playback, export, lock and share",
  viewer: "Live and playback",
};

export const peopleEn = {
  signIn: "Sign in",
  email: "Email address",
  password: "Password",
  signingIn: "Signing in…",
  withPasskey: "Sign in with a passkey",
  passkeyCancelled: "No passkey was chosen. Try again, or sign in with your password.",
  forgotten:
    "Forgotten? An owner can remove you and invite you again; on the machine itself, npx pnpm people owner-link lets you in.",

  join: "Welcome to Rokuga",
  joinAs: (roles: string) => `You become: ${roles}.`,
  joinHelp: "Choose a name by which the others know you, and what you will sign in with.",
  name: "Name",
  passwordHelp: "At least 10 characters.",
  joinNow: "Join",
  joining: "Joining…",
  checkingLink: "Looking at the link…",
  toSignIn: "Go to sign in",

  people: "People",
  back: "Back to the cameras",
  account: "You",
  signOut: "Sign out",
  passkeys: "Passkeys",
  noPasskeys: "None yet. With a passkey you sign in by fingerprint, face or PIN instead of the password.",
  addPasskey: "Add a passkey",
  passkeyName: (date: string) => `Added ${date}`,
  noPasskeysHere:
    "Passkeys need a name in the address: open Rokuga as http://localhost instead of 127.0.0.1.",
  remove: "Remove",

  roles,
  roleDetails,
  role: "Role",
  where: "Where",
  everything: "Everything",
  site: (id: string) => `Site ${id}`,
  camera: (name: string) => `Camera ${name}`,
  addRole: "Add a role",
  you: "you",
  joined: (date: string) => `since ${date}`,
  sessions: (count: number) => (count === 1 ? "1 session" : `${count} sessions`),
  session: (agent: string, seen: string) => `${agent}, last used ${seen}`,
  thisSession: "this one",
  unknownAgent: "Unknown program",
  endSession: "End",
  removePerson: (name: string) => `Remove ${name}`,
  confirmRemove: (name: string) =>
    `Remove ${name}? They are signed out at once, and their tokens stop working.`,

  invite: "Invite somebody",
  makeLink: "Make a link",
  inviteHelp: "The link holds once, for seven days. Rokuga sends no mail: hand it over yourself.",
  invitation: (roles: string, until: string) => `Open invitation: ${roles}, until ${until}`,
  withdraw: "Withdraw",
  copy: "Copy",
  copied: "Copied",

  tokens: "Tokens for scripts",
  tokensHelp: "A script sends it as a header: Authorization: Bearer …",
  noTokens: "None.",
  makeToken: "Make a token",
  tokenFor: "What it is for",
  expiry: "Holds for",
  days: (count: number) => `${count} days`,
  forever: "Until revoked",
  tokenOnce: "This is the token. It is shown this once:",
  tokenUntil: (until: string) => `until ${until}`,
  tokenForever: "until revoked",
  tokenUsed: (used: string) => `used ${used}`,
  tokenUnused: "never used",
  revoke: "Revoke",

  audit: "What was done",
  earlier: "Earlier",
  somebody: "somebody who is not here any more",
  machine: "The machine itself",
  noOne: "an unknown address",
  done: {
    FootageExported: (by: string, what: string) => `${by} exported footage of ${what}`,
    FootageLocked: (by: string, what: string) => `${by} locked footage of ${what}`,
    FootageUnlocked: (by: string, what: string) => `${by} unlocked footage of ${what}`,
    FootageShared: (by: string, what: string) => `${by} shared footage of ${what} by a link`,
    ShareRevoked: (by: string, what: string) => `${by} revoked a link to footage of ${what}`,
    ShareOpened: (_by: string, what: string) => `A link to footage of ${what} was opened`,
    PersonInvited: (by: string, what: string) => `${by} made an invitation: ${what}`,
    InvitationRevoked: (by: string) => `${by} withdrew an invitation`,
    PersonJoined: (by: string, what: string) => `${by} joined: ${what}`,
    PersonRemoved: (by: string, what: string) => `${by} removed ${what}`,
    RoleGranted: (by: string, what: string) => `${by} gave ${what}`,
    RoleRevoked: (by: string, what: string) => `${by} took ${what}`,
    SignedIn: (by: string) => `${by} signed in`,
    SignInRefused: (by: string) => `Signing in as ${by} was refused`,
    SessionEnded: (by: string, what: string) => `${by} ended a session of ${what}`,
    TokenCreated: (by: string, what: string) => `${by} made the token ${what}`,
    TokenRevoked: (by: string, what: string) => `${by} revoked the token ${what}`,
  } satisfies Record<string, (by: string, what: string) => string>,

  loading: "Loading…",
  failed: "It did not work. Check the connection and try again.",
};

export type PeopleWords = typeof peopleEn;
