// What goes wrong between the mock and a browser, on purpose.
import MockPeer

/// The faults of a peer and of its path; a session begins with the mock's own, and can be given others while it lives.
public struct MediaConditions: Sendable, Hashable {
  /// Steps of connecting that are refused, from the offer on.
  public var faults: PeerFaults
  /// What happens to datagrams.
  public var impairment: Impairment

  public init(faults: PeerFaults = .none, impairment: Impairment = .none) {
    self.faults = faults
    self.impairment = impairment
  }
}
