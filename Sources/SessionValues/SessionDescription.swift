// Holds what browser and provider tell each other to get media flowing: descriptions, candidates, ICE servers, rooms.

/// An offer or an answer (JSEP, RFC 9429): the members of W3C's `RTCSessionDescriptionInit`. Its description never
/// shows the SDP, which holds addresses and ICE passwords.
public struct SessionDescription: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
  /// The two of W3C's `RTCSdpType` that pass through the relay.
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    /// What one side proposes.
    case offer
    /// What the other side makes of it.
    case answer
  }

  /// W3C calls it `type`.
  public var kind: Kind
  /// The text (RFC 8866).
  public var sdp: String

  /// Takes a description as it came; whether it is SDP is for others to check.
  public init(kind: Kind, sdp: String) {
    self.kind = kind
    self.sdp = sdp
  }

  public var description: String { "\(kind.rawValue) of \(sdp.utf8.count) bytes" }
  public var customMirror: Mirror { Mirror(self, children: []) }
}

/// One ICE candidate of the browser or of the provider: the members of W3C's `RTCIceCandidateInit`, as
/// `RTCIceCandidate.toJSON()` gives them.
public struct IceCandidate: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
  /// The `candidate-attribute` of RFC 8839 section 5.1.
  public var candidate: String
  /// The media section that it belongs to, by its `a=mid`.
  public var sdpMid: String?
  /// The same by the section's place, counted from 0.
  public var sdpMLineIndex: Int?
  /// The `a=ice-ufrag` of the description that it belongs to.
  public var usernameFragment: String?

  /// Takes a candidate as it came.
  public init(candidate: String, sdpMid: String?, sdpMLineIndex: Int?, usernameFragment: String? = nil) {
    self.candidate = candidate
    self.sdpMid = sdpMid
    self.sdpMLineIndex = sdpMLineIndex
    self.usernameFragment = usernameFragment
  }

  public var description: String { "candidate" }
  public var customMirror: Mirror { Mirror(self, children: []) }
}

extension IceCandidate? {
  /// Whether there are no more: nothing at all, or a candidate without content (W3C webrtc-pc, RTCIceCandidate).
  public var isEndOfCandidates: Bool { self?.candidate.isEmpty ?? true }
}

/// A STUN or TURN server that the provider tells the browser to use: the members of W3C's `RTCIceServer`. Credentials
/// reach only the client that owns the session.
public struct IceServer: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
  /// Always a list, on the wire too.
  public var urls: [String]
  /// Of a TURN server.
  public var username: String?
  /// The password that goes with the name.
  public var credential: String?

  /// Takes a server as the provider named it.
  public init(urls: [String], username: String? = nil, credential: String? = nil) {
    self.urls = urls
    self.username = username
    self.credential = credential
  }

  public var description: String { "ICE server with \(urls.count) URLs" }
  public var customMirror: Mirror { Mirror(self, children: []) }
}

/// Who makes the first description.
public enum Negotiation: String, Sendable, Hashable {
  /// The provider offers and the browser answers (D-ID, HeyGen v1).
  case providerOffers
  /// The browser offers and the provider answers (Simli, Anam).
  case clientOffers
  /// No description passes here: the provider hands out a URL and a token of a room (LiveKit and its like).
  case room
}

/// What the provider hands out so that a browser can connect. One case for each ``Negotiation``.
///
/// Its description shows neither SDP nor token.
public enum MediaGrant: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
  /// The provider's offer, which the browser answers.
  case offer(SessionDescription, iceServers: [IceServer])
  /// The provider waits for the browser's offer.
  case awaitsOffer(iceServers: [IceServer])
  /// A room to join with a token; the relay takes no part in its ICE.
  case room(url: String, token: String)

  public var description: String {
    switch self {
    case .offer(let offer, let iceServers): "\(offer), \(iceServers.count) ICE servers"
    case .awaitsOffer(let iceServers): "awaits an offer, \(iceServers.count) ICE servers"
    case .room: "room"
    }
  }
  public var customMirror: Mirror { Mirror(self, children: []) }
}
