// Why a host opened no peer.

/// A peer that could not be opened.
public enum PeerHostError: Error, Sendable, Hashable {
  /// The host was stopped.
  case stopped
  /// ``PeerHost/maximumPeers`` are open.
  case tooManyPeers
  /// Another peer has the same username fragment.
  case usernameInUse
}
