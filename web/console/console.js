// The console page: connects the forms, the picture and the lists to one session.
import { AvatarSession, SignalingError } from "../client/avatar-relay.js";
import { clientSample, curlSample, pytestSample } from "./session/code-samples.js";
import { Composer } from "./session/composer.js";
import { ConnectionBanner } from "./session/connection-banner.js";
import { cuttableSockets } from "./timeline/cuttable-sockets.js";
import { find } from "./dom.js";
import { rememberChanges, remembered } from "./session/form-memory.js";
import { ending } from "./session/hints.js";
import { MediaPanel } from "./media/media-panel.js";
import { MockPanel } from "./mock/mock-panel.js";
import { Notices } from "./session/notices.js";
import { baseURL, offeredProviders } from "./relay.js";
import { SetupForm } from "./session/setup-form.js";
import { Sound } from "./media/sound.js";
import { SpokenWords } from "./media/spoken-words.js";
import { Stage } from "./media/stage.js";
import { States } from "./session/states.js";
import { TalkFates } from "./session/talk-fates.js";
import { followTheme } from "./theme.js";
import { Timeline, copyText } from "./timeline/timeline.js";
import { resumedWords, situation } from "./words.js";

const stage = new Stage();
const states = new States(find("chips", HTMLElement), find("steps", HTMLOListElement));
const notices = new Notices(find("notices", HTMLDivElement));
const timeline = new Timeline({
  list: find("timeline", HTMLOListElement),
  count: find("count", HTMLElement),
  empty: find("empty", HTMLElement),
  filter: find("filter", HTMLInputElement),
  hideAnswers: find("hide-answers", HTMLInputElement),
  copy: find("copy", HTMLButtonElement),
  download: find("download", HTMLButtonElement),
  clear: find("clear", HTMLButtonElement),
});
const close = () => void attempt(async () => current?.close());
const choices = remembered();
const composer = new Composer({ speak, speakTyped, interrupt, extend }, choices);
const setup = new SetupForm({ connect, close, chosen: (provider) => composer.follow(provider) }, choices);
rememberChanges([find("setup", HTMLFormElement), find("composer", HTMLFormElement)]);
new Sound(stage.video);
const panel = new MediaPanel(stage.video);
const spoken = new SpokenWords();
const banner = new ConnectionBanner(close);
const { CuttableSocket, cut, goOffline } = cuttableSockets();
const cutters = [find("cut", HTMLButtonElement), find("offline", HTMLButtonElement)];
const cutterTitles = cutters.map(({ title }) => title);
cutters[0].addEventListener("click", cut);
cutters[1].addEventListener("click", () => goOffline(find("offline-seconds", HTMLInputElement).valueAsNumber * 1000 || 0));
allowCutting(false);
followTheme(find("theme", HTMLButtonElement));
void offeredProviders().then((offered) => {
  if (!offered) return;
  setup.offer(offered.providers);
  if (offered.passThrough) setup.offerDropIn(baseURL);
  if (offered.mock) new MockPanel();
});

for (const [id, write] of /** @type {const} */ ([
  ["code-client", () => setup.wish && clientSample(setup.wish, composer.words, location.origin)],
  ["code-curl", () => setup.wish && curlSample(setup.wish)],
  ["code-pytest", () => setup.wish && pytestSample(setup.wish)],
])) {
  const button = find(id, HTMLButtonElement);
  button.addEventListener("click", () => {
    const code = write();
    if (code) void copyText(button, code);
  });
}

/** Errors of talks that stand on the page already. */
const toldErrors = new WeakSet();
let fates = new TalkFates(() => notices.resolveUnknown());
/** @type {AvatarSession | undefined} the session on the page, until it is over */
let current;

/** @param {import("./session/setup-form.js").Wish} wish */
async function connect(wish) {
  reset();
  show(true);
  stage.say("Connecting", "Opening a session at the provider.");
  await attempt(async () => {
    // A relay elsewhere is not asked why it cannot be reached: the page's own policy forbids it.
    const fetch = new URL(wish.url ?? "", location.href).host === location.host ? globalThis.fetch.bind(globalThis) : undefined;
    const session = new AvatarSession({ ...wish, WebSocket: CuttableSocket, fetch });
    current = session;
    follow(session);
    await session.start();
    if (session !== current) return;
    composer.show(session.capabilities);
  });
  if (!current) show(false);
}

/** @param {boolean} open whether a session is there, or on its way */
function show(open) {
  setup.show(open);
  find("page", HTMLElement).dataset.session = open ? "open" : "none";
}

