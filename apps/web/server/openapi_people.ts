/**
 * What the description of the API says of people: signing in, roles, links, tokens, what was done. A table, as
 * openapi_routes.ts, which it is a part of.
 */
import {
  AuditAnswer,
  GrantsRequest,
  InvitationMade,
  InvitationRequest,
  JoinRequest,
  JoinView,
  LinkRequest,
  PasswordLinkMade,
  PasswordRequest,
  PeopleAnswer,
  ResetRequest,
  ResetView,
  SessionAnswer,
  SignInRequest,
  TokenMade,
  TokenRequest,
  TokensAnswer,
} from "@rokuga/media/people_api.ts";
import type { Route } from "./openapi_routes.ts";

export const PEOPLE_SCHEMAS = {
  AuditAnswer,
  GrantsRequest,
  InvitationMade,
  InvitationRequest,
  JoinRequest,
  JoinView,
  LinkRequest,
  PasswordLinkMade,
  PasswordRequest,
  PeopleAnswer,
  ResetRequest,
  ResetView,
  SessionAnswer,
  SignInRequest,
  TokenMade,
  TokenRequest,
  TokensAnswer,
} as const;

export const PEOPLE_PARAMETERS = {
  person: { in: "path", required: true, description: "Of a person, as GET /api/people names it" },
  invitation: { in: "path", required: true, description: "Of an invitation" },
  session: { in: "path", required: true, description: "Of a session" },
  token: { in: "path", required: true, description: "Of a token" },
  before: { in: "query", required: false, description: "The `next` of an earlier answer" },
} as const;

/** Whoever asks these has no session yet. */
const OPEN = { open: true, problems: [400, 413, 429] } as const;

export const PEOPLE_ROUTES: readonly Route[] = [
  {
    path: "/api/sign-in",
    method: "post",
    summary: "Signs in: the answer sets the session's cookie",
    body: "SignInRequest",
    ...{ status: 204, gives: "nothing", ...OPEN },
  },
  {
    path: "/api/join/check",
    method: "post",
    summary: "What an invitation's link is for",
    body: "LinkRequest",
    ...{ gives: { json: "JoinView" }, ...OPEN, problems: [...OPEN.problems, 404] },
  },
  {
    path: "/api/join",
    method: "post",
    summary: "Becomes a person by an invitation's link, and signs in",
    body: "JoinRequest",
    ...{ status: 204, gives: "nothing", ...OPEN, problems: [...OPEN.problems, 404, 409] },
  },
  {
    path: "/api/reset/check",
    method: "post",
    summary: "Whose password a link sets",
    body: "LinkRequest",
    ...{ gives: { json: "ResetView" }, ...OPEN, problems: [...OPEN.problems, 404] },
  },
  {
    path: "/api/reset",
    method: "post",
    summary: "Sets a new password by a link, ends all sessions, and signs in",
    body: "ResetRequest",
    ...{ status: 204, gives: "nothing", ...OPEN, problems: [...OPEN.problems, 404] },
  },
  {
    path: "/api/session",
    method: "get",
    summary: "Whose session or token it is, and what that may do",
    gives: { json: "SessionAnswer" },
  },
  {
    path: "/api/session",
    method: "delete",
    summary: "Signs out",
    ...{ status: 204, gives: "nothing", problems: [400] },
  },
  {
    path: "/api/password",
    method: "post",
    summary: "Changes one's own password; all other sessions end",
    body: "PasswordRequest",
    ...{ status: 204, gives: "nothing", problems: [400, 413, 429] },
  },
  {
    path: "/api/people",
    method: "get",
    summary: "The people with their roles and sessions, and open invitations; for owners",
    gives: { json: "PeopleAnswer" },
  },
  {
    path: "/api/people/{id}",
    method: "delete",
    summary: "Removes a person, whose sessions and tokens end; for owners",
    parameters: ["person"],
    ...{ status: 204, gives: "nothing", problems: [404, 409] },
  },
  {
    path: "/api/people/{id}/grants",
    method: "put",
    summary: "The roles of a person from now on; for owners",
    parameters: ["person"],
    body: "GrantsRequest",
    ...{ status: 204, gives: "nothing", problems: [400, 404, 409, 413] },
  },
  {
    path: "/api/people/{id}/password-link",
    method: "post",
    summary: "A one-time link by which that person sets a new password; for owners",
    parameters: ["person"],
    ...{ status: 201, gives: { json: "PasswordLinkMade" }, problems: [404] },
  },
  {
    path: "/api/people/{id}/password-link",
    method: "delete",
    summary: "Withdraws that link; for owners",
    parameters: ["person"],
    ...{ status: 204, gives: "nothing", problems: [404] },
  },
  {
    path: "/api/invitations",
    method: "post",
    summary: "A one-time link for somebody new; for owners",
    body: "InvitationRequest",
    ...{ status: 201, gives: { json: "InvitationMade" }, problems: [400, 413] },
  },
  {
    path: "/api/invitations/{id}",
    method: "delete",
    summary: "Withdraws an invitation; for owners",
    parameters: ["invitation"],
    ...{ status: 204, gives: "nothing", problems: [404] },
  },
  {
    path: "/api/sessions/{id}",
    method: "delete",
    summary: "Ends a session, whoever's it is; for owners",
    parameters: ["session"],
    ...{ status: 204, gives: "nothing", problems: [404] },
  },
  {
    path: "/api/tokens",
    method: "get",
    summary: "The tokens of scripts; for owners",
    gives: { json: "TokensAnswer" },
  },
  {
    path: "/api/tokens",
    method: "post",
    summary: "Makes a token, which is told once; for owners",
    body: "TokenRequest",
    ...{ status: 201, gives: { json: "TokenMade" }, problems: [400, 413] },
  },
  {
    path: "/api/tokens/{id}",
    method: "delete",
    summary: "Revokes a token; for owners",
    parameters: ["token"],
    ...{ status: 204, gives: "nothing", problems: [404] },
  },
  {
    path: "/api/audit",
    method: "get",
    summary: "What people did, the latest first; for owners",
    parameters: ["before"],
    gives: { json: "AuditAnswer" },
    problems: [400],
  },
];
