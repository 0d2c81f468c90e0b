// Shows a stream in a video element, within what the browser's autoplay rules allow.

/**
 * Plays the stream, muted where sound is refused without a click. Returns a function that detaches.
 * @param {HTMLVideoElement} video
 * @param {MediaStream} stream
 * @param {(event: { video: HTMLVideoElement, muted: boolean }) => void} onRefused
 * @returns {() => void}
 */
export function attachVideo(video, stream, onRefused) {
  video.playsInline = true;
  video.autoplay = true;
  video.srcObject = stream;
  const play = () => playMutedIfNeedBe(video, onRefused);
  // The element starts to load when the first track comes, so playing is tried then and not before.
  video.addEventListener("loadedmetadata", play);
  if (stream.getTracks().length > 0) play();
  return () => {
    video.removeEventListener("loadedmetadata", play);
    if (video.srcObject === stream) video.srcObject = null;
  };
}

/**
 * @param {HTMLVideoElement} video
 * @param {(event: { video: HTMLVideoElement, muted: boolean }) => void} onRefused
 */
async function playMutedIfNeedBe(video, onRefused) {
  try {
    await video.play();
  } catch (error) {
    // AbortError means that another load or detach came in between; only NotAllowedError is the autoplay policy.
    if (!(error instanceof Error) || error.name !== "NotAllowedError" || video.muted) return;
    video.muted = true;
    onRefused({ video, muted: true });
    await video.play().catch(() => {});
  }
}
