// The studio of a mock without media.
import MockPeer
import StrictJSON
import Timekeeping

/// Makes peers that never connect, behind offers that browsers answer.
struct SignallingStudio: Studio {
  var candidates: [PeerCandidate] { [LoopbackCandidate.value] }
  var isLite: Bool { false }
  var lead: Duration { .zero }
  var counters: JSONValue { nil }

  /// A certificate that nobody has.
  func fingerprint(_ identifiers: inout IdentifierSource) -> String { identifiers.fingerprint() }

  func peer(for plan: MediaPlan) -> any MediaPeer {
    SignallingPeer(offer: plan.offer, checksAnswer: plan.checksAnswer)
  }
}
