// Where painters are made: their still layer takes longer than a frame, so not on the event loop.
import TalkingAvatar
import Timekeeping

/// Makes painters on another thread than the caller's.
enum Easel {
  /// A painter for a session's look.
  /// - Parameter photo: shown in place of the drawn face.
  @concurrent static func painter(_ plan: MediaPlan, photo: Photo? = nil) async -> sending FacePainter {
    FacePainter(
      look: FaceLook(seed: plan.look, backdrop: plan.isKeyed ? .green : .studio), photo: photo, size: plan.size,
      session: plan.session)
  }

  /// Has the fonts of the machine found and loaded before the first session needs them.
  @concurrent static func findFonts() async {
    let painter = FacePainter(look: FaceLook(seed: ""), size: .square320, session: "")
    var moment = FaceMoment(frameNumber: 0, elapsed: .zero, wallClock: 0)
    moment.talk = .speaking(words: [Speech.WordCue(start: .zero, text: "a")], current: 0)
    painter.paint(moment, into: Picture(size: .square320))
  }
}
