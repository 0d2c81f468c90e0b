// How a candidate's packets travel.

/// The transports of W3C's `RTCIceProtocol`.
public enum CandidateTransport: String, Sendable, Hashable, CaseIterable { case udp, tcp }
