// A peer with media: a WebRTC peer and a face behind it.
import MockPeer
import Timekeeping

/// Holds what was posted about a session, and hands the rest to its stage, which lives on the same event loop.
final class TalkingPeer: MediaPeer {
  let offer: String
  let stage: MediaStage?
  private let performer: MediaStage
  private let checksAnswer: Bool
  private var isAnswered = false
  private(set) var candidateCount = 0
  private(set) var hasEndOfCandidates = false

  init(_ stage: MediaStage) {
    performer = stage
    self.stage = stage
    offer = stage.plan.offer
    checksAnswer = stage.plan.checksAnswer
  }

  var progress: MediaProgress {
    switch performer.assumeIsolated({ $0.state }) {
    case .offered: isAnswered ? .answered : .offered
    case .answered, .securing: .answered
    case .connected: .up
    case .failed, .closed: .gone
    }
  }

  var media: MediaSnapshot? { performer.assumeIsolated { $0.snapshot } }

  func accept(answer: String) throws(AnswerRefusal) {
    if checksAnswer { try AnswerCheck.check(answer, against: offer) }
    let refusal = performer.assumeIsolated { stage -> AnswerError? in
      do throws(AnswerError) { try stage.accept(answer: answer) } catch { return error }
      return nil
    }
    isAnswered = true
    switch refusal {
    case nil: break
    case .answeredBefore: throw .answeredBefore
    // Any text is an answer then; media does not connect.
    case _ where !checksAnswer: break
    case let error?:
      isAnswered = false
      throw .unusable(error)
    }
  }

  func add(candidate: String?) {
    if candidate == nil { hasEndOfCandidates = true } else { candidateCount += 1 }
    performer.assumeIsolated { $0.wire?.add(candidate: candidate) }
  }

  func play(_ talk: MockTalk, _ speech: PreparedSpeech?) {
    performer.assumeIsolated { stage in
      if case .sound(let speech) = speech { stage.play(talk, speech) } else { stage.play(talk, nil) }
    }
  }

  func interrupt() { performer.assumeIsolated { $0.interrupt() } }

  func apply(_ impairment: Impairment) { performer.assumeIsolated { $0.apply(impairment) } }

  func close() { performer.assumeIsolated { $0.close() } }
}
