// A transport that keeps what it is given, in place of a WebRTC peer.
import Basics
import MockPeer
import Synchronization

@testable import MockProvider

/// Records what a media session sends.
final class ScriptedTransport: MediaTransport {
  enum Sent: Equatable {
    case message(ChannelMessage, ChannelID)
    case video(isKeyFrame: Bool, bytes: Int, at: Duration)
    case audio(bytes: Int, at: Duration)
    case channel(String)
    case candidate(String?)
    case impairment(Impairment)
    case close
  }

  private struct State {
    var sent: [Sent] = []
    var isFull = false
    var watchers: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []

    /// Who waited for so many messages as there are now.
    mutating func takeTold() -> [CheckedContinuation<Void, Never>] {
      let count = sent.count { if case .message = $0 { true } else { false } }
      defer { watchers.removeAll { $0.count <= count } }
      return watchers.filter { $0.count <= count }.map(\.continuation)
    }
  }

  private let state = Mutex(State())
  private let negotiation: PeerNegotiation
  /// What is answered to an SDP answer; nil takes it.
  private let refusal: AnswerError?

  init(_ negotiation: PeerNegotiation, refusing refusal: AnswerError? = nil) {
    self.negotiation = negotiation
    self.refusal = refusal
  }

  var sent: [Sent] { state.withLock { $0.sent } }
  var statistics: PeerStatistics { PeerStatistics() }

  /// From now on messages are not taken.
  func fill() { state.withLock { $0.isFull = true } }

  func accept(answer: String) throws(AnswerError) -> PeerNegotiation {
    if let refusal { throw refusal }
    return negotiation
  }

  func add(candidate: String?) { record(.candidate(candidate)) }
  func open(channel label: String) throws(ChannelError) { record(.channel(label)) }

  func send(_ message: ChannelMessage, on channel: ChannelID) throws(ChannelError) {
    if state.withLock({ $0.isFull }) { throw .full }
    record(.message(message, channel))
  }

  func send(video frame: [UInt8], isKeyFrame: Bool, at time: Duration) {
    record(.video(isKeyFrame: isKeyFrame, bytes: frame.count, at: time))
  }

  func send(audio packet: [UInt8], at time: Duration) { record(.audio(bytes: packet.count, at: time)) }
  func apply(_ impairment: Impairment) { record(.impairment(impairment)) }
  func close() { record(.close) }

  /// Returns once so many messages were sent.
  func waitForMessages(_ count: Int) async {
    await withCheckedContinuation { continuation in
      let told = state.withLock { state in
        state.watchers.append((count, continuation))
        return state.takeTold()
      }
      for waiter in told { waiter.resume() }
    }
  }

  private func record(_ sent: Sent) {
    let told = state.withLock { state in
      state.sent.append(sent)
      return state.takeTold()
    }
    for waiter in told { waiter.resume() }
  }
}
