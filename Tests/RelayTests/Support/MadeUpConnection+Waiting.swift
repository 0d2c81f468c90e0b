// What a connection was told of an open that had to wait.
import Relay
import Signaling

extension MadeUpConnection {
  /// The error that answered a request; nil where it succeeded or was not answered.
  nonisolated func signalingError(of id: RequestID) -> SignalingError? {
    if case .error(_, let error) = answers(to: id).first { error } else { nil }
  }

  /// The session that a request opened; nil where it was refused or not answered.
  nonisolated func opened(_ id: RequestID) -> SessionID? {
    if case .result(_, .opened(let session), _) = answers(to: id).first { session.session } else { nil }
  }

  /// The places in the queue that were told, in order.
  nonisolated func positions(of id: RequestID) -> [Int] {
    messages.compactMap { message in
      if case .notification(.queued(id, let position)) = message { position } else { nil }
    }
  }
}
