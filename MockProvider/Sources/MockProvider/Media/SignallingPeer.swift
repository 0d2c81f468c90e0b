// A peer without media: it knows what was posted, and counts as up when that would be enough to connect.
import MockPeer

/// The signalling half of a peer. It is up once an answer and a candidate, or the end of candidates, were posted.
final class SignallingPeer: MediaPeer {
  let offer: String
  private let checksAnswer: Bool
  private var answer: String?
  private(set) var candidateCount = 0
  private(set) var hasEndOfCandidates = false
  let media: MediaSnapshot? = nil
  let stage: MediaStage? = nil

  /// - Parameter checksAnswer: false takes any text as an answer.
  init(offer: String, checksAnswer: Bool) {
    self.offer = offer
    self.checksAnswer = checksAnswer
  }

  var progress: MediaProgress {
    if answer == nil { return .offered }
    return candidateCount > 0 || hasEndOfCandidates ? .up : .answered
  }

  func accept(answer: String) throws(AnswerRefusal) {
    if let known = self.answer {
      guard known == answer else { throw .answeredBefore }
      return
    }
    if checksAnswer { try AnswerCheck.check(answer, against: offer) }
    self.answer = answer
  }

  func add(candidate: String?) {
    if candidate == nil { hasEndOfCandidates = true } else { candidateCount += 1 }
  }

  /// Nothing is played: a talk's phases follow from the clock alone.
  func play(_ talk: MockTalk, _ speech: PreparedSpeech?) {}

  /// Nothing is played that could be cut off.
  func interrupt() {}

  /// There is no path.
  func apply(_ impairment: Impairment) {}

  /// It holds nothing that would have to be released.
  func close() {}
}
