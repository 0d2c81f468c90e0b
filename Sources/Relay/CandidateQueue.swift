// The candidates that came before the answer was accepted.
import AvatarProvider
import Signaling

/// Candidates in the order in which they came, held until the provider may be told.
struct CandidateQueue: Sendable {
  /// One that waits, with the request that brought it; nil is the end of candidates.
  struct Held: Sendable, Hashable {
    let request: RequestID
    let candidate: IceCandidate?
  }

  private let limit: Int
  private var held: [Held] = []

  init(limit: Int) { self.limit = limit }

  var count: Int { held.count }

  /// Holds a candidate.
  /// - Throws: `candidate.limit` when as many as may be are held.
  mutating func hold(_ candidate: IceCandidate?, for request: RequestID) throws(SignalingError) {
    guard held.count < limit else {
      throw SignalingError(.candidateLimit, "\(limit) candidates are held already; send the answer first")
    }
    held.append(Held(request: request, candidate: candidate))
  }

  /// Hands all of them out, first come first.
  mutating func release() -> [Held] {
    defer { held = [] }
    return held
  }
}
