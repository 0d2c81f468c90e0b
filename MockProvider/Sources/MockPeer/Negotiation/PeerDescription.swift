// Describes what a peer offers: its credentials, tracks, header extensions and what it gets wrong on purpose.

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

/// One Opus track (RFC 7587): 48 kHz clock whatever the content.
public struct PeerAudio: Sendable, Hashable {
  /// The `a=mid` of its section.
  public let mid: String
  public let ssrc: UInt32
  /// 96 to 127.
  public let payloadType: UInt8
  public let extensions: PeerHeaderExtensions

  public init(mid: String, ssrc: UInt32, payloadType: UInt8, extensions: PeerHeaderExtensions = .none) {
    self.mid = mid
    self.ssrc = ssrc
    self.payloadType = payloadType
    self.extensions = extensions
  }
}

/// One track in one of the offered formats.
public struct PeerVideo: Sendable, Hashable {
  /// A codec under a payload type.
  public struct Format: Sendable, Hashable {
    public let codec: PeerVideoCodec
    /// 96 to 127.
    public let payloadType: UInt8
    /// The payload type of its retransmissions (RFC 4588); nil when the offer has no rtx line for it.
    public let retransmissionPayloadType: UInt8?

    public init(codec: PeerVideoCodec, payloadType: UInt8, retransmissionPayloadType: UInt8? = nil) {
      self.codec = codec
      self.payloadType = payloadType
      self.retransmissionPayloadType = retransmissionPayloadType
    }
  }

  /// The `a=mid` of its section.
  public let mid: String
  public let ssrc: UInt32
  /// The second SSRC of `a=ssrc-group:FID`; nil when retransmissions go out under ``ssrc``.
  public let retransmissionSSRC: UInt32?
  /// In the offer's order of preference.
  public let formats: [Format]
  public let extensions: PeerHeaderExtensions

  public init(
    mid: String, ssrc: UInt32, retransmissionSSRC: UInt32? = nil, formats: [Format],
    extensions: PeerHeaderExtensions = .none
  ) {
    self.mid = mid
    self.ssrc = ssrc
    self.retransmissionSSRC = retransmissionSSRC
    self.formats = formats
    self.extensions = extensions
  }
}

/// The ids that `a=extmap` lines give them; 1 to 14 (RFC 8285 section 4.2), nil when not offered.
public struct PeerHeaderExtensions: Sendable, Hashable {
  /// `urn:ietf:params:rtp-hdrext:sdes:mid` (RFC 8843 section 15).
  public let mid: UInt8?
  /// `http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time`.
  public let absoluteSendTime: UInt8?

  public static let none = PeerHeaderExtensions()

  public init(mid: UInt8? = nil, absoluteSendTime: UInt8? = nil) {
    self.mid = mid
    self.absoluteSendTime = absoluteSendTime
  }
}

/// What a browser's connectivity checks are authenticated with (RFC 8445 section 5.3). Never printed.
public struct PeerCredentials: Sendable, Hashable {
  /// 4 to 256 characters.
  public let usernameFragment: String
  /// 22 to 256 characters.
  public let password: String

  public init(usernameFragment: String, password: String) {
    self.usernameFragment = usernameFragment
    self.password = password
  }
}

extension PeerCredentials: CustomStringConvertible, CustomReflectable {
  public var description: String { "PeerCredentials" }
  public var customMirror: Mirror { Mirror(self, children: [:]) }
}

/// Steps of connecting that a peer refuses.
public struct PeerFaults: OptionSet, Sendable, Hashable {
  public let rawValue: Int
  public init(rawValue: Int) { self.rawValue = rawValue }

  public static let none: PeerFaults = []
  /// No connectivity check is answered: the browser's ICE state goes to `checking`, then `failed`.
  public static let silentStun = PeerFaults(rawValue: 1)
  /// The handshake is refused with the alert `handshake_failure` (RFC 5246 section 7.2.2).
  public static let failingDtls = PeerFaults(rawValue: 2)
}
