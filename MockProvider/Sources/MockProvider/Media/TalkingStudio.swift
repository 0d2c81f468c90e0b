// The studio of a mock with media.
import MockPeer
import StrictJSON
import Timekeeping

/// Makes peers of one host: real ICE, DTLS and RTP on its addresses.
struct TalkingStudio: Studio {
  let host: PeerHost
  let settings: StageSettings
  let candidates: [PeerCandidate]
  let fingerprint: String

  var isLite: Bool { true }
  /// One frame: the talk's answer is on its way before its first picture.
  var lead: Duration { .milliseconds(40) }

  var counters: JSONValue { host.assumeIsolated { $0.counters }.json }

  func fingerprint(_ identifiers: inout IdentifierSource) -> String { fingerprint }

  func peer(for plan: MediaPlan) -> any MediaPeer {
    let stage = MediaStage(plan, settings)
    let peer = host.assumeIsolated { host in
      host.open(plan.description) { [weak stage] event in stage?.assumeIsolated { $0.handle(event) } }
    }
    stage.assumeIsolated { $0.attach(PeerWire(peer: peer)) }
    return TalkingPeer(stage)
  }
}
