// What a host has seen, in numbers.

/// Counts since the host's start; they only grow.
public struct PeerHostCounters: Sendable, Hashable {
  public var receivedDatagrams: UInt64 = 0
  public var sentDatagrams: UInt64 = 0
  /// Datagrams that the system did not take, because a socket's buffer was full or the address is out of reach.
  public var unsentDatagrams: UInt64 = 0
  /// Datagrams of no protocol that is spoken here, or malformed ones.
  public var garbage: UInt64 = 0
  /// DTLS, RTP or RTCP from an address that no peer was validated for.
  public var unknownAddress: UInt64 = 0
  /// Connectivity checks with a username that no peer has.
  public var unknownUsername: UInt64 = 0
  /// Connectivity checks whose message integrity is missing or wrong.
  public var wrongIntegrity: UInt64 = 0
  /// Connectivity checks before the answer was accepted, or while a peer is told to be silent.
  public var unansweredChecks: UInt64 = 0
  /// Connectivity checks of an agent that took the wrong role (answered with 487).
  public var roleConflicts: UInt64 = 0
  /// Handshakes that failed, those refused on purpose included.
  public var dtlsFailures: UInt64 = 0
  /// Handshakes whose certificate is not the one that the answer named.
  public var fingerprintMismatches: UInt64 = 0
  /// RTP or RTCP packets that were not authentic, or came twice.
  public var srtpFailures: UInt64 = 0
  /// Authentic RTCP that could not be read.
  public var malformedControl: UInt64 = 0
  /// Messages of data channels that could not be read.
  public var malformedMessages: UInt64 = 0
  /// Datagrams that an impairment dropped.
  public var impairedDatagrams: UInt64 = 0
  /// Candidates of browsers that were posted; an ICE-lite agent uses none.
  public var remoteCandidates: UInt64 = 0
  /// Those among them with an mDNS name, which is never resolved.
  public var namedCandidates: UInt64 = 0
  public var openedPeers: UInt64 = 0
  public var closedPeers: UInt64 = 0

  public init() {}
}
