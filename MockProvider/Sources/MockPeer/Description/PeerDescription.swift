// What a peer has offered.

/// The contents of an offer as far as the peer acts on them; its SDP is written by whoever knows the vendor's shape.
public struct PeerDescription: Sendable {
  public var credentials: PeerCredentials
  public var audio: PeerAudio?
  public var video: PeerVideo?
  /// The `a=mid` of the `m=application` section; nil when no data channels were offered.
  public var dataMid: String?
  /// The canonical name in RTCP SDES (RFC 3550 section 6.5.1), 1 to 255 bytes.
  public var cname: String
  /// How the peer misbehaves on purpose.
  public var faults: PeerFaults
  /// What the path does to datagrams from the start; see ``Peer/impairment``.
  public var impairment: Impairment

  public init(
    credentials: PeerCredentials, audio: PeerAudio? = nil, video: PeerVideo? = nil, dataMid: String? = nil,
    cname: String, faults: PeerFaults = .none, impairment: Impairment = .none
  ) {
    self.credentials = credentials
    self.audio = audio
    self.video = video
    self.dataMid = dataMid
    self.cname = cname
    self.faults = faults
    self.impairment = impairment
  }
}
