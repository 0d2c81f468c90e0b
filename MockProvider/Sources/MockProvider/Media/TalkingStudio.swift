// The studio of a mock with media.
import MockPeer
import StrictJSON
import Timekeeping

/// Makes peers of one host: real ICE, DTLS and RTP on its addresses.
struct TalkingStudio: Studio {
  let host: PeerHost
  let settings: StageSettings

  var candidates: [PeerCandidate] { host.candidates }
  var isLite: Bool { true }
  var counters: JSONValue { host.assumeIsolated { $0.counters }.json }
  /// One frame: the talk's answer is on its way before its first picture.
  var lead: Duration { .milliseconds(40) }

  func fingerprint(_ identifiers: inout IdentifierSource) -> String { host.fingerprint }

  func peer(for plan: MediaPlan) throws(PeerHostError) -> any MediaPeer {
    let stage = MediaStage(plan, settings)
    let opened = host.assumeIsolated { host in
      Result { () throws(PeerHostError) -> Peer in
        try host.open(plan.description) { [weak stage] event in stage?.assumeIsolated { $0.handle(event) } }
      }
    }
    let wire = PeerWire(peer: try opened.get())
    stage.assumeIsolated { $0.attach(wire) }
    return TalkingPeer(stage)
  }
}
