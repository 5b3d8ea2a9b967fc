/**
 * Keeps the last picture on the screen while the next playlist loads, so that going on to the next window or
 * seeking far does not flash black. A canvas over the video; it says nothing of what it shows.
 */

export type FrozenScreen = { video: HTMLVideoElement; canvas: HTMLCanvasElement };

/** Copies the picture of the video onto the canvas and shows it. Does nothing while there is no picture. */
export function freezeFrame({ video, canvas }: FrozenScreen): void {
  if (video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA || video.videoWidth === 0) return;
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  canvas.getContext("2d")?.drawImage(video, 0, 0);
  canvas.hidden = false;
}

/** Shows no picture. */
export function coverFrame({ video, canvas }: FrozenScreen): void {
  // Of the picture's shape, and black.
  canvas.width = video.videoWidth || 16;
  canvas.height = video.videoHeight || 9;
  canvas.getContext("2d")?.fillRect(0, 0, canvas.width, canvas.height);
  canvas.hidden = false;
}

/** Shows the video again. */
export function releaseFrame({ canvas }: FrozenScreen): void {
  canvas.hidden = true;
}
