// The peer of a session whose media is in a room that the mock does not run.
import MockPeer

/// Up as soon as the session was started; there is nothing to negotiate.
final class RoomPeer: MediaPeer {
  let offer = ""
  private(set) var progress = MediaProgress.offered
  private(set) var candidateCount = 0
  private(set) var hasEndOfCandidates = false
  let media: MediaSnapshot? = nil
  let stage: MediaStage? = nil

  func accept(answer: String) { progress = .up }

  func add(candidate: String?) {
    if candidate == nil { hasEndOfCandidates = true } else { candidateCount += 1 }
  }

  /// The room is not run, so nothing is played.
  func play(_ talk: MockTalk, _ speech: PreparedSpeech?) {}

  /// Nothing is played that could be cut off.
  func interrupt() {}

  /// There is no path.
  func apply(_ impairment: Impairment) {}

  /// It holds nothing that would have to be released.
  func close() {}
}