/** @param {boolean} connected */
function allowCutting(connected) {
  cutters.forEach((cutter, index) => {
    cutter.disabled = !connected;
    cutter.title = connected ? cutterTitles[index] : "There is no connection to cut.";
  });
}

function reset() {
  fates = new TalkFates(() => notices.resolveUnknown());
  notices.clear();
  composer.clear();
  timeline.clear();
  states.reset();
  stage.empty();
  spoken.clear();
}

/** @param {AvatarSession} session */
function follow(session) {
  followMedia(session);
  session.on("connection", ({ state }) => {
    states.show("connection", state);
    allowCutting(state === "open");
  });
  session.on("status", (status) => banner.show(status));
  session.on("resumed", (event) => notices.back(resumedWords(event)));
  session.on("state", ({ state }) => {
    states.show("session", state);
    describe(session);
  });
  session.on("ice", ({ state }) => {
    states.show("ice", state);
    describe(session);
  });
  session.on("message", (logged) => {
    timeline.add(logged);
    states.follow(logged);
  });
  session.on("talk", (event) => {
    const { talk, phase, estimated, error } = event;
    fates.tell(event);
    composer.tell(talk, estimated ? `${phase} (estimated)` : phase);
    spoken.tell(talk, phase);
    if (error) {
      toldErrors.add(error);
      notices.error(error);
    }
    if (phase === "accepted") notices.clearWarning();
  });
  session.on("expiring", (event) => notices.expiring(event, extend));
  session.on("draining", ({ deadlineMs }) =>
    notices.note("The relay is about to stop", `Its sessions end within ${Math.ceil(deadlineMs / 1000)} s.`),
  );
  session.on("error", (error) => notices.error(error));
  session.on("closed", (event) => over(event));
}

/** @param {AvatarSession} session */
function followMedia(session) {
  session.on("channel", (event) => {
    states.show("channel", event.state);
    if (event.state !== "connecting") timeline.addChannelState(event);
  });
  session.on("channelmessage", (event) => {
    timeline.addChannelMessage(event);
    fates.hear(event.text);
  });
  session.on("autoplay", () => stage.offerSound());
  session.attach(stage.video);
  panel.follow(session);
}

/** @param {import("../client/avatar-relay.js").ClosedEvent} event */
function over(event) {
  current = undefined;
  panel.stop();
  spoken.clear();
  notices.clearWarning();
  stage.video.srcObject = null;
  stage.empty();
  stage.say("Session over", ending(event));
  states.end();
  composer.show(undefined);
  composer.end();
  show(false);
  allowCutting(false);
  if (event.action !== "stop") notices.note("The session is over", ending(event));
}

/** @param {AvatarSession} session */
function describe({ state, peerConnection, room }) {
  const [title, words] = situation(state, peerConnection?.iceConnectionState ?? "new", room !== undefined);
  stage.say(title, words);
}

/**
 * @param {import("../client/protocol.js").Script} script
 * @param {Record<string, unknown> | undefined} options
 */
async function speak(script, options) {
  const talks = fates;
  const session = current;
  if (!session) return;
  talks.asked();
  await attempt(async () => {
    const accepted = await session.speak(script, options);
    talks.answered(accepted.talk);
    spoken.remember(accepted.talk, script);
    composer.tell(accepted.talk, "accepted", Object.values(script)[0]);
  }, ({ kind }) => talks.refused(kind));
}

/**
 * @param {import("./session/typed-talks.js").TypedTalk} typed
 * @param {Record<string, unknown> | undefined} options
 */
async function speakTyped(typed, options) {
  const talks = fates;
  const session = current;
  if (!session) return;
  talks.asked();
  await attempt(async () => {
    const { talk, finished } = await session.speak(typed.stream, options);
    talks.answered(talk);
    composer.tell(talk, "accepted", typed.words);
    typed.onWords = (words) => {
      spoken.remember(talk, { text: words });
      composer.say(talk, words);
    };
    typed.onWords(typed.words);
    finished.catch((error) => session === current && !toldErrors.has(error) && notices.error(error));
  }, ({ kind }) => talks.refused(kind));
}

async function interrupt() {
  await attempt(async () => current?.interrupt());
}

async function extend() {
  await attempt(async () => {
    await current?.extend();
    notices.clearWarning();
  });
}

/**
 * @param {() => Promise<unknown>} work
 * @param {(fault: SignalingError) => void} [failed] called after the error was shown
 */
async function attempt(work, failed) {
  try {
    await work();
  } catch (error) {
    const fault = SignalingError.from(error, "client.peerFailed", "The page failed");
    notices.error(fault);
    if (fault.kind === "access.required" || fault.kind === "access.denied") setup.askForToken();
    failed?.(fault);
  }
}
