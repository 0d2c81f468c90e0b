// Where peers come from.
import MockPeer
import StrictJSON
import Timekeeping

/// Makes the peers of sessions, and knows what their offers say about how they are reached.
protocol Studio: Sendable {
  /// At least one.
  var candidates: [PeerCandidate] { get }
  /// True when peers only answer connectivity checks.
  var isLite: Bool { get }
  /// What strangers and browsers sent, in numbers; null where nothing can arrive.
  var counters: JSONValue { get }
  /// How long a talk waits at least before it starts, so that the answer to its request comes first.
  var lead: Duration { get }

  /// The value of `a=fingerprint` for one session.
  func fingerprint(_ identifiers: inout IdentifierSource) -> String
  /// Makes the peer of a session. Called on the event loop.
  /// - Throws: `.usernameInUse` when the plan's credentials are another peer's, which other ones would help.
  func peer(for plan: MediaPlan) throws(PeerHostError) -> any MediaPeer
}

extension Studio {
  /// How often credentials are drawn anew; D-ID's four characters make a repetition unlikely, and two of them absurd.
  private var attempts: Int { 8 }

  /// Makes the peer of a session with credentials that no other one has.
  func open(_ plan: () -> MediaPlan) throws(PeerHostError) -> (plan: MediaPlan, peer: any MediaPeer) {
    for attempt in 1... {
      let plan = plan()
      do throws(PeerHostError) { return (plan, try peer(for: plan)) } catch {
        guard error == .usernameInUse, attempt < attempts else { throw error }
      }
    }
    throw .usernameInUse
  }

  /// The terms of one offer.
  func terms(
    fragmentLength: Int, passwordLength: Int, from identifiers: inout IdentifierSource
  ) -> OfferTerms {
    OfferTerms(
      credentials: identifiers.credentials(fragmentLength: fragmentLength, passwordLength: passwordLength),
      fingerprint: fingerprint(&identifiers), candidates: candidates, isLite: isLite)
  }
}
