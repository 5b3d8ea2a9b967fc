/**
 * The set-up page: asks the relay for a picture of an input, and to record it. The key comes behind the # of the address,
 * which no server is told; it is kept for this tab only.
 */
import { en, ja } from "./words.js";

const language = navigator.languages.find((tag) => /^(en|ja)/.test(tag))?.slice(0, 2) ?? "en";
const words = language === "ja" ? ja : en;
const $ = (id) => document.getElementById(id);

/** As their manuals say; the parts in capitals are to be replaced. */
const USUAL = [
  ["Axis", "rtsp://HOST/axis-media/media.amp"],
  ["Dahua, Amcrest", "rtsp://HOST:554/cam/realmonitor?channel=1&subtype=0"],
  ["Hikvision", "rtsp://HOST:554/Streaming/Channels/101"],
  ["Reolink", "rtsp://HOST:554/h264Preview_01_main"],
  ["TP-Link Tapo", "rtsp://HOST:554/stream1"],
];
/** How long an answer is waited for, ms; a camera may take 20 s. */
const WAIT_MS = 30_000;
const EVERY_MS = 2_000;

const KEY = "rokuga.setup-key";
if (location.hash.length > 1) {
  sessionStorage.setItem(KEY, decodeURIComponent(location.hash.slice(1)));
  history.replaceState(null, "", location.pathname);
}

/** What was looked at last, and can be added. */
let input;

async function ask(path, body) {
  const headers = { "x-setup-key": sessionStorage.getItem(KEY) ?? "", "content-type": "application/json" };
  const signal = AbortSignal.timeout(WAIT_MS);
  const request =
    body === undefined
      ? { headers, signal }
      : { method: "POST", headers, signal, body: JSON.stringify(body) };
  let response;
  try {
    response = await fetch(path, request);
  } catch {
    throw new Error(words.unreachable);
  }
  const answer = await response.json();
  if (response.status === 401) throw new Error(words.noKey);
  if (!response.ok) throw new Error(answer.detail);
  return answer;
}

/** The input as the camera file has it; null when something is missing. */
function readInput() {
  const kind = new FormData($("form")).get("kind");
  if (kind === "synthetic") return "synthetic";
  if (kind === "webcam") return $("device").value.trim() ? { webcam: $("device").value.trim() } : null;
  const url = URL.parse($("address").value.trim());
  if (!url || !/^rtsps?:$/.test(url.protocol)) return null;
  // The address' own name and password stay where none is typed beside it.
  if ($("user").value) url.username = $("user").value;
  if ($("password").value) url.password = $("password").value;
  return url.href;
}

function say(trouble) {
  $("trouble").hidden = trouble === null;
  $("trouble").textContent = trouble ?? "";
}

async function look() {
  input = readInput();
  say(input === null ? words.noAddress : null);
  $("picture").hidden = $("naming").hidden = $("added").hidden = true;
  if (input === null) return;
  $("look").disabled = true;
  $("look").textContent = words.looking;
  try {
    const seen = await ask("/setup/look", { input });
    if (!seen.ok) return say(words.failed(seen.reason));
    $("jpeg").src = seen.jpeg;
    $("caption").textContent = words.seen(seen) + (seen.codecs.video === "hevc" ? `. ${words.h265}` : "");
    $("picture").hidden = $("naming").hidden = false;
    $("name").focus();
  } catch (error) {
    say(error.message);
  } finally {
    $("look").disabled = false;
    $("look").textContent = words.look;
  }
}

/** An id from a name, as far as it has letters for one. */
const idFrom = (name) =>
  name
    .toLowerCase()
    .normalize("NFKD")
    .replace(/[\u0300-\u036f]/g, "")
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 63);

let idTyped = false;

async function add() {
  const name = $("name").value.trim();
  const id = $("id").value.trim();
  try {
    await ask("/setup/cameras", { id, ...(name ? { name } : {}), input });
  } catch (error) {
    return say(error.message);
  }
  say(null);
  $("naming").hidden = $("picture").hidden = true;
  $("added").hidden = false;
  $("added").textContent = words.added(name || id);
  $("naming").reset();
  idTyped = false;
  await showCameras();
}

async function showCameras() {
  const { cameras } = await fetch("/status", { signal: AbortSignal.timeout(WAIT_MS) }).then((answer) =>
    answer.json(),
  );
  const lines = cameras.map(({ id, name, state, lastProblem }) => {
    const line = document.createElement("li");
    const [label, said] = [document.createElement("span"), document.createElement("span")];
    label.textContent = name ?? id;
    said.textContent =
      state === "recording" || !lastProblem ? words.states[state] : `${words.states[state]}: ${lastProblem}`;
    line.append(label, said);
    return line;
  });
  $("cameras").replaceChildren(...lines);
  if (lines.length === 0) $("cameras").textContent = words.none;
}

function showKind() {
  const kind = new FormData($("form")).get("kind");
  for (const part of document.querySelectorAll("[data-for]")) part.hidden = part.dataset.for !== kind;
}

document.documentElement.lang = language;
for (const [name, text] of Object.entries(words.page)) {
  for (const element of document.querySelectorAll(`[data-word="${name}"]`)) element.textContent = text;
}
document.title = `Rokuga: ${document.querySelector("h1").textContent}`;
$("look").textContent = words.look;
for (const [maker, address] of USUAL) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = `${maker}: ${address}`;
  button.addEventListener("click", () => {
    const host = URL.parse($("address").value)?.hostname || "HOST";
    $("address").value = address.replace("HOST", host);
    $("address").focus();
  });
  const line = document.createElement("li");
  line.append(button);
  $("usual").append(line);
}
$("form").addEventListener("change", showKind);
$("form").addEventListener("submit", (event) => {
  event.preventDefault();
  void look();
});
$("naming").addEventListener("submit", (event) => {
  event.preventDefault();
  void add();
});
$("name").addEventListener("input", () => {
  if (!idTyped) $("id").value = idFrom($("name").value);
});
$("id").addEventListener("input", () => {
  idTyped = true;
});
showKind();
const keepShowing = () => showCameras().catch(() => undefined);
keepShowing();
setInterval(keepShowing, EVERY_MS);
ask("/setup/inputs")
  .then(({ webcams }) => {
    $("device-hint").textContent = words.devices(webcams.length);
    for (const device of webcams) $("devices").append(new Option(device));
    if (webcams.length > 0) $("device").value = webcams[0];
  })
  .catch((error) => say(error.message));
