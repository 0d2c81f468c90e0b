// Answers a browser's connectivity checks as an ICE-lite agent (RFC 8445).
import Basics
import Transport

/// What one peer knows of its browser's addresses (RFC 8445 for a lite agent). Pure: a check in, a reaction out.
struct IceAgent {
  /// What a check leads to.
  struct Reaction: Hashable {
    /// What is sent back on the path that the check came by; nil for nothing.
    var response: [UInt8]?
    /// The path can carry other traffic from now on.
    var isValid = false
    /// The browser chose the path, and had not chosen it before.
    var isNewlySelected = false
    var refusal: Refusal?
  }

  enum Refusal: Hashable {
    case wrongUsername
    case wrongIntegrity
    case roleConflict
    case unknownAttribute
    case notARequest
  }

  /// RFC 7675 section 5.1.
  static let consentLifetime = Duration.seconds(30)
  /// How many addresses of one browser are remembered; checks from more get no answer.
  static let maximumPaths = 32

  let credentials: PeerCredentials
  let remoteUsernameFragment: String
  private(set) var paths: Set<PeerPath> = []
  private(set) var selected: PeerPath?
  /// When the last valid check came, or the answer.
  private(set) var lastConsent: MonotonicInstant

  init(credentials: PeerCredentials, remoteUsernameFragment: String, now: MonotonicInstant) {
    self.credentials = credentials
    self.remoteUsernameFragment = remoteUsernameFragment
    lastConsent = now
  }

  func isExpired(at now: MonotonicInstant) -> Bool { lastConsent.duration(to: now) >= Self.consentLifetime }

  /// Takes a message whose username named this agent.
  mutating func take(
    _ message: StunMessage, _ bytes: [UInt8], from path: PeerPath, now: MonotonicInstant
  ) -> Reaction {
    guard message.messageClass == .request, message.method == StunMessage.bindingMethod else {
      return Reaction(refusal: .notARequest)
    }
    let expected = "\(credentials.usernameFragment):\(remoteUsernameFragment)"
    guard message.value(of: StunMessage.AttributeType.username) == Array(expected.utf8) else {
      return Reaction(refusal: .wrongUsername)
    }
    guard message.isAuthentic(bytes, password: credentials.password) else { return Reaction(refusal: .wrongIntegrity) }
    let unknown = Self.unknownTypes(in: message)
    guard unknown.isEmpty else {
      return Reaction(response: failure(420, "Unknown Attribute", to: message, unknown), refusal: .unknownAttribute)
    }
    // RFC 8445 section 6.1.1: facing a lite agent, a full one controls.
    guard message.value(of: StunMessage.AttributeType.iceControlled) == nil else {
      return Reaction(response: failure(487, "Role Conflict", to: message), refusal: .roleConflict)
    }
    guard paths.contains(path) || paths.count < Self.maximumPaths else { return Reaction(refusal: .notARequest) }
    lastConsent = now
    paths.insert(path)
    var reaction = Reaction(response: success(to: message, path), isValid: true)
    if message.value(of: StunMessage.AttributeType.useCandidate) != nil, selected != path {
      selected = path
      reaction.isNewlySelected = true
    }
    return reaction
  }

  private func success(to request: StunMessage, _ path: PeerPath) -> [UInt8] {
    let address = StunAddress.encoded(path.remote, transaction: request.transaction)
    let attribute = StunMessage.Attribute(type: StunMessage.AttributeType.xorMappedAddress, value: address)
    return StunMessage(.success, transaction: request.transaction, attributes: [attribute])
      .encoded(password: credentials.password)
  }

  private func failure(_ code: Int, _ reason: String, to request: StunMessage, _ unknown: [UInt16] = []) -> [UInt8] {
    let value = [0, 0, UInt8(code / 100), UInt8(code % 100)] + Array(reason.utf8)
    var attributes = [StunMessage.Attribute(type: StunMessage.AttributeType.errorCode, value: value)]
    if !unknown.isEmpty {
      var types: [UInt8] = []
      for type in unknown { types.append(uint16: type) }
      attributes.append(.init(type: StunMessage.AttributeType.unknownAttributes, value: types))
    }
    return StunMessage(.failure, transaction: request.transaction, attributes: attributes)
      .encoded(password: credentials.password)
  }

  /// Attributes that have to be understood (RFC 8489 section 14) and are not. 0xC057 and its like are optional.
  private static func unknownTypes(in message: StunMessage) -> [UInt16] {
    let known = [
      StunMessage.AttributeType.username, StunMessage.AttributeType.messageIntegrity,
      StunMessage.AttributeType.priority, StunMessage.AttributeType.useCandidate,
    ]
    return message.attributes.map(\.type).filter { $0 < 0x8000 && !known.contains($0) }
  }
}
